//! Giving a database another name, so that a new one can take its place.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::{FileId, Origin, Place, existing};

/// Whether a file was set aside.
#[derive(Debug)]
pub(crate) enum SetAside {
    /// It has this name now.
    As(PathBuf),
    /// It is no longer there, or another one is.
    Gone,
    /// It is not a cache, and keeps its name.
    Foreign,
}

/// The file that is locked meanwhile.
const LOCK: &str = "aside";

impl Place {
    /// Gives the database, and its journal, a name ending in `.corrupt-` and `stamp`, unless it is no longer the
    /// file that was checked. Returns the new name. A file that never was ours keeps its name.
    ///
    /// Of several processes that find it damaged, one renames it, and none renames its successor: a file beside the
    /// flights is locked meanwhile. (On some systems, locks of the whole file exclude those of SQLite.)
    ///
    /// The database is opened and closed here, which drops every POSIX lock that this process has on it: no connection
    /// to it may be open.
    pub(crate) fn set_aside(&self, stamp: i64) -> io::Result<SetAside> {
        let Some(known) = self.file else {
            return Ok(SetAside::Gone);
        };
        let Some(file) = existing(File::open(&self.path))? else {
            return Ok(SetAside::Gone);
        };
        let lock = self.open_lock_file(LOCK).map_err(io::Error::other)?;
        lock.lock()?;
        let is_same = |metadata: Metadata| FileId::of(&metadata) == known;
        if !is_same(file.metadata()?) || !existing(fs::metadata(&self.path))?.is_some_and(is_same) {
            return Ok(SetAside::Gone);
        }
        if self.origin_of(&file)? == Origin::Foreign {
            return Ok(SetAside::Foreign);
        }
        // A symbolic link is renamed itself: its target may be no database.
        let mut aside = self.path.clone().into_os_string();
        aside.push(format!(".corrupt-{stamp}"));
        let aside = PathBuf::from(aside);
        let mut aside_journal = self.beside(&format!(".corrupt-{stamp}")).into_os_string();
        aside_journal.push("-journal");
        // The journal goes first: left behind, it would be rolled back into the file that comes next.
        let journal = self.beside("-journal");
        existing(if self.has_journal() { fs::rename(journal, aside_journal) } else { fs::remove_file(journal) })?;
        fs::rename(&self.path, &aside)?;
        Ok(SetAside::As(aside))
    }

    /// The databases that were set aside here, and their journals, each with the time at which it was set aside, in ms
    /// since 1970.
    pub fn aside(&self) -> Vec<(PathBuf, i64)> {
        let mut found = Vec::new();
        for path in [Some(&self.path), self.real.as_ref()].into_iter().flatten() {
            let Some((directory, name)) = path.parent().zip(path.file_name()) else { continue };
            let prefix = [name.as_bytes(), b".corrupt-"].concat();
            for file in fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok) {
                let stamp = file.file_name().as_bytes().strip_prefix(&prefix[..]).and_then(|stamp| {
                    let stamp = std::str::from_utf8(stamp).ok()?;
                    stamp.strip_suffix("-journal").unwrap_or(stamp).parse().ok()
                });
                if let Some(stamp) = stamp {
                    found.push((file.path(), stamp));
                }
            }
        }
        found.sort();
        found
    }

    /// Removes the file and its journal. They get other names first, so that a new database is not removed by mistake.
    pub(crate) fn remove(&self, stamp: i64) -> io::Result<()> {
        let real = Self { path: self.real_path().to_owned(), real: None, ..self.clone() };
        let SetAside::As(aside) = real.set_aside(stamp)? else { return Ok(()) };
        let mut journal = aside.clone().into_os_string();
        journal.push("-journal");
        existing(fs::remove_file(journal))?;
        existing(fs::remove_file(self.tally()))?;
        existing(fs::remove_file(self.beside("-shared")))?;
        fs::remove_file(aside)
    }
}
