//! A result that another host has fetched: what is known of it, and its output, a piece at a time.
//!
//! An output that is not here in its time is not used, and that is all: its link may be slow, or this machine busy. The
//! question that follows finds out whether the server still answers. A connection that ends or cannot be made is a
//! failure of the server.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::{Exchange, Head, Kind, Place};
use crate::store::LogId;
use crate::store::log::Epoch;
use crate::store::shared::protocol::{Entry, ProtocolError, chunk};
use crate::store::shared::wire::WireError;

/// Fetching the output may take as long as the run took, and at least this long.
const SHORTEST: Duration = Duration::from_millis(250);

/// A result of another host, whose head has been opened and which no barrier means.
#[derive(Debug)]
pub struct Copied {
    pub(super) entry: Entry,
    /// The result without its output.
    pub head: Head,
    /// How old it is.
    pub age: Duration,
    pub(super) epoch: Epoch,
    pub(super) log: LogId,
}

impl Copied {
    /// Whether its output is in pieces, which are fetched one by one.
    pub fn is_in_pieces(&self) -> bool {
        self.entry.chunks > 0
    }
}

impl Exchange<'_> {
    /// Hands the transcript of `copied` to `take`, piece by piece. All pieces are what was sealed for this place.
    ///
    /// # Errors
    ///
    /// `NotFound`: a piece is gone; `InvalidData`: it does not open; `TimedOut`: it is late; what is wrong with the
    /// server; or `take`'s own.
    pub fn output(&self, copied: &Copied, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let Copied { entry, head, .. } = copied;
        let mut size = 0;
        let mut checked = |bytes: &[u8]| {
            size += bytes.len() as u64;
            if size > head.size { Err(ErrorKind::InvalidData.into()) } else { take(bytes) }
        };
        if entry.chunks == 0 {
            checked(&self.opened(&self.place(Kind::Body, entry), &entry.body)?)?;
        } else {
            let budget = copied.head.took.max(SHORTEST);
            let mut failure = None;
            let fetched = self.tier.with_connection(budget, |wire, deadline| {
                for index in 0..entry.chunks {
                    let sealed = match chunk::fetch(&self.names, wire, entry.result, index, deadline) {
                        Err(ProtocolError::Wire(WireError::Timeout)) => Err(ErrorKind::TimedOut.into()),
                        sealed => sealed?.ok_or_else(|| ErrorKind::NotFound.into()),
                    };
                    let place = Place { index, ..self.place(Kind::Chunk, entry) };
                    let opened = sealed.and_then(|sealed: Vec<u8>| self.opened(&place, &sealed));
                    if let Err(error) = opened.and_then(|bytes| checked(&bytes)) {
                        failure = Some(error);
                        break;
                    }
                }
                Ok(())
            });
            if let Some(error) = failure {
                return Err(error);
            }
            fetched.map_err(io::Error::other)?;
        }
        if size == head.size { Ok(()) } else { Err(ErrorKind::InvalidData.into()) }
    }

    fn opened(&self, place: &Place<'_>, sealed: &[u8]) -> io::Result<Vec<u8>> {
        self.sealer.open(place, sealed).ok_or_else(|| ErrorKind::InvalidData.into())
    }
}
