//! Who may read or change what is stored: we, and nobody else. Finding out whether that is so, and making it so.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat, geteuid};

use super::error::unreachable;
use super::refusal::WRITABLE_BY_OTHERS;
use super::{Place, PlaceError, Refusal, existing};

/// What is wrong with who may do what to a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The file or directory.
    pub path: PathBuf,
    /// Somebody else's, open to others, or not open to us.
    pub reason: Refusal,
    /// The permission bits that it should have, if it is ours.
    pub remedy: Option<u32>,
}

impl Exposure {
    /// Hands what is wrong around the database at `path`, as far as that exists, to `found`, which says whether it has
    /// put it right: its directory must not be writable by others, its files not even readable, and we must be able to
    /// read all of them. Nothing is looked for in a directory that stays closed to us.
    ///
    /// # Errors
    ///
    /// One of them cannot be looked at.
    pub fn each(path: &Path, mut found: impl FnMut(&Self) -> bool) -> Result<(), PlaceError> {
        let path = std::path::absolute(path).map_err(unreachable(path))?;
        let place = Place { path: path.clone(), file: None };
        let beside = ["-journal", "-tally", "-tally-folding"].map(|suffix| (place.beside(suffix), FILE));
        let directory = path.parent().map(|directory| (directory.to_owned(), DIRECTORY));
        let flights = (place.flights_dir(), DIRECTORY);
        for (path, rights) in directory.into_iter().chain([(path, FILE), flights]).chain(beside) {
            let Some(metadata) = existing(fs::metadata(&path)).map_err(unreachable(&path))? else { continue };
            let Some(exposure) = rights.exposure(path, &metadata) else { continue };
            let is_mended = found(&exposure);
            if metadata.is_dir() && exposure.is_closed() && !is_mended {
                break;
            }
        }
        Ok(())
    }

    /// Whether nothing can be read there.
    pub fn is_closed(&self) -> bool {
        matches!(self.reason, Refusal::Unreadable(_))
    }

    /// Takes the rights away that others should not have, and gives us ours; whether that could be done.
    pub fn mend(&self) -> bool {
        let mend = |mode| fs::set_permissions(&self.path, Permissions::from_mode(mode)).is_ok();
        self.remedy.is_some_and(mend)
    }
}

/// Who should be able to do what.
#[derive(Clone, Copy)]
struct Rights {
    /// Permission bits that we need.
    needed: u32,
    /// Those that we get if we have not even these.
    given: u32,
    /// Those that nobody else may have.
    forbidden: u32,
}

const DIRECTORY: Rights = Rights { needed: 0o500, given: 0o700, forbidden: WRITABLE_BY_OTHERS };
const FILE: Rights = Rights { needed: 0o400, given: 0o600, forbidden: 0o077 };

impl Rights {
    fn exposure(self, path: PathBuf, metadata: &Metadata) -> Option<Exposure> {
        let mode = metadata.mode() & 0o7777;
        if metadata.uid() != geteuid().as_raw() {
            return Some(Exposure { path, reason: Refusal::Owner(metadata.uid()), remedy: None });
        }
        let use_of = if metadata.is_dir() { AccessFlags::R_OK | AccessFlags::X_OK } else { AccessFlags::R_OK };
        // Root may read everything.
        let can_read = || faccessat(AT_FDCWD, &path, use_of, AtFlags::AT_EACCESS).is_ok();
        let is_closed = mode & self.needed != self.needed && !can_read();
        let reason = match mode & self.forbidden {
            _ if is_closed => Refusal::Unreadable(mode),
            0 => return None,
            bits if bits & WRITABLE_BY_OTHERS != 0 => Refusal::Mode(mode),
            _ => Refusal::Readable(mode),
        };
        let given = if is_closed { self.given } else { 0 };
        Some(Exposure { path, reason, remedy: Some(mode & !self.forbidden | given) })
    }
}
