//! SQLite's system calls that fail: the old result or the new one is stored, never anything else.
//!
//! The faults are in SQLite's default file system, with some of its methods replaced.

mod shim;

use std::ffi::c_int;
use std::path::PathBuf;
use std::time::Duration;

use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::KeyParts;
use cacheback::program::model::time::Timestamp;
use cacheback::program::model::transcript::{Stream, Transcript};
use cacheback::program::policy::{FetchPolicy, Policy};
use cacheback::program::store::local::{Place, SqliteStore};
use cacheback::program::store::{Mark, NewEntry, Recipe, Selector, Store, StoreError, Summary};
use rusqlite::ffi;
use tempfile::TempDir;

use shim::Fault;

use super::Chapter;
use super::input::private_directory;
use super::options::Asked;
use super::random::Random;
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "vfs",
    claim: "whatever SQLite's reads, writes and locks answer, what is stored is one result or the other",
    options: &[("faults", "calls to fail, chosen at random; 0 stands for each of them", 250)],
    run,
};

const CODES: [c_int; 6] = [
    ffi::SQLITE_IOERR_READ,
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_FULL,
    ffi::SQLITE_BUSY,
    ffi::SQLITE_NOMEM,
];

fn run(asked: &Asked) -> Report {
    let stage = Stage::new();
    shim::replace_methods();
    let mut report = Report::default();
    let mut random = Random::branch(asked.seed, 0);
    let mut faults = Vec::new();
    for action in ACTIONS {
        stage.reset();
        let calls = shim::count(|| stage.perform(action).expect("nothing fails yet"));
        for after in 0..calls {
            for code in CODES {
                // A lock that stays busy costs seconds each time.
                let lengths: &[bool] = if code == ffi::SQLITE_BUSY { &[false] } else { &[false, true] };
                faults.extend(lengths.iter().map(|lasts| (action, Fault { after, code, lasts: *lasts })));
            }
        }
    }
    report.count("possible ones", faults.len() as u64);
    let wanted = asked.number(&CHAPTER, "faults") as usize;
    for at in 0..faults.len() {
        let other = at + random.index(faults.len() - at);
        faults.swap(at, other);
    }
    faults.truncate(if wanted > 0 { wanted } else { faults.len() });
    for (action, fault) in faults {
        stage.reset();
        let done = shim::with(fault, || stage.perform(action));
        // A busy lock is tried again, and the failure of an optional step is ignored.
        report.count(if done.is_ok() { "outlived" } else { "reported" }, 1);
        if let Err(what) = stage.is_sound() {
            report.failures.push(format!("{} with {fault:?}: {what}", action.0));
        }
    }
    shim::restore_methods();
    report
}

