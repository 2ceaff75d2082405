//! A parent that ignores SIGCHLD: its children inherit that, and the kernel then keeps no status of their children.

use std::io;

use nix::sys::signal::{SigHandler, Signal, signal};

use crate::common::{Call, Home, Outcome};

/// Runs `call` with SIGCHLD ignored, as under some event loops, daemons and inits.
fn ignoring(call: Call) -> Outcome {
    let ignore = || {
        // SAFETY: SIG_IGN is no handler.
        unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.map(|_| ()).map_err(io::Error::from)
    };
    call.before_exec(ignore).go()
}

#[test]
fn the_status_of_a_command_is_kept() {
    let home = Home::new();
    home.script("fail", "echo out; exit 7");
    ignoring(home.running(["fail"])).stdout("out\n").stderr("").status(7);
    ignoring(home.running(["--timeout", "100ms", "sleep", "100"])).status(124);
    ignoring(home.running(["no-such-command"])).status(127);
}

#[test]
fn the_status_of_a_filter_is_kept() {
    let home = Home::new();
    home.script("talk", "echo out");
    for disable in ["0", "1"] {
        for _ in 0..2 {
            let filter = "tr a-z A-Z; exit 3";
            let call = home.running(["--process-result", filter, "talk"]).env("CACHEBACK_DISABLE", disable);
            ignoring(call).stdout("OUT\n").stderr("").status(3);
        }
    }
}

#[test]
fn the_statuses_of_the_scripts_of_a_job_are_kept() {
    let home = Home::new();
    home.script("talk", "echo out");
    home.configure(
        "[job.talk]\ncommand = [\"talk\"]\nfetch_synchronously = \"exit $NO\"\nexpiry = \"echo 0\"\nempty = \"empty\"\n",
    );
    ignoring(home.cacheback(["get", "talk"]).env("NO", "1")).stdout("empty").stderr("").status(0);
    home.until_quiet();
    ignoring(home.cacheback(["get", "talk"]).env("NO", "0")).stdout("out\n").stderr("").status(0);
    assert_eq!(home.runs("talk"), 2);
    // `expiry` printed a lifetime of 0.
    home.cacheback(["get", "--only-if-cached", "talk"]).go().stdout("").status(1);
}

#[test]
fn refreshes_of_an_invalidation_all_run() {
    let home = Home::new();
    home.script("show", "echo $1");
    for number in 0..9 {
        home.run(["show", &number.to_string()]).status(0);
    }
    ignoring(home.cacheback(["invalidate", "--all"])).counted(9);
    home.until_quiet();
    assert_eq!(home.runs("show"), 18);
}

#[test]
fn the_command_inherits_the_callers_sigchld() {
    let home = Home::new();
    let look = ["grep", "SigIgn", "/proc/self/status"];
    let ignores = |outcome: &Outcome| {
        let mask = outcome.stdout_text().split_whitespace().nth(1).map(|mask| u64::from_str_radix(mask, 16));
        mask.expect("a mask").expect("a number") >> (libc::SIGCHLD - 1) & 1 == 1
    };
    for options in [&[][..], &["--process-result", "cat", "--refresh"]] {
        for disable in ["0", "1"] {
            let call = home.running(options.iter().chain(&look)).env("CACHEBACK_DISABLE", disable);
            assert!(ignores(&ignoring(call)), "{options:?} {disable}");
            let call = home.running(["--refresh"].iter().chain(&look)).env("CACHEBACK_DISABLE", disable);
            assert!(!ignores(&call.go()));
        }
    }
}
