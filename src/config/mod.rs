//! The configuration file: where it is, what it says, and what it says about one command or job.
//!
//! A file is read into its [`compiled`] form, of which questions are asked. Nothing here decides or runs anything, and
//! nothing below the command line knows of it.

mod compiled;
mod distrust;
mod document;
mod job;
pub mod layers;
mod location;
mod nearest;
mod options;
mod param;
mod problem;
mod reader;
mod rule;
mod settings;
mod source;
mod stored;
mod template;
mod value;
mod when;

pub use compiled::{Compiled, ForCommand, ForJob};
pub use job::Job;
pub use location::{Location, Named};
pub use nearest::{advice, nearest};
pub use options::Spelling;
pub use problem::{ConfigError, Problem};
pub use settings::{NAMES, SPELLINGS, Settings};

/// The answer of the file at `location` to `question`; `None` if there is no file.
///
/// # Errors
///
/// There is one, and it cannot be used, or there ought to be one.
pub fn ask<T>(
    location: Option<&Location>,
    question: impl Fn(&Compiled) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    let Some(location) = location else { return Ok(None) };
    let Some(text) = source::read(location)? else { return Ok(None) };
    let place = stored::place();
    if let Some(place) = &place
        && let Some(answer) = stored::read(place, &text).and_then(|compiled| question(&compiled))
    {
        return Ok(Some(answer));
    }
    let compiled = parse(location, &text)?;
    if let Some(place) = &place {
        stored::write(place, &text, &compiled);
    }
    Ok(Some(question(&compiled).expect("what was just encoded can be decoded")))
}

/// Whether there is a file, after everything in it was looked at.
///
/// # Errors
///
/// As for [`ask`].
pub fn check(location: &Location) -> Result<bool, ConfigError> {
    match source::read(location)? {
        Some(text) => parse(location, &text).map(|_| true),
        None => Ok(false),
    }
}

/// Off the way of a hit, on which its text would only be in the way.
#[cold]
#[inline(never)]
fn parse(location: &Location, text: &[u8]) -> Result<Compiled, ConfigError> {
    let wrong = |problems| ConfigError::Wrong { path: location.path.clone(), problems };
    let text = str::from_utf8(text).map_err(|error| {
        let line = 1 + text[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        wrong(vec![Problem { line, text: "this is not UTF-8".to_owned() }])
    })?;
    document::read(text).map_err(wrong)
}
