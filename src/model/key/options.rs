//! What the options add to the key of a command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What is part of the key beside the command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyOptions {
    /// A namespace.
    pub scope: Option<OsString>,
    /// Replaces the command line and the program's path.
    pub key: Option<OsString>,
    /// The working directory is part of the key.
    pub cwd: bool,
    /// Environment variables whose value, or absence, is part of the key; or globs of their names.
    pub env: Vec<OsString>,
    /// Files whose content, or absence, is part of the key.
    pub files: Vec<OsString>,
}

/// The environment variables that a key may depend on.
pub trait Variables {
    /// The value of a variable.
    fn value(&self, name: &OsStr) -> Option<OsString>;

    /// The names of all variables, for globs.
    fn names(&self) -> Vec<OsString>;
}

/// Variables that can be looked up by name, and that no glob matches.
impl<F: Fn(&OsStr) -> Option<OsString>> Variables for F {
    fn value(&self, name: &OsStr) -> Option<OsString> {
        self(name)
    }

    fn names(&self) -> Vec<OsString> {
        Vec::new()
    }
}

/// Whether `name` is a glob of names.
pub fn is_glob(name: &OsStr) -> bool {
    name.as_bytes().iter().any(|byte| b"*?[".contains(byte))
}
