//! `--depends-on`: files as validators of a result.

use std::fs;
use std::time::{Duration, SystemTime};

use nix::sys::signal::Signal;

use crate::common::{Home, wait_until};

/// A home with a file, `huge`, that takes minutes to read.
fn with_a_huge_file() -> Home {
    let home = Home::new();
    home.counter("build");
    fs::File::create(home.work("huge")).unwrap().set_len(1 << 40).unwrap();
    home
}

fn until_huge_is_read(home: &Home) {
    let reads = || home.processes().iter().any(|process| process.open_files().contains(&home.work("huge")));
    wait_until("the file is read", reads);
}

#[test]
fn a_changed_file_causes_a_fetch_and_a_touched_one_does_not() {
    let home = Home::new();
    home.counter("build");
    fs::write(home.work("config"), "a").unwrap();
    let run = || home.run(["--depends-on", "config", "build"]);
    run().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), 1);
    home.shell("touch config; cp config other; mv other config").go().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), 1);
    fs::write(home.work("config"), "b").unwrap();
    run().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), 2);
    fs::remove_file(home.work("config")).unwrap();
    run().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), 3);
}

#[test]
fn a_path_may_begin_with_the_home_directory() {
    let home = Home::new();
    home.counter("build");
    let file = home.path().join("config.x");
    for (number, pattern) in ["--depends-on=~/*.x", "--depends-on=~/config.x"].into_iter().enumerate() {
        fs::write(&file, format!("{number}")).unwrap();
        home.run([pattern, "build"]).status(0);
        fs::write(&file, format!("{number} changed")).unwrap();
        home.run(["--only-if-cached", pattern, "build"]).status(1);
    }
}

#[test]
fn an_edit_that_puts_the_old_time_back_causes_a_fetch() {
    let home = Home::new();
    home.counter("build");
    home.shell("echo one > config; touch -d '2020-01-01' config").go().status(0);
    let run = || home.run(["--depends-on", "config", "build"]);
    // Times that are older than a tick of the kernel prove that a file is unchanged; its content is not read then.
    let changed = SystemTime::now();
    wait_until("a tick is over", || changed.elapsed().is_ok_and(|passed| passed > Duration::from_millis(30)));
    run().status(0);
    let before = home.runs("build");
    run().status(0);
    assert_eq!(home.runs("build"), before);
    home.shell("echo two > config; touch -d '2020-01-01' config").go().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), before + 1);
}

#[test]
fn a_directory_stands_for_its_names_and_two_stars_for_the_content_of_files() {
    let home = Home::new();
    home.counter("build");
    home.shell("mkdir -p src/deep; echo one > src/deep/a").go().status(0);
    home.run(["--depends-on", "src/deep", "build"]).status(0);
    home.run(["--key", "all", "--depends-on", "src/**", "build"]).status(0);
    fs::write(home.work("src/deep/a"), "two").unwrap();
    home.run(["--depends-on", "src/deep", "--only-if-cached", "build"]).status(0);
    home.run(["--key", "all", "--depends-on", "src/**", "--only-if-cached", "build"]).status(1);
    fs::write(home.work("src/deep/b"), "").unwrap();
    home.run(["--depends-on", "src/deep", "--only-if-cached", "build"]).status(1);
}

#[test]
fn links_to_directories_are_not_followed_under_two_stars() {
    let home = Home::new();
    home.counter("build");
    home.shell("mkdir src; cd src; for name in a b c d e f; do ln -s . $name; done; echo > file").go().status(0);
    for _ in 0..2 {
        home.run(["--depends-on", "src/**", "--depends-on", "src/**/file", "build"]).stdout("1\n").stderr("");
    }
}

#[test]
fn files_that_are_too_large_cost_the_cache_and_not_the_command() {
    let home = Home::new();
    home.counter("build");
    for name in ["huge1", "huge2"] {
        fs::File::create(home.work(name)).unwrap().set_len(600 << 30).unwrap();
    }
    for expected in ["1\n", "2\n"] {
        let outcome = home.run(["--depends-on", "huge*", "build"]);
        outcome.stdout(expected).status(0).stderr_has("the files of --depends-on are larger than 1 TiB").warned_once();
    }
    home.run(["--warm", "--depends-on", "huge*", "build"]).status(0);
    home.until_quiet();
    assert_eq!(home.runs("build"), 2);
}

