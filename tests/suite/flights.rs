//! One flight per key: a call that comes while the command runs joins that run.

use std::io::Read;
use std::thread;

use nix::sys::signal::Signal;

use crate::common::{Gate, Home, Running, wait_until};

const MANY: usize = 50;

/// Starts `count` callers and waits until all of them wait for the flight.
fn joined(home: &Home, count: usize, args: &[&str]) -> Vec<Running> {
    let callers: Vec<Running> = (0..count).map(|_| home.start(args)).collect();
    for caller in &callers {
        home.until_joined(caller);
    }
    callers
}

#[test]
fn fifty_cold_callers_cause_one_run_and_all_get_its_result() {
    let home = Home::new();
    let gate = home.gated("slow", "echo out; echo err >&2");
    let callers: Vec<Running> = (0..MANY).map(|_| home.start(["slow"])).collect();
    home.until_runs("slow", 1);
    gate.open();
    for caller in callers {
        caller.wait().stdout("out\n").stderr("err\n").status(0);
    }
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn fifty_callers_of_a_stale_entry_are_served_at_once_and_cause_one_refresh() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    let callers: Vec<Running> = (0..MANY).map(|_| home.start(["--async", "--ttl", "0", "slow"])).collect();
    for caller in callers {
        caller.wait().stdout("done\n").stderr("").status(0);
    }
    home.until_runs("slow", 2);
    gate.open();
    home.until_quiet();
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn fifty_callers_of_a_failing_command_cause_one_run_and_all_get_its_failure() {
    let home = Home::new();
    let gate = home.gated("slow", "echo out; echo err >&2; exit 3");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let callers = joined(&home, MANY - 1, &["slow"]);
    gate.let_one_go();
    for caller in callers.into_iter().chain([leader]) {
        caller.wait().stdout("out\n").stderr("err\n").status(3);
    }
    assert_eq!(home.runs("slow"), 1);
    gate.open();
    home.run(["slow"]).status(3);
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn callers_of_a_stale_entry_without_async_join_one_refresh() {
    let home = Home::new();
    let gate = home.gated("slow", "echo $1");
    gate.let_one_go();
    home.run(["slow", "x"]);
    let leader = home.start(["--ttl", "0", "slow", "x"]);
    home.until_runs("slow", 2);
    let callers = joined(&home, 10, &["--ttl", "0", "slow", "x"]);
    gate.let_one_go();
    for caller in callers.into_iter().chain([leader]) {
        caller.wait().stdout("x\n").status(0);
    }
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn callers_join_a_background_fetch_too() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["--warm", "slow"]).status(0);
    home.until_runs("slow", 1);
    let callers = joined(&home, 5, &["slow"]);
    gate.let_one_go();
    for caller in callers {
        caller.wait().stdout("done\n").status(0);
    }
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn warming_twice_starts_one_fetch() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["--warm", "slow"]).status(0);
    home.until_runs("slow", 1);
    for _ in 0..5 {
        home.run(["--warm", "slow"]).stdout("").stderr("").status(0);
    }
    gate.let_one_go();
    home.until_quiet();
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn refresh_gets_a_run_that_began_after_the_call() {
    let home = Home::new();
    let gate = home.gated("slow", "cat state");
    std::fs::write(home.work("state"), "old").unwrap();
    let first = home.start(["slow"]);
    home.until_runs("slow", 1);
    let refreshers = joined(&home, 3, &["--refresh", "slow"]);
    gate.let_one_go();
    first.wait().stdout("old");
    home.until_runs("slow", 2);
    std::fs::write(home.work("state"), "new").unwrap();
    // A caller that tried only now would need a third run.
    let waits_again = |caller: &&Running| caller.process().is_some_and(|process| process.waits_for(&home.flights()));
    wait_until("the others wait for the second run", || refreshers.iter().filter(waits_again).count() == 2);
    gate.let_one_go();
    for caller in refreshers {
        caller.wait().stdout("new").status(0);
    }
    assert_eq!(home.runs("slow"), 2);
}

/// A home with a job `count`, whose callers with `HELD` in their environment stop at a gate: after they have found
/// nothing fresh, and before they try to fetch. With `HELD=wait` they then wait for the fetch.
fn with_a_gate_before_the_fetch() -> (Home, Gate) {
    let home = Home::new();
    home.counter("count");
    let gate = home.gate("held");
    let script = format!("[ -z \"$HELD\" ] || {{ : > held; {}; [ \"$HELD\" = wait ]; }}", gate.pass());
    home.configure(&format!(
        "[job.count]\ncommand = [\"count\"]\nenv = [\"FLAVOUR\"]\nfetch_synchronously = \"\"\"{script}\"\"\"\n"
    ));
    (home, gate)
}

/// Starts a caller and waits until it is at the gate.
fn held(home: &Home, how: &str) -> Running {
    let caller = home.cacheback(["get", "count"]).env("HELD", how).spawn();
    wait_until("the caller is held", || home.work("held").exists());
    caller
}

#[test]
fn a_caller_that_comes_too_late_for_a_flight_gets_its_stored_result() {
    let (home, gate) = with_a_gate_before_the_fetch();
    let late = held(&home, "wait");
    home.get(["count"]).stdout("1\n").status(0);
    gate.open();
    late.wait().stdout("1\n").stderr("").status(0);
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn a_refresh_that_comes_too_late_for_another_does_not_run_the_command() {
    let (home, gate) = with_a_gate_before_the_fetch();
    home.get(["count"]).stdout("1\n").status(0);
    // Under another value of `FLAVOUR` the entry is only marked, not refreshed.
    home.cacheback(["invalidate", "--all"]).env("FLAVOUR", "other").go().counted(1);
    let late = held(&home, "do not wait");
    home.get(["count"]).stdout("2\n").status(0);
    gate.open();
    late.wait().stdout("1\n").stderr("").status(0);
    home.until_quiet();
    assert_eq!(home.runs("count"), 2);
}

#[test]
fn a_slow_reader_of_the_outcome_does_not_hold_up_other_callers() {
    let home = Home::new();
    let gate = home.gated("slow", "head -c 300000 /dev/zero; exit 3");
    let leader = home.start(["slow"]);
    home.until_runs("slow", 1);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let unread = home.running(["slow"]).stdout_to(writer).spawn();
    let other = home.start(["slow"]);
    home.until_joined(&unread);
    home.until_joined(&other);
    other.signal(Signal::SIGSTOP);
    wait_until("the other one has stopped", || other.process().is_some_and(|process| process.state == 'T'));
    gate.let_one_go();
    leader.wait().stdout(vec![0; 300_000]).status(3);
    reader.read_exact(&mut [0]).unwrap();
    other.signal(Signal::SIGCONT);
    other.wait().stdout(vec![0; 300_000]).status(3);
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 299_999);
    unread.wait().status(3);
    assert_eq!(home.runs("slow"), 1);
}

#[test]
fn fetches_of_different_keys_do_not_wait_for_each_other() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let slow = home.start(["slow"]);
    home.until_runs("slow", 1);
    home.run(["echo", "other"]).stdout("other\n").status(0);
    home.run(["--scope", "s", "echo", "other"]).stdout("other\n").status(0);
    gate.let_one_go();
    slow.wait().stdout("done\n");
}

