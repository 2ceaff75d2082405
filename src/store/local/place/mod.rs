//! Where the database is, and whether that place may be trusted.
//!
//! A database or directory that another user owns, or may write to, is refused: this user would print its content and
//! run its commands. Nothing is made below a directory of another user, so that `sudo` leaves no files of root's in a
//! user's cache directory.

mod ancestry;
mod aside;
mod error;
mod exposure;
mod make;
mod origin;
mod refusal;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub(crate) use aside::SetAside;
pub use error::PlaceError;
pub(crate) use exposure::Exposure;
pub(crate) use origin::Origin;

use ancestry::refuse_ancestors;
use error::unreachable;
pub(crate) use make::FILE_MODE;
use make::{keep_out_of_homes, make_directories, make_file};
use refusal::{Kind, refuse};

use crate::sys::trust::Distrust;
use crate::sys::{file, home, trust};

/// SQLite's `application_id` of our files ("cbck"), which databases of other programs do not have.
pub(crate) const APPLICATION_ID: u32 = 0x6362_636b;

/// A checked location of a database, which may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    /// The file's own name if `path` is a symbolic link: the files beside it must be the same for every name.
    real: Option<PathBuf>,
    file: Option<FileId>,
}

/// Identifies a file, whatever its name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Place {
    /// `cacheback/cache.db` in the user's cache directory.
    ///
    /// # Errors
    ///
    /// [`PlaceError::NoHome`].
    pub fn default_path() -> Result<PathBuf, PlaceError> {
        Ok(home::cache_directory().ok_or(PlaceError::NoHome)?.join("cacheback/cache.db"))
    }

    /// Checks the file at `path` and its directory, as far as they exist; a relative path is made absolute.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Refused`] and [`PlaceError::Unreachable`].
    pub fn check(path: impl AsRef<Path>) -> Result<Self, PlaceError> {
        let path = path.as_ref();
        let path = std::path::absolute(path).map_err(unreachable(path))?;
        let is_named = path.file_name().is_some() && !path.as_os_str().as_bytes().ends_with(b"/");
        let Some(directory) = path.parent().filter(|_| is_named) else {
            return Err(PlaceError::Refused { path, reason: Distrust::Directory });
        };
        let Some(metadata) = existing(fs::metadata(directory)).map_err(unreachable(directory))? else {
            return Ok(Self { path, real: None, file: None });
        };
        let us = trust::us();
        refuse(directory, &metadata, Kind::Directory, us)?;
        // The path is nearly always that of the file itself. Then one system call is enough, also for every hit.
        let mut found = existing(fs::symlink_metadata(&path)).map_err(unreachable(&path))?;
        let mut real = None;
        if found.as_ref().is_some_and(Metadata::is_symlink) {
            found = existing(fs::metadata(&path)).map_err(unreachable(&path))?;
            real = self::real(&path);
        }
        if let Some(metadata) = &found {
            refuse(&path, metadata, Kind::File, us)?;
        }
        if let Some(directory) = real.as_deref().and_then(Path::parent)
            && let Some(metadata) = existing(fs::metadata(directory)).map_err(unreachable(directory))?
        {
            refuse(directory, &metadata, Kind::Directory, us)?;
        }
        Ok(Self { path, real, file: found.as_ref().map(FileId::of) })
    }

    /// Makes what is missing: the directories with mode 0700 and an empty file with mode 0600, whatever the umask.
    ///
    /// # Errors
    ///
    /// Besides those of [`check`](Self::check): [`PlaceError::Directory`] and [`PlaceError::File`].
    pub fn create(path: impl AsRef<Path>) -> Result<Self, PlaceError> {
        let place = Self::check(path)?;
        place.refuse_ancestors()?;
        if place.exists() {
            return Ok(place);
        }
        let path = place.real_path();
        keep_out_of_homes(path)?;
        // The directory of a link's target is not made: it may be on a disk that is not mounted.
        if let Some(directory) = path.parent().filter(|_| place.real.is_none()) {
            make_directories(directory)?;
        }
        make_file(path).map_err(|source| PlaceError::File { path: path.to_owned(), source })?;
        Self::check(place.path)
    }

    /// Fails if another user could put another file in the place of the one that was checked, or beside it: then no
    /// file may be opened by its path.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Refused`] and [`PlaceError::Unreachable`].
    pub fn refuse_ancestors(&self) -> Result<(), PlaceError> {
        [Some(&self.path), self.real.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|path| path.parent())
            .try_for_each(refuse_ancestors)
    }

    /// The absolute path of the database.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file was there when the place was checked.
    pub fn exists(&self) -> bool {
        self.file.is_some()
    }

    /// The file that was there when the place was checked.
    pub(crate) fn file(&self) -> Option<FileId> {
        self.file
    }

    /// Whether a transaction on the database is in progress, or was broken off. The journal of an ended one stays for
    /// the next one, and begins with a zero.
    pub(crate) fn has_journal(&self) -> bool {
        let journal = File::options().read(true).custom_flags(file::NO_WAIT).open(self.beside("-journal"));
        let mut first = [0];
        match existing(journal) {
            Ok(Some(journal)) => !matches!(journal.read_at(&mut first, 0), Ok(0 | 1) if first == [0]),
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// The directory of lock files beside the database; it may not exist yet.
    pub fn flights_dir(&self) -> PathBuf {
        self.beside("-flights")
    }

    /// The file of the [tally](crate::store::local::tally); it may not exist.
    pub fn tally(&self) -> PathBuf {
        crate::store::local::tally::beside(self.real_path())
    }

    /// The same for the database at `path`, without a check.
    pub fn tally_of(path: &Path) -> PathBuf {
        match real(path) {
            Some(real) => crate::store::local::tally::beside(&real),
            None => crate::store::local::tally::beside(path),
        }
    }

    /// The directory of lock files, made if it is missing.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn ensure_flights_dir(&self) -> Result<PathBuf, PlaceError> {
        let directory = self.flights_dir();
        match existing(fs::metadata(&directory)) {
            Ok(Some(metadata)) => refuse(&directory, &metadata, Kind::OwnDirectory, trust::us())?,
            Ok(None) => make_directories(&directory)?,
            Err(source) => return Err(PlaceError::Unreachable { path: directory, source }),
        }
        Ok(directory)
    }

    /// Opens the lock file `name` in [`flights_dir`](Self::flights_dir), both made if they are missing.
    pub(crate) fn open_lock_file(&self, name: &str) -> Result<File, PlaceError> {
        let path = self.flights_dir().join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let file = match existing(options.open(&path)) {
            Ok(Some(file)) => return Ok(file),
            Ok(None) => {
                self.ensure_flights_dir()?;
                options.create(true).mode(FILE_MODE).open(&path)
            }
            Err(source) => Err(source),
        };
        file.and_then(|file| file.set_permissions(Permissions::from_mode(FILE_MODE)).map(|()| file))
            .map_err(|source| PlaceError::File { path, source })
    }

    fn real_path(&self) -> &Path {
        self.real.as_deref().unwrap_or(&self.path)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let path = self.real_path();
        let mut name = OsString::with_capacity(path.as_os_str().len() + suffix.len());
        name.push(path);
        name.push(suffix);
        name.into()
    }
}

/// The path that `path` leads to if it is a symbolic link, whether a file is there or not.
fn real(path: &Path) -> Option<PathBuf> {
    let mut real = path.parent()?.join(fs::read_link(path).ok()?);
    match fs::canonicalize(path) {
        Ok(path) => return Some(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(_) => return None,
    }
    while let Ok(target) = fs::read_link(&real) {
        real = real.parent()?.join(target);
    }
    let directory = real.parent()?;
    Some(fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned()).join(real.file_name()?))
}

/// `None` for what does not exist.
fn existing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
