//! Stores the result of a run on the server.

use std::io::{self, Read, Seek};
use std::time::{Duration, Instant};

use super::follow::{SharedFailure, encode};
use super::{Down, Exchange, Head, Kind, Lease, Place, random};
use crate::model::key::KeyParts;
use crate::model::time::Moment;
use crate::store::Recipe;
use crate::store::shared::protocol::{Commit, Committed, End, Fail, ProtocolError, SharedResult, Token, chunk};
use crate::store::shared::wire::{Connection, WireError};

/// How long to wait for an answer. No caller waits for it, so a slow server has time, too.
const PATIENCE: Duration = Duration::from_secs(2);

/// The result of a run.
pub struct Run<'a> {
    /// What the key is made of.
    pub parts: &'a KeyParts,
    /// How it is fetched again.
    pub recipe: &'a Recipe,
    /// The result without its output.
    pub head: &'a Head,
    /// When the fetch ended.
    pub ended_at: Moment,
    /// Removed when it has not been fetched again for this long.
    pub keep: Duration,
}

impl Exchange<'_> {
    /// Stores the result of the run that `lease` was given for; `output` yields its `head.size` bytes. Returns whether
    /// other hosts find it now.
    ///
    /// # Errors
    ///
    /// [`Down`]; the lease ends by itself.
    pub fn commit(&self, lease: &Lease, run: &Run<'_>, output: &mut (impl Read + Seek)) -> Result<bool, Down> {
        self.with_lease(|wire| {
            let Ok([result]) = random() else { return Ok(false) };
            let result = SharedResult(result);
            let chunks = match run.head.size {
                size if size <= Kind::Body.limit() as u64 => 0,
                size => u32::try_from(size.div_ceil(Kind::Chunk.limit() as u64)).unwrap_or(u32::MAX),
            };
            let mut sent = self.send(wire, lease, run, result, chunks, output);
            if matches!(sent, Ok(Some(Committed::Incomplete))) {
                sent = self.send(wire, lease, run, result, chunks, output);
            }
            if !matches!(sent, Ok(Some(Committed::Stored(_)))) && chunks > 0 {
                // If this fails, the chunks expire in ten minutes.
                let _ = chunk::unlink(&self.names, wire, result, chunks, Instant::now() + PATIENCE);
            }
            let end = match sent {
                Ok(Some(Committed::Stored(old))) => {
                    if let Some((old, count)) = old {
                        chunk::retire(&self.names, wire, old, count, Instant::now() + PATIENCE)?;
                    }
                    return Ok(true);
                }
                Ok(Some(Committed::Older)) => return Ok(false),
                Ok(Some(Committed::Behind(_) | Committed::Epoch) | None) => End::Again,
                Ok(Some(Committed::Incomplete)) => End::Pass,
                Err(error) if error.refusal().is_some() => End::Pass,
                Err(error) => return Err(error),
            };
            self.fail(lease, end, b"").send(&self.names, wire, Instant::now() + PATIENCE)?;
            Ok(false)
        })
    }

    /// Ends the run that `lease` was given for without a result.
    ///
    /// # Errors
    ///
    /// [`Down`]; the lease ends by itself.
    pub fn end(&self, lease: &Lease, end: End, failure: Option<&SharedFailure>) -> Result<(), Down> {
        let place = self.outcome_place(&lease.token.0, lease.fence);
        // Without random bytes nothing can be sealed, and other hosts ignore the outcome.
        let sealed = failure.and_then(|failure| self.sealer.seal(&place, &encode(Some(failure))).ok());
        let fail = self.fail(lease, end, sealed.as_deref().unwrap_or_default());
        self.with_lease(|wire| {
            let sent = fail.send(&self.names, wire, Instant::now() + PATIENCE);
            again(sent, || fail.send(&self.names, wire, Instant::now() + PATIENCE)).map(drop)
        })
    }

    /// Ends a run without a result whose lease may have been granted by an answer that was lost. The breaker is not
    /// asked: it is open because of that loss, and no caller waits.
    pub fn disclaim(&self, token: Token) {
        let fail = Fail { id: self.id, token, end: End::Again, outcome: b"", is_counted: false };
        let _ = fail.send(&self.names, &mut self.tier.connection(None), Instant::now() + PATIENCE);
    }

    fn with_lease<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, ProtocolError>) -> Result<T, Down> {
        self.tier.with_connection(PATIENCE, |wire, _| work(wire))
    }

    fn fail<'f>(&self, lease: &Lease, end: End, outcome: &'f [u8]) -> Fail<'f> {
        Fail { id: lease.id, token: lease.token, end, outcome, is_counted: true }
    }

    /// Uploads the output and commits; `None` if the output could not be read or sealed.
    fn send(
        &self,
        wire: &mut Connection,
        lease: &Lease,
        run: &Run<'_>,
        result: SharedResult,
        chunks: u32,
        output: &mut (impl Read + Seek),
    ) -> Result<Option<Committed>, ProtocolError> {
        if output.rewind().is_err() {
            return Ok(None);
        }
        let place = Place {
            id: Some(self.id),
            result: &result.0,
            fence: lease.fence.0,
            count: chunks,
            ..Place::new(Kind::Head, self.names.prefix())
        };
        let seal = |place: Place<'_>, bytes: &[u8]| self.sealer.seal(&place, bytes).ok();
        let mut sealed_piece = |place: Place<'_>| {
            let bytes = piece(output, place.kind.limit()).ok()?;
            seal(place, &bytes)
        };
        let mut body = Vec::new();
        if chunks == 0 {
            let Some(sealed) = sealed_piece(Place { kind: Kind::Body, ..place }) else { return Ok(None) };
            body = sealed;
        }
        for index in 0..chunks {
            let Some(sealed) = sealed_piece(Place { kind: Kind::Chunk, index, ..place }) else { return Ok(None) };
            chunk::upload(&self.names, wire, result, index, &sealed, Instant::now() + PATIENCE)?;
        }
        let of_outcome = self.outcome_place(&lease.token.0, lease.fence);
        let (Some(head), Some(outcome)) = (seal(place, &run.head.encode()), seal(of_outcome, &encode(None))) else {
            return Ok(None);
        };
        let now = Moment::now();
        let commit = Commit {
            id: lease.id,
            token: lease.token,
            fence: lease.fence,
            base: lease.base,
            asked_ago: since(lease.asked_at, now),
            ended_ago: since(run.ended_at, now),
            result,
            head: &head,
            body: &body,
            chunks,
            keep: run.keep,
            judged: lease.judged,
            outcome: &outcome,
            is_counted: true,
        };
        let mut means = |barrier: &_| self.means(barrier, run.parts, run.recipe);
        let mut judge = || commit.judge(&self.names, wire, Instant::now() + PATIENCE, &mut means);
        let committed = judge();
        again(committed, judge).map(Some)
    }
}

/// Sends once more if the answer was lost; a second request changes nothing.
fn again<T>(
    sent: Result<T, ProtocolError>,
    send: impl FnOnce() -> Result<T, ProtocolError>,
) -> Result<T, ProtocolError> {
    match sent {
        Err(ProtocolError::Wire(WireError::Timeout | WireError::Closed)) => send(),
        sent => sent,
    }
}

fn since(earlier: Moment, now: Moment) -> Duration {
    Duration::from_nanos(now.as_nanos().saturating_sub(earlier.as_nanos()))
}

/// The next `length` bytes, or those that are left.
fn piece(output: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length.min(1 << 18));
    output.by_ref().take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
