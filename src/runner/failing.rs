//! A result whose refreshes fail: what its readers see of that, and how often.

use std::fs::OpenOptions;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use crate::cache::Engine;
use crate::codec::record::{Reader, Record};
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::model::units::readable;
use crate::store::Failure;
use crate::sys::file::{NO_LINK, NO_WAIT};

/// Failures are shown once so many have come in a row.
const SHOWN_FROM: u32 = 3;

/// The failures of a key are shown once in this time.
const PAUSE: Duration = Duration::from_secs(60 * 60);

/// The file that says when the failures of a key were shown. Its slot has two numbers: the first bits of the key, and
/// the time. The failures of two keys with the same slot are shown more often, which does no harm.
const FILE_NAME: &str = "told";
const SLOTS: u64 = 256;
const SLOT_SIZE: usize = 16;

/// What the command wrote last is cut to this length.
const WORDS_MAX: usize = 120;

/// The warning that the refreshes of a stale result of this age fail. `None` if there are less than three failures in a
/// row, if they were shown within the last hour, or if that cannot be noted. They count as shown now.
pub fn failure_to_show(engine: &Engine, key: &Key, age: Duration) -> Option<String> {
    let (failure, now) = (engine.failure(key)?, Timestamp::now());
    let is_shown = failure.count >= SHOWN_FROM && may_show(&engine.flights_dir().ok()?, key, now)?;
    is_shown.then(|| text(&failure, age, now))
}

fn may_show(flights: &Path, key: &Key, now: Timestamp) -> Option<bool> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600).custom_flags(NO_LINK | NO_WAIT);
    let file = options.open(flights.join(FILE_NAME)).ok()?;
    let name = key.first_bits();
    let at = name % SLOTS * SLOT_SIZE as u64;
    let mut slot = [0; SLOT_SIZE];
    let is_there = file.read_exact_at(&mut slot, at).is_ok();
    let mut record = Reader::new(&slot);
    let (shown_key, shown_at) = (record.u64()?, Timestamp::from_millis(record.i64()?));
    // A clock that was set back must not delay the warning for longer.
    let is_recent = now.since(shown_at).is_some_and(|passed| passed < PAUSE);
    if is_there && shown_key == name && is_recent {
        return Some(false);
    }
    let record = Record::<SLOT_SIZE>::default().put(name.to_le_bytes()).put(now.as_millis().to_le_bytes());
    file.write_all_at(&record.bytes(), at).ok()?;
    Some(true)
}

fn text(failure: &Failure, age: Duration, now: Timestamp) -> String {
    let ago = readable(now.since(failure.at).unwrap_or_default());
    let words = String::from_utf8_lossy(&failure.stderr);
    let words = words.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let words: String = words.chars().take(WORDS_MAX).collect();
    let separator = if words.is_empty() { "" } else { ": " };
    format!(
        "this result is {} old; the last {} refreshes have failed, the latest {ago} ago with exit status {}{separator}{words}",
        readable(age),
        failure.count,
        failure.status
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failures_of_a_key_are_shown_once_an_hour() {
        let directory = tempfile::tempdir().unwrap();
        let may_show = |key: u8, minutes: i64| {
            may_show(directory.path(), &Key([key; 32]), Timestamp::from_millis(minutes * 60_000))
        };
        assert_eq!(
            [0, 1, 59, 60, 119, 120].map(|minutes| may_show(1, minutes)),
            [Some(true), Some(false), Some(false), Some(true), Some(false), Some(true)]
        );
        assert_eq!((may_show(2, 120), may_show(1, 121), may_show(1, 5)), (Some(true), Some(false), Some(true)));
    }

    #[test]
    fn the_warning_says_how_old_the_result_is_and_how_refreshes_fail() {
        let failure = |stderr: &[u8]| Failure {
            count: 5,
            at: Timestamp::from_millis(0),
            status: 6,
            retry_at: Timestamp::from_millis(0),
            stderr: stderr.into(),
        };
        let text = |stderr| text(&failure(stderr), Duration::from_secs(7_200), Timestamp::from_millis(90_000));
        let line = "this result is 2h old; the last 5 refreshes have failed, the latest 1m 30s ago with exit status 6";
        assert_eq!(text(b""), line);
        assert_eq!(text(b"connecting\nno route to host\n\n"), format!("{line}: no route to host"));
    }
}