#[test]
fn a_glob_sees_new_files() {
    let home = Home::new();
    home.counter("build");
    fs::create_dir(home.work("src")).unwrap();
    let run = || home.run(["--depends-on", "src/**/*.c", "--depends-on", "Makefile", "build"]);
    run().status(0);
    fs::write(home.work("src/a.h"), "").unwrap();
    run().status(0);
    assert_eq!(home.runs("build"), 1);
    fs::write(home.work("src/a.c"), "").unwrap();
    run().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), 2);
}

#[test]
fn a_changed_file_makes_the_entry_stale_and_leaves_no_second_one() {
    let home = Home::new();
    home.script("show", "cat config");
    fs::write(home.work("config"), "old\n").unwrap();
    let options = ["--depends-on", "config", "--async", "show"];
    home.run(options).stdout("old\n");
    fs::write(home.work("config"), "new\n").unwrap();
    home.run(options).stdout("old\n");
    home.until_quiet();
    home.run(options).stdout("new\n");
    home.delete(["--all"]).counted(1);
}

#[test]
fn what_the_command_changes_itself_makes_its_result_stale() {
    let home = Home::new();
    home.counter("build");
    home.script("bump", "build; date +%N >> config");
    let run = || home.run(["--depends-on", "config", "bump"]);
    run().status(0);
    run().status(0);
    assert_eq!(home.runs("build"), 2);
}

#[test]
fn a_call_without_depends_on_is_served_whatever_the_files_are() {
    let home = Home::new();
    home.counter("build");
    home.run(["--depends-on", "config", "build"]).status(0);
    fs::write(home.work("config"), "").unwrap();
    home.run(["build"]).status(0);
    assert_eq!(home.runs("build"), 1);
    // An entry that was fetched without files has no record of them.
    home.run(["--refresh", "build"]).status(0);
    home.run(["--depends-on", "config", "build"]).status(0);
    assert_eq!(home.runs("build"), 3);
}

#[test]
fn a_background_refresh_looks_at_the_files_again() {
    let home = Home::new();
    home.script("show", "cat config");
    fs::write(home.work("config"), "old\n").unwrap();
    home.run(["--depends-on", "config", "show"]).stdout("old\n");
    fs::write(home.work("config"), "new\n").unwrap();
    home.invalidate(["--all"]).counted(1);
    home.until_quiet();
    home.run(["--only-if-cached", "--depends-on", "config", "show"]).stdout("new\n").status(0);
}

#[test]
fn a_glob_that_does_not_parse_is_refused() {
    let home = Home::new();
    home.run(["--depends-on", "src/[", "true"]).stderr_has("--depends-on").stderr_has("glob").status(125);
}

#[test]
fn a_call_that_reads_a_file_can_be_ended() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let home = with_a_huge_file();
        let call = home.start(["--depends-on", "huge", "build"]);
        until_huge_is_read(&home);
        call.signal(signal);
        call.wait().killed_by(signal).stdout("").stderr("");
        home.until_quiet();
        assert_eq!(home.runs("build"), 0);
    }
}

#[test]
fn the_time_limit_includes_reading_the_files() {
    let home = with_a_huge_file();
    home.run(["--timeout", "300ms", "--depends-on", "huge", "build"]).status(124).stdout("").stderr("");
    // The limit works where the caller ignores the alarm, which stays ignored for the command.
    let cacheback = "cacheback run --timeout 300ms --depends-on";
    home.shell(&format!("trap '' ALRM; exec {cacheback} huge build")).go().status(124);
    let ignored = |before: &str| home.shell(&format!("trap '' ALRM; exec {before} grep SigIgn /proc/self/status")).go();
    assert_eq!(ignored(&format!("{cacheback} none")).stdout_text(), ignored("").stdout_text());
    assert_eq!(home.runs("build"), 0);
}

#[test]
fn a_background_fetch_that_reads_files_can_be_ended_and_ends_in_time() {
    let home = with_a_huge_file();
    home.run(["--warm", "--depends-on", "huge", "build"]).status(0);
    until_huge_is_read(&home);
    home.processes().iter().for_each(|process| process.kill(Signal::SIGTERM));
    home.until_quiet();
    home.run(["--warm", "--refresh-timeout", "300ms", "--depends-on", "huge", "build"]).status(0);
    home.until_quiet();
    assert_eq!(home.runs("build"), 0);
}
