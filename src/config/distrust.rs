//! Why a file is not trusted: another user could have written it.

use std::fmt;
use std::path::Path;

use crate::sys::trust::Mending;

/// Why a file is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It belongs to this user.
    Owner(u32),
    /// Others may write to it; its permission bits.
    Mode(u32),
    /// It is a device or a pipe, say.
    NotAFile,
}

impl Distrust {
    /// How the owner of `path` can change that, as text that follows the reason.
    pub fn mending(self, path: &Path) -> Mending<'_> {
        Mending { path, mode: if let Self::Mode(mode) = self { mode } else { 0 } }
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(uid) => write!(out, "is owned by uid {uid}; it could name programs to run"),
            Self::Mode(mode) => write!(out, "is writable by others (mode {mode:04o}); it could name programs to run"),
            Self::NotAFile => out.write_str("is not a regular file"),
        }
    }
}
