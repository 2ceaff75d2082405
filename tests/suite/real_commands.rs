//! Commands whose results people really cache.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use crate::common::server::Server;
use crate::common::{Home, Outcome, has, wait_until};

#[test]
fn a_slow_download_is_streamed_stored_and_refreshed_in_the_background() {
    let Some(home) = Home::with("curl") else { return };
    let server = Server::with_delay(Duration::from_secs(1));
    let url = server.url();
    let args = |ttl: &'static str| ["--ttl", ttl, "--async", "--", "curl", "-fsSN", &url].map(str::to_owned);
    let began = Instant::now();
    let first = home.start(args("600"));
    first.until_stdout("request 1\n");
    first.wait().stdout(Server::answer(1)).stderr("").status(0);
    assert!(began.elapsed() >= Duration::from_secs(1));
    home.run(args("600")).stdout(Server::answer(1)).stderr("").status(0);
    assert_eq!(server.requests(), 1);
    home.run(args("0")).stdout(Server::answer(1)).stderr("").status(0);
    home.until_quiet();
    home.run(args("600")).stdout(Server::answer(2)).stderr("").status(0);
    assert_eq!(server.requests(), 2);
}

#[test]
fn commands_of_many_kinds_are_served_stale_and_refreshed_in_the_background() {
    let home = Home::new();
    let has_git = has("git");
    if has_git {
        home.shell("git init -q . && git config user.email a@example.org && git config user.name A").go().status(0);
    }
    home.script("report", "cat state; echo \"warning: $(cat state)\" >&2; exit 3");
    home.script("zero", "printf 'a\\0'; cat state");
    home.script("words", "printf '<%s>' \"$@\"; cat state");
    let change = |state: &str| {
        fs::write(home.work("state"), state).unwrap();
        fs::write(home.work(&format!("file {state}")), "").unwrap();
        if has_git {
            home.shell(&format!("git commit -q --allow-empty -m {state}")).go().status(0);
        }
    };
    let commands: [&[&[u8]]; 5] = [
        &[b"git", b"log", b"--stat"],
        &[b"find", b".", b"-name", b"file *", b"-print0"],
        &[b"report"],
        &[b"zero"],
        &[b"words", b"spaced  out", b"two\nlines", b"\xff\xfe", b""],
    ];
    for (number, words) in commands.into_iter().skip(usize::from(!has_git)).enumerate() {
        let words: Vec<&OsStr> = words.iter().map(|word| OsStr::from_bytes(word)).collect();
        let same = |outcome: Outcome, expected: &Outcome| {
            outcome.stdout(&expected.stdout).stderr(&expected.stderr).status(expected.status.code().unwrap());
        };
        let run = |options: &[&str]| words.iter().fold(home.running(options), |call, word| call.arg(word)).go();
        let now = || home.call(words[0], &words[1..]).go();
        change(&format!("old-{number}"));
        let old = now();
        same(run(&["--cache-exit", "0,3"]), &old);
        change(&format!("new-{number}"));
        let new = now();
        assert_ne!(new.stdout, old.stdout, "{words:?}");
        same(run(&["--cache-exit", "0,3"]), &old);
        same(run(&["--cache-exit", "0,3", "--async", "--ttl", "0"]), &old);
        home.until_quiet();
        same(run(&["--cache-exit", "0,3", "--only-if-cached"]), &new);
        change(&format!("newer-{number}"));
        words.iter().fold(home.cacheback(["invalidate", "--"]), |call, word| call.arg(word)).go().counted(1);
        home.until_quiet();
        same(run(&["--cache-exit", "0,3", "--only-if-cached"]), &now());
    }
}

#[test]
fn a_failing_download_is_tried_again() {
    let Some(home) = Home::with("curl") else { return };
    let (first, second) =
        (home.run(["curl", "-fsS", "http://127.0.0.1:1/"]), home.run(["curl", "-fsS", "http://127.0.0.1:1/"]));
    first.status(7).stdout("");
    second.status(7).stdout("").stderr_has("127.0.0.1");
}

