//! The log of barriers: the part of it that an answer has.

use std::time::Instant;

use super::error::ProtocolError;
use super::names::Names;
use super::reply::Reply;
use crate::store::log::{BarrierKind, Epoch, Position, Tag};
use crate::store::shared::wire::Wire;

/// The most barriers in one answer.
const BARRIERS_MAX: usize = 512;

/// One invalidation or deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// Its number.
    pub n: u64,
    /// Its name, in the associated data of its seal.
    pub tag: Tag,
    /// What it does.
    pub kind: BarrierKind,
    /// What it does this to, sealed.
    pub selector: Vec<u8>,
}

impl BarrierKind {
    /// Its name on the server.
    pub(in crate::store::shared) fn letter(self) -> &'static str {
        match self {
            Self::Invalidate => "i",
            Self::Delete => "d",
        }
    }

    fn parse(letter: &[u8]) -> Option<Self> {
        match letter {
            b"i" => Some(Self::Invalidate),
            b"d" => Some(Self::Delete),
            _ => None,
        }
    }
}

/// The part of the log that one answer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The server's position.
    pub now: Position,
    /// The asker's position when it asked, if the server's log has it.
    pub(super) known: Option<Position>,
    /// Barriers up to `now`, without a gap if the log has none.
    pub(super) barriers: Vec<Barrier>,
}

/// What an answer means for the local entries of shared origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay<'a> {
    /// Nothing, and the position stays: the answer is as old as what is known, or older.
    Nothing,
    /// These barriers; the position becomes [`History::now`].
    Barriers(&'a [Barrier]),
    /// Barriers are lost: every entry becomes stale, and so does what is being fetched or copied. The position becomes
    /// [`History::now`].
    Everything,
}

impl History {
    /// What a host with the position `stored` has to replay, in the transaction that sets its new position.
    ///
    /// `stored` may have changed since the question was sent.
    pub fn replay(&self, stored: Option<&Position>) -> Replay<'_> {
        let (Some(stored), Some(known)) = (stored, &self.known) else {
            return if stored == Some(&self.now) { Replay::Nothing } else { Replay::Everything };
        };
        if stored.epoch != self.now.epoch {
            return Replay::Everything;
        }
        if *stored == self.now || stored.n > self.now.n {
            return Replay::Nothing;
        }
        // The server has checked the position that was sent. One that was stored since then has to be in the answer.
        let is_in_log = stored == known
            || self.barriers.iter().any(|barrier| barrier.n == stored.n && Some(barrier.tag) == stored.tag);
        match self.since(stored.n) {
            Some(barriers) if is_in_log => Replay::Barriers(barriers),
            _ => Replay::Everything,
        }
    }

    /// The barriers in the answer, in order.
    pub fn barriers(&self) -> &[Barrier] {
        &self.barriers
    }

    /// All barriers after number `judged`; `None` if one of them is missing: then a result that was judged up to there
    /// must not be used.
    pub fn since(&self, judged: u64) -> Option<&[Barrier]> {
        let missing = self.now.n.checked_sub(judged)?;
        let start = self.barriers.len().checked_sub(usize::try_from(missing).ok()?)?;
        let barriers = &self.barriers[start..];
        let is_complete = barriers.iter().zip(judged + 1..).all(|(barrier, n)| barrier.n == n)
            && barriers.last().is_none_or(|last| Some(last.tag) == self.now.tag);
        is_complete.then_some(barriers)
    }

    /// Fetches the barriers between `judged` and those that are there.
    pub(super) fn extend_back(
        &mut self,
        names: &Names,
        wire: &mut dyn Wire,
        judged: u64,
        deadline: Instant,
    ) -> Result<(), ProtocolError> {
        let last = self.barriers.first().map_or(self.now.n, |first| first.n.saturating_sub(1));
        let mut earlier = fetch(names, wire, judged, last, deadline)?;
        earlier.append(&mut self.barriers);
        self.barriers = earlier;
        Ok(())
    }

    /// Fetches the barriers that one answer had no room for.
    pub(super) fn complete(
        &mut self,
        names: &Names,
        wire: &mut dyn Wire,
        deadline: Instant,
    ) -> Result<(), ProtocolError> {
        // An answer without barriers has all that there are, or they are lost.
        if let Some(last) = self.barriers.last() {
            let mut more = fetch(names, wire, last.n, self.now.n, deadline)?;
            self.barriers.append(&mut more);
        }
        Ok(())
    }
}

/// The barriers after number `after` up to number `last`, as far as they are there.
fn fetch(
    names: &Names,
    wire: &mut dyn Wire,
    mut after: u64,
    last: u64,
    deadline: Instant,
) -> Result<Vec<Barrier>, ProtocolError> {
    let mut barriers = Vec::new();
    while after < last {
        let answers = wire.roundtrip(&[range(names, after + 1, &format!("{last}-0"))], deadline)?;
        let mut more = read_barriers(Reply::new("XRANGE", answers.first()))?;
        match more.last() {
            Some(end) if end.n > after => after = end.n,
            _ => break,
        }
        barriers.append(&mut more);
    }
    Ok(barriers)
}

/// The command that fetches barriers from number `first` on.
pub(super) fn range(names: &Names, first: u64, last: &str) -> redis::Cmd {
    let mut command = redis::cmd("XRANGE");
    command.arg(names.log()).arg(format!("{first}-0")).arg(last).arg("COUNT").arg(BARRIERS_MAX);
    command
}

/// Reads the answer to XRANGE.
pub(super) fn read_barriers(reply: Reply<'_>) -> Result<Vec<Barrier>, ProtocolError> {
    reply.list()?.map(read_barrier).collect()
}

