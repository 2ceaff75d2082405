//! The connection: opening, waiting for locks, and the versions of the schema.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::{ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::fault::{Fault, unopened};
use super::library;
use super::place::{APPLICATION_ID, FILE_MODE};
use super::schema::{KNOWN, MIGRATIONS};
use crate::sys::sqlite;

/// Bytes of a page of a new file.
///
/// A hit reads three pages whatever their size, a large result all of them. 256 MiB are fetched in 1066, 714 and 680 ms
/// with pages of 4, 8 and 16 KiB, and served in 178, 112 and 99 ms. Hits and small fetches take the same time with
/// each.
pub(crate) const PAGE_SIZE: usize = 16 * 1024;

/// How long a hit waits for the commit of another process before the command is run instead.
const READ_PATIENCE: Duration = Duration::from_secs(1);
/// How long a result waits to be stored.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// Pauses between attempts: a commit takes half a millisecond. SQLite's own pauses grow from 1 ms to 100 ms.
const SHORT_PAUSE: Duration = Duration::from_micros(50);
const SHORT_PAUSES: u32 = 100;
const LONG_PAUSE: Duration = Duration::from_millis(1);

/// Finds the version of the tables.
pub(crate) const VERSION: &str = "PRAGMA user_version";
/// Finds which program the database is of.
pub(crate) const APPLICATION: &str = "PRAGMA application_id";

/// An open database.
#[derive(Debug)]
pub(crate) struct Connection {
    sql: rusqlite::Connection,
    /// In milliseconds; shared with the busy handler.
    patience: Arc<AtomicU64>,
    is_set_up_to_write: Cell<bool>,
    write_patience: Cell<Duration>,
}

impl Connection {
    /// Opens the file, which exists, and reads nothing of it.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        sqlite::configure();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut sql = rusqlite::Connection::open_with_flags(path, flags).map_err(|error| unopened(path, error))?;
        library::distrust(&sql)?;
        let patience = Arc::new(AtomicU64::new(READ_PATIENCE.as_millis() as u64));
        let shared = Arc::clone(&patience);
        sql.busy_handler(Some(move |attempt| {
            let patience = Duration::from_millis(shared.load(Ordering::Relaxed));
            pause(attempt, patience).map(thread::sleep).is_some()
        }))?;
        Ok(Self { sql, patience, is_set_up_to_write: Cell::new(false), write_patience: Cell::new(WRITE_PATIENCE) })
    }

    /// SQLite's connection, without a transaction and without a check of the version.
    pub(crate) fn raw(&self) -> &rusqlite::Connection {
        &self.sql
    }

    /// Runs `query` in one read transaction; `None` if nothing was ever stored.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        let read = loop {
            let read = self.sql.unchecked_transaction()?;
            match version(&read)? {
                KNOWN => break read,
                newer if newer > KNOWN => return Err(newer_or_foreign(&read, newer)?),
                0 if is_blank(&read)? => return Ok(None),
                0 => return Err(Fault::Foreign),
                _ => {
                    read.finish()?;
                    self.write()?.commit()?;
                }
            }
        };
        let found = query(&read).map_err(|error| self.explain(error))?;
        read.commit()?;
        Ok(Some(found))
    }

    /// Does what the first [`write`](Self::write) does before its transaction, then runs `query` if the database has
    /// this program's version; fails instead of waiting for a lock.
    pub(crate) fn prepare(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Fault> {
        let patience = self.patience.swap(0, Ordering::Relaxed);
        let prepared = self.set_up_to_write().and_then(|()| {
            let read = self.sql.unchecked_transaction()?;
            if version(&read)? == KNOWN {
                query(&read)?;
            }
            Ok(())
        });
        self.patience.store(patience, Ordering::Relaxed);
        prepared
    }

    /// Begins a write transaction on a database of this program's version.
    pub(crate) fn write(&self) -> Result<Transaction<'_>, Fault> {
        self.write_within(self.write_patience.get())
    }

    /// Lets [`write`](Self::write) wait for at most `patience` for each lock.
    pub(crate) fn be_patient_for(&self, patience: Duration) {
        self.write_patience.set(patience);
    }

    pub(crate) fn write_patience(&self) -> Duration {
        self.write_patience.get()
    }

    /// Like [`write`](Self::write), but waits for at most `patience` for each lock.
    pub(crate) fn write_within(&self, patience: Duration) -> Result<Transaction<'_>, Fault> {
        self.patience.store(patience.as_millis() as u64, Ordering::Relaxed);
        self.set_up_to_write()?;
        let write = Transaction::new_unchecked(&self.sql, TransactionBehavior::Immediate)?;
        let found = version(&write)?;
        if found > KNOWN {
            return Err(newer_or_foreign(&write, found)?);
        }
        let is_ours = if found == 0 { is_blank(&write)? } else { application_id(&write)? == APPLICATION_ID };
        let steps = usize::try_from(found).ok().filter(|_| is_ours).ok_or(Fault::Foreign)?..;
        if let (0, Some(path)) = (found, write.path()) {
            // An empty file that another program has made may be open to others. The journal gets its mode.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(FILE_MODE));
        }
        if found < KNOWN {
            for step in &MIGRATIONS[steps] {
                write.execute_batch(step)?;
            }
            write.pragma_update(None, "application_id", APPLICATION_ID)?;
            write.pragma_update(None, "user_version", KNOWN)?;
        }
        Ok(write)
    }

    /// From now on, what is removed is overwritten in the file, and nothing of it is left in the journal. That takes
    /// longer than removing, which is enough to replace a result.
    pub(crate) fn overwrite_what_is_removed(&self) -> Result<(), Fault> {
        self.patience.store(self.write_patience.get().as_millis() as u64, Ordering::Relaxed);
        self.set_up_to_write()?;
        Ok(self.sql.execute_batch("PRAGMA secure_delete=ON; PRAGMA journal_size_limit=0; PRAGMA temp_store=MEMORY")?)
    }

    fn set_up_to_write(&self) -> Result<(), Fault> {
        if self.is_set_up_to_write.get() {
            return Ok(());
        }
        // Spilling the page cache keeps readers out until the commit; transactions are too short to need it. To make a
        // journal and to remove it takes longer than the rest of a small transaction.
        self.sql.execute_batch(
            "PRAGMA synchronous=OFF; PRAGMA cache_spill=OFF; \
             PRAGMA journal_mode=PERSIST; PRAGMA journal_size_limit=1048576",
        )?;
        if version(&self.sql)? == 0 && is_blank(&self.sql)? {
            // Takes effect when the first page is written, and only then.
            self.sql.execute_batch(&format!("PRAGMA page_size={PAGE_SIZE}; PRAGMA auto_vacuum=INCREMENTAL"))?;
        }
        self.is_set_up_to_write.set(true);
        Ok(())
    }

    /// A database that has our version but not our tables is another program's or damaged.
    fn explain(&self, error: rusqlite::Error) -> Fault {
        if error.sqlite_error_code() != Some(ErrorCode::Unknown) {
            return error.into();
        }
        match application_id(&self.sql) {
            Ok(APPLICATION_ID) => Fault::Corrupt(error),
            Ok(_) => Fault::Foreign,
            Err(error) => error.into(),
        }
    }
}

