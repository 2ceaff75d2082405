//! Stores the result of a run on the server.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use super::{Down, Exchange, Head, Kind, Lease, Place, random};
use crate::codec::fields;
use crate::model::key::KeyParts;
use crate::model::time::{Moment, Timestamp};
use crate::store::Recipe;
use crate::store::shared::protocol::{Commit, Committed, End, Fail, ProtocolError, SharedResult, chunk};
use crate::store::shared::wire::Connection;

/// Nobody waits for this; a server that is only slow gets it, too.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a run came to.
pub struct Run<'a> {
    /// What the key is made of.
    pub parts: &'a KeyParts,
    /// How it is fetched again.
    pub recipe: &'a Recipe,
    /// All of it but its output.
    pub head: &'a Head,
    /// When the fetch ended.
    pub ended_at: Moment,
    /// Removed when it has not been fetched again for this long.
    pub keep: Duration,
}

impl Exchange<'_> {
    /// Stores the result of the run that `lease` was given for; `output` yields its `head.size` bytes. Whether it is what
    /// others find now.
    ///
    /// # Errors
    ///
    /// [`Down`]; the output cannot be read.
    pub fn commit(&self, lease: &Lease, run: &Run<'_>, output: &mut dyn Read) -> Result<bool, Down> {
        self.with_lease(|wire| {
            let Ok([result]) = random() else { return Ok(false) };
            let result = SharedResult(result);
            let chunks = match run.head.size {
                size if size <= Kind::Body.limit() as u64 => 0,
                size => u32::try_from(size.div_ceil(Kind::Chunk.limit() as u64)).unwrap_or(u32::MAX),
            };
            let sent = self.send(wire, lease, run, result, chunks, output);
            if !matches!(sent, Ok(Some(Committed::Stored(_)))) && chunks > 0 {
                // They go away by themselves in ten minutes.
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
                Ok(Some(Committed::Behind(_) | Committed::Epoch | Committed::Incomplete) | None) => End::Again,
                Err(error) if error.refusal().is_some() => End::Pass,
                Err(error) => return Err(error),
            };
            self.fail(lease, end).send(&self.names, wire, Instant::now() + PATIENCE)?;
            Ok(false)
        })
    }

    /// Gives the lease back: there is nothing to store. If the result `is_never` to be shared, others do not wait for one.
    ///
    /// # Errors
    ///
    /// [`Down`]; the lease ends by itself.
    pub fn give_back(&self, lease: &Lease, is_never: bool) -> Result<(), Down> {
        let end = if is_never { End::Pass } else { End::Again };
        self.with_lease(|wire| self.fail(lease, end).send(&self.names, wire, Instant::now() + PATIENCE).map(drop))
    }

    fn with_lease<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, ProtocolError>) -> Result<T, Down> {
        self.tier.with_connection(PATIENCE, |wire, _| work(wire))
    }

    fn fail(&self, lease: &Lease, end: End) -> Fail<'_> {
        Fail { id: lease.id, token: lease.token, end, outcome: b"" }
    }

    /// `None` if it could not be sealed or read.
    fn send(
        &self,
        wire: &mut Connection,
        lease: &Lease,
        run: &Run<'_>,
        result: SharedResult,
        chunks: u32,
        output: &mut dyn Read,
    ) -> Result<Option<Committed>, ProtocolError> {
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
        let mut outcome = Vec::new();
        fields::put(&mut outcome, b'w', Timestamp::now().as_millis().to_le_bytes());
        let of_outcome = Place { token: &lease.token.0, kind: Kind::Outcome, result: b"", count: 0, ..place };
        let (Some(head), Some(outcome)) = (seal(place, &run.head.encode()), seal(of_outcome, &outcome)) else {
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
        };
        let mut means = |barrier: &_| self.means(barrier, run.parts, run.recipe);
        let deadline = Instant::now() + PATIENCE;
        commit.judge(&self.names, wire, deadline, &mut means).map(Some)
    }
}

fn since(earlier: Moment, now: Moment) -> Duration {
    Duration::from_nanos(now.as_nanos().saturating_sub(earlier.as_nanos()))
}

/// So many bytes, or those that are left.
fn piece(output: &mut dyn Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length.min(1 << 18));
    output.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
