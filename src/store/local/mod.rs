//! The store in one SQLite file.
//!
//! Rollback journal, not WAL: a process lives for a millisecond, and setting WAL up costs a quarter of that. What
//! makes it fit for many processes is that every write transaction is short, half a mebibyte or so, and that no
//! read transaction lasts longer than a single row's read.
//!
//! `synchronous` is off. A killed process harms nothing; a crash of the system may lose or damage what was written
//! last, which checksums notice and the next fetch replaces.

mod barriers;
mod chunks;
mod condition;
mod connected;
mod connection;
mod details;
mod incoming;
mod library;
pub(crate) mod place;
mod prune;
mod quick;
mod rehearsal;
mod row;
mod selection;
mod statistics;
mod sweep;
pub mod tally;
#[cfg(test)]
mod tests;
mod usage;
mod verify;

use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::params;

use self::connected::Connected;
use self::connection::{Connection, Fault};
pub use self::incoming::Incoming;
use super::local::place::{Origin, SetAside};
use super::{
    Body, Change, Condition, Detail, Entry, Failure, Finding, Glance, Mark, NewEntry, Place, PlaceError, Position,
    Recipe, ReplayError, Selected, Selector, Statistics, Store, StoreError, Stored, Sweep, Writer, replay_inline,
};
use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;

/// A connection to the database of one [`Place`].
///
/// It is not to be used in a forked child, whose locks would not be its own: open another one there.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    place: Place,
    /// Dropped last.
    _connected: Option<Connected>,
}

impl SqliteStore {
    /// The entry of `key`, or `None` inside if there is none, where that can be had without opening the database; much
    /// faster than that. `None` says nothing: then [`lookup`](Store::lookup) tells.
    ///
    /// It does not wait for a lock, reports no damage, and finds nothing while this process has the database open.
    pub fn peek(place: &Place, key: &Key) -> Option<Option<Entry>> {
        quick::lookup(place, key)
    }

    /// What a fetch of `key` has to know before it begins, in the same manner and under the same conditions as
    /// [`peek`](Self::peek); here `None` also stands for an entry that is damaged or has its output elsewhere.
    pub fn glance(place: &Place, key: &Key) -> Option<Glance> {
        quick::glance(place, key)
    }

    /// The condition of `entry`, in the same manner and under the same conditions as [`peek`](Self::peek).
    pub fn peek_condition(place: &Place, entry: &Entry) -> Option<Option<Condition>> {
        quick::condition(place, entry)
    }

    /// Opens the database if there is a file; makes and changes nothing.
    ///
    /// Nothing is read yet: whether it is a database, and of a known version, shows when it is first asked something.
    /// An empty file is an empty store.
    ///
    /// # Errors
    ///
    /// [`Unreachable`](super::StoreErrorKind::Unreachable) if it cannot be opened.
    pub fn open(place: &Place) -> Result<Option<Self>, StoreError> {
        place.exists().then(|| Self::connect(place.clone())).transpose()
    }

    /// Opens the database, making its directory and the file if they are missing, and brings it to this program's
    /// version. Any number of processes may do so at once.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] if it cannot be made there, [`Newer`](super::StoreErrorKind::Newer), [`Foreign`](super::StoreErrorKind::Foreign) and
    /// [`Corrupt`](super::StoreErrorKind::Corrupt) for what is there already.
    pub fn create(place: &Place) -> Result<Self, StoreError> {
        let store = Self::connect(Place::create(place.path())?)?;
        store.run(|| store.connection.write()?.commit().map_err(Fault::from))?;
        Ok(store)
    }

    /// Renames the database to `cache.db.corrupt-…`, its journal with it, so that a new one can be begun; does
    /// nothing if `place` holds another file by now than when it was checked. Returns the new name.
    ///
    /// Does nothing as long as this process has the file open, in another thread perhaps: drop the store that reported
    /// the damage first.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Unreachable`] if it cannot be renamed, and [`Foreign`](super::StoreErrorKind::Foreign) if it never
    /// was ours.
    pub fn set_aside(place: &Place) -> Result<Option<PathBuf>, StoreError> {
        let path = || place.path().to_owned();
        let set_aside = || place.set_aside(Timestamp::now().as_millis());
        match connected::unless_to_named(place.file(), place.path(), set_aside).unwrap_or(Ok(SetAside::Gone)) {
            Ok(SetAside::As(aside)) => Ok(Some(aside)),
            Ok(SetAside::Gone) => Ok(None),
            Ok(SetAside::Foreign) => Err(Fault::Foreign.of(place.path())),
            Err(source) => Err(PlaceError::Unreachable { path: path(), source }.into()),
        }
    }