#[test]
fn a_fresh_hit_does_not_wait_for_a_flight() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow"]);
    let refresh = home.start(["--refresh", "slow"]);
    home.until_runs("slow", 2);
    home.run(["slow"]).stdout("done\n").stderr("").status(0);
    home.run(["--only-if-cached", "slow"]).stdout("done\n").stderr("").status(0);
    home.run(["--async", "slow"]).stdout("done\n").stderr("").status(0);
    gate.let_one_go();
    refresh.wait().stdout("done\n");
}

#[test]
fn hits_are_served_while_large_results_are_stored() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..4 {
                home.run(["--refresh", "head", "-c", "30000000", "/dev/zero"]).stderr("").status(0);
            }
        });
        while !writer.is_finished() {
            home.run(["count"]).stdout("1\n").stderr("").status(0);
        }
    });
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn many_keys_can_be_fetched_at_the_same_time() {
    let home = Home::new();
    home.script("show", "echo \"$1\"; echo \"$1\" >&2");
    let script = "seq 60 | xargs -P 12 -I N cacheback run -- show N";
    for _ in 0..2 {
        let outcome = home.shell(script).go();
        outcome.status(0);
        for text in [outcome.stdout_text(), outcome.stderr_text()] {
            let mut numbers: Vec<u32> = text.lines().map(|line| line.parse().unwrap()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
        }
    }
    assert_eq!(home.runs("show"), 60);
}

#[test]
fn an_output_too_large_to_store_reaches_every_caller() {
    let home = Home::new();
    let gate = home.gated("large", "head -c 500000 /dev/zero; echo err >&2; exit 4");
    let args = ["--max-size", "1000", "--cache-exit", "any", "large"];
    let leader = home.start(args);
    home.until_runs("large", 1);
    let callers = joined(&home, 3, &args);
    gate.open();
    for caller in callers.into_iter().chain([leader]) {
        caller.wait().stdout(vec![0; 500_000]).stderr("err\n").status(4);
    }
}

#[test]
fn a_caller_with_a_larger_max_size_than_the_leader_fetches_for_itself() {
    let home = Home::new();
    let gate = home.gated("large", "head -c 5000 /dev/zero");
    let leader = home.start(["--max-size", "1000", "large"]);
    home.until_runs("large", 1);
    let callers = joined(&home, 3, &["large"]);
    gate.open();
    for caller in callers.into_iter().chain([leader]) {
        caller.wait().stdout(vec![0; 5000]).stderr("").status(0);
    }
    home.run(["--only-if-cached", "large"]).stdout(vec![0; 5000]).status(0);
    assert_eq!(home.runs("large"), 2);
}
