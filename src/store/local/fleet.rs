//! What this host knows of a server's log of barriers, and its own changes that the server does not have yet.

use rusqlite::{Connection as Sql, OptionalExtension, Row, params};

use super::barriers;
use super::catch_up::{self, Pass};
use super::connection::Connection;
use super::fault::Fault;
use super::{SqliteStore, fence, selection, sweep};
use crate::model::time::{Moment, Timestamp};
use crate::store::fleet::{Contact, Fleet, Known, LogAnswer, Missed, Queued, ServerId};
use crate::store::log::{BarrierKind, Epoch, Position, Tag};
use crate::store::{LogId, Mark, Selected, Selector, StoreError};

impl Fleet for SqliteStore {
    fn known(&self, log: LogId) -> Result<Known, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| known(sql, log))?.unwrap_or_default()))
    }

    fn contact(&self, server: ServerId) -> Result<Option<Contact>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| contact(sql, server))?.flatten()))
    }

    fn catch_up(&self, answer: &LogAnswer<'_>) -> Result<Mark, StoreError> {
        self.run(|| catch_up(&self.connection, answer))
    }

    fn announce(&self, log: LogId, queued: &Queued, found: &mut dyn FnMut(Selected)) -> Result<u64, StoreError> {
        self.run(|| {
            let deletes = queued.kind == BarrierKind::Delete;
            if deletes {
                self.connection.overwrite_what_is_removed()?;
            }
            let count = announce(&self.connection, log, queued, found)?;
            if deletes {
                sweep::wipe(self)?;
            }
            Ok(count)
        })
    }

    fn announced(&self, queued: &Queued) -> Result<(), StoreError> {
        self.run(|| {
            if queued.kind == BarrierKind::Delete {
                self.connection.overwrite_what_is_removed()?;
            }
            announced(&self.connection, queued)
        })
    }
}

/// What has to be known before a server is asked.
fn known(sql: &Sql, log: LogId) -> rusqlite::Result<Known> {
    let mark = Mark(barriers::last(sql)?);
    if !fence::is_made(sql)? {
        return Ok(Known { mark, ..Known::default() });
    }
    let mut statement = sql.prepare("SELECT tag,is_delete,selector,at FROM queue WHERE log=?1 ORDER BY at,id")?;
    let queued = statement.query_map([log.0], |row| Ok(read_queued(row)))?;
    let queued = queued.filter_map(Result::transpose).collect::<rusqlite::Result<_>>()?;
    Ok(Known { mark, position: position(sql, log)?, queued })
}

/// The last contact with `server`.
fn contact(sql: &Sql, server: ServerId) -> rusqlite::Result<Option<Contact>> {
    if !fence::is_made(sql)? {
        return Ok(None);
    }
    let read = |row: &Row<'_>| Ok(contact_of(row.get(0)?, row.get(1)?));
    sql.query_row("SELECT boot,wall FROM contact WHERE id=?1", [server.0], read).optional()
}

/// The contact with these numbers.
pub(crate) fn contact_of(boot: i64, wall: i64) -> Contact {
    Contact { sent_at: Moment::from_nanos(boot.cast_unsigned()), wall: Timestamp::from_millis(wall) }
}

/// Replays the missed barriers, in one transaction if there are few entries. Returns the mark for what is fetched now.
fn catch_up(connection: &Connection, answer: &LogAnswer<'_>) -> Result<Mark, Fault> {
    let mut pass: Option<(Option<Position>, Pass)> = None;
    loop {
        let write = connection.write()?;
        fence::make(&write)?;
        let stored = position(&write, answer.log)?;
        if pass.as_ref().is_none_or(|(begun_at, _)| *begun_at != stored) {
            let changes = match (answer.missed)(stored.as_ref()) {
                Missed::Nothing => {
                    // An answer that is older than the stored position was not judged by all barriers.
                    let is_latest = stored == Some(answer.now);
                    let mark = if is_latest { barriers::mark_beyond_log(&write, answer.since)? } else { answer.since };
                    set_contact(&write, answer)?;
                    write.commit()?;
                    return Ok(mark);
                }
                Missed::Barriers(barriers) => barriers,
                Missed::Everything => vec![(BarrierKind::Invalidate, Selector::All)],
            };
            pass = Some((stored, Pass::begin(&write, changes, true)?));
        }
        let is_over = match &mut pass {
            Some((_, pass)) => pass.step(&write)?,
            None => true,
        };
        if is_over {
            set_position(&write, answer.log, &answer.now)?;
            set_contact(&write, answer)?;
            let mark = barriers::mark_beyond_log(&write, answer.since)?;
            write.commit()?;
            return Ok(mark);
        }
        write.commit()?;
    }
}

