//! Where no process can be made, the command runs all the same.

use super::*;

#[test]
fn when_no_process_can_be_made_the_stale_output_is_served_all_the_same() {
    let Some(home) = as_nobody() else { return };
    nobody(&home, &["echo", "old"]).go().stdout("old\n").status(0);
    let limited = |args: &[&str]| {
        let limit = || Ok(nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NPROC, 0, 0)?);
        nobody(&home, args).arg_all(&["echo", "old"]).before_exec(limit).go()
    };
    limited(&[]).stdout("old\n").stderr("").status(0);
    let stale = limited(&["--async", "--ttl", "0"]);
    stale.stdout("old\n").status(0);
    assert!(stale.stderr_text().lines().count() <= 1, "{stale}");
}

#[test]
fn when_forking_fails_the_refresh_happens_in_the_foreground_after_the_output() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = Home::new();
    home.script("show", "exec cat state");
    fs::write(home.work("state"), "old\n").unwrap();
    home.run(["show"]).stdout("old\n");
    fs::write(home.work("state"), "new\n").unwrap();
    let outcome = where_the_first_fork_fails(&home, &["--async", "--ttl", "0", "show"]);
    outcome.stdout("old\n").stderr("").status(0);
    home.run(["--only-if-cached", "show"]).stdout("new\n").stderr("").status(0);
}

#[test]
fn when_no_process_can_watch_over_a_fetch_its_caller_does() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = with_a_command();
    let outcome = where_the_first_fork_fails(&home, &["--cache-exit", "any", "talk"]);
    outcome.stdout(vec![0; 1_000_000]).stderr("err\n").status(3);
    runs_complete(home.running(["--only-if-cached", "--cache-exit", "any", "talk"]), 0..=0);
    assert_eq!(home.runs("talk"), 1);
}

#[test]
fn when_no_process_can_be_made_at_all_the_caller_becomes_the_command() {
    let Some(home) = as_nobody() else { return };
    let limited = |args: &[&str]| {
        let limit = || Ok(nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NPROC, 0, 0)?);
        nobody(&home, args).arg_all(&["/bin/cat", "state"]).before_exec(limit).go()
    };
    fs::write(home.work("state"), "state\n").unwrap();
    for args in [&[][..], &["--refresh"], &["--async"], &["--timeout", "10s"], &["--stdin"]] {
        limited(args).stdout("state\n").stderr_has("cannot be supervised").warned_once().status(0);
        limited(&[&["-q"], args].concat()).stdout("state\n").stderr("").status(0);
    }
}

/// `cacheback run ARGS` whose first attempt at a new process fails; later attempts, and those of the command, succeed.
fn where_the_first_fork_fails(home: &Home, args: &[&str]) -> Outcome {
    let kinds = "trace=clone,clone3,fork,vfork";
    let forks = &format!("inject={FORK}:error=EAGAIN:when=1");
    let no_other = "inject=clone3:error=ENOSYS";
    let call =
        home.call("strace", ["-f", "-b", "execve", "-qq", "-o", "trace", "-e", kinds, "-e", forks, "-e", no_other]);
    let outcome = call.arg_all(&["cacheback", "run"]).arg_all(args).go();
    assert!(fs::read_to_string(home.work("trace")).unwrap().contains("EAGAIN"), "nothing failed");
    outcome
}
