//! Fetches: output is streamed as it comes, and limited in time and size.

use crate::common::{Home, Process, close_reader, wait_until};

#[test]
fn output_appears_when_the_command_writes_it() {
    let home = Home::new();
    let gate = home.gate("steps");
    let step = gate.pass();
    home.script("steps", &format!("echo one; {step}; printf two; {step}; echo; echo three >&2; {step}; echo four"));
    let call = home.start(["steps"]);
    call.until_stdout("one\n");
    gate.let_one_go();
    call.until_stdout("one\ntwo");
    gate.let_one_go();
    call.until_stdout("one\ntwo\n");
    gate.let_one_go();
    call.wait().stdout("one\ntwo\nfour\n").stderr("three\n").status(0);
    home.run(["steps"]).stdout("one\ntwo\nfour\n").stderr("three\n").status(0);
}

#[test]
fn output_within_max_size_is_stored_and_larger_output_passes_through_complete() {
    let home = Home::new();
    home.script("zeros", "head -c $1 /dev/zero; exit $2");
    for (size, limit, status, stored) in [
        (1000, "1000", "0", true),
        (1001, "1000", "0", false),
        (1001, "1000", "7", false),
        (3_000_000, "1MiB", "0", false),
        (3_000_000, "3M", "0", true),
        (1, "0", "0", false),
        (0, "0", "0", true),
    ] {
        let args = ["--cache-exit", "any", "--max-size", limit, "--scope", limit, "zeros", &size.to_string(), status];
        let before = home.runs("zeros");
        for _ in 0..2 {
            home.run(args).stdout(vec![0; size]).stderr("").status(status.parse().unwrap());
        }
        assert_eq!(home.runs("zeros") - before, if stored { 1 } else { 2 }, "{size} bytes, limit {limit}");
    }
}

#[test]
fn stderr_counts_towards_max_size() {
    let home = Home::new();
    home.script("both", "head -c 600 /dev/zero; head -c 600 /dev/zero >&2");
    for runs in 1..=2 {
        home.run(["--max-size", "1000", "both"]).stdout([0; 600]).stderr([0; 600]).status(0);
        assert_eq!(home.runs("both"), runs);
    }
    home.run(["--max-size", "1200", "both"]).status(0);
    home.run(["--max-size", "1200", "both"]).status(0);
    assert_eq!(home.runs("both"), 3);
}

#[test]
fn an_entry_survives_a_refresh_that_is_too_large() {
    let home = Home::new();
    home.script("grow", &format!("cat '{}'", home.work("text").display()));
    std::fs::write(home.work("text"), "small").unwrap();
    home.run(["--max-size", "10", "grow"]).stdout("small");
    std::fs::write(home.work("text"), "larger than that").unwrap();
    home.run(["--max-size", "10", "--refresh", "grow"]).stdout("larger than that").status(0);
    assert!(["small", "larger than that"].contains(&home.run(["grow"]).stdout_text().as_str()));
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_124() {
    let home = Home::new();
    let gate = home.gate("never");
    home.script("hang", &format!("trap 'echo asked; exit 0' TERM; echo started; {}; echo late", gate.pass()));
    for runs in 1..=2 {
        home.run(["--cache-exit", "any", "--timeout", "200ms", "hang"]).stdout("started\nasked\n").status(124);
        assert_eq!(home.runs("hang"), runs);
    }
    home.until_quiet();
}

#[test]
fn a_command_that_is_asked_to_end_has_time_to_clean_up() {
    let home = Home::new();
    let (never, clean) = (home.gate("never"), home.gate("clean"));
    let clean_up = format!("clean() {{ echo asked; {}; echo clean; exit 0; }}", clean.pass());
    home.script("hang", &format!("{clean_up}; trap clean TERM; echo started; {}", never.pass()));
    let call = home.start(["--timeout", "200ms", "hang"]);
    call.until_stdout("started\nasked\n");
    clean.let_one_go();
    call.wait().stdout("started\nasked\nclean\n").status(124);
}

#[test]
fn a_command_that_ignores_term_is_killed() {
    let home = Home::new();
    let gate = home.gate("never");
    home.script("stubborn", &format!("trap '' TERM; echo started; {}; echo late", gate.pass()));
    // On a busy machine it takes a moment until the command ignores the signal.
    home.run(["--timeout", "1s", "stubborn"]).stdout("started\n").status(124);
    home.until_quiet();
}

#[test]
fn a_slow_reader_does_not_extend_the_timeout() {
    let home = Home::new();
    let (reader, writer) = nix::unistd::pipe().unwrap();
    home.running(["--timeout", "200ms", "yes"]).stdout_to(writer).go().status(124);
    close_reader(reader);
}

#[test]
fn a_command_that_is_done_in_time_is_not_disturbed() {
    let home = Home::new();
    home.counter("count");
    home.run(["--timeout", "1m", "count"]).stdout("1\n").stderr("").status(0);
    home.run(["--timeout", "1m", "count"]).stdout("1\n").stderr("").status(0);
}

#[test]
fn a_background_fetch_that_hangs_is_ended_with_its_whole_process_group() {
    let home = Home::new();
    let gate = home.gate("never");
    home.script("hang", &format!("({}) & {}; echo done", gate.pass(), gate.pass()));
    home.run(["--warm", "--refresh-timeout", "500ms", "hang"]).stdout("").status(0);
    home.until_runs("hang", 1);
    home.until_quiet();
    home.run(["--only-if-cached", "hang"]).stdout("").status(1);
}

#[test]
fn a_background_fetch_that_ignores_term_is_killed() {
    let home = Home::new();
    let gate = home.gate("never");
    home.script("stubborn", &format!("trap '' TERM; {}; echo late", gate.pass()));
    home.run(["--warm", "--refresh-timeout", "200ms", "stubborn"]).stdout("").status(0);
    home.until_runs("stubborn", 1);
    home.until_quiet();
}

#[test]
fn timeout_does_not_limit_a_background_fetch() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    home.run(["--async", "--ttl", "0", "--timeout", "1ms", "slow"]).stdout("done\n").status(0);
    home.until_runs("slow", 2);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
}

