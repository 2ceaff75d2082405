//! An entry as it is on the server, and the measure of its age.

use std::time::Duration;

use super::error::ProtocolError;
use super::names::{Fence, SharedResult};
use super::reply::Reply;

/// A stored result. Nothing of it is to be believed before its seals have been opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the result.
    pub result: SharedResult,
    /// Orders it among all results of this entry.
    pub fence: Fence,
    /// By the server's clock, when it answered; see [`age`]. None if it was fetched in that clock's future.
    pub age: Option<Duration>,
    /// It passed all barriers up to this number; see [`History::since`](super::History::since).
    pub judged: u64,
    /// What it is the result of, sealed.
    pub head: Vec<u8>,
    /// All of its output, or nothing if that is in chunks; sealed.
    pub body: Vec<u8>,
    /// How many chunks its output has.
    pub chunks: u32,
}

impl Entry {
    /// Reads `r f - k h b c`; `age` is in milliseconds, negative in the future.
    pub(super) fn read(reply: Reply<'_>, age: i64) -> Result<Self, ProtocolError> {
        Ok(Self { body: reply.at(5)?.bytes()?.to_vec(), ..Self::read_head(reply, age)? })
    }

    /// The same without the body.
    pub(super) fn read_head(reply: Reply<'_>, age: i64) -> Result<Self, ProtocolError> {
        Ok(Self {
            result: reply.at(0)?.parsed(SharedResult::parse)?,
            fence: Fence(reply.at(1)?.count()?),
            age: u64::try_from(age).ok().map(Duration::from_millis),
            judged: reply.at(3)?.count()?,
            head: reply.at(4)?.bytes()?.to_vec(),
            body: Vec::new(),
            chunks: reply.at(6)?.count()?,
        })
    }
}

/// How far the clocks of two hosts may be apart before a result looks older than it is.
pub const SKEW: Duration = Duration::from_secs(2 * 60);

/// How old a result is at the time at which the answer has arrived (RFC 9111, section 4.2.3).
///
/// `on_server` is the age that the server has measured, `delay` the time between sending the question and having the
/// answer. `by_writer` is the time since the sealed time of the fetch, by this host's clock and its writer's, as far as
/// it is positive: a server that repeats an old entry cannot make it younger than that, less [`SKEW`].
pub fn age(on_server: Duration, delay: Duration, by_writer: Duration) -> Duration {
    on_server.saturating_add(delay).max(by_writer.saturating_sub(SKEW))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_way_of_the_answer_counts_as_age() {
        assert_eq!(age(s(10), s(2), s(0)), s(12));
        assert_eq!(age(s(10), s(2), s(131)), s(12));
    }

    #[test]
    fn an_entry_is_not_younger_than_its_seal_says() {
        assert_eq!(age(s(10), s(2), s(3600)), s(3480));
        assert_eq!(age(Duration::MAX, s(2), Duration::MAX), Duration::MAX);
    }
}
