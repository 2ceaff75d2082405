//! How often entries are used: folding the tally in, and removing what was used least recently.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use super::connection::Connection;
use super::fault::Fault;
use super::place::{Place, PlaceError};
use super::row;
use super::tally;
use crate::store::EventKind;

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Events are counted by the hour for this long.
const HOURS_KEPT: i64 = 31 * 24;
/// Entries removed at one time.
const ENTRIES: usize = 4096;
/// What an entry takes beside its output, in bytes.
const ENTRY_OVERHEAD: i64 = 300;

#[derive(Clone, Copy, Debug, Default)]
struct Uses {
    last: i64,
    hits: i64,
    stale_hits: i64,
    saved: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Events {
    count: i64,
    saved: i64,
}

/// Moves the notes of the tally into the database.
pub(crate) fn fold(connection: &Connection, place: &Place) -> Result<(), Fault> {
    let path = place.tally();
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    // The write lock also keeps others from taking the notes at the same time.
    let write = connection.write()?;
    let mut uses: HashMap<i64, Uses> = HashMap::new();
    let mut hours: HashMap<(i64, EventKind), Events> = HashMap::new();
    let taken = tally::take(&path, |note| {
        let (at, saved) = (note.at.as_millis(), i64::try_from(note.saved.as_micros()).unwrap_or(i64::MAX));
        if !note.kind.is_shared() {
            let used = uses.entry(note.id).or_default();
            used.last = used.last.max(at);
            used.hits += i64::from(note.kind == EventKind::Hit);
            used.stale_hits += i64::from(note.kind == EventKind::StaleHit);
            used.saved = used.saved.saturating_add(saved);
        }
        let events = hours.entry((at.div_euclid(HOUR_MS), note.kind)).or_default();
        events.count += 1;
        events.saved = events.saved.saturating_add(saved);
    });
    taken.map_err(|source| PlaceError::Unreachable { path, source })?;
    add(&write, &uses, &hours)?;
    Ok(write.commit()?)
}

/// Sets all counts to 0, and those in the tally as well. The times of use stay, because eviction goes by them.
pub(crate) fn reset(connection: &Connection, place: &Place) -> Result<(), Fault> {
    fold(connection, place)?;
    let write = connection.write()?;
    write.execute_batch("UPDATE usage SET hits=0,stale_hits=0,saved=0; DELETE FROM activity")?;
    Ok(write.commit()?)
}

fn add(
    write: &Transaction<'_>,
    uses: &HashMap<i64, Uses>,
    hours: &HashMap<(i64, EventKind), Events>,
) -> rusqlite::Result<()> {
    // In SQLite, a sum that does not fit into an integer becomes a real: min() limits it.
    let mut add_uses = write.prepare(
        "INSERT INTO usage SELECT ?1,?2,?3,?4,?5 WHERE EXISTS(SELECT 1 FROM entry WHERE id=?1) \
         ON CONFLICT(id) DO UPDATE SET used_at=max(used_at,?2),hits=hits+?3,stale_hits=stale_hits+?4,\
         saved=CAST(min(saved+?5,9e18) AS INTEGER)",
    )?;
    for (row, uses) in uses {
        add_uses.execute(params![row, uses.last, uses.hits, uses.stale_hits, uses.saved])?;
    }
    let mut add_events = write.prepare(
        "INSERT INTO activity VALUES(?1,?2,?3,?4) \
         ON CONFLICT(hour,kind) DO UPDATE SET count=count+?3,saved=CAST(min(saved+?4,9e18) AS INTEGER)",
    )?;
    for ((hour, kind), events) in hours {
        add_events.execute(params![hour, *kind as i64, events.count, events.saved])?;
    }
    let newest = hours.keys().map(|(hour, _)| *hour).max().unwrap_or(i64::MIN);
    // Hours that are too old to be kept one by one are added up in one hour, far in the past.
    let oldest = newest.saturating_sub(HOURS_KEPT);
    let mut sums: Vec<(i64, i64, i64)> = Vec::new();
    let mut statement = write.prepare(
        "SELECT kind,CAST(min(total(count),9e18) AS INTEGER),CAST(min(total(saved),9e18) AS INTEGER) \
         FROM activity WHERE hour<?1 GROUP BY kind",
    )?;
    let mut rows = statement.query([oldest])?;
    while let Some(row) = rows.next()? {
        sums.push((row.get(0)?, row.get(1)?, row.get(2)?));
    }
    drop(rows);
    if write.execute("DELETE FROM activity WHERE hour<?1", [oldest])? > 0 {
        for (kind, count, saved) in sums {
            write.execute("INSERT INTO activity VALUES(?1,?2,?3,?4)", params![EARLIER, kind, count, saved])?;
        }
    }
    Ok(())
}

/// The hour that stands for all hours that are too old to be kept one by one.
pub(crate) const EARLIER: i64 = i64::MIN;

/// Removes the entries that were used least recently while the database is larger than `limit` bytes.
///
/// Pruning removes their chunks; as long as there are such chunks, nothing more is evicted. Returns how many entries
/// were removed.
pub(crate) fn evict(connection: &Connection, limit: u64) -> Result<u64, Fault> {
    let mut excess = excess(connection, limit)?;
    let mut evicted = 0;
    let has_garbage = connection
        .read(|sql| sql.query_row("SELECT EXISTS(SELECT 1 FROM pending)", [], |row| row.get::<_, bool>(0)))?
        .unwrap_or(true);
    if has_garbage {
        return Ok(0);
    }
    for _ in 0..ENTRIES / row::REMOVED_AT_ONCE {
        if excess <= 0 {
            break;
        }
        let write = connection.write()?;
        let oldest = least_recently_used(&write)?;
        if oldest.is_empty() {
            break;
        }
        for (id, size) in oldest {
            row::remove(&write, id)?;
            evicted += 1;
            excess = excess.saturating_sub(space_of(size));
            if excess <= 0 {
                break;
            }
        }
        write.commit()?;
    }
    Ok(evicted)
}

/// By how many bytes the used part of the database is larger than `limit`; below zero if it is not.
pub(crate) fn excess(connection: &Connection, limit: u64) -> Result<i64, Fault> {
    let pragma = |name| connection.raw().pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let used = (pragma("page_count")? - pragma("freelist_count")?).saturating_mul(pragma("page_size")?);
    Ok(used.saturating_sub(i64::try_from(limit).unwrap_or(i64::MAX)))
}

/// The bytes that removing an entry with an output of `size` bytes frees. A damaged size counts as 0.
pub(crate) fn space_of(size: i64) -> i64 {
    size.max(0).saturating_add(ENTRY_OVERHEAD)
}

/// The entries in the order in which they are evicted: first those with a noted use, by its time, then the others.
pub(crate) const EVICTION_ORDER: [&str; 2] = [
    "FROM usage JOIN entry ON entry.id=usage.id ORDER BY usage.used_at",
    "FROM entry WHERE NOT EXISTS(SELECT 1 FROM usage WHERE usage.id=entry.id) ORDER BY fetched_at",
];

/// The entries that are evicted first.
fn least_recently_used(write: &Transaction<'_>) -> rusqlite::Result<Vec<(i64, i64)>> {
    let read = |query: &str| {
        write
            .prepare(query)?
            .query_map([row::REMOVED_AT_ONCE as i64], |row| Ok((row.get(0)?, row.get(1).unwrap_or(0))))?
            .collect::<rusqlite::Result<Vec<(i64, i64)>>>()
    };
    let [noted, others] = EVICTION_ORDER.map(|order| format!("SELECT entry.id,size {order} LIMIT ?1"));
    let noted = read(&noted)?;
    if noted.is_empty() { read(&others) } else { Ok(noted) }
}
