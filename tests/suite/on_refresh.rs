//! `--on-refresh`: a shell command is run after a background fetch whose result was stored.

use std::fs;

use crate::common::{Home, wait_until};

/// What the shell command of `noting` has written, a line for each time that it was run.
fn notes(home: &Home) -> String {
    fs::read_to_string(home.work("notes")).unwrap_or_default()
}

/// A shell command that notes what it knows.
fn noting(home: &Home) -> String {
    let path = home.work("notes");
    format!("echo \"$CACHEBACK_CHANGED ${{#CACHEBACK_KEY}} $CACHEBACK_BACKGROUND $name\" >> {}", path.display())
}

/// A home with a command `page` that prints what is in the file `page`.
fn with_a_page(text: &str) -> Home {
    let home = Home::new();
    home.script("page", "cat page; test ! -e fails");
    fs::write(home.work("page"), text).unwrap();
    home
}

#[test]
fn it_is_run_after_a_background_fetch_and_knows_whether_the_output_is_another_one() {
    let home = with_a_page("one\n");
    let script = noting(&home);
    let call = ["--ttl", "0", "--async", "--on-refresh", &script, "page"];
    home.run(call).stdout("one\n");
    assert_eq!(notes(&home), "", "the caller has waited for that fetch");
    home.run(call).stdout("one\n");
    home.until_quiet();
    assert_eq!(notes(&home), "0 64 1 \n");
    fs::write(home.work("page"), "two\n").unwrap();
    home.run(call).stdout("one\n");
    home.until_quiet();
    assert_eq!(notes(&home), "0 64 1 \n1 64 1 \n");
    home.run(["--refresh", "--on-refresh", &script, "page"]).stdout("two\n");
    home.running(["--ttl", "0", "--async", "--no-on-refresh", "page"]).go().stdout("two\n");
    home.until_quiet();
    assert_eq!(notes(&home).lines().count(), 2);
}

#[test]
fn the_pieces_of_the_output_do_not_count_but_its_streams_and_its_status_do() {
    let home = Home::new();
    let script = noting(&home);
    let call = ["--ttl", "0", "--async", "--cache-exit", "any", "--on-refresh", &script, "talk"];
    let mut expected = String::new();
    for (body, changed) in [
        ("echo a; echo b", None),
        ("printf 'a\\nb\\n'", Some("0")),
        ("echo a; echo b >&2", Some("1")),
        ("echo b >&2; echo a", Some("0")),
        ("echo b >&2; echo a; exit 3", Some("1")),
    ] {
        home.script("talk", body);
        home.run(call);
        home.until_quiet();
        expected += &changed.map(|changed| format!("{changed} 64 1 \n")).unwrap_or_default();
        assert_eq!(notes(&home), expected, "{body}");
    }
}

#[test]
fn a_first_result_is_a_change_and_a_fetch_that_fails_is_none() {
    let home = with_a_page("one\n");
    let script = noting(&home);
    home.run(["--warm", "--on-refresh", &script, "page"]).stdout("");
    home.until_quiet();
    assert_eq!(notes(&home), "1 64 1 \n");
    fs::write(home.work("fails"), "").unwrap();
    home.run(["--ttl", "0", "--async", "--on-refresh", &script, "page"]).stdout("one\n");
    home.until_quiet();
    assert_eq!(notes(&home), "1 64 1 \n");
}

#[test]
fn a_refresh_after_an_invalidation_runs_it_too_with_the_parameters_of_the_job() {
    let home = with_a_page("one\n");
    let script = noting(&home);
    home.configure(&format!("[job.page]\nparams = ['name']\ncommand = ['page']\non_refresh = '''{script}'''\n"));
    home.get(["page", "bob's"]).stdout("one\n");
    home.invalidate(["--job", "page"]).status(0);
    home.until_quiet();
    assert_eq!(notes(&home), "0 64 1 bob's\n");
}

/// It has nothing of its caller's open, which ends at once; and the key is free while it runs.
#[test]
fn it_holds_up_neither_the_caller_nor_the_next_fetch() {
    let home = with_a_page("one\n");
    let gate = home.gate("hook");
    let script = format!("ls /proc/$$/fd > {}; {}", home.work("open").display(), gate.pass());
    home.run(["page"]).stdout("one\n");
    // The shell reads the pipe to its end: it waits for whoever has that open.
    let line = format!("echo \"$(cacheback run --ttl 0 --async --on-refresh '{script}' page 2>&1)\"");
    home.shell(&line).go().stdout("one\n").status(0);
    wait_until("the hook runs", || home.work("open").exists());
    wait_until("the hook has its list", || !fs::read_to_string(home.work("open")).unwrap().is_empty());
    home.run(["--ttl", "0", "page"]).stdout("one\n");
    let open = fs::read_to_string(home.work("open")).unwrap();
    let more: Vec<&str> = open.lines().filter(|number| !["0", "1", "2"].contains(number)).collect();
    assert!(more.iter().all(|number| number.parse::<u32>().is_ok_and(|number| number >= 10)), "{open}");
    gate.open();
    home.until_quiet();
}

/// A prompt that is redrawn runs the command again: that must not begin the next refresh, without end.
#[test]
fn a_call_of_the_same_command_in_it_prints_what_is_stored_and_starts_no_refresh() {
    let home = with_a_page("one\n");
    let again = home.work("again");
    let script = format!("cacheback run --async -- page > {}", again.display());
    home.run(["--ttl", "0", "--async", "--on-refresh", &script, "page"]);
    fs::write(home.work("page"), "two\n").unwrap();
    home.run(["--ttl", "0", "--async", "--on-refresh", &script, "page"]).stdout("one\n");
    home.until_quiet();
    assert_eq!(fs::read_to_string(&again).unwrap(), "two\n");
    let endless = "cacheback run --ttl 0 --async --on-refresh \"$again\" -- page";
    home.running(["--ttl", "0", "--async", "--on-refresh", endless, "page"]).env("again", endless).go().stdout("two\n");
    home.until_quiet();
    assert_eq!(home.runs("page"), 3);
}
