//! Reads many entries without their bodies, for lists and checks. Nothing is changed, and no script is needed.
//!
//! Others write meanwhile: an entry that is replaced between two commands has the age of the one and the leader of the
//! other. That is right for a list, and nothing is served by it. The time comes last, so that no entry seems to be of
//! the future.

use std::time::{Duration, Instant};

use redis::Cmd;

use super::answer::Leader;
use super::entry::Entry;
use super::error::ProtocolError;
use super::history::read_position;
use super::names::{Names, SharedId};
use super::reply::Reply;
use crate::store::log::Epoch;
use crate::store::shared::wire::{Wire, WireError};

/// How many entries are asked for at a time.
pub const BATCH: usize = 32;

/// An entry without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryHead {
    /// The entry; its body is empty.
    pub entry: Entry,
    /// It expires after this much time.
    pub kept: Duration,
    /// The run of its command in progress, and for how long it has run.
    pub leader: Option<(Leader, Duration)>,
}

/// What stands under the name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An entry of this epoch.
    Entry(Box<EntryHead>),
    /// Something that no version has written, or an entry that is too large to be read.
    Foreign,
}

/// The entries of `ids`, in their order. Entries that are gone, or of an earlier epoch, are left out.
///
/// # Errors
///
/// [`ProtocolError`].
pub fn heads(
    names: &Names,
    wire: &mut dyn Wire,
    ids: &[SharedId],
    deadline: Instant,
) -> Result<Vec<(SharedId, Found)>, ProtocolError> {
    match batch(names, wire, ids, deadline) {
        Err(error) if is_of_one(&error) && ids.len() > 1 => {
            let mut found = Vec::new();
            for id in ids {
                found.append(&mut heads(names, wire, &[*id], deadline)?);
            }
            Ok(found)
        }
        Err(error) if is_of_one(&error) => Ok(ids.iter().map(|id| (*id, Found::Foreign)).collect()),
        result => result,
    }
}

/// Whether one of the entries is the reason: it has another type, cannot be read, or is larger than an answer may be.
fn is_of_one(error: &ProtocolError) -> bool {
    match error {
        ProtocolError::Malformed(_) => true,
        ProtocolError::Wire(error) => error.code() == Some("WRONGTYPE") || matches!(error, WireError::NotAServer(_)),
    }
}

fn batch(
    names: &Names,
    wire: &mut dyn Wire,
    ids: &[SharedId],
    deadline: Instant,
) -> Result<Vec<(SharedId, Found)>, ProtocolError> {
    let mut commands = Vec::with_capacity(ids.len() * COMMANDS + 2);
    for id in ids {
        let (entry, lease) = (names.entry(*id), names.lease(*id));
        commands.push(command("HMGET", &entry, &["r", "f", "t", "k", "h", "", "c", "p"]));
        commands.push(command("PTTL", &entry, &[]));
        commands.push(command("HMGET", &lease, &["tok", "f", "h"]));
        commands.push(command("PTTL", &lease, &[]));
    }
    commands.push(command("HMGET", &names.meta(), &["epoch", "n", "tag"]));
    commands.push(redis::cmd("TIME"));
    let answers = wire.roundtrip(&commands, deadline)?;
    let reply = |index: usize, command| Reply::new(command, answers.get(index));
    let last = ids.len() * COMMANDS;
    let (meta, time) = (reply(last, "HMGET"), reply(last + 1, "TIME"));
    let Some(now) = read_position(meta.at(0)?, meta.at(1)?, meta.at(2)?)? else { return Ok(Vec::new()) };
    let micros = time.at(0)?.int()?.saturating_mul(1_000_000).saturating_add(time.at(1)?.int()?);
    let mut found = Vec::with_capacity(ids.len());
    for (number, id) in ids.iter().enumerate() {
        let at = |index, command| reply(number * COMMANDS + index, command);
        let (entry, kept) = (at(0, "HMGET"), at(1, "PTTL"));
        if let Some(entry) = read_entry(entry, micros / 1000, now.epoch)? {
            let kept = Duration::from_millis(u64::try_from(kept.int()?).unwrap_or(0));
            let leader = read_leader(at(2, "HMGET"), at(3, "PTTL"), micros)?;
            found.push((*id, Found::Entry(Box::new(EntryHead { entry, kept, leader }))));
        }
    }
    Ok(found)
}

/// How many commands are sent for an entry.
const COMMANDS: usize = 4;

fn command(name: &str, key: &str, fields: &[&str]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(key).arg(fields);
    command
}

/// Reads `r f t k h - c p`.
fn read_entry(reply: Reply<'_>, clock: i64, epoch: Epoch) -> Result<Option<Entry>, ProtocolError> {
    if reply.at(0)?.is_nil() || reply.at(7)?.bytes()? != epoch.to_string().as_bytes() {
        return Ok(None);
    }
    Entry::read_head(reply, clock.saturating_sub(reply.at(2)?.int()?)).map(Some)
}

fn read_leader(
    lease: Reply<'_>,
    remaining: Reply<'_>,
    micros: i64,
) -> Result<Option<(Leader, Duration)>, ProtocolError> {
    let Ok(remaining) = u64::try_from(remaining.int()?) else { return Ok(None) };
    if lease.at(0)?.is_nil() {
        return Ok(None);
    }
    let leader = Leader::read(lease, Duration::from_millis(remaining))?;
    let begun = i64::try_from(leader.fence.0).unwrap_or(i64::MAX);
    // A fence is the time at which the lease was given, or later.
    let since = u64::try_from(micros.saturating_sub(begun)).unwrap_or(0);
    Ok(Some((leader, Duration::from_micros(since))))
}