fn version(sql: &rusqlite::Connection) -> rusqlite::Result<i64> {
    sql.prepare_cached(VERSION)?.query_row([], |row| row.get(0))
}

fn application_id(sql: &rusqlite::Connection) -> rusqlite::Result<u32> {
    sql.prepare_cached(APPLICATION)?.query_row([], |row| row.get(0))
}

/// What is wrong with a database of an unknown version, which may be the number of another program's.
fn newer_or_foreign(sql: &rusqlite::Connection, version: i64) -> rusqlite::Result<Fault> {
    Ok(if application_id(sql)? == APPLICATION_ID { Fault::Newer(version) } else { Fault::Foreign })
}

/// Whether the database has no table, and no application id of another program.
fn is_blank(sql: &rusqlite::Connection) -> rusqlite::Result<bool> {
    // SQLite takes a file of one byte for an empty one.
    if sql.path().and_then(|path| fs::metadata(path).ok()).is_some_and(|metadata| metadata.len() == 1) {
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB), None));
    }
    let has_no_table = sql.query_row("SELECT NOT EXISTS(SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    Ok(has_no_table && matches!(application_id(sql)?, 0 | APPLICATION_ID))
}

/// How long to wait after `attempt` earlier attempts; `None` when `patience` is used up.
fn pause(attempt: i32, patience: Duration) -> Option<Duration> {
    let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
    let short = attempt.min(SHORT_PAUSES);
    let waited = SHORT_PAUSE * short + LONG_PAUSE.saturating_mul(attempt - short);
    let pause = if attempt < SHORT_PAUSES { SHORT_PAUSE } else { LONG_PAUSE };
    (waited < patience).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<Duration> = (0..).map_while(|attempt| pause(attempt, READ_PATIENCE)).collect();
        assert_eq!(pauses[0], SHORT_PAUSE);
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&LONG_PAUSE));
        let total: Duration = pauses.iter().sum();
        assert!(total <= READ_PATIENCE + LONG_PAUSE && total > READ_PATIENCE * 9 / 10, "{total:?}");
    }
}
