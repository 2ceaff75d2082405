//! Which files this process has open through SQLite.
//!
//! SQLite's locks are POSIX locks: they belong to the process, and closing any descriptor of a file drops all of them.
//! So no descriptor of a file may be opened, and closed, while a connection to it is open.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::place::FileId;

struct Connections {
    /// The file of each connection.
    files: Vec<FileId>,
    /// What is to be closed after the last connection to its file.
    open: Vec<(FileId, File)>,
}

static CONNECTIONS: Mutex<Connections> = Mutex::new(Connections { files: Vec::new(), open: Vec::new() });

fn connections() -> MutexGuard<'static, Connections> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registers a connection. It is made before the connection, and dropped after it.
#[derive(Debug)]
pub(crate) struct Connected(FileId);

impl Connected {
    pub(crate) fn to(file: FileId) -> Self {
        connections().files.push(file);
        Self(file)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut connections = connections();
        if let Some(index) = connections.files.iter().position(|file| *file == self.0) {
            connections.files.swap_remove(index);
        }
        if !connections.files.contains(&self.0) {
            connections.open.retain(|(file, _)| *file != self.0);
        }
    }
}

/// Does `work` unless this process has a connection to `file`. No connection is made meanwhile.
pub(crate) fn unless<T>(file: FileId, work: impl FnOnce() -> Option<T>) -> Option<T> {
    let connections = connections();
    if connections.files.contains(&file) { None } else { work() }
}

/// Does `work`, which opens the file at `path`, unless this process has a connection to that file or to `known`. No
/// connection is made meanwhile.
pub(crate) fn unless_to_named<T>(known: Option<FileId>, path: &Path, work: impl FnOnce() -> T) -> Option<T> {
    let connections = connections();
    let named = fs::metadata(path).ok().map(|metadata| FileId::of(&metadata));
    let is_connected = known.into_iter().chain(named).any(|file| connections.files.contains(&file));
    (!is_connected).then(work)
}

/// Closes `file` at once, or together with the last connection that this process has to it.
pub(crate) fn close_when_unused(file: File) {
    let mut connections = connections();
    match file.metadata().map(|metadata| FileId::of(&metadata)) {
        Ok(id) if connections.files.contains(&id) => connections.open.push((id, file)),
        _ => drop(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    /// A file, and what sees whether it is open.
    fn file() -> (File, FileId, UnixStream) {
        let (file, watch) = UnixStream::pair().unwrap();
        let file = File::from(OwnedFd::from(file));
        let id = FileId::of(&file.metadata().unwrap());
        (file, id, watch)
    }

    fn is_closed(watch: &mut UnixStream, patience: Duration) -> bool {
        watch.set_read_timeout(Some(patience)).unwrap();
        watch.read(&mut [0]).is_ok_and(|size| size == 0)
    }

    /// For what is closed already: a child that another test forks has it open for a moment.
    const SOON: Duration = Duration::from_secs(20);
    const AT_ONCE: Duration = Duration::from_millis(1);

    #[test]
    fn a_file_without_connections_is_closed_at_once() {
        let (made, _, mut watch) = file();
        close_when_unused(made);
        assert!(is_closed(&mut watch, SOON));
    }

    #[test]
    fn a_file_with_connections_is_closed_after_the_last_one() {
        let (made, id, mut watch) = file();
        let (one, other) = (Connected::to(id), Connected::to(id));
        let elsewhere = Connected::to(file().1);
        close_when_unused(made);
        drop(elsewhere);
        drop(one);
        assert!(!is_closed(&mut watch, AT_ONCE));
        drop(other);
        assert!(is_closed(&mut watch, SOON));
    }
}
