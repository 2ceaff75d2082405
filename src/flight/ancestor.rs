//! Whether a flight is waited for from within; whose files are open.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};

use super::process;
use crate::sys::directory;

/// Deeper is nobody nested.
const GENERATIONS: usize = 256;

/// Whether a process that this one descends from has `file` open. Where `/proc` does not say, there is none.
pub(super) fn one_has_open(file: &File) -> bool {
    let ancestors = std::iter::successors(Some(parent_id()), |pid| parent(*pid)).take(GENERATIONS);
    ancestors.take_while(|pid| *pid > 0).any(|pid| has_open(pid, file))
}

/// Whether the process `pid` has `file` open. Where `/proc` does not say, it has not.
pub(super) fn has_open(pid: u32, file: &File) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    let this = (metadata.dev(), metadata.ino());
    open_files(pid).iter().any(|open| is_file(open, this))
}

fn parent(pid: u32) -> Option<u32> {
    process::fields(pid)?.get(1)?.parse().ok()
}

fn open_files(pid: u32) -> Vec<PathBuf> {
    let descriptors = PathBuf::from(format!("/proc/{pid}/fd"));
    let names = directory::names(&descriptors).unwrap_or_default();
    names.iter().map(|name| descriptors.join(name)).collect()
}

fn is_file(path: &Path, this: (u64, u64)) -> bool {
    fs::metadata(path).is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == this)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_not_its_own_ancestor() {
        assert!(!one_has_open(&tempfile::tempfile().unwrap()));
    }

    #[test]
    fn parents_are_known_up_to_the_first() {
        assert_eq!(parent(std::process::id()), Some(parent_id()));
        assert_eq!(parent(1), Some(0));
    }
}
