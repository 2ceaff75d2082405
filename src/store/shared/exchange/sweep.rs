//! Removes from the server the entries that a deletion selects, to save space. Nobody waits for that or depends on it:
//! a host that is given such an entry rejects it by the barrier, and the entry expires.

use std::time::{Duration, Instant};

use redis::Cmd;

use super::{Down, Head, Kind, Place};
use crate::model::key::KeyParts;
use crate::store::Recipe;
use crate::store::fleet::Queued;
use crate::store::shared::protocol::{Fence, Marked, Names, ProtocolError, Scan, SharedId, SharedResult, Unlink};
use crate::store::shared::seal::Sealer;
use crate::store::shared::tier::Tier;
use crate::store::shared::wire::{Connection, Wire};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long all of it may take.
const LONGEST: Duration = Duration::from_mins(10);

/// An entry without its body.
struct Candidate {
    id: SharedId,
    result: SharedResult,
    head: Head,
}

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
                for candidate in candidates(&names, &sealer, wire, &ids)? {
                    let Some(marked) = meant(&candidate, deleted) else { continue };
                    let unlink = Unlink { id: candidate.id, result: candidate.result, below: Some(marked) };
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

/// The last barrier that means the entry.
fn meant(candidate: &Candidate, deleted: &[(Queued, Marked)]) -> Option<Marked> {
    let parts = KeyParts::decode(&candidate.head.parts)?;
    let (key, recipe) = (parts.to_key(), Recipe::decode(&candidate.head.recipe, &parts)?);
    let mut last = deleted.iter().rev();
    last.find(|(queued, _)| queued.selector.matches(&key, &parts, &recipe)).map(|(_, marked)| *marked)
}

/// What is known of the entries without their bodies; leaves out what is gone, and what the team's key does not open.
fn candidates(
    names: &Names,
    sealer: &Sealer,
    wire: &mut Connection,
    ids: &[SharedId],
) -> Result<Vec<Candidate>, ProtocolError> {
    let command = |id: &SharedId| {
        let mut command = Cmd::new();
        command.arg("HMGET").arg(names.entry(*id)).arg(&["r", "f", "c", "h"]);
        command
    };
    let mut candidates = Vec::new();
    // The answers are bounded in size.
    for ids in ids.chunks(32) {
        let commands: Vec<Cmd> = ids.iter().map(command).collect();
        let answers = wire.roundtrip(&commands, Instant::now() + PATIENCE)?;
        candidates.extend(ids.iter().zip(&answers).filter_map(|(id, answer)| candidate(names, sealer, *id, answer)));
    }
    Ok(candidates)
}

fn text(value: &redis::Value) -> Option<&[u8]> {
    if let redis::Value::BulkString(bytes) = value { Some(bytes) } else { None }
}

fn candidate(names: &Names, sealer: &Sealer, id: SharedId, answer: &redis::Value) -> Option<Candidate> {
    let redis::Value::Array(fields) = answer else { return None };
    let [result, fence, count, head] = &fields[..] else { return None };
    let number = |value| str::from_utf8(text(value)?).ok()?.parse::<u64>().ok();
    let result = SharedResult::parse(text(result)?)?;
    let place = Place {
        id: Some(id),
        result: &result.0,
        fence: Fence(number(fence)?).0,
        count: number(count)?.try_into().ok()?,
        ..Place::new(Kind::Head, names.prefix())
    };
    Some(Candidate { id, result, head: Head::decode(&sealer.open(&place, text(head)?)?)? })
}