/// Changes the selected entries, and records that the server has to be told.
fn announce(
    connection: &Connection,
    log: LogId,
    queued: &Queued,
    found: &mut dyn FnMut(Selected),
) -> Result<u64, Fault> {
    let record = |sql: &Sql| {
        fence::make(sql)?;
        let (is_delete, selector) = (queued.kind == BarrierKind::Delete, queued.selector.encode());
        // The new record replaces earlier ones. One that is being sent may reach the server before this change was
        // made.
        let same = "DELETE FROM queue WHERE log=?1 AND selector=?2 AND is_delete<=?3";
        sql.execute(same, params![log.0, selector, is_delete])?;
        let values = params![id_of(queued.tag), log.0, queued.at.as_millis(), queued.tag.0, is_delete, selector];
        sql.execute("INSERT OR REPLACE INTO queue VALUES(?1,?2,?3,?4,?5,?6)", values).map(drop)
    };
    match queued.kind {
        BarrierKind::Invalidate => selection::invalidate(connection, &queued.selector, &record, found).map(|()| 0),
        BarrierKind::Delete => selection::delete(connection, &queued.selector, &record),
    }
}

/// Applies a change once more, and removes its record: the server has been told.
fn announced(connection: &Connection, queued: &Queued) -> Result<(), Fault> {
    catch_up::run(connection, vec![(queued.kind, queued.selector.clone())], |sql| {
        sql.execute("DELETE FROM queue WHERE id=?1 AND tag=?2", params![id_of(queued.tag), queued.tag.0]).map(drop)
    })
}

fn position(sql: &Sql, log: LogId) -> rusqlite::Result<Option<Position>> {
    let read = |row: &Row<'_>| {
        let (epoch, n, tag) = (row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<[u8; 16]>>(2)?);
        Ok(Position { epoch: Epoch(epoch), n: n.cast_unsigned(), tag: tag.map(Tag) })
    };
    sql.query_row("SELECT epoch,n,tag FROM log WHERE id=?1", [log.0], read).optional()
}

fn set_position(sql: &Sql, log: LogId, now: &Position) -> rusqlite::Result<()> {
    let values = params![log.0, now.epoch.0, now.n.cast_signed(), now.tag.map(|tag| tag.0)];
    sql.execute("INSERT OR REPLACE INTO log VALUES(?1,?2,?3,?4)", values).map(drop)
}

/// A contact never goes back: a slow answer may come after the answer to a later question.
fn set_contact(sql: &Sql, answer: &LogAnswer<'_>) -> rusqlite::Result<()> {
    let Some((server, new)) = &answer.contact else { return Ok(()) };
    if contact(sql, *server)?.is_some_and(|old| !new.is_after(&old)) {
        return Ok(());
    }
    let values = params![server.0, new.sent_at.as_nanos().cast_signed(), new.wall.as_millis()];
    sql.execute("INSERT OR REPLACE INTO contact VALUES(?1,?2,?3)", values).map(drop)
}

/// A queued change; a damaged record is not sent, and stays for `verify` to find.
fn read_queued(row: &Row<'_>) -> Option<Queued> {
    let kind = if row.get::<_, i64>(1).ok()? == 0 { BarrierKind::Invalidate } else { BarrierKind::Delete };
    let selector = Selector::decode(row.get_ref(2).ok()?.as_blob().ok()?)?;
    Some(Queued { tag: Tag(row.get(0).ok()?), kind, selector, at: Timestamp::from_millis(row.get(3).ok()?) })
}

fn id_of(tag: Tag) -> i64 {
    let [first, _] = tag.0.as_chunks::<8>().0 else { return 0 };
    i64::from_be_bytes(*first)
}