fn read_barrier(reply: Reply<'_>) -> Result<Barrier, ProtocolError> {
    let fields = reply.at(1)?;
    Ok(Barrier {
        n: reply.at(0)?.parsed(|id| std::str::from_utf8(id.strip_suffix(b"-0")?).ok()?.parse().ok())?,
        tag: fields.at(1)?.parsed(Tag::parse)?,
        kind: fields.at(3)?.parsed(BarrierKind::parse)?,
        selector: fields.at(5)?.bytes()?.to_vec(),
    })
}

/// Reads epoch, number and tag; none if the server has no epoch.
pub(super) fn read_position(epoch: Reply<'_>, n: Reply<'_>, tag: Reply<'_>) -> Result<Option<Position>, ProtocolError> {
    let Some(epoch) = epoch.optional()?.filter(|epoch| !epoch.is_empty()) else { return Ok(None) };
    let epoch = Epoch::parse(epoch).ok_or_else(|| tag.malformed())?;
    Ok(Some(Position { epoch, n: n.count()?, tag: read_tag(tag)? }))
}

/// Reads a tag; none before the first barrier.
pub(super) fn read_tag(tag: Reply<'_>) -> Result<Option<Tag>, ProtocolError> {
    match tag.optional()?.filter(|tag| !tag.is_empty()) {
        Some(text) => Tag::parse(text).map(Some).ok_or_else(|| tag.malformed()),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: u8, n: u64, tag: u8) -> Position {
        Position { epoch: Epoch([epoch; 16]), n, tag: (tag != 0).then_some(Tag([tag; 16])) }
    }

    /// Barriers whose tags are their numbers.
    fn history(now: Position, known: Option<Position>, numbers: &[u8]) -> History {
        let barrier =
            |n: &u8| Barrier { n: u64::from(*n), tag: Tag([*n; 16]), kind: BarrierKind::Delete, selector: Vec::new() };
        History { now, known, barriers: numbers.iter().map(barrier).collect() }
    }

    fn numbers(replay: &Replay<'_>) -> Option<Vec<u64>> {
        match replay {
            Replay::Nothing => Some(Vec::new()),
            Replay::Barriers(barriers) => Some(barriers.iter().map(|barrier| barrier.n).collect()),
            Replay::Everything => None,
        }
    }

    #[test]
    fn barriers_after_the_stored_position_are_replayed() {
        let answer = history(at(1, 5, 5), Some(at(1, 3, 3)), &[4, 5]);
        assert_eq!(numbers(&answer.replay(Some(&at(1, 3, 3)))), Some(vec![4, 5]));
        assert_eq!(numbers(&answer.replay(Some(&at(1, 4, 4)))), Some(vec![5]));
    }

    #[test]
    fn an_answer_that_is_older_than_the_stored_position_changes_nothing() {
        let answer = history(at(1, 5, 5), Some(at(1, 3, 3)), &[4, 5]);
        assert_eq!(answer.replay(Some(&at(1, 7, 7))), Replay::Nothing);
        assert_eq!(answer.replay(Some(&at(1, 5, 5))), Replay::Nothing);
    }

    #[test]
    fn another_epoch_makes_everything_stale_once() {
        let answer = history(at(2, 1, 1), None, &[1]);
        assert_eq!(answer.replay(Some(&at(1, 3, 3))), Replay::Everything);
        assert_eq!(answer.replay(None), Replay::Everything);
        assert_eq!(answer.replay(Some(&at(2, 1, 1))), Replay::Nothing);
        // It is not known which of the two epochs is the later one.
        let answer = history(at(1, 5, 5), Some(at(1, 3, 3)), &[4, 5]);
        assert_eq!(answer.replay(Some(&at(2, 9, 9))), Replay::Everything);
    }

    #[test]
    fn a_hole_after_the_stored_position_makes_everything_stale() {
        let answer = history(at(1, 5, 5), Some(at(1, 2, 2)), &[3, 5]);
        assert_eq!(answer.replay(Some(&at(1, 2, 2))), Replay::Everything);
        let answer = history(at(1, 5, 5), Some(at(1, 2, 2)), &[]);
        assert_eq!(answer.replay(Some(&at(1, 2, 2))), Replay::Everything);
    }

    #[test]
    fn a_hole_before_the_stored_position_spoils_only_what_was_judged_before_it() {
        let answer = history(at(1, 5, 5), Some(at(1, 4, 4)), &[2, 4, 5]);
        assert_eq!(numbers(&answer.replay(Some(&at(1, 4, 4)))), Some(vec![5]));
        assert_eq!(answer.since(3).map(<[_]>::len), Some(2));
        assert_eq!(answer.since(2), None);
        assert_eq!(answer.since(1), None);
    }

    #[test]
    fn another_barrier_under_the_stored_number_makes_everything_stale() {
        let answer = history(at(1, 5, 5), Some(at(1, 3, 3)), &[4, 5]);
        assert_eq!(answer.replay(Some(&at(1, 4, 9))), Replay::Everything);
        assert_eq!(answer.replay(Some(&at(1, 5, 9))), Replay::Everything);
        assert_eq!(answer.replay(Some(&at(1, 3, 9))), Replay::Everything);
    }

    #[test]
    fn barriers_of_another_log_under_the_same_numbers_do_not_count() {
        let answer = history(at(1, 5, 9), Some(at(1, 3, 3)), &[4, 5]);
        assert_eq!(answer.replay(Some(&at(1, 3, 3))), Replay::Everything);
        assert_eq!(answer.since(3), None);
    }

    #[test]
    fn what_claims_to_be_judged_by_later_barriers_is_not_judged() {
        assert_eq!(history(at(1, 5, 5), Some(at(1, 5, 5)), &[]).since(6), None);
    }
}
