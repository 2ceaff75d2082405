//! Who may read or change what is stored: we, and nobody else. Finding out whether that is so, and making it so.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat, geteuid};

use super::error::unreachable;
use super::refusal::WRITABLE_BY_OTHERS;
use super::{Place, PlaceError, Refusal, existing, real};

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
    /// read and write all of them. Nothing is looked for in a directory that stays closed to us.
    ///
    /// For what is not known to be a cache there is no remedy that takes rights away: the path may be a mistake.
    ///
    /// # Errors
    ///
    /// One of them cannot be looked at.
    pub fn each(path: &Path, mut found: impl FnMut(&Self) -> bool) -> Result<(), PlaceError> {
        let path = std::path::absolute(path).map_err(unreachable(path))?;
        let place = Place { path: path.clone(), real: real(&path), file: None };
        let beside = ["-journal", "-tally"].map(|suffix| (place.beside(suffix), FILE));
        let directory = place.real_path().parent().map(|directory| (directory.to_owned(), DIRECTORY));
        let flights = (place.flights_dir(), DIRECTORY);
        let database = (place.real_path().to_owned(), FILE);
        for (path, rights) in directory.into_iter().chain([database, flights]).chain(beside) {
            let Some(metadata) = existing(fs::metadata(&path)).map_err(unreachable(&path))? else { continue };
            // What is of another kind is refused, whoever may read it.
            if metadata.is_dir() != rights.is_directory || !(metadata.is_dir() || metadata.is_file()) {
                continue;
            }
            let Some(exposure) = rights.exposure(path, &metadata, || place.is_cache()) else { continue };
            let is_mended = found(&exposure);
            if metadata.is_dir() && exposure.is_closed() && !is_mended {
                break;
            }
        }
        Ok(())
    }

    /// Whether we lack rights there.
    pub fn is_closed(&self) -> bool {
        matches!(self.reason, Refusal::Closed(_))
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
    is_directory: bool,
    /// Permission bits that we need.
    needed: u32,
    /// Those that nobody else may have.
    forbidden: u32,
}

const DIRECTORY: Rights = Rights { is_directory: true, needed: 0o700, forbidden: WRITABLE_BY_OTHERS };
const FILE: Rights = Rights { is_directory: false, needed: 0o600, forbidden: 0o077 };
/// In a directory with this bit others may write, but only what is theirs: it is meant to be shared.
const STICKY: u32 = 0o1000;

impl Rights {
    fn exposure(self, path: PathBuf, metadata: &Metadata, is_cache: impl FnOnce() -> bool) -> Option<Exposure> {
        let mode = metadata.mode() & 0o7777;
        if metadata.uid() != geteuid().as_raw() {
            return Some(Exposure { path, reason: Refusal::Owner(metadata.uid()), remedy: None });
        }
        let use_of = match self.is_directory {
            true => AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK,
            false => AccessFlags::R_OK | AccessFlags::W_OK,
        };
        // Root may do everything.
        let is_usable = || faccessat(AT_FDCWD, &path, use_of, AtFlags::AT_EACCESS).is_ok();
        let is_closed = mode & self.needed != self.needed && !is_usable();
        let reason = match mode & self.forbidden {
            _ if is_closed => Refusal::Closed(mode),
            0 => return None,
            bits if bits & WRITABLE_BY_OTHERS != 0 => Refusal::Mode(mode),
            _ => Refusal::Readable(mode),
        };
        let remedy = match is_closed {
            true => Some(mode | self.needed),
            false if mode & STICKY != 0 || !is_cache() => None,
            false => Some(mode & !self.forbidden),
        };
        Some(Exposure { path, reason, remedy })
    }
}
