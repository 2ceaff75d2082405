//! The main job: run once, print the stored output from then on.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::{Home, wait_until};

#[test]
fn the_first_call_runs_the_command_and_the_next_prints_the_same_bytes() {
    let home = Home::new();
    home.counter("count");
    home.run(["--ttl", "600", "--", "count"]).stdout("1\n").stderr("").status(0);
    home.run(["--ttl", "600", "--", "count"]).stdout("1\n").stderr("").status(0);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn a_stale_entry_is_fetched_again_and_the_new_bytes_are_printed() {
    let home = Home::new();
    home.counter("count");
    home.run(["--ttl", "0", "--", "count"]).stdout("1\n");
    home.run(["--ttl", "0", "--", "count"]).stdout("2\n").stderr("").status(0);
    home.run(["--ttl", "600", "--", "count"]).stdout("2\n");
    assert_eq!(home.runs("count"), 2);
}

#[test]
fn a_stale_hit_prints_the_old_bytes_and_the_next_call_has_the_new_ones() {
    let home = Home::new();
    home.counter("count");
    home.run(["--async", "--", "count"]).stdout("1\n");
    home.run(["--async", "--ttl", "0", "--", "count"]).stdout("1\n").stderr("").status(0);
    wait_until("the refresh is stored", || home.run(["--only-if-cached", "--", "count"]).stdout == b"2\n");
    home.run(["--async", "--", "count"]).stdout("2\n");
    assert_eq!(home.runs("count"), 2);
}

#[test]
fn a_stale_hit_does_not_wait_for_its_refresh() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["--async", "--", "slow"]).stdout("done\n");
    home.run(["--async", "--ttl", "0", "--", "slow"]).stdout("done\n").status(0);
    home.until_runs("slow", 2);
    home.run(["--async", "--ttl", "0", "--", "slow"]).stdout("done\n").status(0);
    gate.open();
    home.until_quiet();
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn without_async_the_caller_waits_for_the_fetch() {
    let home = Home::new();
    let gate = home.gated("slow", "wc -l < $0.txt");
    fs::write(home.bin("slow.txt"), "").unwrap();
    gate.let_one_go();
    home.run(["--", "slow"]).stdout("0\n");
    fs::write(home.bin("slow.txt"), "\n").unwrap();
    let caller = home.start(["--ttl", "0", "--", "slow"]);
    home.until_runs("slow", 2);
    assert_eq!(caller.stdout_so_far(), b"");
    gate.let_one_go();
    caller.wait().stdout("1\n").status(0);
}

#[test]
fn the_dashes_before_the_command_are_optional() {
    let home = Home::new();
    home.counter("count");
    home.run(["count", "a"]).stdout("1\n");
    home.run(["--", "count", "a"]).stdout("1\n");
}

#[test]
fn options_after_the_first_word_belong_to_the_command() {
    let home = Home::new();
    home.run(["echo", "--ttl", "nonsense", "--", "--refresh", "-s"])
        .stdout("--ttl nonsense -- --refresh -s\n")
        .status(0);
    home.run(["--ttl=60", "echo", "-x", "--help"]).stdout("-x --help\n").status(0);
}

#[test]
fn a_second_pair_of_dashes_belongs_to_the_command() {
    let home = Home::new();
    home.run(["--", "echo", "--", "x"]).stdout("-- x\n").status(0);
}

#[test]
fn a_command_without_output_is_stored_too() {
    let home = Home::new();
    home.script("quiet", "");
    home.run(["quiet"]).stdout("").stderr("").status(0);
    home.run(["quiet"]).stdout("").stderr("").status(0);
    assert_eq!(home.runs("quiet"), 1);
}

