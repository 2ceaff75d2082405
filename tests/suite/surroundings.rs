//! Unusual callers and commands: ignored signals, full outputs, scripts without a `#!` line.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, Signal};

use crate::common::Home;

#[test]
fn a_script_without_a_first_line_is_run_by_the_shell() {
    let home = Home::new();
    home.executable(&home.bin("bare"), "echo \"bare $1\"; exit 3\n");
    home.executable(&home.work("near"), "echo \"near $1\"\n");
    for _ in 0..2 {
        home.run(["--cache-exit", "any", "bare", "one"]).stdout("bare one\n").stderr("").status(3);
        home.run(["./near", "two"]).stdout("near two\n").stderr("").status(0);
    }
    home.run(["--only-if-cached", "./near", "two"]).stdout("near two\n").status(0);
}

#[test]
fn a_caller_that_ignores_sigchld_gets_the_status() {
    let home = Home::new();
    home.script("talk", "echo out; echo err >&2; exit 3");
    let ignore = || {
        // SAFETY: SIG_IGN is no handler.
        unsafe { nix::sys::signal::signal(Signal::SIGCHLD, SigHandler::SigIgn)? };
        Ok(())
    };
    for args in [&[][..], &["--timeout", "10s"], &["--cache-exit", "any"], &["--cache-exit", "any"]] {
        let call = home.running(args).arg("talk").before_exec(ignore);
        call.go().stdout("out\n").stderr("err\n").status(3);
    }
    assert_eq!(home.runs("talk"), 3);
    home.running(["--async", "--ttl", "0", "--cache-exit", "any", "talk"]).before_exec(ignore).go().stdout("out\n");
    home.until_quiet();
    assert_eq!(home.runs("talk"), 4);
}

#[test]
fn an_output_that_cannot_be_written_is_reported_and_stored_all_the_same() {
    let home = Home::new();
    home.script("talk", "echo out; echo err >&2");
    home.script("failing", "echo out; exit 3");
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let message = "cacheback: writing the output: ";
    home.running(["talk"]).stdout_to(full()).go().status(1).stderr_has(message);
    home.until_quiet();
    home.running(["talk"]).stdout_to(full()).go().status(1).stderr_has(message).stderr_has("err\n");
    assert_eq!(home.runs("talk"), 1);
    home.run(["talk"]).stdout("out\n").stderr("err\n").status(0);
    home.running(["failing"]).stdout_to(full()).go().status(1).stderr_has(message);
    home.running(["failing"]).stderr_to(full()).go().stdout("out\n").status(3);
}

#[test]
fn the_time_limit_includes_waiting_for_another_caller() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    home.run(["--timeout", "100ms", "slow"]).stdout("").status(124);
    gate.open();
    leader.wait().stdout("done\n").status(0);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn without_a_cache_the_input_still_reaches_the_command() {
    let home = Home::new();
    fs::create_dir_all(home.cache()).unwrap();
    fs::set_permissions(home.cache(), Permissions::from_mode(0o777)).unwrap();
    for args in [&["--stdin"][..], &["--stdin", "--timeout", "10s"], &["--stdin", "--async"], &["--stdin", "--refresh"]]
    {
        let input = "line\n".repeat(50_000);
        home.running(args).arg("cat").stdin(&*input).go().stdout(input).status(0).warned_once();
    }
    home.running(["--stdin", "--warm", "cat"]).stdin("x").go().stdout("").status(0).warned_once();
    home.running(["--stdin", "--only-if-cached", "cat"]).stdin("x").go().stdout("").status(1).warned_once();
}

#[test]
fn writes_that_the_kernel_cannot_announce_are_read_all_the_same() {
    let home = Home::new();
    let script = "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i + 1)); done";
    let line = |stream: &str| (0..300).map(|number| format!("{stream} {number}\n")).collect::<String>();
    for queue in [0, 1, 5] {
        let limit = move || Ok(setrlimit(Resource::RLIMIT_SIGPENDING, queue, queue)?);
        let call = home.running(["--refresh", "-s", script]).before_exec(limit);
        call.go().stdout(line("out")).stderr(line("err")).status(0);
        home.run(["--only-if-cached", "-s", script]).stdout(line("out")).stderr(line("err")).status(0);
    }
}

#[test]
fn an_output_that_does_not_block_gets_everything() {
    let home = Home::new();
    for args in [&["--refresh"][..], &[], &["--async", "--ttl", "0"], &["--timeout", "30s", "--refresh"]] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        fcntl(writer.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let call = home.running(args).arg_all(&["head", "-c", "3000000", "/dev/zero"]).stdout_to(writer);
        let caller = call.spawn();
        // Read more slowly than the output is written.
        thread::sleep(Duration::from_millis(30));
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(read == vec![0; 3_000_000], "{} bytes with {args:?}", read.len());
        caller.wait().status(0);
    }
    home.until_quiet();
}