#[test]
fn a_background_fetch_has_a_session_of_its_own() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["--warm", "slow"]).status(0);
    home.until_runs("slow", 1);
    let own = Process::find(std::process::id() as i32).unwrap().session;
    let left = home.processes();
    assert!(!left.is_empty() && left.iter().all(|process| process.session != own), "{left:#?}");
    gate.let_one_go();
}

#[test]
fn a_background_fetch_keeps_nothing_of_the_caller_open() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let script = "exec 3> three 4< /dev/zero 9> nine; cacheback run --warm -- slow > out 2> err < /dev/zero";
    home.shell(script).go().status(0);
    home.until_runs("slow", 1);
    for process in home.processes() {
        let open = process.open_files();
        let callers = open.iter().find(|file| file.starts_with(home.work("")) || file.ends_with("zero"));
        assert_eq!(callers, None, "{process:?} has {open:?}");
    }
    gate.let_one_go();
}

#[test]
fn a_background_fetch_keeps_the_directory_environment_and_umask_of_the_caller() {
    let home = Home::new();
    std::fs::create_dir(home.work("here")).unwrap();
    home.script("facts", "pwd; umask; echo \"$FLAVOUR\"");
    let script = "umask 027; FLAVOUR=sour cacheback run --warm -- facts";
    home.shell(script).cwd(home.work("here")).go().status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "facts"]).stdout(format!("{}\n0027\nsour\n", home.work("here").display()));
}

#[test]
fn a_deleted_working_directory_does_no_harm() {
    let home = Home::new();
    home.counter("count");
    let script = "mkdir gone && cd gone && rmdir ../gone && cacheback run -- count && cacheback run -- count";
    home.shell(script).go().stdout("1\n1\n").status(0);
}

#[test]
fn a_grandchild_that_holds_the_output_does_not_hold_the_caller() {
    let home = Home::new();
    let gate = home.gate("daemon");
    home.script("start", &format!("({}; echo late) & echo hi; echo there >&2", gate.pass()));
    home.run(["start"]).stdout("hi\n").stderr("there\n").status(0);
    home.run(["start"]).stdout("hi\n").stderr("there\n").status(0);
    assert_eq!(home.runs("start"), 1);
    assert!(!home.processes().is_empty(), "the grandchild was ended");
    gate.open();
}

#[test]
fn a_background_fetch_does_not_wait_for_a_grandchild_either() {
    let home = Home::new();
    let gate = home.gate("daemon");
    home.script("start", &format!("({}; echo late) & echo hi", gate.pass()));
    home.run(["--warm", "start"]).stdout("").status(0);
    wait_until("the result is stored", || home.run(["--only-if-cached", "start"]).stdout == b"hi\n");
    gate.open();
}