    /// Switches the database back from write-ahead logging to a rollback journal.
    ///
    /// Does nothing as long as this process has the file open, in another thread perhaps.
    ///
    /// # Errors
    ///
    /// [`WriteAhead`](super::StoreErrorKind::WriteAhead) in that case, and as long as another program has it open, or has
    /// left something in its log.
    pub fn leave_write_ahead(place: &Place) -> Result<(), StoreError> {
        match connected::unless_to_named(place.file(), place.path(), || place.leave_write_ahead()).unwrap_or(Ok(false))
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fault::WriteAhead.of(place.path())),
            Err(source) => Err(PlaceError::Unreachable { path: place.path().to_owned(), source }.into()),
        }
    }

    /// Removes the database and its space, for which no room is needed. Whoever has it open goes on with a file that
    /// nobody else will see.
    ///
    /// # Errors
    ///
    /// The file cannot be removed.
    pub fn remove(place: &Place) -> Result<(), StoreError> {
        let removed = place.remove(Timestamp::now().as_millis());
        removed.map_err(|source| PlaceError::Unreachable { path: place.path().to_owned(), source }.into())
    }

    /// Reads and compiles ahead what storing a result of `key` will need, as far as nobody has to be waited for.
    /// Changes nothing, and reports nothing: what is wrong shows again.
    pub fn rehearse(&self, key: &Key) {
        let _ = rehearsal::rehearse(&self.connection, key);
    }

    /// Has writing wait for so long for each lock that it needs.
    pub fn be_patient_for(&self, patience: Duration) {
        self.connection.be_patient_for(patience);
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn connect(place: Place) -> Result<Self, StoreError> {
        // SQLite opens by path.
        place.refuse_ancestors()?;
        let connected = place.file().map(Connected::to);
        match Connection::open(place.path()) {
            Ok(connection) => Ok(Self { connection, place, _connected: connected }),
            Err(fault) => Err(fault.of(place.path())),
        }
    }

    /// Gives the faults of `work` the path that they concern.
    fn run<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, StoreError> {
        work().map_err(|fault| self.recognised(fault).of(self.place.path()))
    }

    /// To SQLite everything that it cannot read is damaged: whose it is, and how else it could be read, the file tells.
    fn recognised(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Corrupt(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
                match self.place.origin() {
                    Ok(Origin::Foreign) => Fault::Foreign,
                    Ok(Origin::WriteAhead) => Fault::WriteAhead,
                    Ok(Origin::Ours) | Err(_) => Fault::Corrupt(error),
                }
            }
            fault => fault,
        }
    }

    /// What SQLite has to say about its file; nothing if all is well. Results that others fetch meanwhile may not be
    /// stored: it reads the file in one go.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](super::StoreErrorKind::Corrupt) if that is as much as can be said.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.run(|| verify::integrity(self))
    }

    /// Makes the indexes anew, which mends them where the tables are whole.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](super::StoreErrorKind::Corrupt) if they are not.
    pub fn rebuild_indexes(&self) -> Result<(), StoreError> {
        self.run(|| verify::rebuild_indexes(self))
    }

    /// Looks at every entry, its output included, and hands on the damaged ones; `progress` is told how many it has
    /// seen. Returns how many there are.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub fn verify(&self, found: &mut dyn FnMut(Finding), progress: &mut dyn FnMut(u64)) -> Result<u64, StoreError> {
        self.run(|| verify::each_damaged(self, found, progress))
    }

    /// Removes what was found, unless something else has taken its place; whether it was removed.
    ///
    /// # Errors
    ///
    /// Those of writing.
    pub fn remove_damaged(&self, finding: &Finding) -> Result<bool, StoreError> {
        self.run(|| verify::remove_damaged(self, finding))
    }

    /// Invalidates as [`Store::invalidate`] does, handing on what it finds instead of collecting it.
    ///
    /// # Errors
    ///
    /// Those of [`Store::invalidate`]; what was handed on by then is invalidated.
    pub fn invalidate_each(&self, selector: &Selector, found: &mut dyn FnMut(Selected)) -> Result<(), StoreError> {
        self.run(|| selection::invalidate(&self.connection, selector, found))
    }
}

