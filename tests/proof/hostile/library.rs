//! Damaged files, read through the library.

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cacheback::program::model::time::Timestamp;
use cacheback::program::model::transcript::Transcript;
use cacheback::program::store::local::{Place, SqliteStore};
use cacheback::program::store::{Entry, Failure, ReplayError, Selector, Store};
use tempfile::TempDir;

use super::super::progress::Progress;
use super::super::random::Random;
use super::damage::spoil;
use super::flight::{self, Flights};
use super::sample::Sample;

/// A sound database with entries of every kind, alone and in the middle of a transaction.
struct Original {
    dir: TempDir,
    samples: Vec<Sample>,
    entries: Vec<Option<Entry>>,
    quiet: Vec<u8>,
    /// The file and its journal as a killed writer leaves them.
    interrupted: (Vec<u8>, Vec<u8>),
}

#[derive(Default)]
struct Counts {
    mutants: u64,
    served: Cell<u64>,
    lost: Cell<u64>,
    set_aside: u64,
}

/// The main function of a worker; `words` are `SEED FIRST STEP END PROGRESS`.
pub fn be_a_worker(words: &[String]) -> ExitCode {
    let numbers: Vec<u64> = words.iter().take(4).filter_map(|word| word.parse().ok()).collect();
    let [seed, first, step, end] = numbers[..] else { return ExitCode::from(2) };
    let progress = Progress::at(Path::new(&words[4])).expect("a file of this chapter");
    let original = Original::new();
    let flights = Flights::new();
    let (mut counts, mut landed) = (Counts::default(), flight::Counts::default());
    for number in (first..end).step_by(step as usize) {
        progress.note(number);
        original.try_mutant(Random::branch(seed, number), &mut counts);
        flights.try_mutant(Random::branch(!seed, number), &mut landed);
    }
    let of_databases = [counts.mutants, counts.served.get(), counts.lost.get(), counts.set_aside];
    for count in of_databases.into_iter().chain([landed.served, landed.refused]) {
        println!("{count}");
    }
    ExitCode::SUCCESS
}

