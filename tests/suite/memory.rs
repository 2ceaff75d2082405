//! Memory stays bounded, whatever the size of the output and the number of entries.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use cacheback::program::model::invocation::Invocation;
use cacheback::program::model::key::{KeyOptions, KeyParts};
use cacheback::program::model::time::Timestamp;
use cacheback::program::policy::{FetchPolicy, Policy};
use cacheback::program::store::local::{Place, SqliteStore};
use cacheback::program::store::{Mark, NewEntry, Recipe, Store, Summary};

use crate::common::{Home, Process, wait_until};

const SIZE: usize = 100_000_000;
/// With the program's file, which has 4 MiB in memory, that is 16 MiB.
const LIMIT_KIB: u64 = 12 * 1024;

/// The peak of memory, in KiB, of every process of cacheback in this home.
fn peaks(home: &Home) -> Vec<(u64, Process)> {
    let ours = |process: &Process| process.command_line.contains("cacheback run");
    home.processes().into_iter().filter(ours).map(|process| (process.peak_kib(), process)).collect()
}

#[track_caller]
fn assert_bounded(home: &Home) {
    let peaks = peaks(home);
    assert!(!peaks.is_empty() && peaks.iter().all(|(peak, _)| *peak <= LIMIT_KIB), "{peaks:#?}");
}

#[test]
fn a_large_output_is_fetched_and_served_in_bounded_memory() {
    let home = Home::new();
    let gate = home.gate("large");
    let done = home.work("written");
    home.script("large", &format!("head -c {SIZE} /dev/zero; : > '{}'; {}; echo end", done.display(), gate.pass()));
    let fetch = home.call("cacheback", ["run", "large"]).stdout_to(File::create("/dev/null").unwrap()).spawn();
    wait_until("everything is written", || done.exists());
    assert_bounded(&home);
    gate.let_one_go();
    fetch.wait().stderr("").status(0);

    let (reader, writer) = nix::unistd::pipe().unwrap();
    let hit = home.call("cacheback", ["run", "large"]).stdout_to(writer).spawn();
    let mut reader = File::from(reader);
    let mut left = SIZE - 1_000_000;
    let mut piece = vec![0; 1 << 20];
    while left > 0 {
        let wanted = left.min(piece.len());
        let length = reader.read(&mut piece[..wanted]).unwrap();
        assert_ne!(length, 0, "the output ended early");
        left -= length;
    }
    // The call still has a megabyte to write, so its process exists.
    assert_bounded(&home);
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert!(rest.len() == 1_000_000 + 4 && rest.ends_with(b"\0end\n"));
    hit.wait().stderr("").status(0);
    assert_eq!(home.runs("large"), 1);
}

#[test]
fn a_large_output_waits_for_a_slow_reader_in_bounded_memory() {
    let home = Home::new();
    home.script("large", &format!("head -c {SIZE} /dev/zero; echo end"));
    let (reader, writer) = nix::unistd::pipe().unwrap();
    let fetch = home.call("cacheback", ["run", "large"]).stdout_to(writer).spawn();
    wait_until("the result is stored", || home.run(["--only-if-cached", "large"]).status.code() == Some(0));
    assert_bounded(&home);
    let mut out = Vec::new();
    File::from(reader).read_to_end(&mut out).unwrap();
    assert!(out.len() == SIZE + 4 && out.ends_with(b"\0end\n"));
    fetch.wait().stderr("").status(0);
}

#[test]
fn an_output_over_max_size_passes_through_in_bounded_memory() {
    let home = Home::new();
    let gate = home.gate("large");
    let done = home.work("written");
    home.script("large", &format!("head -c {SIZE} /dev/zero; : > '{}'; {}; exit 5", done.display(), gate.pass()));
    let call = home.call("cacheback", ["run", "--max-size", "1M", "large"]);
    let fetch = call.stdout_to(File::create("/dev/null").unwrap()).spawn();
    wait_until("everything is written", || done.exists());
    assert_bounded(&home);
    gate.let_one_go();
    fetch.wait().stderr("").status(5);
}

#[test]
fn a_large_output_is_kept_in_the_background_in_bounded_memory() {
    let home = Home::new();
    let gate = home.gate("large");
    let done = home.work("written");
    home.script("large", &format!("head -c {SIZE} /dev/zero; : > '{}'; {}", done.display(), gate.pass()));
    home.call("cacheback", ["run", "--warm", "large"]).go().status(0);
    wait_until("everything is written", || done.exists());
    assert_bounded(&home);
    gate.let_one_go();
    home.until_quiet();
    let script = format!("cacheback run --only-if-cached large | cmp -n {SIZE} - /dev/zero");
    home.shell(&script).go().stdout("").stderr("").status(0);
}

/// Stores this many entries, each with a command of this many bytes.
fn fill(home: &Home, entries: usize, length: usize) {
    let store = SqliteStore::create(&Place::create(home.db()).unwrap()).unwrap();
    for number in 0..entries {
        let invocation = Invocation::new(["echo".to_owned(), format!("{number:0length$}")]);
        let parts = KeyParts::new(&invocation, &KeyOptions::default(), Path::new("/"), |_: &std::ffi::OsStr| None);
        let summary = Summary::new(parts.to_key(), Timestamp::now(), Duration::from_secs(3600));
        let recipe = Recipe::new(&invocation, Path::new("/"), &FetchPolicy::default(), &Policy::default());
        let new = NewEntry::new(summary, &parts, &recipe);
        store.store(&new, &mut std::io::empty(), Mark(0)).unwrap();
    }
}

#[test]
fn a_list_takes_the_same_memory_however_long_it_is() {
    const ENTRIES: usize = 1000;
    const COMMAND: usize = 20_000;
    let home = Home::new();
    fill(&home, ENTRIES, COMMAND);
    for form in ["--jsonl", "--json"] {
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let list = home.cacheback(["list", form]).stdout_to(writer).spawn();
        let mut reader = BufReader::new(File::from(reader));
        let (mut lines, mut line) = (0, Vec::new());
        // The rest does not fit the pipe, so the process exists.
        while lines < ENTRIES - 20 {
            line.clear();
            assert_ne!(reader.read_until(b'\n', &mut line).unwrap(), 0, "the list ended early");
            lines += usize::from(line.len() > 1000);
        }
        let peak = list.process().expect("it has something to write").peak_kib();
        assert!(peak <= 40 * 1024, "{form}: {peak} KiB");
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        list.wait().stderr("").status(0);
    }
}
