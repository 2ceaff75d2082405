//! Messages of the operating system.

use std::io;

/// The system's words for an error, without Rust's "(os error 13)".
///
/// ```
/// let denied = std::io::Error::from_raw_os_error(13);
/// assert_eq!(cacheback::program::sys::error::words(&denied), "Permission denied");
/// ```
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error.raw_os_error().map(|number| format!(" (os error {number})"));
    match number.and_then(|number| text.strip_suffix(&number)) {
        Some(words) => words.to_owned(),
        None => text,
    }
}
