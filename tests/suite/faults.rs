//! A cache that cannot be used costs one warning line, never the command.

mod damaged;
mod locked;
mod other_files;

use std::fs::{self, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};

use rusqlite::Connection;

use crate::common::{Home, can_trace, skipped};

/// A home where `talk` writes to both streams and fails.
fn with_a_command() -> Home {
    let home = Home::new();
    home.script("talk", "echo out; echo err >&2; exit 3");
    home
}

/// A home where the result of `talk` is stored.
fn with_an_entry() -> Home {
    let home = with_a_command();
    home.run(["--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    home
}

/// Expects that the command runs uncached: its output and status, and one warning, or none when quiet.
#[track_caller]
fn runs_uncached(home: &Home) {
    let before = home.runs("talk");
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3);
    let text = outcome.stderr_text();
    let (own, warnings): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| *line == "err");
    assert!(own.len() == 1 && warnings.len() == 1 && warnings[0].starts_with("cacheback: "), "{outcome}");
    home.run(["--quiet", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    assert_eq!(home.runs("talk"), before + 2);
}

/// Expects at most one warning, then a cache that works.
#[track_caller]
fn begins_anew(home: &Home) {
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3);
    assert!(outcome.stderr_text().lines().count() <= 2, "{outcome}");
    home.run(["--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
}

#[test]
fn a_garbled_database_is_set_aside_and_a_new_one_begun() {
    let home = with_an_entry();
    let garbage = b"\0this is not a database. ".repeat(500);
    fs::write(home.db(), &garbage).unwrap();
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3).stderr_has("cacheback: ");
    begins_anew(&home);
    let aside: Vec<_> = fs::read_dir(home.cache())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("cache.db.corrupt-"))
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(fs::read(&aside[0]).unwrap(), garbage);
}

#[test]
fn a_truncated_database_never_gives_a_wrong_answer() {
    for keep in [0, 1, 99, 100, 512, 4096, 5000, 8192, 20_000] {
        let home = with_an_entry();
        home.run(["-s", "head -c 100000 /dev/zero"]).status(0);
        let file = fs::OpenOptions::new().write(true).open(home.db()).unwrap();
        file.set_len(keep).unwrap();
        begins_anew(&home);
        home.run(["-s", "head -c 100000 /dev/zero"]).stdout(vec![0; 100_000]).status(0);
    }
}

#[test]
fn a_directory_in_place_of_the_database_costs_a_warning() {
    let home = with_a_command();
    fs::create_dir_all(home.db()).unwrap();
    fs::write(home.db().join("file"), "").unwrap();
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
    runs_uncached(&home);
}

#[test]
fn a_cache_directory_that_is_a_file_costs_a_warning() {
    let home = with_a_command();
    fs::create_dir(home.path().join(".cache")).unwrap();
    fs::write(home.cache(), "").unwrap();
    runs_uncached(&home);
}

#[test]
fn a_link_that_leads_nowhere_costs_a_warning() {
    for link in [".cache", ".cache/cacheback", ".cache/cacheback/cache.db-flights"] {
        let home = with_a_command();
        let link = home.path().join(link);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(link.parent().unwrap()).unwrap();
        symlink(home.work("unmounted/cache"), &link).unwrap();
        runs_uncached(&home);
        home.run(["--warm", "talk"]).stdout("").status(0).warned_once();
        assert!(!home.work("unmounted").exists());
    }
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let home = with_an_entry();
    Connection::open(home.db()).unwrap().pragma_update(None, "user_version", 1_000_000).unwrap();
    let before = fs::read(home.db()).unwrap();
    runs_uncached(&home);
    assert!(fs::read(home.db()).unwrap() == before, "it was changed");
}

#[test]
fn a_database_that_others_can_write_to_is_refused() {
    for mode in [0o666, 0o620, 0o602] {
        let home = with_an_entry();
        fs::set_permissions(home.db(), Permissions::from_mode(mode)).unwrap();
        runs_uncached(&home);
        fs::set_permissions(home.db(), Permissions::from_mode(0o600)).unwrap();
        home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    }
}

#[test]
fn a_directory_that_others_can_write_to_is_refused() {
    for mode in [0o777, 0o772, 0o702, 0o1777] {
        let home = with_an_entry();
        fs::set_permissions(home.cache(), Permissions::from_mode(mode)).unwrap();
        runs_uncached(&home);
    }
}

#[test]
fn a_lock_file_that_cannot_be_made_costs_a_warning() {
    let home = with_a_command();
    fs::create_dir_all(home.cache()).unwrap();
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
    fs::write(home.flights(), "").unwrap();
    runs_uncached(&home);
}

#[test]
fn a_directory_of_lock_files_that_others_can_write_to_is_refused() {
    let home = with_an_entry();
    fs::set_permissions(home.flights(), Permissions::from_mode(0o770)).unwrap();
    let outcome = home.run(["--refresh", "--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").stderr_has("cache.db-flights is writable by others (mode 0770)").status(3);
    home.run(["-q", "--refresh", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    assert_eq!(home.runs("talk"), 3);
}

#[test]
fn warm_and_only_if_cached_do_not_claim_to_run_the_command() {
    let home = with_an_entry();
    fs::set_permissions(home.db(), Permissions::from_mode(0o666)).unwrap();
    for (option, status) in [("--warm", 0), ("--only-if-cached", 1)] {
        home.run([option, "talk"]).stdout("").stderr_has("; nothing is run\n").warned_once().status(status);
    }
    assert_eq!(home.runs("talk"), 1);
}

#[test]
fn a_hit_needs_no_lock_file() {
    let home = with_an_entry();
    fs::remove_dir_all(home.flights()).unwrap();
    fs::write(home.flights(), "").unwrap();
    home.run(["--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
}

#[test]
fn a_stale_result_is_not_served_where_no_refresh_could_ever_be_started() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n");
    fs::remove_dir_all(home.flights()).unwrap();
    fs::write(home.flights(), "").unwrap();
    for round in ["2\n", "3\n"] {
        home.run(["--async", "--ttl", "0", "count"]).stdout(round).warned_once().status(0);
    }
    home.run(["--no-fetch-on-miss", "--scope", "other", "count"]).stdout("4\n").warned_once().status(0);
}

#[test]
fn a_file_system_without_flock_costs_a_warning() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = with_a_command();
    let inject = ["-f", "-qq", "-o", "trace", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK"];
    let outcome = home.call("strace", inject).arg_all(&["cacheback", "run", "--cache-exit", "any", "talk"]).go();
    outcome.stdout("out\n").status(3);
    let text = outcome.stderr_text();
    assert!(text.contains("err\n") && text.contains("cacheback: ") && text.lines().count() == 2, "{outcome}");
}

#[test]
fn a_detached_child_that_cannot_refresh_warns_on_the_callers_standard_error() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = with_a_command();
    home.run(["--cache-exit", "any", "talk"]).status(3);
    let inject = ["-f", "-qq", "-o", "trace", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK"];
    let stale = ["cacheback", "run", "--cache-exit", "any", "--async", "--ttl", "0", "talk"];
    let outcome = home.call("strace", inject).arg_all(&stale).go();
    outcome.stdout("out\n").status(3);
    let text = outcome.stderr_text();
    assert!(
        text.starts_with("err\n") && text.contains("cannot be refreshed") && text.lines().count() == 2,
        "{outcome}"
    );
}

#[test]
fn a_damaged_entry_is_fetched_again_and_never_printed() {
    for size in [40, 900, 5_000, 70_000, 400_000] {
        let home = Home::new();
        let line = "0123456789abcdefghijklmnopqrstuvwxyz---\n";
        home.script("text", &format!("yes '{}' | head -c {size}", line.trim_end()));
        let expected = line.repeat(size / line.len() + 1).into_bytes()[..size].to_vec();
        home.run(["text"]).stdout(&expected).status(0);
        home.run(["text"]).stdout(&expected).status(0);
        assert_eq!(home.runs("text"), 1);
        // The last place in the file where the text is stored gets one wrong letter.
        let mut bytes = fs::read(home.db()).unwrap();
        let end =
            (0..bytes.len() - 8).rev().find(|at| &bytes[*at..at + 8] == b"wxyz---\n").expect("the text is stored");
        bytes[end] = b'W';
        fs::write(home.db(), &bytes).unwrap();
        let outcome = home.run(["text"]);
        outcome.stdout(&expected).status(0);
        assert_eq!(home.runs("text"), 2, "of {size} bytes\n{outcome}");
        home.run(["text"]).stdout(&expected).stderr("").status(0);
        assert_eq!(home.runs("text"), 2);
    }
}

#[test]
fn a_deletion_that_is_not_possible_is_an_error() {
    let home = with_an_entry();
    fs::set_permissions(home.db(), Permissions::from_mode(0o666)).unwrap();
    home.delete(["--all"]).stdout("").status(125).warned_once();
    home.invalidate(["--all"]).stdout("").status(125).warned_once();
}

#[test]
fn a_relative_home_costs_a_warning() {
    let home = with_a_command();
    let call = home.running(["talk"]).env("HOME", "here").without_env("XDG_CACHE_HOME");
    let outcome = call.go();
    outcome.stdout("out\n").status(3);
    assert!(outcome.stderr_text().contains("cacheback: "), "{outcome}");
    assert!(!home.work("here").exists());
}

#[test]
fn interrupted_calls_of_the_system_lose_nothing() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let faults = (1..7).map(|number| format!("read:error=EINTR:when={number}"));
    let others = ["wait4:error=EINTR:when=1", "sendto:error=ENOBUFS:when=1", "poll:error=EINTR:when=1"];
    for fault in faults.chain(others.map(str::to_owned)) {
        let home = with_a_command();
        let trace = format!("trace={}", fault.split(':').next().unwrap());
        // `-b execve`: no faults in the command itself.
        let options = ["-f", "-b", "execve", "-qq", "-o", "trace", "-e", &trace, "-e", &format!("inject={fault}")];
        let call = home.call("strace", options).arg_all(&["cacheback", "run", "--cache-exit", "any", "talk"]);
        call.go().stdout("out\n").stderr("err\n").status(3);
        home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    }
}
