//! Which files this process has open through SQLite.
//!
//! SQLite's locks are POSIX locks: they belong to the process, and closing any descriptor of a file drops all of them.
//! So no descriptor of a file may be opened, and closed, while a connection to it is open.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::place::FileId;

static CONNECTED: Mutex<Vec<FileId>> = Mutex::new(Vec::new());

fn connected() -> MutexGuard<'static, Vec<FileId>> {
    CONNECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registers a connection. It is made before the connection, and dropped after it.
#[derive(Debug)]
pub(crate) struct Connected(FileId);

impl Connected {
    pub(crate) fn to(file: FileId) -> Self {
        connected().push(file);
        Self(file)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut connected = connected();
        if let Some(index) = connected.iter().position(|file| *file == self.0) {
            connected.swap_remove(index);
        }
    }
}

/// Does `work` unless this process has a connection to `file`. No connection is made meanwhile.
pub(crate) fn unless<T>(file: FileId, work: impl FnOnce() -> Option<T>) -> Option<T> {
    let connected = connected();
    if connected.contains(&file) { None } else { work() }
}

/// Does `work`, which opens the file at `path`, unless this process has a connection to that file or to `known`. No
/// connection is made meanwhile.
pub(crate) fn unless_to_named<T>(known: Option<FileId>, path: &Path, work: impl FnOnce() -> T) -> Option<T> {
    let connected = connected();
    let named = fs::metadata(path).ok().map(|metadata| FileId::of(&metadata));
    let is_connected = known.into_iter().chain(named).any(|file| connected.contains(&file));
    (!is_connected).then(work)
}
