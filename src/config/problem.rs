//! What is wrong with a configuration file, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::sys::error::words;
use crate::sys::trust::Distrust;

/// One mistake in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {0} does not exist")]
    Missing(PathBuf),
    #[error("the configuration {path} {distrust}{}{}", danger(*distrust), distrust.remedy(path))]
    Distrusted { path: PathBuf, distrust: Distrust },
    #[error("the configuration file {path}: {}", words(source))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the configuration file {0} is larger than 1 MiB")]
    TooLarge(PathBuf),
    #[error("{}", Problems(path, problems))]
    Wrong { path: PathBuf, problems: Vec<Problem> },
}

fn danger(distrust: Distrust) -> &'static str {
    if distrust == Distrust::NotAFile { "" } else { "; it could name programs to run" }
}

impl ConfigError {
    /// Whether there is no file of that name, as opposed to one that cannot be used.
    pub fn is_about_the_name(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Distrusted { distrust: Distrust::NotAFile, .. })
    }

    /// One line for each thing that is wrong.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Wrong { path, problems } => {
                problems.iter().map(|Problem { line, text }| format!("{}:{line}: {text}", path.display())).collect()
            }
            other => vec![other.to_string()],
        }
    }
}

/// The first problem, and the number of the others.
struct Problems<'a>(&'a PathBuf, &'a [Problem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, problems) = self;
        let Some((Problem { line, text }, more)) = problems.split_first() else { return Ok(()) };
        write!(out, "{}:{line}: {text}", path.display())?;
        match more.len() {
            0 => Ok(()),
            more => write!(out, " (and {more} more: see 'cacheback config check')"),
        }
    }
}
