//! What is wrong with a file or directory that is refused: its owner, its mode or its kind.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::PlaceError;
use crate::sys::trust::{Mending, WRITABLE_BY_OTHERS, is_writable_by_others};

/// What is wrong with a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It belongs to this user.
    Owner(u32),
    /// Others may write to it; its permission bits.
    Mode(u32),
    /// Others may read it; its permission bits.
    Readable(u32),
    /// We may not read or write it, though it is ours; its permission bits.
    Closed(u32),
    /// It is a directory where a file is needed.
    Directory,
    /// It is neither a regular file nor a directory.
    NotAFile,
    /// It is something else where a directory is needed.
    NotADirectory,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(uid) => write!(out, "is owned by uid {uid}"),
            Self::Mode(mode) => write!(out, "is writable by others (mode {mode:04o})"),
            Self::Readable(mode) => write!(out, "is readable by others (mode {mode:04o})"),
            Self::Closed(mode) => write!(out, "cannot be read and written by its owner (mode {mode:04o})"),
            Self::Directory => out.write_str("is a directory"),
            Self::NotAFile => out.write_str("is not a regular file"),
            Self::NotADirectory => out.write_str("is not a directory"),
        }
    }
}

impl Refusal {
    /// How the owner of `path` mends that, in words that follow the reason.
    pub(crate) fn mending(self, path: &Path) -> Mending<'_> {
        Mending { path, mode: if let Self::Mode(mode) = self { mode } else { 0 } }
    }
}

/// What is expected at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The user may have made it, with a group of the user's own that may write to it.
    Directory,
    /// We have made it.
    OwnDirectory,
    File,
}

/// Fails unless what `metadata` describes is ours alone to change; `us` is the user that this process acts for.
pub(crate) fn refuse(path: &Path, metadata: &Metadata, kind: Kind, us: u32) -> Result<(), PlaceError> {
    let file_type = metadata.file_type();
    let mode = metadata.mode() & 0o7777;
    let reason = match kind {
        Kind::File if file_type.is_dir() => Refusal::Directory,
        Kind::File if !file_type.is_file() => Refusal::NotAFile,
        Kind::Directory | Kind::OwnDirectory if !file_type.is_dir() => Refusal::NotADirectory,
        _ if metadata.uid() != us => Refusal::Owner(metadata.uid()),
        Kind::Directory if !is_writable_by_others(metadata) => return Ok(()),
        _ if mode & WRITABLE_BY_OTHERS != 0 => Refusal::Mode(mode),
        _ => return Ok(()),
    };
    Err(PlaceError::Refused { path: path.to_owned(), reason })
}
