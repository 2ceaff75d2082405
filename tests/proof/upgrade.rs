//! Databases of every version so far: each is opened, migrated and served; a newer one is left alone.
//!
//! `tests/fixtures/make` describes their content, and makes the one of the present version.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use cacheback::program::flight::{Directory, Flights as _};
use cacheback::program::model::key::KeyParts;
use cacheback::program::model::time::Timestamp;
use cacheback::program::store::Store;
use cacheback::program::store::local::{Place, SqliteStore};
use nix::sys::signal::Signal;

use super::Chapter;
use super::common::{Call, Home};
use super::options::Asked;
use super::random::Random;
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "upgrade",
    claim: "a database of any older version serves what is in it; one of a newer version is not touched",
    options: &[("interruptions", "killed upgrades of each version", 15)],
    run,
};

fn run(asked: &Asked) -> Report {
    let mut report = Report::default();
    let mut random = Random::branch(asked.seed, 0);
    for fixture in fixtures() {
        let bytes = undump(&fs::read_to_string(&fixture).expect("a readable fixture"));
        every_entry_is_served(&bytes);
        many_may_upgrade_at_once(&bytes);
        for _ in 0..asked.number(&CHAPTER, "interruptions") {
            an_upgrade_may_be_killed(&bytes, &mut random);
            report.count("killed upgrades", 1);
        }
        a_newer_one_is_left_alone(&bytes);
        report.count("versions", 1);
    }
    report
}

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(directory).expect("the fixtures are there").flatten().map(|file| file.path());
    let mut fixtures: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|kind| kind == "od")).collect();
    fixtures.sort();
    assert!(!fixtures.is_empty(), "there are no fixtures");
    fixtures
}

/// The bytes of a hexadecimal dump by od(1), where `*` stands for lines that repeat the one before.
fn undump(text: &str) -> Vec<u8> {
    let number = |word: &str| usize::from_str_radix(word, 16).expect("hexadecimal digits");
    let mut bytes = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    for line in text.lines().filter(|line| *line != "*") {
        let mut words = line.split(' ');
        let offset = number(words.next().expect("an offset"));
        while bytes.len() < offset {
            bytes.extend_from_slice(&last);
        }
        last = words.map(|word| number(word) as u8).collect();
        bytes.extend_from_slice(&last);
    }
    bytes
}

fn home_with(database: &[u8]) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.cache()).expect("a new directory");
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).expect("it is ours");
    fs::write(home.db(), database).expect("a new file");
    fs::set_permissions(home.db(), Permissions::from_mode(0o600)).expect("it is ours");
    home
}

/// A call that accepts old results, and runs nothing.
fn stored(home: &Home, words: &[&str]) -> Call {
    home.running(["--only-if-cached", "--ttl", "36500d", "--keep", "36500d"]).arg_all(words).cwd("/")
}

const TALK: [&str; 3] = ["sh", "-c", "echo out; echo err >&2; echo again"];
const LARGE: [&str; 3] = ["sh", "-c", "yes 0123456789abcde | head -c 700000"];

fn is_served(home: &Home) {
    let repeated = |line: &str, size: usize| line.repeat(size / line.len() + 1).into_bytes()[..size].to_vec();
    stored(home, &TALK).go().stdout("out\nagain\n").stderr("err\n").status(0);
    let failed = ["--cache-exit", "any", "sh", "-c", "echo failed >&2; exit 3"];
    stored(home, &failed).go().stdout("").stderr("failed\n").status(3);
    stored(home, &LARGE).go().stdout(repeated("0123456789abcde\n", 700_000)).stderr("").status(0);
    let in_row = ["sh", "-c", "yes fedcba987654321 | head -c 200000"];
    stored(home, &in_row).go().stdout(repeated("fedcba987654321\n", 200_000)).stderr("").status(0);
    let keyed = ["--scope", "nightly", "--cwd", "--env", "CACHEBACK_PROOF,CACHEBACK_PROOF_UNSET"];
    let call = stored(home, &keyed).arg_all(&["printenv", "CACHEBACK_PROOF"]);
    call.env("CACHEBACK_PROOF", "value").go().stdout("value\n").stderr("").status(0);
    stored(home, &["--key", "today", "date"]).go().stdout("-- is today\n").stderr("").status(0);
    // Not served: an invalidated entry, a deleted one, another value of a variable.
    stored(home, &["--stdin", "tr", " ", "\\n"]).stdin("b a\n").go().stdout("").stderr("").status(1);
    stored(home, &["echo", "gone"]).go().stdout("").stderr("").status(1);
    let call = stored(home, &keyed).arg_all(&["printenv", "CACHEBACK_PROOF"]);
    call.env("CACHEBACK_PROOF", "other").go().stdout("").stderr("").status(1);
}

