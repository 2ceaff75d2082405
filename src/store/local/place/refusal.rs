//! Refusing files and directories of the store that another user could change.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Distrust, PlaceError};
use crate::sys::trust::{WRITABLE_BY_OTHERS, is_writable_by_others};

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
        Kind::File if file_type.is_dir() => Distrust::Directory,
        Kind::File if !file_type.is_file() => Distrust::NotAFile,
        Kind::Directory | Kind::OwnDirectory if !file_type.is_dir() => Distrust::NotADirectory,
        _ if metadata.uid() != us => Distrust::Owner(metadata.uid()),
        Kind::Directory if !is_writable_by_others(metadata) => return Ok(()),
        _ if mode & WRITABLE_BY_OTHERS != 0 => Distrust::Mode(mode),
        _ => return Ok(()),
    };
    Err(PlaceError::Refused { path: path.to_owned(), reason })
}
