//! Resource limits of the caller cost a warning, never the command.

use std::fs::File;
use std::io::Write;

use crate::common::{Home, can_mount, is_root, skipped, wait_until};

/// A home with a script `talk` and a database, so that a limit does not only prevent the making of one.
fn home_with_talk() -> Home {
    let home = Home::new();
    home.script("talk", "echo out; echo err >&2; exit 3");
    home.run(["--key", "other", "true"]).status(0);
    home
}

/// Runs `talk` under the shell's `limit`, expects its output and status, and returns the warnings.
#[track_caller]
fn warnings_under(home: &Home, limit: &str) -> Vec<String> {
    let outcome = home.shell(&format!("{limit}; cacheback run --cache-exit any talk")).go();
    outcome.stdout("out\n").status(3);
    let text = outcome.stderr_text();
    let (own, ours): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| *line == "err");
    assert!(own.len() == 1 && ours.iter().all(|line| line.starts_with("cacheback: ")), "{limit}\n{outcome}");
    home.until_quiet();
    ours.into_iter().map(String::from).collect()
}

#[test]
fn a_limit_on_the_size_of_files_costs_a_warning() {
    let home = home_with_talk();
    // More than once: files that the first call leaves must not harm the next one.
    for _ in 0..3 {
        assert_eq!(warnings_under(&home, "ulimit -f 8").len(), 1);
    }
    home.run(["--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
}

#[test]
fn input_that_no_file_may_hold_reaches_the_command() {
    let home = Home::new();
    let input: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let under =
        |rest: &str| home.shell(&format!("ulimit -f 8; cacheback run --stdin {rest}")).stdin(input.clone()).go();
    let sum = home.call("md5sum", [""; 0]).stdin(input.clone()).go().stdout_text();
    under("md5sum").stdout(&sum).status(0).warned_once().stderr_has("standard input cannot be kept");
    under("-q --process-result 'tr a-z A-Z' md5sum").stdout(sum.to_uppercase()).stderr("").status(0);
    under("-s 'head -c 3 >&2; exit 7'").stdout("").stderr_has("kept").status(7);
    under("-q --status md5sum").stdout(&sum).stderr("Cache-Status: cacheback; fwd=bypass\n").status(0);
    under("--warm md5sum").stdout("").warned_once().stderr_has("nothing is run").status(0);
    under("-q --only-if-cached md5sum").stdout("").status(1);
    home.until_quiet();
    // Input that the command does not read does not keep the call from ending.
    let (reader, writer) = nix::unistd::pipe().unwrap();
    let call = home.shell("ulimit -f 8; exec cacheback run -q --stdin head -c 1").stdin_from(reader).spawn();
    File::from(writer.try_clone().unwrap()).write_all(&[b'x'; 50_000]).unwrap();
    call.wait().stdout("x").status(0);
    home.until_quiet();
    drop(writer);
}

#[test]
fn a_limit_on_open_files_costs_at_most_one_warning() {
    let home = home_with_talk();
    // A test cannot know how many files a shell needs and has open already. It tries from the first limit under which
    // the script runs without cacheback up to one under which cacheback has no warning.
    let runs = |limit: &str| {
        let outcome = home.shell(&format!("{limit}; talk; echo $?")).go();
        outcome.stdout == b"out\n3\n" && outcome.stderr == b"err\n"
    };
    let limits: Vec<String> = (4..32).map(|number| format!("ulimit -n {number}")).filter(|limit| runs(limit)).collect();
    let mut warned = Vec::new();
    for limit in &limits {
        let warnings = warnings_under(&home, limit);
        assert!(warnings.len() <= 1, "{limit}: {warnings:?}");
        warned.push(!warnings.is_empty());
    }
    assert!(warned.first() == Some(&true) && warned.last() == Some(&false), "{limits:?} {warned:?}");
    home.run(["--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
}

#[test]
fn the_command_has_the_callers_file_size_signal() {
    let home = Home::new();
    let ignored = |script: &str| home.shell(script).go().stdout_text();
    let direct = ignored("grep SigIgn /proc/self/status");
    let xfsz = |line: &str| u64::from_str_radix(line.split_whitespace().last().unwrap(), 16).unwrap() >> 24 & 1;
    assert_eq!(xfsz(&direct), xfsz(&ignored("cacheback run -- grep SigIgn /proc/self/status")));
    assert_eq!(xfsz(&direct), xfsz(&ignored("CACHEBACK_DISABLE=1 cacheback run -- grep SigIgn /proc/self/status")));
    let ignoring = "trap '' XFSZ; cacheback run --refresh -- grep SigIgn /proc/self/status";
    assert_eq!(xfsz(&ignored(ignoring)), 1);
}

#[test]
fn a_full_temporary_directory_does_not_keep_input_from_the_command() {
    if !is_root() || !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = Home::new();
    let script = "mount -t tmpfs -o size=64k tmpfs \"$TMPDIR\" || exit 99; seq 100000 | cacheback run --stdin -- wc -l";
    home.call("unshare", ["--mount", "sh", "-c", script]).go().stdout("100000\n").stderr("").status(0);
    // The same for more input than memory may hold, and for input without an end.
    let mount = "mount -t tmpfs -o size=64k tmpfs \"$TMPDIR\" || exit 99";
    for command in
        ["head -c 100000000 /dev/zero | cacheback run --stdin -- wc -c", "yes | cacheback run --stdin head -n 1"]
    {
        let outcome = home.call("unshare", ["--mount", "sh", "-c", &format!("{mount}; {command}")]).go();
        let expected = if command.starts_with("yes") { "y\n" } else { "100000000\n" };
        outcome.stdout(expected).status(0).warned_once().stderr_has("standard input cannot be kept: No space left");
    }
}

#[test]
fn a_whole_group_is_ended_at_the_refresh_timeout() {
    let home = Home::new();
    home.script("stubborn", "(trap '' TERM; while :; do sleep 0.1; done) & wait");
    home.run(["--warm", "--refresh-timeout", "100ms", "stubborn"]).status(0);
    home.until_runs("stubborn", 1);
    wait_until("all its processes have ended", || home.processes().is_empty());
}

#[test]
fn a_foreground_fetch_leaves_no_zombies() {
    let Some(home) = Home::with("perl") else { return };
    if !is_root() || !can_mount() {
        return skipped("no process namespace may be made here");
    }
    // Perl as init waits for the processes that it started and for no others, which then stay as zombies.
    let script = r#"
        system "cacheback", "run", "--key", $_, "--", "true" for 1 .. 10;
        print scalar grep { local @ARGV = $_; grep /^State:\tZ/, <> } glob "/proc/[0-9]*/status";
    "#;
    let outcome = home.call("unshare", ["--pid", "--fork", "--mount-proc", "perl", "-e", script]).go();
    let zombies: u32 = outcome.status(0).stdout_text().trim().parse().expect("a number");
    // One call in sixteen prunes in a process that it does not wait for.
    assert!(zombies < 5, "{outcome}");
}