impl Store for SqliteStore {
    fn lookup(&self, key: &Key) -> Result<Option<Entry>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| row::lookup(sql, key))?.flatten()))
    }

    fn replay(&self, entry: &Entry, write: &mut Writer<'_>) -> Result<(), ReplayError> {
        match &entry.body {
            Body::Inline(transcript) => replay_inline(transcript, write),
            Body::Chunked(digests) => chunks::replay(self, entry.result, digests, write),
        }
    }

    fn condition(&self, entry: &Entry) -> Result<Option<Condition>, StoreError> {
        self.run(|| Ok(self.connection.read(|sql| condition::lookup(sql, entry))?.flatten()))
    }

    fn mark(&self) -> Result<Mark, StoreError> {
        self.run(|| Ok(Mark(self.connection.read(barriers::last)?.unwrap_or(0))))
    }

    fn store(&self, new: &NewEntry<'_>, transcript: &mut dyn Read, since: Mark) -> Result<Stored, StoreError> {
        self.run(|| {
            if new.size > row::INLINE_MAX {
                return incoming::store(self, new, transcript, since);
            }
            let mut body = Vec::new();
            chunks::read_exactly(transcript, new.size as usize, &mut body).map_err(Fault::Transcript)?;
            chunks::expect_end(transcript).map_err(Fault::Transcript)?;
            let write = self.connection.write()?;
            let stored = row::link(&write, new, chunks::new_result(), false, &body, since)?;
            write.commit()?;
            Ok(stored)
        })
    }

    fn changes(&self, key: &Key, parts: &KeyParts, recipe: &Recipe, since: Mark) -> Result<Change, StoreError> {
        let query = |sql: &rusqlite::Connection| barriers::judge(sql, key, parts, recipe, since);
        self.run(|| Ok(self.connection.read(query)?.unwrap_or(Change::None)))
    }

    fn invalidate(&self, selector: &Selector) -> Result<Vec<Selected>, StoreError> {
        let mut selected = Vec::new();
        self.invalidate_each(selector, &mut |found| selected.push(found))?;
        Ok(selected)
    }

    fn delete(&self, selector: &Selector) -> Result<u64, StoreError> {
        self.run(|| {
            self.connection.overwrite_what_is_removed()?;
            let count = selection::delete(&self.connection, selector)?;
            sweep::wipe(self)?;
            Ok(count)
        })
    }

    fn visit(&self, selector: &Selector, each: &mut dyn FnMut(Selected) -> ControlFlow<()>) -> Result<(), StoreError> {
        self.run(|| selection::visit(&self.connection, selector, each))
    }

    fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        let Ok(selector) = Selector::prefix(prefix) else {
            return Ok(Vec::new());
        };
        self.run(|| Ok(self.connection.read(|sql| selection::keys(sql, &selector, 2))?.unwrap_or_default()))
    }

    fn failure(&self, key: &Key) -> Result<Option<Failure>, StoreError> {
        let query = |sql: &rusqlite::Connection| {
            let mut statement =
                sql.prepare("SELECT count,at,status,retry_at,stderr FROM failure WHERE id=?1 AND key=?2")?;
            let mut rows = statement.query(params![row::id_of(key), key.0])?;
            Ok(rows.next()?.and_then(|row| read_failure(row).ok()))
        };
        self.run(|| Ok(self.connection.read(query)?.flatten()))
    }

    fn record_failure(&self, key: &Key, failure: &Failure) -> Result<(), StoreError> {
        self.run(|| {
            let write = self.connection.write()?;
            write.execute(
                "INSERT OR REPLACE INTO failure VALUES(?1,?2,?3,?4,?5,?6,?7)",
                params![
                    row::id_of(key),
                    key.0,
                    failure.count,
                    failure.at.as_millis(),
                    failure.status,
                    failure.retry_at.as_millis(),
                    failure.stderr
                ],
            )?;
            Ok(write.commit()?)
        })
    }

    fn details(
        &self,
        selectors: &[Selector],
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.run(|| details::each(&self.connection, selectors, found))
    }

    fn details_at(
        &self,
        positions: &mut dyn Iterator<Item = Position>,
        found: &mut dyn FnMut(Detail) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.run(|| details::each_at(&self.connection, positions, found))
    }

    fn sweep(&self, sweep: &Sweep) -> Result<u64, StoreError> {
        self.run(|| sweep::sweep(self, sweep))
    }

    fn would_sweep(&self, sweep: &Sweep) -> Result<u64, StoreError> {
        self.run(|| sweep::would_sweep(self, sweep))
    }

    fn compact(&self) -> Result<(), StoreError> {
        self.run(|| sweep::compact(self))
    }

    fn statistics(&self, top: usize) -> Result<Statistics, StoreError> {
        self.run(|| statistics::add_up(&self.connection, top))
    }

    fn reset_statistics(&self) -> Result<(), StoreError> {
        self.run(|| usage::reset(&self.connection, &self.place))
    }

    fn fold(&self) -> Result<(), StoreError> {
        self.run(|| usage::fold(&self.connection, &self.place))
    }

    fn prune(&self, now: Timestamp, limit: u64) -> Result<(), StoreError> {
        self.run(|| prune::prune(self, now, limit))
    }
}

fn read_failure(row: &rusqlite::Row<'_>) -> rusqlite::Result<Failure> {
    Ok(Failure {
        count: row.get(0)?,
        at: Timestamp::from_millis(row.get(1)?),
        status: row.get(2)?,
        retry_at: Timestamp::from_millis(row.get(3)?),
        stderr: row.get(4)?,
    })
}
