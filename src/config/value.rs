//! Reads the values of settings from TOML, and shows them to people.

use std::ffi::OsString;
use std::fmt::Display;
use std::time::Duration;

use crate::model::units;
use crate::policy::CacheExit;
use toml::Spanned;
use toml::de::DeValue;

use crate::values;

/// Why a value is refused: what was expected.
pub type Expected = String;

pub fn switch(value: &DeValue<'_>) -> Result<bool, Expected> {
    value.as_bool().ok_or_else(|| "expected true or false".to_owned())
}

pub fn text(value: &DeValue<'_>) -> Result<OsString, Expected> {
    string(value, "expected a string").map(OsString::from)
}

/// A string that is not empty.
pub fn some_text(value: &DeValue<'_>) -> Result<OsString, Expected> {
    values::text(&text(value)?).map_err(reason)
}

/// A shell command.
pub fn script(value: &DeValue<'_>) -> Result<OsString, Expected> {
    values::script(&text(value)?).map_err(reason)
}

/// As on the command line, or a number of seconds.
pub fn duration(value: &DeValue<'_>) -> Result<Duration, Expected> {
    units::duration(&seconds_or_text(value)).map_err(reason)
}

/// The same, but not zero.
pub fn limit(value: &DeValue<'_>) -> Result<Duration, Expected> {
    units::limit(&seconds_or_text(value)).map_err(reason)
}

/// As on the command line, or a number of bytes.
pub fn size(value: &DeValue<'_>) -> Result<u64, Expected> {
    units::size(&number_or_text(value)).map_err(reason)
}

/// As on the command line, or one exit status, or an array of them.
pub fn exit_codes(value: &DeValue<'_>) -> Result<CacheExit, Expected> {
    let codes = match value {
        DeValue::Array(codes) => {
            let codes: Vec<String> =
                codes.iter().map(|code| number_or_text(code.get_ref()).to_string_lossy().into_owned()).collect();
            codes.join(",").into()
        }
        value => number_or_text(value),
    };
    values::exit_codes(&codes).map_err(reason)
}

/// Strings, or one.
pub fn texts(value: &DeValue<'_>) -> Result<Vec<OsString>, Expected> {
    let expected = "expected an array of strings";
    match value {
        DeValue::Array(words) => {
            words.iter().map(Spanned::get_ref).map(|word| string(word, expected).map(OsString::from)).collect()
        }
        value => Ok(vec![string(value, expected)?.into()]),
    }
}

/// Names of environment variables, and globs.
pub fn variables(value: &DeValue<'_>) -> Result<Vec<OsString>, Expected> {
    let names: Result<_, _> = texts(value)?.iter().map(|name| values::variable_name(name)).collect();
    names.map_err(|_| "expected an array of names of environment variables, or of globs such as 'AWS_*'".to_owned())
}

/// Labels.
pub fn tags(value: &DeValue<'_>) -> Result<Vec<OsString>, Expected> {
    texts(value)?.iter().map(|name| values::tag(name).map_err(reason)).collect()
}

/// Files and globs.
pub fn dependencies(value: &DeValue<'_>) -> Result<Vec<OsString>, Expected> {
    texts(value)?.iter().map(|path| values::dependency(path)).collect()
}

/// Files.
pub fn files(value: &DeValue<'_>) -> Result<Vec<OsString>, Expected> {
    texts(value)?.iter().map(|path| values::file(path).map_err(reason)).collect()
}

/// A path that does not depend on the working directory.
pub fn path(value: &DeValue<'_>) -> Result<OsString, Expected> {
    let expected = "expected an absolute path, or one that begins with ~/";
    let path = string(value, expected)?;
    let is_fixed = path.starts_with('/') || path.strip_prefix("~/").is_some_and(|rest| !rest.is_empty());
    if is_fixed { Ok(path.into()) } else { Err(expected.to_owned()) }
}

fn string(value: &DeValue<'_>, expected: &str) -> Result<String, Expected> {
    match value.as_str() {
        Some(text) if text.contains('\0') => Err(format!("{expected} without a NUL character")),
        Some(text) => Ok(text.to_owned()),
        None => Err(expected.to_owned()),
    }
}

/// An integer in decimal digits, or a string. Anything else becomes empty, which every parser refuses.
fn number_or_text(value: &DeValue<'_>) -> OsString {
    match value {
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string().into(),
            Err(_) => number.as_str().into(),
        },
        DeValue::String(text) => text.as_ref().into(),
        _ => OsString::new(),
    }
}

