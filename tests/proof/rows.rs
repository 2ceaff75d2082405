//! Rows with any value in any column: a lookup finds the stored entry, or nothing.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use cacheback::program::dependencies::Dependencies;
use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::{Key, KeyParts};
use cacheback::program::model::time::Timestamp;
use cacheback::program::model::transcript::{Stream, Transcript};
use cacheback::program::policy::{FetchPolicy, Policy};
use cacheback::program::store::local::{Place, SqliteStore};
use cacheback::program::store::{Condition, Entry, Failure, NewEntry, Origin, Recipe, Selector, Store, Summary};
use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::types::Value;
use tempfile::TempDir;

use super::input::private_directory;

/// Another value in one column of one row; table, column and row are indices.
#[derive(Clone, Debug)]
pub struct Change {
    table: prop::sample::Index,
    column: prop::sample::Index,
    row: prop::sample::Index,
    value: Other,
}

#[derive(Clone, Debug)]
enum Other {
    Is(Value),
    /// The old number plus this one.
    Plus(i64),
    /// The old bytes with one changed; then cut; then with more behind them.
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    And(Vec<u8>),
}

pub fn any_change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    let number = prop_oneof![any::<i64>(), -3..300_i64, Just(i64::MAX), Just(i64::MIN)];
    let value = prop_oneof![
        1 => Just(Other::Is(Value::Null)),
        4 => number.clone().prop_map(|number| Other::Is(Value::Integer(number))),
        1 => any::<f64>().prop_map(|number| Other::Is(Value::Real(number))),
        1 => any::<String>().prop_map(|text| Other::Is(Value::Text(text))),
        2 => vec(any::<u8>(), 0..100).prop_map(|bytes| Other::Is(Value::Blob(bytes))),
        3 => number.prop_map(Other::Plus),
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Other::Byte(at, byte)),
        1 => index().prop_map(Other::Cut),
        1 => vec(any::<u8>(), 1..40).prop_map(Other::And),
    ];
    (index(), index(), index(), value).prop_map(|(table, column, row, value)| Change { table, column, row, value })
}

/// A database with rows of every kind.
pub struct Stock {
    directory: TempDir,
    bytes: Vec<u8>,
    stored: Vec<(Key, Entry, Vec<u8>)>,
}

impl Stock {
    pub fn new() -> Self {
        let mut stock = Self { directory: private_directory(), bytes: Vec::new(), stored: Vec::new() };
        let store = SqliteStore::create(&Place::create(stock.path()).expect("ours")).expect("a new database");
        for size in [0, 50, 5_000, 40_000, 300_000, 600_000] {
            let invocation = Invocation::new(["cat".to_owned(), size.to_string()]);
            let parts = KeyParts { argv: invocation.argv.clone(), ..KeyParts::default() };
            let recipe = Recipe::new(&invocation, "/".as_ref(), &FetchPolicy::default(), &Policy::default());
            let lifetime = Some(Duration::from_secs(5));
            let dependencies = Dependencies::observe(&["/etc/hosts".into()], "/".as_ref()).ok();
            let condition = Condition { lifetime, dependencies, program: None };
            let mut transcript = Transcript::default();
            transcript.push(Stream::Stdout, &vec![b'o'; size]);
            transcript.push(Stream::Stderr, b"err");
            let summary = Summary {
                took: Duration::from_millis(1),
                exit: 3,
                size: transcript.as_bytes().len() as u64,
                ..Summary::new(parts.to_key(), Timestamp::from_millis(1_700_000_000_000), Duration::from_secs(60))
            };
            let new = NewEntry {
                summary,
                parts: &parts,
                recipe: &recipe,
                condition: &condition,
                is_by_hand: false,
                is_late: false,
                origin: Origin::Own,
            };
            let mark = store.mark().expect("a database");
            store.store(&new, &mut transcript.as_bytes(), mark).expect("a database");
            let entry = store.lookup(&new.summary.key).expect("a database").expect("it was stored");
            stock.stored.push((new.summary.key, entry, transcript.as_bytes().to_owned()));
            let at = new.summary.fetched_at;
            let failure = Failure { count: 1, at, status: 1, retry_at: at, stderr: b"sorry".to_vec() };
            store.record_failure(&new.summary.key, &failure).expect("a database");
        }
        store.invalidate(&Selector::Scope("none".into())).expect("a database");
        drop(store);
        stock.bytes = fs::read(stock.path()).expect("it is there");
        stock
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("cache.db")
    }

