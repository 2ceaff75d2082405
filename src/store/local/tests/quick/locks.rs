//! What other processes do to the file during a lookup.

use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::Instant;

const ROLE: &str = "CACHEBACK_TEST_ROLE";
const PATH: &str = "CACHEBACK_TEST_PATH";

/// Another process with the database open: locks are between processes.
struct Other(Child);

impl Other {
    fn start(home: &Home, role: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--ignored", "--nocapture", "store::local::tests::quick::locks::the_other_process"]);
        command.env(ROLE, role).env(PATH, home.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().ends_with("ready")), "{role}: the other process did not start");
        // What it prints at its end is not read, and fits the pipe.
        std::mem::forget(lines);
        Self(child)
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn versions() -> [Sample; 4] {
    [0, 300, 9000, 60_000].map(|size| Sample { transcript: output("version", size), ..Sample::new("date", 0) })
}

#[test]
#[ignore = "runs as another process of the tests beside it"]
fn the_other_process() {
    let (Ok(role), Ok(path)) = (std::env::var(ROLE), std::env::var(PATH)) else { return };
    let store = SqliteStore::create(&Place::check(path).unwrap()).unwrap();
    let sql = store.connection.raw();
    if role == "replace" {
        let watcher = std::thread::spawn(|| std::io::stdin().read_line(&mut String::new()));
        say_ready();
        for sample in versions().iter().cycle() {
            sample.store_in(&store, Mark(0));
            if watcher.is_finished() {
                return;
            }
        }
    }
    sql.execute_batch(&role).unwrap();
    say_ready();
    let _ = std::io::stdin().read_line(&mut String::new());
}

fn say_ready() {
    println!("ready");
    std::io::stdout().flush().unwrap();
}

fn home_with_entry() -> (Home, Sample) {
    let home = Home::new();
    let sample = Sample::new("echo", INLINE);
    sample.store_in(&home.store(), Mark(0));
    assert!(quick_entry(&home, &sample).is_some());
    (home, sample)
}

#[test]
fn readers_and_writers_that_have_changed_nothing_are_no_hindrance() {
    for role in ["BEGIN; SELECT * FROM entry", "BEGIN IMMEDIATE"] {
        let (home, sample) = home_with_entry();
        let other = Other::start(&home, role);
        assert!(quick_entry(&home, &sample).is_some(), "{role}");
        drop(other);
    }
}

#[test]
fn nothing_is_found_at_once_while_a_change_is_under_way() {
    for role in ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE; UPDATE entry SET exit=1"] {
        let (home, sample) = home_with_entry();
        let other = Other::start(&home, role);
        let start = Instant::now();
        assert_eq!(quick_entry(&home, &sample), None, "{role}");
        assert!(start.elapsed() < Duration::from_millis(500), "{role}: it waited");
        drop(other);
        assert!(quick_entry(&home, &sample).is_some(), "{role}: rolled back");
    }
}

#[test]
fn nothing_is_found_before_a_hot_journal_is_rolled_back() {
    let (home, sample) = home_with_entry();
    let filler: Vec<Sample> = (0..50).map(|number| Sample::new(&format!("echo {number}"), 20_000)).collect();
    store_all(&home, &filler);
    // Changed pages reach the file before the commit, and the process is killed.
    Other::start(&home, "PRAGMA cache_size=1; BEGIN IMMEDIATE; UPDATE entry SET exit=1,body=zeroblob(9000)").kill();
    assert_ne!(fs::read(home.dir.path().join("cache.db-journal")).unwrap()[0], 0, "it is hot");
    assert_eq!(quick_entry(&home, &sample), None);
    assert!(home.store().lookup(&sample.key).unwrap().is_some());
    assert!(quick_entry(&home, &sample).is_some(), "rolled back");
}

#[test]
fn nothing_is_read_while_this_process_has_the_database_open() {
    let (home, sample) = home_with_entry();
    let (one, other) = (home.store(), home.store());
    let write = one.connection.write().unwrap();
    assert_eq!(quick_entry(&home, &sample), None);
    drop(other);
    assert_eq!(quick_entry(&home, &sample), None);
    // The lock has not been lost.
    let busy = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "store::local::tests::quick::locks::the_other_process"])
        .env(ROLE, "PRAGMA busy_timeout=0; BEGIN IMMEDIATE")
        .env(PATH, home.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(!busy.unwrap().success());
    drop(write);
    drop(one);
    assert!(quick_entry(&home, &sample).is_some());
}

#[test]
fn what_is_found_while_it_is_replaced_is_one_of_its_versions() {
    let home = Home::new();
    let versions = versions();
    versions[0].store_in(&home.store(), Mark(0));
    let other = Other::start(&home, "replace");
    let (mut found, mut results) = (0, Vec::new());
    let deadline = Instant::now() + Duration::from_secs(60);
    while found < 300 || results.len() < 30 {
        assert!(Instant::now() < deadline, "{found} found, {} versions", results.len());
        let Some(entry) = quick_entry(&home, &versions[0]) else { continue };
        let Body::Inline(body) = entry.body else { panic!("it is not in chunks") };
        assert!(versions.iter().any(|version| version.transcript == body));
        found += 1;
        if !results.contains(&entry.result) {
            results.push(entry.result);
        }
    }
    drop(other);
}