type Action = (&'static str, fn(&SqliteStore, &Stage) -> Result<(), StoreError>);

const ACTIONS: [Action; 7] = [
    ("storing a small result", |store, stage| stage.keep(store, 1, 400, b'n')),
    ("storing a large result", |store, stage| stage.keep(store, 2, 700_000, b'n')),
    ("looking up", |store, stage| {
        for name in [1, 2] {
            store.lookup(&stage.parts(name).to_key())?;
            store.failure(&stage.parts(name).to_key())?;
        }
        store.mark().map(drop)
    }),
    ("replaying", |store, stage| {
        let Some(entry) = store.lookup(&stage.parts(2).to_key())? else { return Ok(()) };
        let mut transcript = Transcript::default();
        let replayed = store.replay(&entry, &mut |stream, data| {
            transcript.push(stream, data);
            Ok(())
        });
        let is_right = replayed.is_err() || transcript.as_bytes() == stage.transcript(700_000, b'o');
        assert!(is_right, "another output was written");
        Ok(())
    }),
    ("invalidating", |store, _| store.invalidate(&Selector::All).map(drop)),
    ("deleting", |store, stage| store.delete(&Selector::Key(stage.parts(1).to_key())).map(drop)),
    ("pruning", |store, _| store.prune(Timestamp::now(), u64::MAX)),
];

struct Stage {
    directory: TempDir,
    database: Vec<u8>,
}

impl Stage {
    /// Makes a database with an old result of each size, and chunks to remove.
    fn new() -> Self {
        let mut stage = Self { directory: private_directory(), database: Vec::new() };
        let store = SqliteStore::create(&Place::create(stage.path()).expect("ours")).expect("a new database");
        stage.keep(&store, 1, 400, b'o').expect("a database");
        stage.keep(&store, 2, 600_000, b'o').expect("a database");
        stage.keep(&store, 2, 700_000, b'o').expect("a database");
        drop(store);
        stage.database = std::fs::read(stage.path()).expect("it is there");
        stage
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("cache.db")
    }

    fn reset(&self) {
        let _ = std::fs::remove_file(self.directory.path().join("cache.db-journal"));
        std::fs::write(self.path(), &self.database).expect("it is ours");
    }

    fn perform(&self, action: Action) -> Result<(), StoreError> {
        let store = SqliteStore::create(&Place::create(self.path())?)?;
        (action.1)(&store, self)
    }

    fn parts(&self, name: u64) -> KeyParts {
        KeyParts { argv: vec![name.to_string().into()], ..KeyParts::default() }
    }

    fn transcript(&self, size: usize, letter: u8) -> Vec<u8> {
        let mut transcript = Transcript::default();
        transcript.push(Stream::Stdout, &vec![letter; size]);
        transcript.as_bytes().to_owned()
    }

    fn keep(&self, store: &SqliteStore, name: u64, size: usize, letter: u8) -> Result<(), StoreError> {
        let parts = self.parts(name);
        let invocation = Invocation::new(parts.argv.clone());
        let keep = Duration::from_secs(1 << 32);
        let recipe =
            Recipe::new(&invocation, "/".as_ref(), &FetchPolicy::default(), &Policy { keep, ..Policy::default() });
        let transcript = self.transcript(size, letter);
        let summary = Summary {
            took: Duration::from_millis(1),
            size: transcript.len() as u64,
            ..Summary::new(parts.to_key(), Timestamp::from_millis(1_700_000_000_000), keep)
        };
        let new = NewEntry::new(summary, &parts, &recipe);
        store.store(&new, &mut &transcript[..], Mark(0)).map(drop)
    }

    /// Whether the database is sound, and each result is the old one, the new one, or gone; without faults.
    fn is_sound(&self) -> Result<(), String> {
        let sql = rusqlite::Connection::open(self.path()).map_err(|error| error.to_string())?;
        let verdict = sql.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        if verdict.as_deref() != Ok("ok") {
            return Err(format!("the database is damaged: {verdict:?}"));
        }
        drop(sql);
        let place = Place::create(self.path()).map_err(|error| error.to_string())?;
        let store = SqliteStore::create(&place).map_err(|error| error.to_string())?;
        for (name, size) in [(1, 400), (2, 700_000)] {
            let key = self.parts(name).to_key();
            let Some(entry) = store.lookup(&key).map_err(|error| error.to_string())? else { continue };
            let mut transcript = Transcript::default();
            let replayed = store.replay(&entry, &mut |stream, data| {
                transcript.push(stream, data);
                Ok(())
            });
            let is_known = [b'o', b'n'].iter().any(|letter| transcript.as_bytes() == self.transcript(size, *letter));
            if replayed.is_err() || !is_known {
                return Err(format!("the result of {name} is neither the old nor the new one: {replayed:?}"));
            }
        }
        self.keep(&store, 2, 700_000, b'n').map_err(|error| error.to_string())?;
        store.prune(Timestamp::now(), u64::MAX).map_err(|error| error.to_string())?;
        let sql = rusqlite::Connection::open(self.path()).map_err(|error| error.to_string())?;
        let count =
            |query: &str| sql.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(|error| error.to_string());
        match (count("SELECT count(*) FROM pending")?, count("SELECT count(*) FROM chunk")?) {
            (0, 2) => Ok(()),
            (pending, chunks) => Err(format!("{pending} pending results and {chunks} chunks are left")),
        }
    }
}
