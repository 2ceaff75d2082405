//! `--store-if`: a shell command says whether a result is worth storing.

use crate::common::{Home, wait_until};

/// A home with a command `page` that prints what is in the file `page`, and `status` if it is a failure.
fn with_a_page(text: &str) -> Home {
    let home = Home::new();
    home.script("page", "cat page");
    write(&home, text);
    home
}

fn write(home: &Home, text: &str) {
    std::fs::write(home.work("page"), text).expect("a writable directory");
}

#[test]
fn what_is_refused_is_printed_and_not_stored() {
    let home = with_a_page("busy\n");
    let call = ["--status", "--store-if", "! grep -q busy", "page"];
    for _ in 0..2 {
        let refused = home.run(call);
        refused.stdout("busy\n").status(0);
        assert!(refused.stderr_text().contains("; fwd=uri-miss; detail=refused;"), "{}", refused.stderr_text());
    }
    let text = home.cacheback(["explain", "--store-if", "! grep -q busy", "page"]).go().stdout_text();
    assert!(text.contains("but a result that --store-if refuses is never stored"), "{text}");
    write(&home, "fine\n");
    let stored = home.run(call);
    assert!(stored.stdout("fine\n").stderr_text().contains("; fwd=uri-miss; stored;"), "{}", stored.stderr_text());
    write(&home, "busy\n");
    home.run(call).stdout("fine\n");
    assert_eq!(home.runs("page"), 3);
}

#[test]
fn it_reads_the_raw_output_and_knows_exit_status_key_and_parameters() {
    let home = with_a_page("text\n");
    home.script("fail", "echo sorry; echo err >&2; exit 3");
    let seen = home.work("seen");
    let note = format!("{{ cat; echo \"$CACHEBACK_EXIT ${{#CACHEBACK_KEY}} $name\"; }} > {}", seen.display());
    home.run(["--store-if", &note, "--process-result", "tr a-z A-Z", "page"]).stdout("TEXT\n");
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "text\n0 64 \n");
    home.run(["--store-if", &note, "--failure-ttl", "1h", "fail"]).stdout("sorry\n").stderr("err\n").status(3);
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "sorry\n3 64 \n");
    // It is not asked about what would not be stored anyway.
    std::fs::remove_file(&seen).unwrap();
    home.run(["--store-if", &note, "--refresh", "fail"]).status(3);
    assert!(!seen.exists());
    home.configure(&format!("[job.page]\nparams = ['name']\ncommand = ['page']\nstore_if = '''{note}'''\n"));
    home.get(["--refresh", "page", "bob's"]).stdout("text\n");
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "text\n0 64 bob's\n");
}

#[test]
fn a_background_fetch_that_is_refused_has_failed_and_the_stale_result_stays() {
    let home = with_a_page("fine\n");
    let call = ["--ttl", "0", "--async", "--status", "--store-if", "! grep -q busy", "page"];
    home.run(call).stdout("fine\n");
    write(&home, "busy\n");
    home.run(call).stdout("fine\n");
    home.until_quiet();
    let failing = home.run(call);
    assert!(failing.stdout("fine\n").stderr_text().contains("; detail=failing;"), "{}", failing.stderr_text());
    home.until_quiet();
    let text = home.cacheback(["explain", "page"]).go().stdout_text();
    assert!(text.contains("| the output is refused by --store-if, and is not stored"), "{text}");
    // So does a refresh after an invalidation, which has nothing but the recipe.
    home.invalidate(["page"]).status(0);
    home.until_quiet();
    home.run(["--ttl", "1h", "--async", "page"]).stdout("fine\n");
    home.until_quiet();
    write(&home, "better\n");
    wait_until("the pause after the failures is over", || home.run(call).stdout_text() == "better\n");
    home.until_quiet();
}

#[test]
fn a_command_that_cannot_be_run_costs_the_entry_and_a_warning() {
    let home = with_a_page("fine\n");
    for (script, why) in [
        ("no-such-judge", "--store-if cannot be run: its shell ended with exit status 127"),
        ("kill -9 $$", "--store-if was ended by signal 9"),
    ] {
        let outcome = home.run(["--store-if", script, "page"]);
        outcome.stdout("fine\n").status(0);
        let warning = format!("cacheback: the result is not stored: {why}\n");
        assert!(outcome.stderr_text().ends_with(&warning), "{}", outcome.stderr_text());
        home.run(["--only-if-cached", "page"]).status(1);
    }
    home.run(["--store-if", " ", "page"]).status(125);
}

#[test]
fn its_time_ends_with_that_of_the_call() {
    let home = with_a_page("fine\n");
    let outcome = home.run(["--timeout", "5", "--store-if", "exec sleep 1000", "page"]);
    let why = "cacheback: the result is not stored: --store-if did not end before the time limit of the call\n";
    outcome.stdout("fine\n").stderr(why).status(0);
    home.run(["--only-if-cached", "page"]).status(1);
    home.until_quiet();
    home.configure("[job.page]\ncommand = ['page']\nexpiry = 'exec sleep 1000'\ntimeout = 5\nasync = false\n");
    let outcome = home.get(["page"]);
    outcome.stdout("fine\n").status(0).warned_once().stderr_has("before the time limit of the call");
    home.until_quiet();
}

#[test]
fn callers_that_wait_print_the_same_output_and_it_is_asked_once() {
    let home = Home::new();
    let gate = home.gated("page", "echo busy");
    home.script("judge", "grep -q fine");
    let leader = home.start(["--store-if", "judge", "page"]);
    home.until_runs("page", 1);
    let follower = home.start(["--store-if", "judge", "page"]);
    home.until_joined(&follower);
    gate.open();
    for caller in [leader, follower] {
        caller.wait().stdout("busy\n").status(0);
    }
    assert_eq!((home.runs("page"), home.runs("judge")), (1, 1));
}

#[test]
fn a_large_output_need_not_be_read_to_its_end() {
    let home = Home::new();
    home.script("many", "seq 500000");
    home.run(["--store-if", "test $(head -n 1) = 1", "many"]).status(0);
    home.run(["--store-if", "test $(tail -n 1) = 500000", "--refresh", "many"]).status(0);
    let stored = home.run(["--only-if-cached", "many"]).stdout_text();
    assert_eq!(stored.lines().count(), 500_000);
}

#[test]
fn a_rule_sets_it_and_what_is_stronger_switches_it_off() {
    let home = with_a_page("busy\n");
    home.configure("[defaults]\nstore_if = 'false'\n[[rule]]\ncommand = 'page'\nstore_if = false\n");
    home.run(["page"]).stdout("busy\n");
    home.run(["--only-if-cached", "page"]).status(0);
    home.configure("[[rule]]\ncommand = 'page'\nstore_if = 'false'\n");
    home.delete(["page"]).status(0);
    home.run(["page"]).stdout("busy\n");
    home.run(["--only-if-cached", "page"]).status(1);
    home.run(["--no-store-if", "page"]).stdout("busy\n");
    home.run(["--only-if-cached", "page"]).status(0);
    let shown = home.cacheback(["config", "show", "page"]).go().stdout_text();
    assert!(shown.contains("store_if"), "{shown}");
}
