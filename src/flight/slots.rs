//! `max_refreshes`: limits how many background fetches run at a time, for a whole database.
//!
//! Each of the first bytes of a file beside the flights is a slot. A background fetch locks the first free slot,
//! without waiting. The lock belongs to the open file description, which a forked process shares: the caller takes the
//! slot, the process that it forks keeps it, and the kernel frees it when the last of them has ended or was killed.
//! Callers with different limits use the same slots, as far as both limits reach.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::sys::file::{NO_LINK, NO_WAIT};
use crate::sys::lock::{Lock, is_free_for_open_file, lock_for_open_file};

const FILE_NAME: &str = "slots";

/// A slot, held until it is dropped in every process that shares it.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "its descriptor holds the lock")] File);

/// Takes one of `limit` slots in the directory of the flights; `None` if all are taken.
///
/// # Errors
///
/// The file cannot be opened or locked.
pub fn take(flights: &Path, limit: u32) -> io::Result<Option<Slot>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600).custom_flags(NO_LINK | NO_WAIT);
    let file = options.open(flights.join(FILE_NAME))?;
    for number in 0..i64::from(limit) {
        if lock_for_open_file(&file, Lock::Exclusive, number, 1)? {
            return Ok(Some(Slot(file)));
        }
    }
    Ok(None)
}

/// How many of `limit` slots are taken.
pub fn taken(flights: &Path, limit: u32) -> u32 {
    let file = OpenOptions::new().read(true).write(true).custom_flags(NO_LINK | NO_WAIT).open(flights.join(FILE_NAME));
    let Ok(file) = file else { return 0 };
    let is_taken = |number: &u32| is_free_for_open_file(&file, i64::from(*number), 1).is_ok_and(|is_free| !is_free);
    (0..limit).filter(is_taken).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_slots_as_the_limit_and_a_dropped_one_is_free() {
        let flights = tempfile::tempdir().unwrap();
        let take = |limit| take(flights.path(), limit).unwrap();
        assert_eq!(taken(flights.path(), 2), 0);
        let (one, two) = (take(2), take(2));
        assert!(one.is_some() && two.is_some() && take(2).is_none());
        assert_eq!((taken(flights.path(), 2), taken(flights.path(), 5)), (2, 2));
        let three = take(3);
        assert!(three.is_some() && take(3).is_none());
        drop(one);
        assert_eq!(taken(flights.path(), 3), 2);
        assert!(take(1).is_some());
    }
}