#[test]
fn the_command_keeps_the_directory_environment_and_umask_of_the_caller() {
    let home = Home::new();
    fs::create_dir(home.work("here")).unwrap();
    home.script("facts", "pwd; umask; echo \"$FLAVOUR\"; : > made");
    let umask = || {
        nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o027));
        Ok(())
    };
    let call = home.running(["facts"]).cwd(home.work("here")).env("FLAVOUR", "sour").before_exec(umask);
    call.go().stdout(format!("{}\n0027\nsour\n", home.work("here").display())).status(0);
    assert_eq!(fs::metadata(home.work("here").join("made")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_shell_string_is_run_by_sh_with_the_words_after_it_as_arguments() {
    let home = Home::new();
    home.run(["-s", "echo \"$2-$1\" | tr a-z A-Z", "one", "two words"]).stdout("TWO WORDS-ONE\n").status(0);
    home.run(["--shell", "--", "echo $#"]).stdout("0\n").status(0);
}

#[test]
fn refresh_fetches_although_the_entry_is_fresh() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n");
    home.run(["--refresh", "count"]).stdout("2\n").status(0);
    home.run(["count"]).stdout("2\n");
}

#[test]
fn only_if_cached_prints_a_fresh_entry_and_otherwise_nothing() {
    let home = Home::new();
    home.counter("count");
    home.run(["--only-if-cached", "count"]).stdout("").stderr("").status(1);
    home.run(["count"]).stdout("1\n");
    home.run(["--only-if-cached", "count"]).stdout("1\n").stderr("").status(0);
    home.run(["--only-if-cached", "--ttl", "0", "count"]).stdout("").stderr("").status(1);
    home.until_quiet();
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn warming_returns_at_once_without_output_and_stores_the_result() {
    let home = Home::new();
    let gate = home.gated("slow", "echo out; echo err >&2");
    home.run(["--warm", "slow"]).stdout("").stderr("").status(0);
    home.until_runs("slow", 1);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("out\n").stderr("err\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn without_fetch_on_miss_a_miss_prints_nothing_and_fetches_in_the_background() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["--no-fetch-on-miss", "slow"]).stdout("").stderr("").status(0);
    home.until_runs("slow", 1);
    home.run(["--no-fetch-on-miss", "--empty", "[]", "slow"]).stdout("[]").stderr("").status(0);
    gate.open();
    home.until_quiet();
    home.run(["--no-fetch-on-miss", "--empty", "[]", "slow"]).stdout("done\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn without_fetch_on_miss_a_stale_entry_is_still_fetched() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]);
    home.run(["--no-fetch-on-miss", "--ttl", "0", "count"]).stdout("2\n").status(0);
}

#[test]
fn a_disabled_cacheback_becomes_the_command() {
    let home = Home::new();
    home.counter("count");
    for run in ["1\n", "2\n"] {
        home.running(["--ttl", "600", "--", "count"]).env("CACHEBACK_DISABLE", "1").go().stdout(run).status(0);
    }
    assert!(!home.cache().exists(), "a disabled cache made files");
    let script = "echo $$; cat; exit 7";
    home.running(["-s", script]).env("CACHEBACK_DISABLE", "1").stdin("for the loop\n").go().status(7);
    let call = home.running(["--stdin", "-s", script]).env("CACHEBACK_DISABLE", "1").stdin("input\n").spawn();
    let pid = call.pid();
    call.wait().stdout(format!("{pid}\ninput\n")).status(7);
}

#[test]
fn disable_takes_the_usual_words_and_other_words_disable() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n");
    for word in ["no", "off", "False", "0", ""] {
        home.running(["count"]).env("CACHEBACK_DISABLE", word).go().stdout("1\n").stderr("").status(0);
    }
    for (run, word) in [("2\n", "yes"), ("3\n", "On"), ("4\n", "maybe")] {
        home.running(["count"]).env("CACHEBACK_DISABLE", word).go().stdout(run).stderr("").status(0);
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let home = Home::new();
    for args in [&["--help"][..], &["-h"], &["run", "--help"], &["invalidate", "-h"], &["delete", "--help"]] {
        let outcome = home.cacheback(args).go();
        outcome.stderr("").status(0);
        assert!(outcome.stdout_text().contains("Usage"), "{outcome}");
    }
    let version = home.cacheback(["--version"]).go();
    version.stdout(concat!("cacheback ", env!("CARGO_PKG_VERSION"), "\n")).stderr("").status(0);
}
