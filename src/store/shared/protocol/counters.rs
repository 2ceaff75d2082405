//! Counts what all hosts do together, by the day.
//!
//! The scripts count, so that counting needs no request of its own. An ask that is repeated for the same call, or that
//! is sent for barriers alone, is not counted. Hosts that only read send no scripts, and a server that cannot write
//! does not count; no answer depends on it. The day is that of the asker's clock, because the host that runs a script
//! has to name its keys.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::error::ProtocolError;
use super::names::Names;
use super::reply::Reply;
use crate::model::time::Timestamp;
use crate::store::shared::wire::Wire;

/// How long the server keeps the counters of a day.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// How many days may have counters. A host whose clock is ahead may count in the next day.
const DAYS: i64 = 32;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What all hosts have done on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCounts {
    /// When the day begins, in UTC.
    pub day: Timestamp,
    /// Calls for which the server had a result.
    pub hits: u64,
    /// Calls for which it had none, and no other host ran the command.
    pub misses: u64,
    /// Calls that found another host running the command.
    pub waits: u64,
    /// Results that were stored.
    pub stored: u64,
    /// Runs that have failed.
    pub failures: u64,
}

/// [`KEPT`] in seconds, for a script; 0 if the script must not count.
pub(super) fn kept(is_counted: bool) -> u64 {
    if is_counted { KEPT.as_secs() } else { 0 }
}

/// The name of today's counters.
pub(super) fn of_today(names: &Names) -> String {
    names.counters(today())
}

fn today() -> i64 {
    Timestamp::now().as_millis().div_euclid(DAY_MS)
}

/// What was counted on each of the last days that have counters, the latest one first.
///
/// # Errors
///
/// [`ProtocolError`].
pub fn counters(names: &Names, wire: &mut dyn Wire, deadline: Instant) -> Result<Vec<DayCounts>, ProtocolError> {
    let days: Vec<i64> = (0..DAYS).map(|ago| today() + 1 - ago).collect();
    let commands: Vec<_> = days
        .iter()
        .map(|day| {
            let mut command = redis::cmd("HGETALL");
            command.arg(names.counters(*day));
            command
        })
        .collect();
    let answers = wire.roundtrip(&commands, deadline)?;
    let days = days.into_iter().zip(&answers);
    days.filter_map(|(day, answer)| read(day, Reply::new("HGETALL", Some(answer))).transpose()).collect()
}

fn read(day: i64, reply: Reply<'_>) -> Result<Option<DayCounts>, ProtocolError> {
    let fields: HashMap<&[u8], u64> = reply
        .pairs()?
        .map(|(name, count)| Ok((name.bytes()?, count.count()?)))
        .collect::<Result<_, ProtocolError>>()?;
    // Counts that only a later version knows are left out.
    let sum = |names: &[&str]| names.iter().filter_map(|name| fields.get(name.as_bytes())).sum();
    let counts = DayCounts {
        day: Timestamp::from_millis(day.saturating_mul(DAY_MS)),
        hits: sum(&["fresh", "stale"]),
        misses: sum(&["lead", "none", "pass", "nolease"]),
        waits: sum(&["busy"]),
        stored: sum(&["run-stored"]),
        failures: sum(&["run-failed"]),
    };
    Ok((!fields.is_empty()).then_some(counts))
}
