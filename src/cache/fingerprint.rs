//! Compares two results of a key by what a user sees of them.

use xxhash_rust::xxh3::Xxh3Default;

use super::Engine;
use crate::model::key::Key;
use crate::model::transcript::Stream;
use crate::store::Backend;

/// The exit status of a result, and a digest of each stream. The sizes of the writes and the order between the streams
/// are left out, because they may differ from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    exit: u8,
    streams: [u128; 2],
}

impl<B: Backend> Engine<B> {
    /// The fingerprint of what is stored under `key`; `None` if nothing is stored or it cannot be read.
    pub(super) fn fingerprint(&self, key: &Key) -> Option<Fingerprint> {
        let result = self.peek(key).ok().flatten()?;
        let mut streams = [Xxh3Default::new(), Xxh3Default::new()];
        let replayed = result.replay(&mut |stream, data| {
            streams[usize::from(stream == Stream::Stderr)].update(data);
            Ok(())
        });
        replayed.ok()?;
        Some(Fingerprint { exit: result.entry.summary.exit, streams: streams.map(|stream| stream.digest128()) })
    }
}
