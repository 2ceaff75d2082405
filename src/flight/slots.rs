//! `max_refreshes`: limits how many background fetches run at a time, for a whole database.
//!
//! A slot is a file beside the flights. A background fetch locks the first free one, without waiting. The lock belongs
//! to the open file description, which a forked process shares: the caller takes the slot, the process that it forks
//! keeps it, and the kernel frees it when the last of them has ended or was killed. Callers with different limits use
//! the same slots, as far as both limits reach.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::sys::file::{NO_LINK, NO_WAIT};

/// A slot, held until it is dropped in every process that shares it.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "its descriptor holds the lock")] File);

fn open(flights: &Path, number: u32, makes: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(makes).mode(0o600).custom_flags(NO_LINK | NO_WAIT);
    options.open(flights.join(format!("slot-{number}")))
}

/// Takes one of `limit` slots in the directory of the flights; `None` if all are taken.
///
/// # Errors
///
/// The file cannot be opened or locked.
pub fn take(flights: &Path, limit: u32) -> io::Result<Option<Slot>> {
    for number in 0..limit {
        let file = open(flights, number, true)?;
        match file.try_lock() {
            Ok(()) => return Ok(Some(Slot(file))),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// How many of `limit` slots are taken. Whoever tries a slot at this moment may find it taken.
pub fn taken(flights: &Path, limit: u32) -> u32 {
    // There is none after the first that nobody has ever needed.
    let files = (0..limit).map_while(|number| open(flights, number, false).ok());
    files.filter(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))).count() as u32
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