    /// Makes the changes in a fresh copy and performs every operation on it.
    pub fn examine(&self, changes: &[Change]) {
        let _ = fs::remove_file(self.directory.path().join("cache.db-journal"));
        fs::write(self.path(), &self.bytes).expect("it is ours");
        let sql = rusqlite::Connection::open(self.path()).expect("a database");
        sql.execute_batch("PRAGMA synchronous=OFF").expect("a database");
        for change in changes {
            // A value that the column refuses is no change.
            let _ = apply(&sql, change);
        }
        drop(sql);
        let place = Place::check(self.path()).expect("ours");
        self.look(&place);
        let Ok(Some(store)) = SqliteStore::open(&place) else { return };
        let _ = (store.keys_with_prefix("a"), store.invalidate(&Selector::matching("cat 5*").expect("a glob")));
        let _ = (
            store.prune(Timestamp::from_millis(1_700_000_000_000), u64::MAX),
            store.delete(&Selector::Key(self.stored[0].0)),
        );
        let _ = store.prune(Timestamp::from_millis(i64::MAX), 0);
    }

    fn look(&self, place: &Place) {
        for (key, entry, _) in &self.stored {
            let found = SqliteStore::quick_entry(place, key).flatten();
            assert!(found.is_none() || found.as_ref() == Some(entry), "another entry without SQLite: {found:?}");
            let found = SqliteStore::quick_before_fetch(place, key).and_then(|before_fetch| before_fetch.entry);
            assert!(found.is_none() || found.as_ref() == Some(entry), "another entry before a fetch: {found:?}");
        }
        let Ok(Some(store)) = SqliteStore::open(place) else { return };
        for (key, entry, transcript) in &self.stored {
            let _ = (store.failure(key), store.mark());
            let lifetime = |condition: Condition| condition.lifetime.is_some_and(|known| known.as_secs() == 5);
            if let Ok(Some(condition)) = store.condition(entry) {
                assert!(lifetime(condition), "another condition");
            }
            let Ok(Some(found)) = store.lookup(key) else { continue };
            assert!(found == *entry, "another entry: {found:?}");
            let mut written = Transcript::default();
            let replay = store.replay(&found, &mut |stream, data| {
                written.push(stream, data);
                Ok(())
            });
            let expected: &[u8] = if replay.is_ok() { transcript } else { &[] };
            assert!(written.as_bytes() == expected, "another output, {replay:?}");
        }
    }
}

fn apply(sql: &rusqlite::Connection, change: &Change) -> rusqlite::Result<()> {
    let names = |query: &str| -> rusqlite::Result<Vec<String>> {
        sql.prepare(query)?.query_map([], |row| row.get(0))?.collect()
    };
    let tables = names("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%' ORDER BY 1")?;
    // Most changes are in the entries.
    let table = if change.table.index(3) > 0 { "entry" } else { &tables[change.table.index(tables.len())] };
    let columns = names(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"))?;
    let column = &columns[change.column.index(columns.len())];
    let rows: Vec<i64> = sql
        .prepare(&format!("SELECT rowid FROM {table} ORDER BY 1"))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    let row = rows[change.row.index(rows.len())];
    let old: Value = sql.query_row(&format!("SELECT {column} FROM {table} WHERE rowid=?1"), [row], |row| row.get(0))?;
    let new = match (&change.value, old) {
        (Other::Is(value), _) => value.clone(),
        (Other::Plus(more), Value::Integer(number)) => Value::Integer(number.wrapping_add(*more)),
        (Other::Byte(at, byte), Value::Blob(mut bytes)) if !bytes.is_empty() => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
            Value::Blob(bytes)
        }
        (Other::Cut(at), Value::Blob(mut bytes)) => {
            bytes.truncate(at.index(bytes.len() + 1));
            Value::Blob(bytes)
        }
        (Other::And(more), Value::Blob(bytes)) => Value::Blob([bytes, more.clone()].concat()),
        (Other::Plus(_) | Other::Byte(..) | Other::Cut(_) | Other::And(_), _) => Value::Null,
    };
    sql.execute(&format!("UPDATE {table} SET {column}=?1 WHERE rowid=?2"), rusqlite::params![new, row]).map(drop)
}
