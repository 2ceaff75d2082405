//! A trial run of the protocol: all that a call and its fetch do, with an entry of its own.
//!
//! A server may let a user run every command and be useless all the same: a proxy that answers `+OK` to everything, a
//! key of another type under one of our names, a script that may not write. Only a trial run shows that.
//!
//! The entry's id is random, so that no host asks for it, and the entry is removed at the end. If the trial is cut off
//! before that, the entry expires in a minute. No barrier is put up, because every host would have to replay it.

use std::time::{Duration, Instant};

use redis::{Cmd, Value};

use crate::store::log::Epoch;
use crate::store::shared::exchange::random;
use crate::store::shared::protocol::{
    Accept, Answer, Answered, Ask, Commit, Committed, End, Fail, Names, ProtocolError, Refusal, Renew, Renewed,
    SharedId, SharedResult, Token, Unlink, Wanted, chunk, look, outcome,
};
use crate::store::shared::seal::{Kind, Place, Sealer};
use crate::store::shared::wire::{Wire, WireError};

/// What is sealed in the trial.
const TEXT: &[u8] = b"trial";

/// Everything that is written in the trial is gone after this, or earlier.
const LONGEST: Duration = Duration::from_secs(60);

/// A trial, `budget` at most for each answer.
pub struct TrialRun<'a, W> {
    pub wire: &'a mut W,
    pub names: &'a Names,
    pub sealer: &'a Sealer,
    pub budget: Duration,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The step, and the server's error.
    #[error("{0}: {1}")]
    Refused(&'static str, ProtocolError),
    /// The step, and an answer that the protocol does not have there.
    #[error("{0}: {1}")]
    Unexpected(&'static str, String),
}

/// The numbers that the trial is done with.
struct Numbers {
    id: SharedId,
    token: Token,
    other: Token,
    result: SharedResult,
    epoch: Epoch,
}

impl<W: Wire> TrialRun<'_, W> {
    /// Does what a host does that only reads.
    ///
    /// # Errors
    ///
    /// [`TrialError`].
    pub fn read(&mut self) -> Result<(), TrialError> {
        let Ok([id]) = random() else { return Ok(()) };
        let seen = look(self.names, self.wire, SharedId(id), None, after(self.budget));
        let seen = seen.map_err(|error| TrialError::Refused("to read", error))?;
        match seen.entry {
            None => Ok(()),
            Some(_) => Err(TrialError::Unexpected("to read", "there is an entry that nobody has stored".to_owned())),
        }
    }

    /// Does what a host does that reads and writes.
    ///
    /// # Errors
    ///
    /// [`TrialError`].
    pub fn read_and_write(&mut self) -> Result<(), TrialError> {
        let Ok([id, token, other, result, epoch]) = random() else { return Ok(()) };
        let numbers = Numbers {
            id: SharedId(id),
            token: Token(token),
            other: Token(other),
            result: SharedResult(result),
            epoch: Epoch(epoch),
        };
        let outcome = self.lead_and_follow(&numbers);
        let cleaned = self.clean_up(&numbers);
        outcome?;
        cleaned.map_err(|error| TrialError::Refused("to remove the trial's entry", ProtocolError::Wire(error)))
    }

    fn lead_and_follow(&mut self, numbers: &Numbers) -> Result<(), TrialError> {
        let &Numbers { id, token, other, result, .. } = numbers;
        let led = self.ask("to ask for a lease", numbers, Some(token))?;
        let asked_at = Instant::now();
        let (fence, history) = match (led.answer, led.history) {
            (Answer::Lead { fence, .. }, Some(history)) if led.is_primary => (fence, history),
            (Answer::NoLease(refusal), _) => {
                return Err(TrialError::Unexpected(
                    "to ask for a lease",
                    format!("the server does not write: {}", refusal.map_or("why is not known", Refusal::in_words)),
                ));
            }
            (answer, _) => return Err(unexpected("to ask for a lease", &answer)),
        };
        match self.ask("to ask beside a leader", numbers, Some(other))?.answer {
            Answer::Busy(leader) if leader.token == token => {}
            answer => return Err(unexpected("to ask beside a leader", &answer)),
        }
        let renew = Renew { id, token, fence, holder: TEXT, duration: LONGEST };
        match renew.send(self.names, self.wire, after(self.budget)).map_err(in_step("to renew a lease"))? {
            Renewed::Kept => {}
            answer => return Err(unexpected("to renew a lease", &answer)),
        }
        let place = Place {
            id: Some(id),
            result: &result.0,
            fence: fence.0,
            count: 1,
            ..Place::new(Kind::Head, self.names.prefix())
        };
        let seal = |kind| self.sealer.seal(&Place { kind, ..place }, TEXT).unwrap_or_default();
        let (head, piece) = (seal(Kind::Head), seal(Kind::Chunk));
        chunk::upload(self.names, self.wire, result, 0, &piece, after(self.budget))
            .map_err(in_step("to upload a chunk"))?;
        let commit = Commit {
            id,
            token,
            fence,
            base: None,
            asked_ago: asked_at.elapsed(),
            ended_ago: Duration::ZERO,
            result,
            head: &head,
            body: b"",
            chunks: 1,
            keep: LONGEST,
            judged: history.now,
            outcome: b"",
            is_counted: false,
        };
        // What others invalidate meanwhile does not mean this entry.
        match commit.judge(self.names, self.wire, after(self.budget), &mut |_| false).map_err(in_step("to commit"))? {
            Committed::Stored(None) => {}
            answer => return Err(unexpected("to commit", &answer)),
        }
        self.follow(numbers, &place, &head)
    }

    /// Does what other hosts do with the stored result.
    fn follow(&mut self, numbers: &Numbers, place: &Place<'_>, head: &[u8]) -> Result<(), TrialError> {
        let &Numbers { id, token, other, result, .. } = numbers;
        let ended = outcome::wait(self.names, self.wire, token, LONGEST, after(Duration::ZERO), self.budget);
        match ended.map_err(in_step("to wait for an outcome"))? {
            Some(outcome::Outcome::Stored { result: stored, .. }) if stored == result => {}
            answer => return Err(unexpected("to wait for an outcome", &answer)),
        }
        match self.ask("to ask for an entry", numbers, None)?.answer {
            Answer::Fresh(entry) if entry.result == result && entry.head == head => {}
            answer => return Err(unexpected("to ask for an entry", &answer)),
        }
        let piece =
            chunk::fetch(self.names, self.wire, result, 0, after(self.budget)).map_err(in_step("to fetch a chunk"))?;
        let opened = piece.and_then(|piece| self.sealer.open(&Place { kind: Kind::Chunk, ..*place }, &piece));
        if opened.as_deref() != Some(TEXT) {
            return Err(TrialError::Unexpected("to fetch a chunk", "it is not what was uploaded".to_owned()));
        }
        self.read()?;
        let end = End::Failed { background: Some(LONGEST) };
        let failed = Fail { id, token: other, end, outcome: b"", is_counted: false }.send(
            self.names,
            self.wire,
            after(self.budget),
        );
        failed.map_err(in_step("to give a lease back"))?;
        match (Unlink { id, result, below: None }).send(self.names, self.wire, after(self.budget)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(TrialError::Unexpected("to remove an entry", "it is not there".to_owned())),
            Err(error) => Err(TrialError::Refused("to remove an entry", error)),
        }
    }

    /// Asks, for the lease with this token or for an entry whatever its age.
    fn ask(&mut self, step: &'static str, numbers: &Numbers, token: Option<Token>) -> Result<Answered, TrialError> {
        let lease =
            token.map(|token| Wanted { token, dead: None, holder: TEXT, duration: LONGEST, in_background: false });
        let fresh = if token.is_none() { LONGEST } else { Duration::ZERO };
        let accept = Accept { fresh, ..Accept::default() };
        let (id, new_epoch) = (numbers.id, numbers.epoch);
        let ask = Ask { id, accept, wants_entry: false, seen: None, new_epoch, lease, is_counted: false };
        ask.send(self.names, self.wire, after(self.budget)).map_err(in_step(step))
    }

    fn clean_up(&mut self, &Numbers { id, token, other, result, .. }: &Numbers) -> Result<(), WireError> {
        let names = self.names;
        let of_id = [names.entry(id), names.lease(id), names.pass(id), names.failures(id)];
        let others = [names.outcome(token), names.outcome(other), names.chunk(result, 0)];
        let mut unlink = Cmd::new();
        unlink.arg("UNLINK").arg(&of_id[..]).arg(&others[..]);
        self.wire.roundtrip(&[unlink], after(self.budget)).map(drop)
    }

    /// What a key of ours that has no id is on the server, if that is not what it should be; in one sentence.
    ///
    /// # Errors
    ///
    /// The server does not answer, or refuses.
    pub fn foreign(&mut self) -> Result<Option<String>, WireError> {
        for (name, expected) in [(self.names.meta(), "hash"), (self.names.log(), "stream")] {
            let mut command = Cmd::new();
            command.arg("TYPE").arg(&name);
            match self.wire.roundtrip(&[command], after(self.budget))?.first() {
                Some(Value::SimpleString(found)) if found == expected || found == "none" => {}
                Some(Value::SimpleString(found)) => {
                    return Ok(Some(format!(
                        "{name} on the server is a {found}, and a {expected} for cacheback; remove it there, and find \
                         out what else uses that name"
                    )));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

fn after(budget: Duration) -> Instant {
    Instant::now() + budget
}

fn in_step(step: &'static str) -> impl Fn(ProtocolError) -> TrialError {
    move |error| TrialError::Refused(step, error)
}

fn unexpected(step: &'static str, answer: &impl std::fmt::Debug) -> TrialError {
    let mut text = format!("{answer:?}");
    text.truncate(text.find(['(', '{', ' ']).unwrap_or(text.len()));
    TrialError::Unexpected(step, format!("the answer is '{}'", text.to_lowercase()))
}
