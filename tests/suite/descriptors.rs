//! A process that waits for the end of the caller's descriptors does not wait for a background fetch.

use crate::common::{Gate, Home};

/// A home where `slow` is stored, and its refreshes wait at a gate.
fn with_a_slow_refresh() -> (Home, Gate) {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]).stdout("done\n").status(0);
    (home, gate)
}

/// Runs `script` to the end of its output while its refresh is held up, and expects that the refresh continues.
fn returns_at_once(shell: &str, script: &str) {
    let (home, gate) = with_a_slow_refresh();
    home.call(shell, ["-c", script]).go().stdout("done\n").stderr("").status(0);
    home.until_runs("slow", 2);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
}

#[test]
fn a_pipe_is_closed_when_the_caller_ends() {
    returns_at_once("sh", "cacheback run --async --ttl 0 -- slow | cat");
    returns_at_once("sh", "cacheback run --async --ttl 0 -- slow 2>&1 | cat");
}

#[test]
fn a_command_substitution_returns() {
    returns_at_once("sh", "echo \"$(cacheback run --async --ttl 0 -- slow)\"");
    returns_at_once("sh", "echo \"$(echo \"$(cacheback run --async --ttl 0 -- slow 2>&1)\")\"");
}

#[test]
fn a_process_substitution_is_closed() {
    returns_at_once("bash", "cat <(cacheback run --async --ttl 0 -- slow)");
    returns_at_once("bash", "cacheback run --async --ttl 0 -- slow > >(cat); wait $!");
}

#[test]
fn descriptors_beyond_the_three_are_closed() {
    // bats waits for the end of 3; make, ssh and flock(1) use others.
    returns_at_once("sh", "exec 3>&1 4>&2 5<&0; cacheback run --async --ttl 0 -- slow");
    let beyond = "exec 200>&1; (($(ulimit -n) <= 1000)) || exec 1000>&1";
    returns_at_once("bash", &format!("{beyond}; cacheback run --async --ttl 0 -- slow"));
}

#[test]
fn a_test_of_bats_returns() {
    let Some(home) = Home::with("bats") else { return };
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]).stdout("done\n").status(0);
    let tests = "@test stale { [ \"$(cacheback run --async --ttl 0 -- slow)\" = done ]; }\n\
                 @test again { run cacheback run --async --ttl 0 -- slow; [ \"$status $output\" = '0 done' ]; }\n\
                 @test warm { cacheback run --warm --scope warm -- slow; }\n";
    std::fs::write(home.work("slow.bats"), tests).unwrap();
    // It ends only when no process holds its descriptor 3 any more.
    let outcome = home.call("bats", ["--tap", "slow.bats"]).go();
    outcome.stdout("1..3\nok 1 stale\nok 2 again\nok 3 warm\n").stderr("").status(0);
    home.until_runs("slow", 3);
    gate.open();
    home.until_quiet();
    home.run(["--only-if-cached", "--scope", "warm", "slow"]).stdout("done\n").status(0);
}

#[test]
fn a_background_fetch_of_a_missing_entry_does_not_hold_descriptors() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.shell("exec 3>&1; echo \"$(cacheback run --no-fetch-on-miss --empty none -- slow)\"").go().stdout("none\n");
    home.shell("exec 3>&1; cacheback run --warm -- slow | cat").go().stdout("").stderr("").status(0);
    home.until_runs("slow", 1);
    gate.open();
}

#[test]
fn a_pipe_of_invalidate_is_closed() {
    let (home, gate) = with_a_slow_refresh();
    home.shell("exec 3>&1; cacheback invalidate -q --all | cat").go().stdout("").stderr("").status(0);
    home.until_runs("slow", 2);
    gate.open();
}

#[test]
fn without_a_terminal_as_under_ssh_or_cron_the_call_returns() {
    let (home, gate) = with_a_slow_refresh();
    let own_session = || nix::unistd::setsid().map(drop).map_err(Into::into);
    let call = home.running(["--async", "--ttl", "0", "slow"]).before_exec(own_session);
    call.go().stdout("done\n").stderr("").status(0);
    home.until_runs("slow", 2);
    gate.let_one_go();
    home.until_quiet();
    home.run(["--only-if-cached", "slow"]).stdout("done\n").status(0);
}

#[test]
fn closed_standard_descriptors_never_become_the_database() {
    for closed in ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        let home = Home::new();
        home.script("talk", "echo out; echo err >&2");
        home.script("large", "head -c 300000 /dev/zero");
        for command in ["talk", "large", "talk", "large"] {
            home.shell(&format!("cacheback run -- {command} {closed}")).go();
        }
        home.shell(&format!("cacheback run --async --ttl 0 -- talk {closed}")).go();
        home.until_quiet();
        home.run(["talk"]).stdout("out\n").stderr("err\n").status(0);
        home.run(["large"]).stdout(vec![0; 300_000]).stderr("").status(0);
        let db = rusqlite::Connection::open(home.db()).unwrap();
        let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "with {closed}");
    }
}

#[test]
fn a_closed_stdin_stays_empty_for_the_command() {
    let home = Home::new();
    home.shell("cacheback run -- cat <&-").go().stdout("").stderr("").status(0);
}

#[test]
fn a_foreground_command_has_the_callers_other_descriptors() {
    let home = Home::new();
    home.script("log", "echo noted >&3; echo done");
    home.shell("cacheback run -- log 3> log").go().stdout("done\n").stderr("").status(0);
    assert_eq!(std::fs::read(home.work("log")).unwrap(), b"noted\n");
}

#[test]
fn the_command_has_no_descriptor_of_cacheback() {
    let home = Home::new();
    let list = "for fd in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$fd ] && echo $fd; done; :";
    let script = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; cacheback run \"$@\"";
    let call = |args: &[&str]| home.call("/bin/sh", ["-c", script, "sh"]).arg_all(args).arg_all(&["-s", list]).go();
    call(&[]).stdout("0\n1\n2\n").status(0);
    call(&["--warm", "--scope", "background"]).status(0);
    home.until_quiet();
    call(&["--only-if-cached", "--scope", "background"]).stdout("0\n1\n2\n").status(0);
}

#[test]
fn output_to_a_closed_descriptor_fails_as_it_does_without_a_cache() {
    let home = Home::new();
    home.script("talk", "echo out");
    for call in ["run -- talk", "run -- talk", "list", "stats", "peek -- talk", "show -- talk", "list --json"] {
        let outcome = home.shell(&format!("cacheback {call} >&-")).go();
        outcome.warned_once().stderr_has("cacheback: writing the output: Bad file descriptor\n").status(1);
    }
    home.shell("cacheback run -- true >&-").go().stderr("").status(0);
    home.shell("cacheback run -- sh -c 'echo err >&2' 2>&-").go().stdout("").status(0);
}
