//! Memory stays bounded, whatever the size of the output.

use std::fs::File;
use std::io::Read;

use crate::common::{Home, Process, wait_until};

const SIZE: usize = 100_000_000;
const LIMIT_KIB: u64 = 16 * 1024;

/// The peak of every process of cacheback in this home.
fn peaks(home: &Home) -> Vec<(u64, Process)> {
    let ours = |process: &Process| process.command_line.contains("cacheback run");
    home.processes().into_iter().filter(ours).map(|process| (process.peak_kib(), process)).collect()
}

#[track_caller]
fn within_bounds(home: &Home) {
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
    within_bounds(&home);
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
    // It still has something to write, so it is there to be looked at.
    within_bounds(&home);
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    assert!(rest.len() == 1_000_000 + 4 && rest.ends_with(b"\0end\n"));
    hit.wait().stderr("").status(0);
    assert_eq!(home.runs("large"), 1);
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
    within_bounds(&home);
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
    within_bounds(&home);
    gate.let_one_go();
    home.until_quiet();
    let script = format!("cacheback run --only-if-cached large | cmp -n {SIZE} - /dev/zero");
    home.shell(&script).go().stdout("").stderr("").status(0);
}
