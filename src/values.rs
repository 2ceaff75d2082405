//! The values of options that are neither durations nor sizes. Errors say what is accepted.

use std::ffi::{OsStr, OsString};

use cacheback::glob::Glob;
use cacheback::policy::{CacheExit, CacheExitError};

/// The name of an environment variable, as `--env` takes it.
pub fn variable_name(name: &OsStr) -> Result<OsString, &'static str> {
    if name.is_empty() || name.as_encoded_bytes().contains(&b'=') {
        return Err("expected the name of an environment variable, or several separated by commas");
    }
    Ok(name.to_owned())
}

/// The name of a label, as `--tag` takes it.
pub fn tag(name: &OsStr) -> Result<OsString, &'static str> {
    if name.is_empty() { Err("expected a name that is not empty") } else { Ok(name.to_owned()) }
}

/// A file or a glob, as `--depends-on` takes it.
pub fn dependency(path: &OsStr) -> Result<OsString, String> {
    cacheback::dependencies::check_pattern(path).map_err(|error| error.to_string())?;
    Ok(path.to_owned())
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

/// One exit status, as `--exit-status` takes it.
pub fn exit_status(text: &OsStr) -> Result<u8, &'static str> {
    let digits = text.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or("expected a number from 0 to 255")
}

/// Exit statuses, as `--cache-exit` takes them.
pub fn exit_codes(text: &OsStr) -> Result<CacheExit, CacheExitError> {
    text.to_str().unwrap_or_default().parse()
}

/// A glob over command lines, as `--match` takes it.
pub fn glob(text: &OsStr) -> Result<String, String> {
    let text = text.to_str().ok_or("expected a glob in UTF-8")?;
    Glob::parse(text).map(|_| text.to_owned())
}

/// The beginning of a key, as `--id` takes it; in lower case.
pub fn hexadecimal(text: &OsStr) -> Result<String, &'static str> {
    text.to_str()
        .filter(|text| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
        .ok_or("expected 1 to 64 hexadecimal digits")
}
