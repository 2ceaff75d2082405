//! Who else may read or change what is stored, and taking that right away again.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::error::unreachable;
use super::refusal::WRITABLE_BY_OTHERS;
use super::{Place, PlaceError, Refusal, existing};

/// What is wrong with who may do what to a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The file or directory.
    pub path: PathBuf,
    /// Somebody else's, or open to others.
    pub reason: Refusal,
    /// The permission bits that it should have, if it is ours.
    pub remedy: Option<u32>,
}

impl Exposure {
    /// What is wrong around the database at `path`, as far as that exists: its directory must not be writable by
    /// others, its files not even readable.
    ///
    /// # Errors
    ///
    /// One of them cannot be looked at.
    pub fn all(path: &Path) -> Result<Vec<Self>, PlaceError> {
        let path = std::path::absolute(path).map_err(unreachable(path))?;
        let place = Place { path: path.clone(), file: None };
        let beside = ["-journal", "-tally", "-tally-folding"].map(|suffix| (place.beside(suffix), 0o077));
        let directory = path.parent().map(|directory| (directory.to_owned(), WRITABLE_BY_OTHERS));
        let flights = (place.flights_dir(), WRITABLE_BY_OTHERS);
        let mut found = Vec::new();
        for (path, forbidden) in directory.into_iter().chain([(path, 0o077), flights]).chain(beside) {
            let Some(metadata) = existing(fs::metadata(&path)).map_err(unreachable(&path))? else { continue };
            let mode = metadata.mode() & 0o7777;
            if metadata.uid() != geteuid().as_raw() {
                found.push(Self { path, reason: Refusal::Owner(metadata.uid()), remedy: None });
            } else if mode & forbidden != 0 {
                let is_writable = mode & WRITABLE_BY_OTHERS != 0;
                let reason = if is_writable { Refusal::Mode(mode) } else { Refusal::Readable(mode) };
                found.push(Self { path, reason, remedy: Some(mode & !forbidden) });
            }
        }
        Ok(found)
    }

    /// Takes the rights away that others should not have; whether that could be done.
    pub fn mend(&self) -> bool {
        let mend = |mode| fs::set_permissions(&self.path, Permissions::from_mode(mode)).is_ok();
        self.remedy.is_some_and(mend)
    }
}
