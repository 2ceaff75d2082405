//! Parses the values of options that are neither durations nor sizes. Errors say what is accepted.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::model::glob::Glob;
use crate::model::key::is_glob;
use crate::policy::{CacheExit, CacheExitError, Jitter, JitterError};

/// The name of an environment variable, or a glob of names, as `--env` takes it; without the space around it.
pub fn variable_name(name: &OsStr) -> Result<OsString, &'static str> {
    let name = name.as_bytes().trim_ascii();
    let mut in_class = false;
    let mut before = None;
    let is_sound = name.iter().all(|byte| {
        let is_sound = match byte {
            b'[' => !std::mem::replace(&mut in_class, true),
            b']' => std::mem::replace(&mut in_class, false),
            b'!' | b'^' => before == Some(b'['),
            b'*' | b'?' => !in_class,
            // Exported functions and other programs have these in their names, although a shell would not accept them.
            b'_' | b'.' | b'-' | b'%' | 0x80.. => true,
            other => other.is_ascii_alphanumeric(),
        };
        before = Some(*byte);
        is_sound
    });
    let name = OsStr::from_bytes(name);
    let is_readable = || !is_glob(name) || name.to_str().is_some_and(|glob| Glob::parse(glob).is_ok());
    if name.is_empty() || !is_sound || !is_readable() {
        return Err("expected names of environment variables, or globs of names such as 'AWS_*', separated by commas");
    }
    Ok(name.to_owned())
}

/// The name of a label, as `--tag` takes it.
pub fn tag(name: &OsStr) -> Result<OsString, &'static str> {
    if name.is_empty() { Err("expected a name that is not empty") } else { Ok(name.to_owned()) }
}

/// A text that is not empty, as `--key` takes it: an empty one probably comes from a variable that is not set.
pub fn text(text: &OsStr) -> Result<OsString, &'static str> {
    if text.is_empty() { Err("expected one that is not empty") } else { Ok(text.to_owned()) }
}

/// Any text, as `--scope` takes it.
pub fn any_text(text: &OsStr) -> Result<OsString, std::convert::Infallible> {
    Ok(text.to_owned())
}

/// A switch in an environment variable: yes or no in the usual words.
pub fn switch(text: &OsStr) -> Result<bool, &'static str> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is_one_of(&["1", "true", "yes", "on"]), is_one_of(&["", "0", "false", "no", "off"])) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err("expected 1, true, yes or on, or else 0, false, no or off"),
    }
}

/// A shell command, as `--process-result` takes it.
pub fn script(text: &OsStr) -> Result<OsString, &'static str> {
    let is_empty = text.as_encoded_bytes().trim_ascii().is_empty();
    if is_empty { Err("expected a shell command") } else { Ok(text.to_owned()) }
}

/// A file or a glob, as `--depends-on` takes it.
pub fn dependency(path: &OsStr) -> Result<OsString, String> {
    crate::dependencies::check_pattern(path).map_err(|error| error.to_string())?;
    Ok(path.to_owned())
}

/// What distinguishes hosts by default: results are for one user and one kind of machine.
pub const VARY: [&str; 3] = ["user", "os", "arch"];

/// One thing that distinguishes hosts, as `vary` in a rule takes it.
pub fn vary(name: &OsStr) -> Result<OsString, &'static str> {
    let is_known = name == "host" || VARY.iter().any(|known| name == *known);
    if is_known { Ok(name.to_owned()) } else { Err("expected an array of user, os, arch and host") }
}

/// A file, as `--key-file` takes it.
pub fn file(path: &OsStr) -> Result<OsString, &'static str> {
    if path.is_empty() { Err("expected the path of a file") } else { Ok(path.to_owned()) }
}

/// The number of a descriptor, as `--status-fd` takes it.
pub fn descriptor_number(text: &OsStr) -> Result<i32, &'static str> {
    let digits = text.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or("expected the number of an open descriptor, such as 2 or 3")
}

/// A number of things, as `--limit` takes it.
pub fn count(text: &OsStr) -> Result<u64, &'static str> {
    let digits = text.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or("expected a number such as 20")
}

/// A limit on background fetches at a time, as `max_refreshes` takes it.
pub fn at_a_time(text: &OsStr) -> Result<u32, &'static str> {
    let number = count(text).ok().filter(|number| (1..=1000).contains(number));
    number.map(|number| number as u32).ok_or("expected a number from 1 to 1000")
}

/// One exit status, as `--exit-status` takes it.
pub fn exit_status(text: &OsStr) -> Result<u8, &'static str> {
    let digits = text.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or("expected a number from 0 to 255")
}

/// The exit status of a miss, as `--miss-status` takes it: not 0.
pub fn miss_status(text: &OsStr) -> Result<u8, &'static str> {
    exit_status(text).ok().filter(|status| *status > 0).ok_or("expected a number from 1 to 255")
}

/// Exit statuses, as `--cache-exit` takes them.
pub fn exit_codes(text: &OsStr) -> Result<CacheExit, CacheExitError> {
    text.to_str().unwrap_or_default().parse()
}

/// A share of the ttl, or a duration, as `--jitter` takes it.
pub fn jitter(text: &OsStr) -> Result<Jitter, JitterError> {
    text.try_into()
}

/// A glob over command lines, as `--match` takes it.
pub fn glob(text: &OsStr) -> Result<String, String> {
    let text = text.to_str().ok_or("expected a glob in UTF-8")?;
    match text {
        "" => Err("expected a glob that is not empty, such as 'kubectl *'".to_owned()),
        text => Glob::parse(text).map(|_| text.to_owned()),
    }
}

/// The beginning of a key, as `--id` takes it; in lower case.
pub fn hexadecimal(text: &OsStr) -> Result<String, &'static str> {
    text.to_str()
        .filter(|text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
        .ok_or("expected 1 to 64 hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_or_looked_for_with_a_glob() {
        let read = |name: &str| variable_name(OsStr::new(name)).ok().map(|name| name.into_string().unwrap());
        for name in
            ["A", "_", "a_1", "BASH_FUNC_ls%%", "AWS_*", "*", "?", "LC_[A-Z]*", "X[!0-9]", "é", "npm_config.a-b"]
        {
            assert_eq!(read(name).as_deref(), Some(name));
        }
        assert_eq!(read(" B\t").as_deref(), Some("B"));
        for mistake in
            ["", " ", "A B", "$HOME", "!X", "A=B", "A[", "A]", "[z-a]", "{A,B}", "A{", "'A'", "A\\*", "~", "a/b"]
        {
            assert_eq!(read(mistake), None, "{mistake}");
        }
    }

    #[test]
    fn a_switch_is_on_or_off_in_the_usual_words() {
        for (words, expected) in [
            (&["1", "true", "TRUE", "yes", "Yes", "on", "ON"][..], Some(true)),
            (&["", "0", "false", "False", "no", "NO", "off", "Off"], Some(false)),
            (&["2", "maybe", "y", " 1", "disable"], None),
        ] {
            for word in words {
                assert_eq!(switch(OsStr::new(word)).ok(), expected, "{word:?}");
            }
        }
    }
}
