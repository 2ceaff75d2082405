//! The types that settings have: how each is written in the configuration file, and how it is shown to people.

use std::ffi::OsString;
use std::time::Duration;

use toml::de::DeValue;

use super::parse;
use crate::model::units;
use crate::policy::{CacheExit, Jitter};

/// The type of a setting.
pub trait Value: Sized + 'static {
    /// What one use of its option gives.
    type Item;
    /// A repeated option adds to the earlier ones; otherwise it replaces them.
    const IS_LIST: bool = false;
    /// It may be any text. A value that begins with a hyphen is then probably an option, and is refused.
    const IS_TEXT: bool = false;
    /// What no use of its option gives.
    const NONE: Option<Self> = None;

    /// Takes what one use of its option gives.
    fn put(slot: &mut Option<Self>, item: Self::Item);

    /// What `value` would be on the command line: the text of each use of its option.
    ///
    /// # Errors
    ///
    /// What was expected.
    fn texts(value: &DeValue<'_>) -> Result<Vec<OsString>, String>;

    /// The value as people write it.
    fn display(&self) -> String;
}

/// Types of which one use of the option is the whole value.
macro_rules! single {
    ($($type:ty: $text:expr, $display:expr, is_text $is_text:literal;)*) => {$(
        impl Value for $type {
            type Item = Self;
            const IS_TEXT: bool = $is_text;

            fn put(slot: &mut Option<Self>, item: Self) {
                *slot = Some(item);
            }

            fn texts(value: &DeValue<'_>) -> Result<Vec<OsString>, String> {
                $text(value).map(|text| vec![text])
            }

            fn display(&self) -> String {
                $display(self)
            }
        }
    )*};
}

single! {
    bool: switch, ToString::to_string, is_text false;
    u8: number, ToString::to_string, is_text false;
    i32: number, ToString::to_string, is_text false;
    u32: number, ToString::to_string, is_text false;
    u64: number, |bytes: &u64| units::written_size(*bytes), is_text false;
    Duration: seconds, |duration: &Duration| units::written(*duration, usize::MAX), is_text false;
    CacheExit: exit_codes, ToString::to_string, is_text false;
    Jitter: seconds, ToString::to_string, is_text false;
    OsString: |value| string(value, "expected a string"), shown, is_text true;
}

impl Value for Vec<OsString> {
    type Item = OsString;
    const IS_LIST: bool = true;
    const IS_TEXT: bool = true;
    const NONE: Option<Self> = Some(Self::new());

    fn put(slot: &mut Option<Self>, item: OsString) {
        slot.get_or_insert_default().push(item);
    }

    fn texts(value: &DeValue<'_>) -> Result<Vec<OsString>, String> {
        let text = |value| string(value, "expected an array of strings");
        match value {
            DeValue::Array(words) => words.iter().map(|word| text(word.get_ref())).collect(),
            value => Ok(vec![text(value)?]),
        }
    }

    fn display(&self) -> String {
        let texts: Vec<_> = self.iter().map(|text| text.to_string_lossy()).collect();
        if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
    }
}

fn shown(text: &OsString) -> String {
    if text.is_empty() { "''".to_owned() } else { text.to_string_lossy().into_owned() }
}

/// A shell command, or none: `false` in the file, `--no-…` on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script(pub Option<OsString>);

/// What `--no-…` means where the option takes a shell command.
pub const NO_SCRIPT: Script = Script(None);
/// What `--no-jitter` means.
pub const NO_JITTER: Jitter = Jitter::NONE;

impl Value for Script {
    type Item = OsString;
    const IS_TEXT: bool = true;
    const NONE: Option<Self> = Some(Self(None));

    fn put(slot: &mut Option<Self>, item: OsString) {
        *slot = Some(Self(Some(item)));
    }

    fn texts(value: &DeValue<'_>) -> Result<Vec<OsString>, String> {
        match value {
            DeValue::Boolean(false) => Ok(Vec::new()),
            value => Ok(vec![string(value, "expected a string, or false")?]),
        }
    }

    fn display(&self) -> String {
        self.0.as_ref().map_or("none".to_owned(), shown)
    }
}

/// A shell command.
pub fn script(value: &DeValue<'_>) -> Result<OsString, String> {
    Ok(parse::script(&string(value, "expected a string")?)?)
}

fn string(value: &DeValue<'_>, expected: &str) -> Result<OsString, String> {
    match value.as_str() {
        Some(text) if text.contains('\0') => Err(format!("{expected} without a NUL character")),
        Some(text) => Ok(text.into()),
        None => Err(expected.to_owned()),
    }
}

fn switch(value: &DeValue<'_>) -> Result<OsString, String> {
    value.as_bool().map(|value| value.to_string().into()).ok_or_else(|| "expected true or false".to_owned())
}

/// An integer in decimal digits, or a string. Anything else becomes empty, which every parser refuses.
fn number(value: &DeValue<'_>) -> Result<OsString, String> {
    Ok(match value {
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string().into(),
            Err(_) => number.as_str().into(),
        },
        DeValue::String(text) => text.as_ref().into(),
        _ => OsString::new(),
    })
}

/// The same, or a decimal number such as `0.5`. An exponent is written out; `inf` and `nan` stay, and are refused.
fn seconds(value: &DeValue<'_>) -> Result<OsString, String> {
    let DeValue::Float(float) = value else { return number(value) };
    let digits = float.as_str().strip_prefix('+').unwrap_or(float.as_str());
    Ok(match digits.parse::<f64>() {
        Ok(float) if float.is_finite() && digits.contains(['e', 'E']) => float.to_string().into(),
        _ => digits.into(),
    })
}

/// One exit status, a list of them, or an array.
fn exit_codes(value: &DeValue<'_>) -> Result<OsString, String> {
    let DeValue::Array(codes) = value else { return number(value) };
    let codes: Vec<OsString> = codes.iter().map(|code| number(code.get_ref())).collect::<Result<_, _>>()?;
    Ok(codes.join(",".as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    #[test]
    fn sizes_and_durations_are_shown_as_they_are_written() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_secs(600), "10m"),
            (Duration::from_secs(5_400), "1h 30m"),
            (Duration::from_millis(1_500), "1s 500ms"),
            (Duration::from_secs(30 * 86_400), "30d"),
        ] {
            assert_eq!(duration.display(), text);
        }
        for (size, text) in [(0_u64, "0"), (1_000, "1000"), (1 << 16, "64KiB"), (256 << 20, "256MiB")] {
            assert_eq!(size.display(), text);
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
