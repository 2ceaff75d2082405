//! A cache that cannot be used costs one warning line, never the command.

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
fn a_file_that_never_was_ours_is_left_alone_in_the_default_place() {
    let text = b"Notes of mine, and of nobody else.\n".repeat(200);
    for (content, begins_with_ours) in [(text, true), (b"\x89PNG\r\n\0".repeat(900), false)] {
        let home = Home::new();
        home.counter("count");
        if begins_with_ours {
            home.run(["count"]).stdout("1\n");
        } else {
            fs::create_dir_all(home.cache()).unwrap();
            fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
        }
        fs::write(home.db(), &content).unwrap();
        for _ in 0..2 {
            let outcome = home.run(["count"]);
            outcome.status(0);
            assert_eq!(outcome.stderr_text().lines().count(), 1, "{outcome}");
        }
        home.cacheback(["clear", "--yes"]).go();
        home.cacheback(["verify", "--repair"]).go();
        assert_eq!(fs::read(home.db()).unwrap(), content);
        let aside = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().contains("corrupt");
        assert_eq!(fs::read_dir(home.cache()).unwrap().filter(|entry| aside(entry.as_ref().unwrap())).count(), 0);
    }
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
fn a_database_that_another_program_has_locked_costs_a_warning() {
    let home = with_an_entry();
    let other = Connection::open(home.db()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3);
    // A hit may be possible beside the lock; a fetch cannot be stored.
    let outcome = home.run(["--refresh", "--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").status(3).stderr_has("cacheback: ");
    assert_eq!(outcome.stderr_text().lines().count(), 2, "{outcome}");
    home.run(["-q", "--refresh", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    drop(other);
    home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
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
fn links_in_place_of_the_database_are_not_followed_to_other_peoples_files() {
    let home = with_a_command();
    fs::create_dir_all(home.cache()).unwrap();
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
    fs::write(home.work("precious"), "precious").unwrap();
    symlink(home.work("precious"), home.db()).unwrap();
    let outcome = home.run(["talk"]);
    outcome.stdout("out\n").status(3);
    home.run(["talk"]).stdout("out\n").status(3);
    assert_eq!(fs::read(home.work("precious")).unwrap(), b"precious");
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

/// Expects that no subcommand changes a file of the user's that `--db` names by mistake.
fn assert_left_alone(home: &Home, name: &str, content: &[u8]) {
    let path = home.work(name);
    fs::write(&path, content).unwrap();
    let refused = format!("invalid value '{name}' for '--db <PATH>': it is not a cache of cacheback's");
    for args in [
        &["run", "talk"][..],
        &["run", "--refresh", "talk"],
        &["run", "--warm", "talk"],
        &["run", "--only-if-cached", "talk"],
        &["run", "--no-fetch-on-miss", "talk"],
        &["invalidate", "--all"],
        &["delete", "--all"],
        &["list"],
        &["stats"],
        &["prune"],
        &["clear", "--yes"],
        &["verify"],
        &["verify", "--repair"],
        &["peek", "talk"],
        &["set", "talk"],
    ] {
        let outcome = home.cacheback([&["--db", name], args].concat()).go();
        outcome.stderr_has(&refused).status(125);
        assert!(args[0] == "verify" || outcome.stdout.is_empty(), "{args:?}: {outcome}");
        assert!(fs::read(&path).unwrap() == content, "{args:?}");
    }
    let outcome = home.running(["talk"]).env("CACHEBACK_DB", name).go();
    outcome.stdout("out\n").stderr_has("is not a cache of cacheback's; running the command without").status(3);
    assert!(fs::read(&path).unwrap() == content);
    let beside = fs::read_dir(home.work(".")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(beside.filter(|other| other.starts_with(name)).collect::<Vec<_>>(), [name]);
    assert_eq!(home.runs("talk"), 1);
}

#[test]
fn a_file_that_never_was_a_cache_is_left_alone() {
    for content in [&b"# Notes\n"[..], b"x", &[0; 5000], &b"a sentence. ".repeat(500)] {
        assert_left_alone(&with_a_command(), "notes.md", content);
    }
}

#[test]
fn the_database_of_another_program_is_left_alone_whatever_its_version() {
    for (id, version) in [(0, 0), (0, 2), (0, 7), (77, 1), (77, 2), (77, 7), (77, -1)] {
        let home = with_a_command();
        let path = home.work("theirs.sqlite");
        let sql = Connection::open(&path).unwrap();
        sql.execute_batch("CREATE TABLE bookmarks(url)").unwrap();
        sql.pragma_update(None, "application_id", id).unwrap();
        sql.pragma_update(None, "user_version", version).unwrap();
        drop(sql);
        let content = fs::read(&path).unwrap();
        assert_left_alone(&home, "theirs.sqlite", &content);
    }
}

#[test]
fn a_text_in_place_of_a_named_database_is_left_alone() {
    let home = with_a_command();
    home.run(["--db", "a.db", "true"]).status(0);
    home.until_quiet();
    fs::write(home.work("a.db"), "# Notes\n").unwrap();
    home.run(["--db", "a.db", "true"]).stdout("").stderr_has("not a cache of cacheback's").status(125);
    assert_eq!(fs::read(home.work("a.db")).unwrap(), b"# Notes\n");
}

/// Switches the database to write-ahead logging in its header, as another tool would.
fn switch_to_write_ahead(path: &std::path::Path) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[2, 2], 18).unwrap();
}

#[test]
fn a_database_that_a_tool_has_switched_to_write_ahead_logging_is_switched_back() {
    let home = with_an_entry();
    for args in [&["--cache-exit", "any", "talk"][..], &["--refresh", "--cache-exit", "any", "talk"]] {
        home.until_quiet();
        switch_to_write_ahead(&home.db());
        home.run(args).stdout("out\n").stderr("err\n").status(3);
        home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    }
    for args in [&["list"][..], &["verify"]] {
        home.until_quiet();
        switch_to_write_ahead(&home.db());
        home.cacheback(args).go().status(0);
    }
    assert_eq!(home.runs("talk"), 2);
    assert!(
        !fs::read_dir(home.cache())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().into_string().unwrap().contains("corrupt") })
    );
}

#[test]
fn a_write_ahead_log_with_something_in_it_is_not_lost() {
    let home = with_an_entry();
    home.until_quiet();
    switch_to_write_ahead(&home.db());
    let log = home.cache().join("cache.db-wal");
    fs::write(&log, "frames").unwrap();
    let before = fs::read(home.db()).unwrap();
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").stderr_has("was switched to write-ahead logging by another program").status(3);
    assert!(fs::read(home.db()).unwrap() == before && fs::read(&log).unwrap() == b"frames");
}

#[test]
fn a_missing_database_is_made_where_a_link_leads() {
    let home = with_a_command();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(home.work("disk")).unwrap();
    symlink("disk/real.db", home.work("hop.db")).unwrap();
    symlink("hop.db", home.work("link.db")).unwrap();
    for runs in [1, 1] {
        home.run(["--db", "link.db", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
        assert_eq!(home.runs("talk"), runs);
    }
    assert!(home.work("disk/real.db").is_file() && home.work("disk/real.db-flights").is_dir());
    // The directory that a link leads to is not made.
    symlink("unmounted/real.db", home.work("far.db")).unwrap();
    home.run(["--db", "far.db", "talk"]).stdout("out\n").stderr_has("running the command without a cache").status(3);
    assert!(!home.work("unmounted").exists());
}

#[test]
fn a_home_directory_that_is_missing_is_not_made() {
    let home = with_a_command();
    let missing = home.work("nonexistent");
    for variable in ["/.cache", ""] {
        let xdg = format!("{}{variable}", missing.display());
        let call = home.running(["talk"]).env("HOME", &missing).env("XDG_CACHE_HOME", &xdg);
        call.go().stdout("out\n").stderr_has("running the command without a cache").status(3);
        assert!(!missing.exists());
    }
}

#[test]
fn a_locked_database_holds_up_the_storing_and_not_the_caller() {
    for (name, script, size) in [("small", "echo x", 2), ("large", "head -c 3000000 /dev/zero", 3_000_000)] {
        let home = with_an_entry();
        home.until_quiet();
        let reader = Connection::open(home.db()).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
        let outcome = home.run(["--status", "-s", script]);
        assert_eq!(outcome.stdout.len(), size);
        assert!(
            outcome.stderr_text().contains("fwd=uri-miss") && !outcome.stderr_text().contains("stored"),
            "{outcome}"
        );
        // There are hits in the meantime.
        home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").status(3);
        // If the caller had waited until storing gave up, there would be no result.
        drop(reader);
        home.until_quiet();
        let outcome = home.run(["--only-if-cached", "-s", script]);
        assert_eq!(outcome.status(0).stdout.len(), size, "{name}: {outcome}");
    }
}

#[test]
fn a_locked_database_does_not_hold_up_callers_that_wait_for_the_flight() {
    let home = with_an_entry();
    let gate = home.gated("slow", "echo slow");
    home.until_quiet();
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let joiner = home.start(["slow"]);
    home.until_joined(&joiner);
    let reader = Connection::open(home.db()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM entry").unwrap();
    gate.open();
    // Both end while the database is still locked.
    joiner.wait().stdout("slow\n").stderr("").status(0);
    leader.wait().stdout("slow\n").stderr("").status(0);
    assert!(!home.processes().is_empty(), "no process stores the result any more");
    drop(reader);
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("slow\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}
