//! A disk that is full, or fills up, costs a warning.

use super::*;

#[test]
fn a_disk_that_is_full_from_the_beginning_costs_a_warning() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = with_a_command();
    runs_complete(on_a_disk_of(&home, "64k", &format!("{FILL}; {RUN}")), 1..=1);
    runs_complete(on_a_disk_of(&home, "64k", &format!("{FILL}; {}", RUN.replace("run", "run --quiet"))), 0..=0);
}

#[test]
fn a_disk_that_fills_up_while_a_result_is_stored_costs_a_warning() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = with_a_command();
    for size in ["300k", "400k", "600k", "800k", "950k"] {
        runs_complete(on_a_disk_of(&home, size, &format!("cacheback run -- true; {RUN}")), 1..=1);
    }
}

#[test]
fn a_disk_that_fills_up_while_a_large_output_arrives_costs_a_warning() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = Home::new();
    for size in ["2m", "4m"] {
        let outcome = on_a_disk_of(&home, size, "cacheback run -- head -c 5000000 /dev/zero").go();
        outcome.status(0).stdout(vec![0; 5_000_000]).warned_once();
    }
}

#[test]
fn a_disk_that_is_full_after_the_database_was_made_costs_a_warning() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = with_a_command();
    runs_complete(on_a_disk_of(&home, "256k", &format!("cacheback run -- true; settle; {FILL}; {RUN}")), 1..=1);
    let still_there =
        "cacheback run -- echo kept > /dev/null; settle; FILL; RUN > /dev/null 2>&1; cacheback run -- echo kept";
    let script = still_there.replace("FILL", FILL).replace("RUN", RUN);
    on_a_disk_of(&home, "256k", &script).go().stdout("kept\n").stderr("").status(0);
}

#[test]
fn a_full_disk_can_be_cleared() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = Home::new();
    for clear in ["clear --yes", "delete --all"] {
        let full = format!(
            "cacheback run -- echo kept; settle; {FILL}; dd if=/dev/zero of=\"$HOME/.cache/more\" count=1 2>&1"
        );
        let again = "cacheback run --status -- echo kept 2>&1; ls \"$HOME/.cache/cacheback\"";
        let script = format!("{full} | grep -o 'No space'; cacheback {clear}; {again}");
        let outcome = on_a_disk_of(&home, "2m", &script).go();
        let text = outcome.status(0).stderr_has("1 entry").stdout_text();
        assert!(text.starts_with("kept\nNo space\nkept\n") && text.contains("fwd=uri-miss; stored"), "{outcome}");
        assert!(!text.contains("corrupt"), "{outcome}");
    }
}

#[test]
fn a_call_after_a_full_disk_was_cleared_gets_a_new_run() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    let go_on = home.gate("script");
    let script = format!(
        "cacheback run true; cacheback run -q slow & {}; {FILL}; cacheback clear -qy; rm \"$HOME/.cache/ballast\"; \
         cacheback run --status slow; wait",
        go_on.pass()
    );
    let call = on_a_disk_of(&home, "2m", &script).spawn();
    home.until_runs("slow", 1);
    go_on.open();
    home.until_runs("slow", 2);
    gate.open();
    let outcome = call.wait();
    outcome.stdout("done\ndone\n").status(0);
    assert!(!outcome.stderr_text().contains("collapsed"), "{outcome}");
}

#[test]
fn callers_that_wait_on_a_full_disk_do_not_run_one_after_another() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    for ending in ["", "; exit 3"] {
        let home = Home::new();
        home.run(["true"]).status(0);
        let gate = home.gated("slow", &format!("echo out{ending}"));
        let inject = ["-f", "-b", "execve", "-qq", "-o", "trace", "-e", "inject=pwrite64:error=ENOSPC"];
        let leader = home.call("strace", inject).arg_all(&["cacheback", "run", "slow"]).spawn();
        home.until_runs("slow", 1);
        let waiters: Vec<Running> = (0..3).map(|_| home.start(["slow"])).collect();
        waiters.iter().for_each(|waiter| home.until_joined(waiter));
        gate.let_one_go();
        leader.wait().stdout("out\n");
        home.until_runs("slow", 4);
        gate.open();
        for waiter in waiters {
            waiter.wait().stdout("out\n").stderr("").status(if ending.is_empty() { 0 } else { 3 });
        }
    }
}

#[test]
fn a_disk_that_has_room_again_is_used() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = with_a_command();
    let script =
        format!("{FILL}; {RUN} > /dev/null 2>&1; settle; rm \"$HOME/.cache/ballast\"; {RUN} > /dev/null 2>&1; {RUN}");
    runs_complete(on_a_disk_of(&home, "8m", &script), 0..=0);
    assert_eq!(home.runs("talk"), 2);
}
