//! Waits for the end of another host's run, without polling.

use std::time::{Duration, Instant};

use super::error::ProtocolError;
use super::millis;
use super::names::{Names, SharedResult, Token};
use super::reply::Reply;
use crate::store::shared::wire::Wire;

/// How long an outcome is kept for those who wait for it.
pub(super) const KEPT: Duration = Duration::from_secs(60);

/// The longest wait: after a fail-over, the new primary wakes no waiter.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// A wait ends this long after its lease, when a successor may have taken it.
const AFTER_LEASE: Duration = Duration::from_millis(50);

/// How a run ended. `sealed` is to be opened, with the token in its associated data, before anything is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This result was stored: it is to be asked for.
    Stored {
        /// Its name.
        result: SharedResult,
        /// As [`Commit::outcome`](super::Commit::outcome).
        sealed: Vec<u8>,
    },
    /// It failed.
    Failed {
        /// As [`Fail::outcome`](super::Fail::outcome).
        sealed: Vec<u8>,
    },
    /// Those who wait ask again. Nothing is sealed, because the server can cause the same without the key.
    Again,
    /// Those who wait run the command for themselves.
    Pass,
}

/// How long to wait for a run whose lease lasts for `remaining`, before asking again.
pub fn wait_of(remaining: Duration) -> Duration {
    remaining.saturating_add(AFTER_LEASE).min(WAIT_MAX)
}

/// Waits for the outcome of `token`, whose lease lasts for `remaining`, and no longer than until `until`. `None` if
/// there is no outcome yet: the server has to be asked again.
///
/// # Errors
///
/// [`ProtocolError`]; the link is lost if `margin` after the end of the wait there is no answer.
pub fn wait(
    names: &Names,
    wire: &mut dyn Wire,
    token: Token,
    remaining: Duration,
    until: Instant,
    margin: Duration,
) -> Result<Option<Outcome>, ProtocolError> {
    let now = Instant::now();
    let wait = wait_of(remaining).min(until.saturating_duration_since(now));
    let mut command = redis::cmd("XREAD");
    // 0 would wait for ever.
    command.arg("BLOCK").arg(millis(wait).max(1)).arg("STREAMS").arg(names.outcome(token)).arg("0-0");
    let answers = wire.roundtrip(&[command], now + wait + margin)?;
    let reply = Reply::new("XREAD", answers.first());
    if reply.is_nil() {
        return Ok(None);
    }
    let (_, entries) = reply.only_pair()?;
    let fields = entries.at(0)?.at(1)?;
    let sealed = fields.at(5)?.bytes()?.to_vec();
    Ok(Some(match fields.at(1)?.bytes()? {
        b"stored" => Outcome::Stored { result: fields.at(3)?.parsed(SharedResult::parse)?, sealed },
        b"failed" => Outcome::Failed { sealed },
        b"again" => Outcome::Again,
        b"pass" => Outcome::Pass,
        _ => return Err(reply.malformed()),
    }))
}