#[test]
fn a_git_log_is_the_same_as_without_a_cache() {
    let Some(home) = Home::with("git") else { return };
    let script = "git init -q . && git config user.email a@example.org && git config user.name 'Ä B' &&
        for n in 1 2 3; do git commit -q --allow-empty -m \"commit $n\"; done && git log";
    let expected = home.shell(script).go();
    expected.status(0).stderr("");
    for _ in 0..2 {
        home.run(["--cwd", "git", "log"]).stdout(&expected.stdout).stderr("").status(0);
    }
    home.shell("git commit -q --allow-empty -m 'commit 4'").go().status(0);
    home.run(["--cwd", "git", "log"]).stdout(&expected.stdout);
    home.invalidate(["--cwd", "git", "log"]).counted(1);
    home.until_quiet();
    let refreshed = home.run(["--cwd", "git", "log"]);
    assert!(
        refreshed.stdout_text().contains("commit 4") && refreshed.stdout.ends_with(&expected.stdout),
        "{refreshed}"
    );
}

#[test]
fn a_search_for_files_is_the_same_as_without_a_cache() {
    let home = Home::new();
    for name in ["plain", "with space", "new\nline", "ümlaut"] {
        fs::write(home.work(name), "").unwrap();
    }
    let expected = home.call("find", [".", "-type", "f", "-print0"]).go();
    for _ in 0..2 {
        home.run(["--", "find", ".", "-type", "f", "-print0"]).stdout(&expected.stdout).stderr("").status(0);
    }
    fs::write(home.work("later"), "").unwrap();
    home.run(["--", "find", ".", "-type", "f", "-print0"]).stdout(&expected.stdout);
}

#[test]
fn zero_bytes_are_kept() {
    let home = Home::new();
    for _ in 0..2 {
        home.run(["printf", "a\\0b"]).stdout("a\0b").stderr("").status(0);
    }
}

#[test]
fn output_may_be_any_bytes() {
    let home = Home::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    fs::write(home.work("bytes"), &bytes).unwrap();
    home.script("both", "cat bytes; cat bytes >&2");
    for _ in 0..2 {
        home.run(["both"]).stdout(&bytes).stderr(&bytes).status(0);
    }
    assert_eq!(home.runs("both"), 1);
}

#[test]
fn a_script_with_errors_and_a_status_is_replayed_whole() {
    let home = Home::new();
    home.script("report", "echo checking; echo 'warning: disk' >&2; echo done; exit 1");
    for _ in 0..2 {
        let outcome = home.run(["--cache-exit", "0,1", "report"]);
        outcome.stdout("checking\ndone\n").stderr("warning: disk\n").status(1);
    }
    assert_eq!(home.runs("report"), 1);
}

#[test]
fn a_huge_output_is_kept_whole() {
    let home = Home::new();
    home.script("numbers", "seq 1 3000000");
    let expected = home.call("seq", ["1", "3000000"]).go().stdout.clone();
    for _ in 0..2 {
        home.run(["numbers"]).stdout(&expected).stderr("").status(0);
    }
    assert_eq!(home.runs("numbers"), 1);
    home.run(["--refresh", "numbers"]).stdout(&expected).status(0);
    home.run(["--only-if-cached", "numbers"]).stdout(&expected).status(0);
}

#[test]
fn an_output_of_many_small_writes_is_kept_whole() {
    let home = Home::new();
    home.script("drip", "i=0; while [ $i -lt 5000 ]; do echo $i; echo $i >&2; i=$((i+1)); done");
    let expected: String = (0..5000).map(|n| format!("{n}\n")).collect();
    for _ in 0..2 {
        home.run(["drip"]).stdout(&expected).stderr(&expected).status(0);
    }
    assert_eq!(home.runs("drip"), 1);
}

#[test]
fn a_prompt_gets_the_old_result_while_the_refresh_runs() {
    let home = Home::new();
    let gate = home.gated("branch", "cat head");
    fs::write(home.work("head"), "main\n").unwrap();
    gate.let_one_go();
    home.shell("echo \"[$(cacheback run --async -- branch)]\"").go().stdout("[main]\n").status(0);
    fs::write(home.work("head"), "topic\n").unwrap();
    // The substitution ends only when no process holds the pipe any more, the refresh included.
    home.shell("echo \"[$(cacheback run --async --ttl 0 -- branch)]\"").go().stdout("[main]\n").status(0);
    gate.let_one_go();
    wait_until("the refresh is stored", || home.run(["--only-if-cached", "branch"]).stdout == b"topic\n");
}

#[test]
fn a_script_that_writes_invalidates_what_it_changed() {
    let home = Home::new();
    home.script("list", "cat items");
    let script = "set -e; echo one > items; cacheback run -- list; echo two >> items; cacheback run -- list
        cacheback invalidate -q -- list";
    home.shell(script).go().stdout("one\none\n").stderr("").status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "list"]).stdout("one\ntwo\n");
}
