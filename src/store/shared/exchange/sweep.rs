//! Removes from the server the entries that a deletion selects, to save space. Nobody waits for that or depends on it:
//! a host that is given such an entry rejects it by the barrier, and the entry expires.

use std::time::{Duration, Instant};

use super::{Down, Head, Kind, entry_place};
use crate::model::key::KeyParts;
use crate::store::Recipe;
use crate::store::fleet::Queued;
use crate::store::shared::protocol::{
    Entry, Found, HEADS_BATCH, Marked, Names, ProtocolError, Scan, SharedId, Unlink, heads,
};
use crate::store::shared::seal::Sealer;
use crate::store::shared::tier::Tier;
use crate::store::shared::wire::Connection;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long all of it may take.
const LONGEST: Duration = Duration::from_mins(10);

impl Tier {
    /// Removes the entries that `deleted` means and that were judged before it. Returns how many those were.
    ///
    /// # Errors
    ///
    /// [`Down`]: some are still there.
    pub fn sweep(&self, deleted: &[(Queued, Marked)]) -> Result<u64, Down> {
        let (names, sealer) = (self.names(), self.sealer());
        let until = Instant::now() + LONGEST;
        self.with_connection(PATIENCE, |wire, _| {
            let (mut scan, mut count) = (Scan::default(), 0);
            while let Some(ids) = scan.step(&names, wire, Instant::now() + PATIENCE)? {
                for unlink in meant(&names, &sealer, wire, &ids, deleted)? {
                    count += u64::from(unlink.send(&names, wire, Instant::now() + PATIENCE)?);
                }
                if Instant::now() >= until {
                    break;
                }
            }
            Ok(count)
        })
    }
}

/// The removal of those of `ids` that a barrier means and that the team's key opens.
fn meant(
    names: &Names,
    sealer: &Sealer,
    wire: &mut Connection,
    ids: &[SharedId],
    deleted: &[(Queued, Marked)],
) -> Result<Vec<Unlink>, ProtocolError> {
    let mut meant = Vec::new();
    for ids in ids.chunks(HEADS_BATCH) {
        for (id, found) in heads(names, wire, ids, Instant::now() + PATIENCE)? {
            let Found::Entry(brief) = found else { continue };
            let below = last_barrier(names, sealer, id, &brief.entry, deleted);
            meant.extend(below.map(|below| Unlink { id, result: brief.entry.result, below: Some(below) }));
        }
    }
    Ok(meant)
}

/// The last barrier that means the entry.
fn last_barrier(
    names: &Names,
    sealer: &Sealer,
    id: SharedId,
    entry: &Entry,
    deleted: &[(Queued, Marked)],
) -> Option<Marked> {
    let head = Head::decode(&sealer.open(&entry_place(names, id, Kind::Head, entry), &entry.head)?)?;
    let parts = KeyParts::decode(&head.parts)?;
    let (key, recipe) = (parts.to_key(), Recipe::decode(&head.recipe, &parts)?);
    let mut last = deleted.iter().rev();
    last.find(|(queued, _)| queued.selector.matches(&key, &parts, &recipe)).map(|(_, marked)| *marked)
}
