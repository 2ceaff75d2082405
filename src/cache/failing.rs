//! A result whose refreshes fail: what its readers are told, and how often.

use std::fs::OpenOptions;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::time::Duration;

use super::Engine;
use crate::codec::record::{Reader, Record};
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::store::{Failure, Place, Store};
use crate::sys::file::{NO_LINK, NO_WAIT};

/// So many failures in a row are no accident.
const WORTH_TELLING: u32 = 3;

/// They are told once in this time.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// When which key was told of: two numbers, in the slot that the key falls to. Two keys of one slot are told of more
/// often, which harms nobody.
const SLOTS: u64 = 256;
const SLOT_SIZE: usize = 16;
const FILE_NAME: &str = "told";

impl Engine {
    /// The failures of background fetches of `key`, if there are three in a row and none was told within an hour; they
    /// count as told now. Nothing where that cannot be noted.
    pub fn failure_to_tell(&self, key: &Key) -> Option<Failure> {
        let failure = self.open().ok()??.failure(key).ok()??;
        (failure.count >= WORTH_TELLING && self.is_news(key, Timestamp::now())?).then_some(failure)
    }

    fn is_news(&self, key: &Key, now: Timestamp) -> Option<bool> {
        let path = Place::check(&self.path).ok()?.ensure_flights_dir().ok()?.join(FILE_NAME);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600).custom_flags(NO_LINK | NO_WAIT);
        let file = options.open(path).ok()?;
        let name = key.first_bits();
        let at = name % SLOTS * SLOT_SIZE as u64;
        let mut slot = [0; SLOT_SIZE];
        let is_there = file.read_exact_at(&mut slot, at).is_ok();
        let mut record = Reader::new(&slot);
        let (of, told) = (record.u64()?, Timestamp::from_millis(record.i64()?));
        // A clock that was set back must not silence this for longer.
        let is_recent = now.since(told).is_some_and(|passed| passed < PAUSE);
        if is_there && of == name && is_recent {
            return Some(false);
        }
        let record = Record::<SLOT_SIZE>::default().put(name.to_le_bytes()).put(now.as_millis().to_le_bytes());
        file.write_all_at(&record.bytes(), at).ok()?;
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Notices;

    #[test]
    fn a_key_is_news_once_an_hour() {
        let directory = tempfile::tempdir().unwrap();
        let notices = Notices { warn: Box::new(|_| ()), waiting: Box::new(|_| Duration::MAX) };
        let cache = Engine::at(directory.path().join("cache.db"), notices);
        let is_news = |key: u8, minutes: i64| cache.is_news(&Key([key; 32]), Timestamp::from_millis(minutes * 60_000));
        assert_eq!(
            [0, 1, 59, 60, 119, 120].map(|minutes| is_news(1, minutes)),
            [Some(true), Some(false), Some(false), Some(true), Some(false), Some(true)]
        );
        assert_eq!((is_news(2, 120), is_news(1, 121), is_news(1, 5)), (Some(true), Some(false), Some(true)));
    }
}