/// The same, or a decimal number such as `0.5`. An exponent is written out; `inf` and `nan` stay, and are refused.
fn seconds_or_text(value: &DeValue<'_>) -> OsString {
    let DeValue::Float(number) = value else { return number_or_text(value) };
    let digits = number.as_str().strip_prefix('+').unwrap_or(number.as_str());
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() && digits.contains(['e', 'E']) => number.to_string().into(),
        _ => digits.into(),
    }
}

fn reason(error: impl Display) -> Expected {
    error.to_string()
}

/// The type of a setting.
pub trait Value: Sized {
    /// What one use of its option gives.
    type Item;
    /// A repeated option adds to the earlier ones; otherwise it replaces them.
    const IS_LIST: bool = false;
    /// It may be any text. A value that begins with a hyphen is then probably an option, and is refused.
    const IS_TEXT: bool = false;

    /// Takes what one use of its option gives.
    fn put(slot: &mut Option<Self>, item: Self::Item);

    /// The value as people write it.
    fn display(&self) -> String;
}

impl Value for bool {
    type Item = Self;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    fn display(&self) -> String {
        self.to_string()
    }
}

impl Value for u64 {
    type Item = Self;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    fn display(&self) -> String {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let even = units.iter().find(|(_, factor)| *self >= *factor && self.is_multiple_of(*factor));
        even.map_or(self.to_string(), |(unit, factor)| format!("{}{unit}", self / factor))
    }
}

impl Value for u8 {
    type Item = Self;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    fn display(&self) -> String {
        self.to_string()
    }
}

impl Value for i32 {
    type Item = Self;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    fn display(&self) -> String {
        self.to_string()
    }
}

impl Value for Duration {
    type Item = Self;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    /// In the units that durations are written in: `1h 30m`.
    fn display(&self) -> String {
        let mut rest = self.as_secs();
        let mut terms = Vec::new();
        for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            if rest >= seconds {
                terms.push(format!("{}{unit}", rest / seconds));
                rest %= seconds;
            }
        }
        let nanos = self.subsec_nanos();
        for (unit, size) in [("ms", 1_000_000), ("us", 1_000), ("ns", 1)] {
            let digits = nanos / size % 1_000;
            if digits > 0 {
                terms.push(format!("{digits}{unit}"));
            }
        }
        if terms.is_empty() { "0".to_owned() } else { terms.join(" ") }
    }
}

impl Value for OsString {
    type Item = Self;
    const IS_TEXT: bool = true;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    fn display(&self) -> String {
        if self.is_empty() { "''".to_owned() } else { self.to_string_lossy().into_owned() }
    }
}

impl Value for Vec<OsString> {
    type Item = OsString;
    const IS_LIST: bool = true;
    const IS_TEXT: bool = true;

    fn put(slot: &mut Option<Self>, item: OsString) {
        slot.get_or_insert_default().push(item);
    }

    fn display(&self) -> String {
        let texts: Vec<_> = self.iter().map(|text| text.to_string_lossy()).collect();
        if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
    }
}

impl Value for CacheExit {
    type Item = Self;

    fn put(slot: &mut Option<Self>, item: Self) {
        *slot = Some(item);
    }

    fn display(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    #[test]
    fn sizes_and_durations_are_shown_as_they_are_written() {
        for (duration, text) in [
            (Duration::ZERO, "0"),
            (Duration::from_secs(600), "10m"),
            (Duration::from_secs(5_400), "1h 30m"),
            (Duration::from_millis(1_500), "1s 500ms"),
            (Duration::from_secs(30 * 86_400), "30d"),
        ] {
            assert_eq!(duration.display(), text);
        }
        for (size, text) in [(0, "0"), (1_000, "1000"), (1 << 16, "64KiB"), (256 << 20, "256MiB")] {
            assert_eq!(u64::display(&size), text);
        }
    }

    proptest! {
        #[test]
        fn a_shown_duration_is_the_duration(seconds: u64, nanos in 0..1_000_000_000_u32) {
            let duration = Duration::new(seconds, nanos);
            prop_assert_eq!(units::duration(OsStr::new(&duration.display())), Ok(duration));
        }

        #[test]
        fn a_shown_size_is_the_size(size: u64) {
            prop_assert_eq!(units::size(OsStr::new(&size.display())), Ok(size));
        }
    }
}
