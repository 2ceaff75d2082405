//! The configuration file: where it is, what it says, and what it says about one command or job.
//!
//! A file is read into a [`Configuration`]. Nothing here decides or runs anything, and only the command line uses this
//! room.

mod configuration;
mod job;
mod layers;
mod locate;
mod nearest;
mod options;
mod param;
pub mod parse;
mod problem;
mod read;
mod reader;
mod settings;
#[cfg(feature = "shared")]
mod shared;
mod source;
mod template;
mod value;
mod when;

/// `[shared]` of the file.
#[cfg(feature = "shared")]
pub use crate::store::shared::Settings as Shared;
pub use configuration::{Configuration, ForCommand};
pub use job::{Job, JobCall};
pub use layers::Origin;
pub use locate::{Location, Named, at_home};
pub use nearest::{advice, nearest};
pub use options::Spelling;
pub use problem::{ConfigError, Problem};
pub use settings::{Layers, NAMES, SPELLINGS, Settings};

/// There is none in a program without that feature: the section is a mistake there.
#[cfg(not(feature = "shared"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {}

/// What the file at `location` says; `None` if there is no file.
///
/// # Errors
///
/// The file cannot be used; or there is none, although an option or a variable names it.
pub fn read(location: &Location) -> Result<Option<Configuration>, ConfigError> {
    source::read(location)?.map(|text| parse(location, &text)).transpose()
}

/// Out of line: calls without a file do not come here.
#[cold]
#[inline(never)]
fn parse(location: &Location, text: &[u8]) -> Result<Configuration, ConfigError> {
    let wrong = |problems| ConfigError::Wrong { path: location.path.clone(), problems };
    let text = str::from_utf8(text).map_err(|error| {
        let line = 1 + text[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        wrong(vec![Problem { line, text: "this is not UTF-8".to_owned() }])
    })?;
    read::read(text).map_err(wrong)
}
