//! What is wrong with a file or directory that is refused: its owner, its mode or its kind.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::geteuid;

use super::PlaceError;

/// Permission bits that nobody but the owner should have.
pub(super) const WRITABLE_BY_OTHERS: u32 = 0o022;

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

/// What is expected at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
}

/// Fails unless what `metadata` describes is ours alone to change.
pub(super) fn refuse(path: &Path, metadata: &Metadata, kind: Kind) -> Result<(), PlaceError> {
    let file_type = metadata.file_type();
    let mode = metadata.mode() & 0o7777;
    let reason = match kind {
        Kind::File if file_type.is_dir() => Refusal::Directory,
        Kind::File if !file_type.is_file() => Refusal::NotAFile,
        Kind::Directory if !file_type.is_dir() => Refusal::NotADirectory,
        _ if metadata.uid() != geteuid().as_raw() => Refusal::Owner(metadata.uid()),
        _ if mode & WRITABLE_BY_OTHERS != 0 => Refusal::Mode(mode),
        _ => return Ok(()),
    };
    Err(PlaceError::Refused { path: path.to_owned(), reason })
}