fn every_entry_is_served(database: &[u8]) {
    let home = home_with(database);
    is_served(&home);
    // Again, after the migration.
    is_served(&home);
    let words = ["sh", "-c", "echo sorry >&2; exit 7"];
    let parts = KeyParts { argv: words.iter().map(Into::into).collect(), ..KeyParts::default() };
    let place = Place::create(home.db()).expect("a place of ours");
    let store = SqliteStore::create(&place).expect("a database");
    let failure = store.failure(&parts.to_key()).expect("a database").expect("it is on record");
    assert_eq!((failure.count, failure.status, &failure.stderr[..]), (1, 7, &b"sorry\n"[..]));
    drop(store);
    home.run(["--ttl", "0", "--keep", "36500d"].iter().chain(&TALK)).stdout("out\nagain\n").stderr("err\n").status(0);
    is_served(&home);
    Directory(&place.flights_dir()).sweep();
    let store = SqliteStore::create(&place).expect("a database");
    store.prune(Timestamp::now(), u64::MAX).expect("a database");
    drop(store);
    is_served(&home);
    let sql = rusqlite::Connection::open(home.db()).expect("a database");
    let count = |query: &str| sql.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a database");
    assert_eq!(count("SELECT count(*) FROM pending"), 0);
    assert_eq!(count("SELECT count(*) FROM chunk"), 2);
    home.delete(["--all"]).counted(7);
}

fn many_may_upgrade_at_once(database: &[u8]) {
    let home = home_with(database);
    let callers: Vec<_> = (0..20).map(|_| stored(&home, &TALK).spawn()).collect();
    for caller in callers {
        caller.wait().stdout("out\nagain\n").stderr("err\n").status(0);
    }
    is_served(&home);
}

fn an_upgrade_may_be_killed(database: &[u8], random: &mut Random) {
    let home = home_with(database);
    let write = random.one_in(2);
    let ttl = if write { "0" } else { "36500d" };
    let caller = home.running(["--ttl", ttl, "--keep", "36500d"]).arg_all(&TALK).spawn();
    thread::sleep(random.moment(Duration::from_micros(50)..Duration::from_millis(15)));
    caller.signal(Signal::SIGKILL).process();
    caller.wait();
    home.until_quiet();
    is_served(&home);
}

fn a_newer_one_is_left_alone(database: &[u8]) {
    let home = home_with(database);
    let sql = rusqlite::Connection::open(home.db()).expect("a database");
    sql.pragma_update(None, "user_version", 99).expect("a database");
    drop(sql);
    let before = fs::read(home.db()).expect("it is there");
    home.counter("count");
    for args in [&[][..], &["--async"], &["--refresh"], &["--ttl", "0"], &["--timeout", "10s"]] {
        let runs = home.runs("count") + 1;
        home.running(args).arg("count").go().stdout(format!("{runs}\n")).status(0).warned_once();
    }
    home.running(["--warm", "count"]).go().stdout("").status(0);
    home.running(["--only-if-cached", "count"]).go().stdout("").status(1);
    home.delete(["--all"]).stdout("").status(125).warned_once();
    home.invalidate(["--all"]).stdout("").status(125).warned_once();
    home.until_quiet();
    assert!(fs::read(home.db()).expect("it is there") == before, "it was changed");
    let beside: Vec<_> =
        fs::read_dir(home.cache()).expect("it is there").flatten().map(|file| file.file_name()).collect();
    assert!(beside.iter().all(|name| name == "cache.db" || name == "cache.db-flights"), "{beside:?}");
}
