//! Where the database is, and whether that place may be trusted.
//!
//! A database or directory that somebody else owns, or may write to, is refused: its contents would be printed, and
//! its commands run, as ours. Nothing is made below a directory of another user, so that `sudo` leaves no files of
//! root's in a user's cache directory.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{env, fmt};

use nix::sys::stat::{Mode, SFlag, mknod};
use nix::unistd::geteuid;

const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A checked location of a database, which may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    file: Option<FileId>,
}

/// Tells a file from another one that has taken its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// Why a place cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no default location.
    #[error("there is no cache directory: neither HOME nor XDG_CACHE_HOME is set to an absolute path")]
    NoHome,
    /// It exists and must not be used.
    #[error("{path} {reason}")]
    Refused {
        /// The file or directory that is refused.
        path: PathBuf,
        /// What is wrong with it.
        reason: Refusal,
    },
    /// It cannot even be looked at.
    #[error("{path}: {source}")]
    Unreachable {
        /// The file or directory.
        path: PathBuf,
        /// The system's word on it.
        source: io::Error,
    },
    /// The directory does not exist and cannot be made.
    #[error("cannot make the directory {path}: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's word on it.
        source: io::Error,
    },
    /// The file does not exist and cannot be made.
    #[error("cannot make {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's word on it.
        source: io::Error,
    },
}

/// What is wrong with a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It belongs to this user.
    Owner(u32),
    /// Others may write to it; its permission bits.
    Mode(u32),
    /// Others may read it; its permission bits.
    Readable(u32),
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
            Self::Directory => out.write_str("is a directory"),
            Self::NotAFile => out.write_str("is not a regular file"),
            Self::NotADirectory => out.write_str("is not a directory"),
        }
    }
}

