//! Waits for the run of another host.

use std::time::{Duration, Instant};

use super::{Down, Exchange, Kind, Place};
use crate::codec::fields::{self, Fields};
use crate::model::exit::ExitStatus;
use crate::model::time::{Moment, Timestamp};
use crate::store::shared::Holder;
use crate::store::shared::protocol::{Fence, Leader, Outcome, ProtocolError, SKEW, SharedResult, outcome};
use crate::store::shared::wire::WireError;

/// If an answer is later than this, it had come in time while this process was stopped.
const STOPPED: Duration = Duration::from_secs(1);

/// How a wait has ended.
#[derive(Debug)]
pub enum Followed {
    /// This result was stored.
    Stored(SharedResult),
    /// The run has failed.
    Failed(SharedFailure),
    /// The server has to be asked again.
    Again,
    /// Every host runs the command for itself.
    Pass,
    /// The run has not ended yet.
    Nothing,
    /// The outcome was not sealed by the leader of this run.
    Forged,
}

/// A run that failed, as its host tells others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFailure {
    /// How it ended.
    pub status: ExitStatus,
    /// When, by the clock of its host.
    pub ended_at: Timestamp,
    /// All of its output, as a transcript.
    pub transcript: Vec<u8>,
}

mod tag {
    pub const CLOCK: u8 = b'w';
    pub const STATUS: u8 = b's';
    pub const ENDED: u8 = b'e';
    pub const TRANSCRIPT: u8 = b't';
}

/// What is sealed as the outcome of a lease.
pub(super) fn encode(failure: Option<&SharedFailure>) -> Vec<u8> {
    let mut out = Vec::new();
    fields::put(&mut out, tag::CLOCK, Timestamp::now().as_millis().to_le_bytes());
    if let Some(SharedFailure { status, ended_at, transcript }) = failure {
        fields::put(&mut out, tag::STATUS, status.to_bytes());
        fields::put(&mut out, tag::ENDED, ended_at.as_millis().to_le_bytes());
        fields::put(&mut out, tag::TRANSCRIPT, transcript);
    }
    out
}

/// When it was sealed, and the failure that it is about, if there is one.
fn decode(bytes: &[u8]) -> Option<(Timestamp, Option<SharedFailure>)> {
    let time = |bytes: &[u8]| Some(Timestamp::from_millis(i64::from_le_bytes(bytes.try_into().ok()?)));
    let (mut clock, mut status, mut ended_at, mut transcript) = (None, None, None, None);
    let mut fields = Fields::new(bytes);
    for (tag, bytes) in fields.by_ref() {
        match tag {
            tag::CLOCK => clock = time(bytes),
            tag::STATUS => status = bytes.try_into().ok().and_then(ExitStatus::from_bytes),
            tag::ENDED => ended_at = time(bytes),
            tag::TRANSCRIPT => transcript = Some(bytes.to_vec()),
            _ => {}
        }
    }
    fields.is_exhausted().then_some(())?;
    let failure = status.zip(ended_at).zip(transcript);
    let failure = failure.map(|((status, ended_at), transcript)| SharedFailure { status, ended_at, transcript });
    Some((clock?, failure))
}

/// Runs the work that it is given, and looks after something else meanwhile.
pub type Beside<'b> = dyn FnMut(&mut (dyn FnMut() + Send)) + 'b;

impl Exchange<'_> {
    /// Waits for the end of the run of `leader`, no longer than until `until`, and not much longer than its lease
    /// lasts. The wait itself is handed to `beside`.
    ///
    /// # Errors
    ///
    /// [`Down`]: the link is lost.
    pub fn wait(&self, leader: &Leader, until: Instant, beside: &mut Beside<'_>) -> Result<Followed, Down> {
        let settings = &self.tier.settings;
        let margin = settings.connect_timeout + settings.timeout;
        let began = Timestamp::now();
        let outcome = self.talk(margin, |wire, _| {
            let started = Instant::now();
            let mut outcome = Ok(None);
            let names = &self.names;
            beside(&mut || {
                outcome = outcome::wait(names, wire, leader.token, leader.remaining, until, margin);
            });
            match outcome {
                Err(ProtocolError::Wire(WireError::Timeout))
                    if started.elapsed() > outcome::wait_of(leader.remaining) + margin + STOPPED =>
                {
                    Ok(None)
                }
                outcome => outcome,
            }
        })?;
        let Some(outcome) = outcome else { return Ok(Followed::Nothing) };
        let opened = |sealed: &[u8]| {
            let place = self.outcome_place(&leader.token.0, leader.fence);
            let (clock, failure) = decode(&self.sealer.open(&place, sealed)?)?;
            let is_old = began.since(clock).is_some_and(|age| age > SKEW);
            (!is_old).then_some(failure)
        };
        Ok(match outcome {
            Outcome::Again => Followed::Again,
            Outcome::Pass => Followed::Pass,
            Outcome::Stored { result, sealed } => match opened(&sealed) {
                Some(None) => Followed::Stored(result),
                _ => Followed::Forged,
            },
            Outcome::Failed { sealed } => match opened(&sealed) {
                Some(Some(failure)) => Followed::Failed(failure),
                _ => Followed::Forged,
            },
        })
    }

    /// The host and the process that run the command; `None` if their seal does not open.
    pub fn runner(&self, leader: &Leader) -> Option<(String, u32)> {
        let holder = Holder::open(&leader.holder, &self.sealer, self.names.prefix(), self.id, leader.token)?;
        Some((holder.host.to_string_lossy().into_owned(), holder.pid))
    }

    /// Where the outcome of a lease belongs.
    pub(super) fn outcome_place<'p>(&'p self, token: &'p [u8], fence: Fence) -> Place<'p> {
        Place { id: Some(self.id), token, fence: fence.0, ..Place::new(Kind::Outcome, self.names.prefix()) }
    }
}

/// When the leader's run began, by the clock of this host. `next` is the fence of a run that would begin now; fences
/// count the server's microseconds.
pub fn began(leader: &Leader, next: Option<Fence>) -> Moment {
    let micros = next.map_or(0, |next| next.0.saturating_sub(leader.fence.0));
    Moment::ago(Duration::from_micros(micros))
}
