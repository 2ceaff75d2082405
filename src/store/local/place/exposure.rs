//! Checking and mending the rights to what is stored, which this user alone may have.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::unreachable;
use super::{Distrust, Place, PlaceError, existing, real};
use crate::sys::file;
use crate::sys::trust::{STICKY, WRITABLE_BY_OTHERS, is_private, us};

/// What is wrong with the rights to a file or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The file or directory.
    pub path: PathBuf,
    /// It is another user's, is open to others, or is not open to this user.
    pub reason: Distrust,
    /// The permission bits that it should have, if it is ours.
    pub remedy: Option<u32>,
}

impl Exposure {
    /// Checks the rights to the database at `path` and to what is beside it, as far as they exist, and passes what is
    /// wrong to `found`, which returns whether it has mended it. No other user may decide where the path leads, write
    /// to the directory, or read the files; this user must be able to read and write all of them; and each file beside
    /// the database must be of its kind. A directory that this user cannot read is not searched.
    ///
    /// Rights are never taken away from what is not known to be a cache: the path may be a mistake.
    ///
    /// # Errors
    ///
    /// The metadata of one of them cannot be read.
    pub fn each(path: &Path, mut found: impl FnMut(&Self) -> bool) -> Result<(), PlaceError> {
        let path = std::path::absolute(path).map_err(unreachable(path))?;
        let place = Place { path: path.clone(), real: real(&path), file: None };
        let directory = place.real_path().parent().map(Path::to_owned);
        match place.refuse_ancestors() {
            Err(PlaceError::Refused { path, reason }) if Some(&path) != directory.as_ref() => {
                found(&Self { path, reason, remedy: None });
            }
            // The directory itself is checked below.
            Err(PlaceError::Refused { .. } | PlaceError::Unreachable { .. }) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        let beside = ["-journal", "-tally", "-shared"].map(|suffix| (place.beside(suffix), FILE, Link::IsWrong));
        let directory = directory.map(|directory| (directory, DIRECTORY, Link::LeadsThere));
        let flights = place.flights_dir();
        let database = (place.real_path().to_owned(), FILE, Link::LeadsThere);
        let first = directory.into_iter().chain([database, (flights.clone(), FLIGHTS, Link::LeadsThere)]);
        // The directory may have to be mended before it can be read.
        let locks = std::iter::once_with(|| fs::read_dir(&flights).into_iter().flatten().filter_map(Result::ok))
            .flatten()
            .map(|lock| (lock.path(), LOCK, Link::IsWrong));
        for (index, (path, rights, link)) in first.chain(beside).chain(locks).enumerate() {
            let metadata = match link {
                Link::LeadsThere => fs::metadata(&path),
                Link::IsWrong => fs::symlink_metadata(&path),
            };
            let Some(metadata) = existing(metadata).map_err(unreachable(&path))? else { continue };
            if !rights.is_kind_of(&metadata) {
                // [`Place::check`] refuses a directory or a database of the wrong kind.
                if index > 1 {
                    found(&Self { path, reason: rights.wrong_kind(), remedy: None });
                }
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

    /// Whether this user lacks rights to it.
    pub fn is_closed(&self) -> bool {
        matches!(self.reason, Distrust::Closed(_))
    }

    /// Whether it is not of the kind that belongs there.
    pub fn is_of_wrong_kind(&self) -> bool {
        matches!(self.reason, Distrust::NotADirectory | Distrust::NotAFile)
    }

    /// Whether others could have changed what is there.
    pub fn is_open_to_others(&self) -> bool {
        matches!(self.reason, Distrust::Mode(_))
    }

    /// Takes away the rights that others should not have, and gives this user those that it needs. Returns whether that
    /// could be done.
    ///
    /// As long as others may write to the directory, they may have put a link to another file there. So a file is
    /// opened first, and changed only if it is this user's and has one name.
    pub fn mend(&self) -> bool {
        let Some(mode) = self.remedy else { return false };
        file::set_mode_if(&self.path, mode, |metadata| {
            let is_of_one_name = metadata.is_dir() || (metadata.is_file() && metadata.nlink() == 1);
            is_of_one_name && metadata.uid() == us()
        })
    }
}

/// What a symbolic link means where a file or a directory is expected.
#[derive(Clone, Copy)]
enum Link {
    /// It is another name of that.
    LeadsThere,
    /// It is wrong: this program makes no links.
    IsWrong,
}

/// The rights of a group.
const GROUP: u32 = 0o070;

/// The rights that a file or a directory should have.
#[derive(Clone, Copy)]
struct Rights {
    is_directory: bool,
    /// Permission bits that we need.
    needed: u32,
    /// Those that nobody else may have.
    forbidden: u32,
    /// Whether a group whose only member is this user may have them. What this program makes gives no rights to groups.
    allows_own_group: bool,
}

const DIRECTORY: Rights =
    Rights { is_directory: true, needed: 0o700, forbidden: WRITABLE_BY_OTHERS, allows_own_group: true };
const FLIGHTS: Rights = Rights { allows_own_group: false, ..DIRECTORY };
const FILE: Rights = Rights { is_directory: false, needed: 0o600, forbidden: 0o077, allows_own_group: false };
/// A lock file has no content to protect.
const LOCK: Rights = Rights { forbidden: WRITABLE_BY_OTHERS, ..FILE };

impl Rights {
    fn is_kind_of(self, metadata: &Metadata) -> bool {
        if self.is_directory { metadata.is_dir() } else { metadata.is_file() }
    }

    fn wrong_kind(self) -> Distrust {
        if self.is_directory { Distrust::NotADirectory } else { Distrust::NotAFile }
    }

    fn exposure(self, path: PathBuf, metadata: &Metadata, is_cache: impl FnOnce() -> bool) -> Option<Exposure> {
        let mode = metadata.mode() & 0o7777;
        if metadata.uid() != us() {
            return Some(Exposure { path, reason: Distrust::Owner(metadata.uid()), remedy: None });
        }
        // Root may do everything.
        let is_usable = || file::may_use(&path, true, true, self.is_directory).is_ok();
        let is_closed = mode & self.needed != self.needed && !is_usable();
        let is_own_group = || is_private(metadata.uid(), metadata.gid());
        let allowed =
            if self.allows_own_group && mode & self.forbidden & GROUP != 0 && is_own_group() { GROUP } else { 0 };
        let reason = match mode & self.forbidden & !allowed {
            _ if is_closed => Distrust::Closed(mode),
            0 => return None,
            bits if bits & WRITABLE_BY_OTHERS != 0 => Distrust::Mode(mode),
            _ => Distrust::Readable(mode),
        };
        let remedy = match is_closed {
            true => Some(mode | self.needed),
            false if mode & STICKY != 0 || !is_cache() => None,
            false => Some(mode & !self.forbidden),
        };
        Some(Exposure { path, reason, remedy })
    }
}