impl Place {
    /// `cacheback/cache.db` in the user's cache directory.
    ///
    /// # Errors
    ///
    /// [`PlaceError::NoHome`]. The user database is not asked: a static executable cannot load its modules, and what it
    /// needs to try, 100 KiB, would slow every start.
    pub fn default_path() -> Result<PathBuf, PlaceError> {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache_dir = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let cache_dir =
            cache_dir.or_else(|| variable("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".cache")));
        Ok(cache_dir.ok_or(PlaceError::NoHome)?.join("cacheback/cache.db"))
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
            return Err(PlaceError::Refused { path, reason: Refusal::Directory });
        };
        let Some(metadata) = existing(fs::metadata(directory)).map_err(unreachable(directory))? else {
            return Ok(Self { path, file: None });
        };
        refuse(directory, &metadata, Kind::Directory)?;
        let Some(metadata) = existing(fs::metadata(&path)).map_err(unreachable(&path))? else {
            return Ok(Self { path, file: None });
        };
        refuse(&path, &metadata, Kind::File)?;
        Ok(Self { path, file: Some(FileId::of(&metadata)) })
    }

    /// Makes what is missing: the directories with mode 0700 and an empty file with mode 0600, whatever the umask.
    ///
    /// # Errors
    ///
    /// Besides those of [`check`](Self::check): [`PlaceError::Directory`] and [`PlaceError::File`].
    pub fn create(path: impl AsRef<Path>) -> Result<Self, PlaceError> {
        let place = Self::check(path)?;
        if place.exists() {
            return Ok(place);
        }
        if let Some(directory) = place.path.parent() {
            make_directories(directory)?;
        }
        make_file(&place.path).map_err(|source| PlaceError::File { path: place.path.clone(), source })?;
        Self::check(place.path)
    }

    /// The absolute path of the database.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file was there when it was looked at.
    pub fn exists(&self) -> bool {
        self.file.is_some()
    }

    /// The file that was there when it was looked at.
    pub(super) fn file(&self) -> Option<FileId> {
        self.file
    }

    /// Whether a transaction on the database goes on, or was never ended. A journal that is done with stays, for the next
    /// one, and begins with a zero.
    pub(super) fn has_journal(&self) -> bool {
        let journal = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(self.beside("-journal"));
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

    /// The file of notes on what happened; it may not exist. See [`crate::tally`].
    pub fn tally(&self) -> PathBuf {
        crate::tally::beside(&self.path)
    }

    /// The directory of lock files, made if it is missing.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub fn ensure_flights_dir(&self) -> Result<PathBuf, PlaceError> {
        let directory = self.flights_dir();
        match existing(fs::metadata(&directory)) {
            Ok(Some(metadata)) => refuse(&directory, &metadata, Kind::Directory)?,
            Ok(None) => make_directories(&directory)?,
            Err(source) => return Err(PlaceError::Unreachable { path: directory, source }),
        }
        Ok(directory)
    }

    /// Opens the lock file `name` in [`flights_dir`](Self::flights_dir), both made if they are missing.
    pub(super) fn open_lock_file(&self, name: &str) -> Result<File, PlaceError> {
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

    /// Gives the database, and its journal, a name ending in `.corrupt-` and `stamp`, unless it is no longer the
    /// file that was checked. Returns the new name.
    ///
    /// The file is locked meanwhile, so that of several processes that found it damaged one renames it, and none of
    /// them the good one that follows. Closing it drops every POSIX lock that this process has on it: no connection
    /// to it may be open.
    pub(super) fn set_aside(&self, stamp: i64) -> io::Result<Option<PathBuf>> {
        let Some(known) = self.file else {
            return Ok(None);
        };
        let Some(file) = existing(File::open(&self.path))? else {
            return Ok(None);
        };
        file.lock()?;
        let is_same = |metadata: Metadata| FileId::of(&metadata) == known;
        if !is_same(file.metadata()?) || !existing(fs::metadata(&self.path))?.is_some_and(is_same) {
            return Ok(None);
        }
        let aside = self.beside(&format!(".corrupt-{stamp}"));
        let mut aside_journal = aside.clone().into_os_string();
        aside_journal.push("-journal");
        // The journal goes first: left behind, it would be rolled back into the file that comes next.
        let journal = self.beside("-journal");
        existing(if self.has_journal() { fs::rename(journal, aside_journal) } else { fs::remove_file(journal) })?;
        fs::rename(&self.path, &aside)?;
        Ok(Some(aside))
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::with_capacity(self.path.as_os_str().len() + suffix.len());
        name.push(&self.path);
        name.push(suffix);
        name.into()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
}

fn unreachable(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    |source| PlaceError::Unreachable { path: path.to_owned(), source }
}

/// `None` for what does not exist.
fn existing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

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

/// Fails unless what `metadata` describes is ours alone to change.
fn refuse(path: &Path, metadata: &Metadata, kind: Kind) -> Result<(), PlaceError> {
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

/// Makes `directory` and its missing ancestors inside an ancestor that is ours or, unless we are root, root's.
fn make_directories(directory: &Path) -> Result<(), PlaceError> {
    let failed = |source| PlaceError::Directory { path: directory.to_owned(), source };
    if let Some(metadata) = existing(fs::metadata(directory)).map_err(failed)? {
        let owner = metadata.uid();
        return if owner == geteuid().as_raw() || owner == 0 {
            Ok(())
        } else {
            Err(PlaceError::Refused { path: directory.to_owned(), reason: Refusal::Owner(owner) })
        };
    }
    if let Some(parent) = directory.parent() {
        make_directories(parent)?;
    }
    match DirBuilder::new().mode(DIRECTORY_MODE).create(directory) {
        // The umask may have taken away bits of our own.
        Ok(()) => fs::set_permissions(directory, Permissions::from_mode(DIRECTORY_MODE)).map_err(failed),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => make_directories(directory),
        Err(error) => Err(failed(error)),
    }
}

/// Makes an empty file unless there is one.
///
/// With mknod, because it leaves no descriptor to be closed: closing one would drop the locks that another
/// connection of this process may have on the file by then.
fn make_file(path: &Path) -> io::Result<()> {
    match mknod(path, SFlag::S_IFREG, Mode::from_bits_truncate(FILE_MODE), 0) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(FILE_MODE)),
        Err(nix::Error::EEXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn reason(result: Result<Place, PlaceError>) -> String {
        result.unwrap_err().to_string()
    }

    // The umask belongs to the whole process: that it does not matter is for a test with a process of its own.
    #[test]
    fn what_is_made_is_ours_alone() {
        let home = home();
        let path = home.path().join("a/b/cache.db");
        assert!(!Place::check(&path).unwrap().exists());
        assert!(!home.path().join("a").exists(), "a check makes nothing");
        let place = Place::create(&path).unwrap();
        assert!(place.exists());
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&home.path().join("a/b")), 0o700);
        assert_eq!(mode(&home.path().join("a")), 0o700);
        assert_eq!(Place::create(&path).unwrap(), place, "what exists stays");
        assert_eq!(mode(&place.ensure_flights_dir().unwrap()), 0o700);
        place.open_lock_file("x").unwrap();
        assert_eq!(mode(&place.flights_dir().join("x")), 0o600);
    }

    #[test]
    fn what_others_may_write_to_is_refused() {
        let home = home();
        let path = home.path().join("cache.db");
        Place::create(&path).unwrap();
        set_mode(&path, 0o620);
        assert!(reason(Place::check(&path)).ends_with("cache.db is writable by others (mode 0620)"));
        set_mode(&path, 0o644);
        Place::check(&path).unwrap();
        set_mode(home.path(), 0o777);
        assert!(reason(Place::check(&path)).ends_with("is writable by others (mode 0777)"));
        assert!(reason(Place::create(home.path().join("other.db"))).ends_with("(mode 0777)"));
        set_mode(home.path(), 0o700);
    }

    #[test]
    fn what_others_own_is_refused() {
        if !geteuid().is_root() {
            return; // Only root can give files away.
        }
        let home = home();
        let path = home.path().join("cache.db");
        Place::create(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(1000), None).unwrap();
        assert!(reason(Place::check(&path)).ends_with("cache.db is owned by uid 1000"));
        std::os::unix::fs::chown(home.path(), Some(1000), None).unwrap();
        let below = Place::create(home.path().join("a/b/cache.db"));
        assert!(matches!(below, Err(PlaceError::Refused { reason: Refusal::Owner(1000), .. })), "{below:?}");
        assert!(!home.path().join("a").exists());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let home = home();
        let directory = home.path().join("d");
        fs::create_dir(&directory).unwrap();
        set_mode(&directory, 0o700);
        assert!(reason(Place::check(&directory)).ends_with("d is a directory"));
        assert!(reason(Place::check("/")).ends_with("is a directory"));
        assert!(reason(Place::check(directory.join("new/"))).ends_with("is a directory"));
        assert!(reason(Place::check(directory.join(".."))).ends_with("is a directory"));
        nix::unistd::mkfifo(&home.path().join("fifo"), Mode::S_IRWXU).unwrap();
        assert!(reason(Place::check(home.path().join("fifo"))).ends_with("is not a regular file"));
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_told_apart() {
        let home = home();
        fs::write(home.path().join("file"), "").unwrap();
        let made = Place::create(home.path().join("file/below/cache.db"));
        assert!(matches!(made, Err(PlaceError::Directory { .. } | PlaceError::Unreachable { .. })), "{made:?}");
        let made = Place::create("/proc/none/cache.db");
        assert!(matches!(made, Err(PlaceError::Directory { .. })), "{made:?}");
    }

    #[test]
    fn a_relative_path_is_made_absolute() {
        let place = Place::check("target/none/cache.db").unwrap();
        assert_eq!(place.path(), env::current_dir().unwrap().join("target/none/cache.db"));
    }

    #[test]
    fn a_file_is_set_aside_once_and_its_successor_never() {
        let home = home();
        let path = home.path().join("cache.db");
        let damaged = Place::create(&path).unwrap();
        fs::write(&path, "damaged").unwrap();
        fs::write(damaged.beside("-journal"), "journal").unwrap();
        let aside = damaged.set_aside(7).unwrap().unwrap();
        assert_eq!(aside, home.path().join("cache.db.corrupt-7"));
        assert_eq!(fs::read(aside).unwrap(), b"damaged");
        assert_eq!(fs::read(home.path().join("cache.db.corrupt-7-journal")).unwrap(), b"journal");
        assert_eq!(damaged.set_aside(8).unwrap(), None);
        Place::create(&path).unwrap();
        assert_eq!(damaged.set_aside(9).unwrap(), None);
        assert!(path.exists());
    }
}
