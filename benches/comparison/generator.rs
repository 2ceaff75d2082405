//! Fills a database with entries, as if as many commands had been run. It is a process of its own, so that the
//! measuring process stays small.
//!
//! Storing a million results one by one would take minutes, so the rows are written directly, in one transaction. The
//! first entry is stored through the library and compared with its generated row.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use cacheback::Key;
use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::{KeyOptions, KeyParts};
use cacheback::program::model::time::Timestamp;
use cacheback::program::model::transcript::{Stream, Transcript};
use cacheback::program::policy::{FetchPolicy, Policy};
use cacheback::program::store::local::{Place, SqliteStore};
use cacheback::program::store::{NewEntry, Recipe, Store, Summary};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128_with_seed};

use crate::failure::{Failure, ensure};

/// What to fill a database with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub database: PathBuf,
    /// Entries that may be served: `entry 0`, `entry 1`, ...
    pub fresh: u64,
    /// Entries that are due to be removed: `expired 0`, ...
    pub expired: u64,
}

const SUBCOMMAND: &str = "generate";
const FRESH: &str = "entry";
const EXPIRED: &str = "expired";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const TOOK: Duration = Duration::from_millis(120);

impl Request {
    /// The command line that makes this program answer it.
    pub fn argv(&self) -> Result<Vec<OsString>, Failure> {
        let (fresh, expired) = (self.fresh.to_string(), self.expired.to_string());
        let this = env::current_exe()?;
        Ok(vec![this.into(), SUBCOMMAND.into(), self.database.clone().into(), fresh.into(), expired.into()])
    }
}

/// The request on the command line of this program, if it is one.
pub fn requested() -> Option<Request> {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let [subcommand, database, fresh, expired] = words.as_slice() else { return None };
    let number = |word: &OsString| word.to_str()?.parse().ok();
    let request = Request { database: database.into(), fresh: number(fresh)?, expired: number(expired)? };
    (subcommand == SUBCOMMAND).then_some(request)
}

/// Fills the database.
pub fn answer(request: &Request) -> ExitCode {
    match fill(request) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn fill(request: &Request) -> Result<(), Failure> {
    let now = Timestamp::now();
    let long_ago = Timestamp::from_millis(now.as_millis() - DAY.as_millis() as i64);
    let expired = |number| Example::new(EXPIRED, number, long_ago, Duration::from_secs(1));
    let fresh = |number| Example::new(FRESH, number, now, 30 * DAY);
    let first = fresh(0);
    first.store(&request.database)?;
    let sql = Connection::open(&request.database)?;
    sql.execute_batch("PRAGMA synchronous=OFF; PRAGMA cache_size=-524288; BEGIN IMMEDIATE")?;
    first.compare(&sql)?;
    {
        let columns = sql.prepare("SELECT * FROM entry")?.column_count();
        let places = vec!["?"; columns].join(",");
        let mut insert = sql.prepare(&format!("INSERT INTO entry VALUES({places})"))?;
        for example in (0..request.expired).map(expired).chain((1..request.fresh).map(fresh)) {
            // Random like the ids of results, with the 20 low bits at zero.
            let result = (example.parts.to_key().first_bits() >> 1 & !0xf_ffff).cast_signed();
            insert.execute(params_from_iter(example.row(result)))?;
        }
    }
    Ok(sql.execute_batch("COMMIT")?)
}

/// One result to be stored.
struct Example {
    parts: KeyParts,
    recipe: Recipe,
    transcript: Transcript,
    fetched_at: Timestamp,
    keep: Duration,
}

impl Example {
    fn new(word: &str, number: u64, fetched_at: Timestamp, keep: Duration) -> Self {
        let invocation = Invocation::new([word, &number.to_string()]);
        let mut transcript = Transcript::default();
        transcript.push(Stream::Stdout, &output(number));
        Self {
            parts: parts(&invocation),
            recipe: Recipe::new(
                &invocation,
                Path::new("/srv/project"),
                &FetchPolicy::default(),
                &Policy { keep, ..Policy::default() },
            ),
            transcript,
            fetched_at,
            keep,
        }
    }

    /// Stores it through the library.
    fn store(&self, database: &Path) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure(format!("storing the first entry: {error}"));
        let place = Place::create(database).map_err(|error| failed(&error))?;
        let store = SqliteStore::create(&place).map_err(|error| failed(&error))?;
        let summary = Summary {
            took: TOOK,
            size: self.transcript.as_bytes().len() as u64,
            ..Summary::new(self.parts.to_key(), self.fetched_at, self.keep)
        };
        let new = NewEntry::new(summary, &self.parts, &self.recipe);
        let since = store.mark().map_err(|error| failed(&error))?;
        store.store(&new, &mut self.transcript.as_bytes(), since).map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Fails unless the one stored row is what [`Self::row`] makes.
    fn compare(&self, sql: &Connection) -> Result<(), Failure> {
        let result = sql.query_row("SELECT result FROM entry", [], |row| row.get(0))?;
        let expected = self.row(result);
        let stored: Vec<Value> = sql.query_row("SELECT * FROM entry", [], |row| {
            (0..row.as_ref().column_count()).map(|column| row.get(column)).collect()
        })?;
        ensure(stored == expected, || {
            format!("the generator does not make the rows that the program stores: {expected:?} instead of {stored:?}")
        })
    }

    /// The columns of its row, in their order.
    fn row(&self, result: i64) -> Vec<Value> {
        let key = self.parts.to_key();
        let body = self.transcript.as_bytes();
        let (fetched_at, took) = (self.fetched_at.as_millis(), TOOK.as_micros() as i64);
        let (expires_at, size) = (self.fetched_at.after(self.keep).as_millis(), body.len() as i64);
        let mut head = key.0.to_vec();
        head.extend([fetched_at, took, expires_at, result, size].iter().flat_map(|number| number.to_le_bytes()));
        // Exit status, failure and chunked are all zero.
        head.extend([0; 3]);
        let checksum = xxh3_128_with_seed(body, xxh3_64(&head)).to_le_bytes();
        let blob = |bytes: &[u8]| Value::Blob(bytes.to_vec());
        vec![
            Value::Integer(key.first_bits().cast_signed()),
            blob(&key.0),
            Value::Integer(fetched_at),
            Value::Integer(took),
            Value::Integer(0),
            Value::Integer(0),
            Value::Integer(0),
            Value::Integer(expires_at),
            Value::Integer(result),
            Value::Integer(size),
            Value::Integer(0),
            blob(&checksum),
            blob(&self.parts.encode()),
            blob(&self.recipe.encode(&self.parts)),
            blob(body),
        ]
    }
}

fn parts(invocation: &Invocation) -> KeyParts {
    KeyParts::new(invocation, &KeyOptions::default(), Path::new("/"), |_: &std::ffi::OsStr| None)
}

/// The command of a fresh entry.
pub fn command(number: u64) -> [String; 2] {
    [FRESH.to_owned(), number.to_string()]
}

/// The key of a fresh entry.
pub fn key(number: u64) -> Key {
    parts(&Invocation::new(command(number))).to_key()
}

/// What an entry's command printed: short lines of different lengths, 40 to 239 bytes.
pub fn output(number: u64) -> Vec<u8> {
    let mut line = format!("the output of {number} ").into_bytes();
    line.resize(output_length(number) - 1, b'.');
    line.push(b'\n');
    line
}

fn output_length(number: u64) -> usize {
    40 + (number % 200) as usize
}

/// Bytes of output in this many entries of one kind.
pub fn output_size(entries: u64) -> u64 {
    (0..entries).map(|number| output_length(number) as u64).sum()
}