impl Original {
    fn new() -> Self {
        // In memory if possible, because recovery from a journal waits for the disk.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory");
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).expect("it is ours");
        let path = dir.path().join("cache.db");
        let store = SqliteStore::create(&Place::check(&path).expect("ours")).expect("a new database");
        let mut samples: Vec<Sample> =
            (0..60).map(|number| Sample::new(&format!("echo {number}"), number * 30)).collect();
        for size in [0, 9_000, 40_000, 120_000, 300_000, 700_000] {
            samples.push(Sample::new(&format!("cat {size}"), size));
        }
        for sample in &samples {
            sample.store_in(&store, store.mark().expect("a sound database")).expect("a sound database");
        }
        // Two barriers, an invalidated entry, a deleted one, and a failure.
        store.invalidate(&Selector::Key(samples[58].key)).expect("a sound database");
        store.delete(&Selector::Key(samples[59].key)).expect("a sound database");
        let at = Timestamp::from_millis(1_700_000_000_000);
        let failure = Failure { count: 2, at, status: 7, retry_at: at, stderr: b"sorry\n".to_vec() };
        store.record_failure(&samples[57].key, &failure).expect("a sound database");
        let samples = samples.split_off(54);
        let entries = samples.iter().map(|sample| store.lookup(&sample.key).expect("a sound database")).collect();
        drop(store);
        let quiet = fs::read(&path).expect("it is there");
        let interrupted = interrupt(&path);
        let original = Self { dir, samples, entries, quiet, interrupted };
        let unharmed = Counts::default();
        for (database, journal) in [(&original.quiet, &Vec::new()), (&original.interrupted.0, &original.interrupted.1)]
        {
            original.lay_out(database, journal);
            original.examine(&unharmed);
        }
        assert_eq!(unharmed.lost.get(), 0, "an entry was lost without damage");
        original
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache.db")
    }

    fn flights(&self) -> PathBuf {
        self.dir.path().join("cache.db-flights")
    }

    fn lay_out(&self, database: &[u8], journal: &[u8]) {
        for entry in fs::read_dir(self.dir.path()).expect("it is ours").flatten() {
            if entry.file_name() != "cache.db" {
                let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
            }
        }
        fs::write(self.path(), database).expect("it is ours");
        fs::set_permissions(self.path(), Permissions::from_mode(0o600)).expect("it is ours");
        if !journal.is_empty() {
            fs::write(self.dir.path().join("cache.db-journal"), journal).expect("it is ours");
        }
    }

    fn try_mutant(&self, mut random: Random, counts: &mut Counts) {
        counts.mutants += 1;
        let (mut database, mut journal) = match random.index(3) {
            0 => self.interrupted.clone(),
            // A journal of another database.
            1 if random.one_in(4) => (self.quiet.clone(), self.interrupted.1.clone()),
            _ => (self.quiet.clone(), Vec::new()),
        };
        let spoils_journal = !journal.is_empty() && random.one_in(2);
        if spoils_journal {
            spoil(&mut journal, &mut random);
        }
        if !spoils_journal || random.one_in(4) {
            spoil(&mut database, &mut random);
        }
        self.lay_out(&database, &journal);
        if random.one_in(8) {
            self.spoil_locks(&mut random);
        }
        self.examine(counts);
        if random.one_in(3) {
            self.change(&mut random, counts);
            self.examine(counts);
        }
    }

    /// Puts something wrong into the directory of the flights.
    fn spoil_locks(&self, random: &mut Random) {
        let directory = self.flights();
        if random.one_in(5) {
            return fs::write(directory, "a file").expect("it is ours");
        }
        fs::create_dir_all(&directory).expect("it is ours");
        let name = if random.one_in(2) { "chunks".to_owned() } else { random.pick(&self.samples).key.to_string() };
        let path = directory.join(name);
        let noise: Vec<u8> = (0..random.index(300)).map(|_| random.next() as u8).collect();
        let laid = match random.index(4) {
            0 => fs::create_dir(path),
            1 => symlink("/nowhere/at/all", path),
            2 => fs::write(&path, noise).and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o0))),
            _ => fs::write(path, noise),
        };
        laid.expect("it is ours");
    }

    /// Expects that every entry that is found is the stored one.
    fn examine(&self, counts: &Counts) {
        let Ok(place) = Place::check(self.path()) else { return };
        for (sample, entry) in self.samples.iter().zip(&self.entries) {
            let found = SqliteStore::quick_entry(&place, &sample.key).flatten();
            assert!(found.is_none_or(|found| is_the_same(&found, entry.as_ref())), "another entry without SQLite");
            let before_fetch =
                SqliteStore::quick_before_fetch(&place, &sample.key).and_then(|before_fetch| before_fetch.entry);
            assert!(
                before_fetch.is_none_or(|found| is_the_same(&found, entry.as_ref())),
                "another entry before a fetch"
            );
        }
        let store = SqliteStore::open(&place).ok().flatten();
        for (sample, entry) in self.samples.iter().zip(&self.entries) {
            let is_served = store.as_ref().is_some_and(|store| is_served(store, sample, entry.as_ref()));
            let count = if is_served { &counts.served } else { &counts.lost };
            count.set(count.get() + u64::from(entry.is_some()));
        }
    }

    /// Changes the store. If it is damaged, sets it aside and does the same in a new one.
    fn change(&self, random: &mut Random, counts: &mut Counts) {
        let new = Sample::new("something new", *random.pick(&[50, 300_000]));
        for _ in 0..2 {
            let Ok(place) = Place::create(self.path()) else { return };
            let outcome = SqliteStore::create(&place).and_then(|store| {
                let mark = store.mark()?;
                match random.index(4) {
                    0 => drop(store.invalidate(&Selector::Scope("none".into()))?),
                    1 => drop(store.delete(&Selector::matching("echo 5*").expect("a glob"))?),
                    2 => store.prune(Timestamp::from_millis(0), u64::MAX)?,
                    _ => drop(store.keys_with_prefix("a")?),
                }
                new.store_in(&store, mark)?;
                let Some(entry) = store.lookup(&new.key)? else { return Ok(()) };
                let mut transcript = Transcript::default();
                let replayed = store.replay(&entry, &mut |stream, data| {
                    transcript.push(stream, data);
                    Ok(())
                });
                assert!(replayed.is_err() || transcript.as_bytes() == new.transcript, "another output was written");
                Ok(())
            });
            match outcome {
                Err(error) if error.is_corrupt() => {
                    let place = Place::check(self.path()).expect("it was there");
                    counts.set_aside += u64::from(SqliteStore::set_aside(&place).is_ok_and(|name| name.is_some()));
                }
                _ => return,
            }
        }
    }
}

/// Whether `found` is the stored entry; it may be marked as invalidated, which only costs a fetch.
fn is_the_same(found: &Entry, entry: Option<&Entry>) -> bool {
    entry.is_some_and(|entry| {
        let mut expected = entry.clone();
        expected.summary.invalidated |= found.summary.invalidated;
        *found == expected
    })
}

fn is_served(store: &SqliteStore, sample: &Sample, entry: Option<&Entry>) -> bool {
    // Any answer will do, but no crash.
    let _ = store.failure(&sample.key);
    let Ok(Some(found)) = store.lookup(&sample.key) else { return false };
    assert!(is_the_same(&found, entry), "another entry was found: {found:?}");
    let mut transcript = Transcript::default();
    let replay = store.replay(&found, &mut |stream, data| {
        transcript.push(stream, data);
        Ok(())
    });
    match replay {
        Ok(()) => assert!(transcript.as_bytes() == sample.transcript, "another output was written"),
        Err(ReplayError::Damaged) => assert!(transcript.as_bytes().is_empty(), "part of an output was written"),
        Err(error) => panic!("{error}"),
    }
    replay.is_ok()
}

/// The database and its journal in the middle of a transaction that has written to both.
fn interrupt(path: &Path) -> (Vec<u8>, Vec<u8>) {
    let sql = rusqlite::Connection::open(path).expect("a sound database");
    sql.execute_batch(
        "PRAGMA synchronous=OFF; PRAGMA cache_size=2; BEGIN IMMEDIATE; \
         UPDATE entry SET took=took+1, checksum=zeroblob(16); DELETE FROM chunk; DELETE FROM barrier; \
         INSERT INTO failure SELECT id+1,key,1,2,3,4,zeroblob(20000) FROM entry",
    )
    .expect("a sound database");
    let both =
        (fs::read(path).expect("it is there"), fs::read(path.with_file_name("cache.db-journal")).expect("it is there"));
    sql.execute_batch("ROLLBACK").expect("a sound database");
    both
}
