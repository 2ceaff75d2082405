//! The chunks of a large body. Each has a key of its own, so that neither side needs memory for the whole body.

use std::time::{Duration, Instant};

use super::error::ProtocolError;
use super::millis;
use super::names::{Names, SharedResult};
use super::reply::Reply;
use crate::store::shared::wire::Wire;

/// How long an uploaded chunk is kept before its commit.
const UPLOADED: Duration = Duration::from_secs(10 * 60);

/// How long the chunks of a replaced result are kept for hosts that have just read the entry.
const REPLACED: Duration = Duration::from_secs(60);

/// How many commands are sent at a time.
const BATCH: usize = 256;

/// Uploads one chunk, sealed.
///
/// # Errors
///
/// [`ProtocolError`]; the same may be sent again.
pub fn upload(
    names: &Names,
    wire: &mut dyn Wire,
    result: SharedResult,
    index: u32,
    sealed: &[u8],
    deadline: Instant,
) -> Result<(), ProtocolError> {
    let mut command = redis::cmd("SET");
    command.arg(names.chunk(result, index)).arg(sealed).arg("PX").arg(millis(UPLOADED));
    wire.roundtrip(&[command], deadline)?;
    Ok(())
}

/// Fetches one chunk, sealed; nothing if it is gone.
///
/// # Errors
///
/// [`ProtocolError`].
pub fn fetch(
    names: &Names,
    wire: &mut dyn Wire,
    result: SharedResult,
    index: u32,
    deadline: Instant,
) -> Result<Option<Vec<u8>>, ProtocolError> {
    let mut command = redis::cmd("GET");
    command.arg(names.chunk(result, index));
    let mut answers = wire.roundtrip(&[command], deadline)?;
    match answers.pop() {
        Some(redis::Value::BulkString(sealed)) => Ok(Some(sealed)),
        other => Ok(Reply::new("GET", other.as_ref()).optional()?.map(<[u8]>::to_vec)),
    }
}

/// Removes the chunks of a result that was not stored.
///
/// # Errors
///
/// [`ProtocolError`]; chunks that are left expire.
pub fn unlink(
    names: &Names,
    wire: &mut dyn Wire,
    result: SharedResult,
    count: u32,
    deadline: Instant,
) -> Result<(), ProtocolError> {
    let unlink = |name| redis::cmd("UNLINK").arg(name).clone();
    send_each(wire, (0..count).map(|index| names.chunk(result, index)).map(unlink), deadline)
}

/// Leaves the chunks of a replaced result for a moment to those who are reading them.
///
/// # Errors
///
/// [`ProtocolError`]; then the chunks expire later.
pub fn retire(
    names: &Names,
    wire: &mut dyn Wire,
    result: SharedResult,
    count: u32,
    deadline: Instant,
) -> Result<(), ProtocolError> {
    let expire = |name| redis::cmd("PEXPIRE").arg(name).arg(millis(REPLACED)).clone();
    send_each(wire, (0..count).map(|index| names.chunk(result, index)).map(expire), deadline)
}

/// Sends any number of commands, of which not too many are under way at a time.
fn send_each(
    wire: &mut dyn Wire,
    mut commands: impl Iterator<Item = redis::Cmd>,
    deadline: Instant,
) -> Result<(), ProtocolError> {
    loop {
        let batch: Vec<_> = commands.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(());
        }
        wire.roundtrip(&batch, deadline)?;
    }
}
