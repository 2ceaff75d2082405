//! cacheback ends with the status of the command; statuses of its own are 124 to 127 and 128+N.

use std::fs;

use nix::sys::signal::Signal;

use crate::common::Home;

#[test]
fn every_status_is_the_same_on_the_fetch_and_on_the_hit() {
    let home = Home::new();
    home.script("exit-with", "echo \"$1\"; exit \"$1\"");
    let script = "for n in $(seq $1 $(($1 + 63))); do
        for call in fetch hit; do
            text=$(cacheback run --cache-exit any -- exit-with $n); status=$?
            [ \"$text $status\" = \"$n $n\" ] || echo \"$n on the $call: $text, $status\"
        done
    done";
    // In parts, because a call has a deadline, and 512 runs of the program take long on a busy machine.
    for first in ["0", "64", "128", "192"] {
        home.call("/bin/sh", ["-c", script, "sh", first]).go().stdout("").stderr("").status(0);
    }
    assert_eq!(home.runs("exit-with"), 256);
}

#[test]
fn a_failure_is_not_stored() {
    let home = Home::new();
    home.script("fail", "echo out; echo err >&2; exit 3");
    for runs in 1..=2 {
        home.run(["fail"]).stdout("out\n").stderr("err\n").status(3);
        assert_eq!(home.runs("fail"), runs);
    }
    home.run(["--only-if-cached", "fail"]).stdout("").stderr("").status(1);
}

#[test]
fn chosen_statuses_are_stored_and_no_others() {
    let home = Home::new();
    home.script("exit-with", "echo \"$1\"; exit \"$1\"");
    for (codes, status, stored) in
        [("0,1", "1", true), ("0,1", "2", false), ("1", "0", false), ("2,4,8", "8", true), ("any", "255", true)]
    {
        let scope = format!("{codes} {status}");
        let args = ["--scope", &scope, "--cache-exit", codes, "exit-with", status];
        let before = home.runs("exit-with");
        for _ in 0..2 {
            home.run(args).stdout(format!("{status}\n")).status(status.parse().unwrap());
        }
        assert_eq!(home.runs("exit-with") - before, if stored { 1 } else { 2 }, "{codes}, {status}");
    }
}

#[test]
fn a_failure_does_not_replace_the_stored_result() {
    let home = Home::new();
    home.script("fragile", &format!("echo fine; [ ! -e '{}' ]", home.work("broken").display()));
    home.run(["fragile"]).status(0);
    fs::write(home.work("broken"), "").unwrap();
    home.run(["--refresh", "fragile"]).status(1);
    home.run(["fragile"]).stdout("fine\n").status(0);
    assert_eq!(home.runs("fragile"), 2);
}

#[test]
fn a_command_that_does_not_exist_is_127() {
    let home = Home::new();
    fs::write(home.work("text"), "not a directory").unwrap();
    for name in ["no-such-command", "./no-such-command", "/no/such/command", "./text/command", ""] {
        for disabled in ["0", "1"] {
            let outcome = home.running(["--", name]).env("CACHEBACK_DISABLE", disabled).go();
            outcome.status(127).stdout("").warned_once();
            assert!(outcome.stderr_text().contains(name), "{outcome}");
        }
    }
    let path = format!("/usr/bin:/bin:{}", home.work("text").display());
    home.running(["no-such-command"]).env("PATH", path).go().status(127).stdout("").warned_once();
}

#[test]
fn a_command_that_cannot_be_executed_is_126() {
    let home = Home::new();
    fs::write(home.work("text"), "not a program").unwrap();
    home.executable(&home.work("no-interpreter"), "#!/no/such/interpreter\n");
    for name in ["./text", "/"] {
        let outcome = home.run(["--", name]);
        outcome.status(126).stdout("").warned_once();
        assert!(outcome.stderr_text().contains(name), "{outcome}");
    }
    home.run(["--", "./no-interpreter"]).stdout("").status(127);
}

#[test]
fn a_command_that_is_found_in_the_path_but_is_not_executable_is_126() {
    let home = Home::new();
    fs::write(home.bin("text"), "not a program").unwrap();
    home.run(["text"]).stdout("").status(126);
}

#[test]
fn a_command_that_could_not_be_run_is_not_stored() {
    let home = Home::new();
    home.run(["--cache-exit", "any", "late"]).status(127);
    fs::write(home.bin("late"), "").unwrap();
    home.run(["--cache-exit", "any", "late"]).status(126);
    home.script("late", "echo here");
    home.run(["--cache-exit", "any", "late"]).stdout("here\n").status(0);
}

#[test]
fn a_stale_entry_of_a_command_that_is_gone_is_not_served_as_fresh() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n");
    fs::remove_file(home.bin("count")).unwrap();
    home.run(["--ttl", "0", "count"]).stdout("").status(127);
    home.run(["--async", "--ttl", "0", "count"]).stdout("1\n").status(0);
}

#[test]
fn a_word_with_spaces_that_is_no_program_gets_a_hint() {
    let home = Home::new();
    let outcome = home.run(["--", "echo one | wc -l"]);
    outcome.status(127).stdout("").stderr_has("--shell");
    assert!((1..=2).contains(&outcome.stderr_text().lines().count()), "{outcome}");
    let without = home.run(["--", "no-such-command", "with arguments"]);
    assert!(!without.stderr_text().contains("--shell"), "{without}");
    home.executable(&home.bin("with space"), "#!/bin/sh\necho found\n");
    home.run(["--", "with space"]).stdout("found\n").stderr("").status(0);
}

#[test]
fn a_command_killed_by_a_signal_is_128_plus_its_number_and_not_stored() {
    let home = Home::new();
    home.script("die", "echo before; kill -$1 $$; sleep 60");
    for signal in [Signal::SIGTERM, Signal::SIGKILL, Signal::SIGINT, Signal::SIGSEGV, Signal::SIGUSR1, Signal::SIGPIPE]
    {
        let number = (signal as i32).to_string();
        let before = home.runs("die");
        for _ in 0..2 {
            home.run(["--cache-exit", "any", "die", &number]).stdout("before\n").stderr("").status(128 + signal as i32);
        }
        assert_eq!(home.runs("die") - before, 2);
    }
}
