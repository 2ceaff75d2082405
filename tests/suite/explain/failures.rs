//! What cannot be explained, and fetches that failed.

use super::*;

#[test]
fn a_stored_failure_that_the_caller_does_not_accept_is_named() {
    let home = Home::new();
    home.script("failing", "exit 3");
    home.run(["--failure-ttl", "1h", "failing"]).status(3);
    has(
        &explain(&home, &["failing"]),
        &["what is stored may not be served", "it is a stored failure", "exit status  3"],
    );
    has(&explain(&home, &["--failure-ttl", "1h", "failing"]), &["would hit"]);
}

#[test]
fn a_failed_background_fetch_is_shown_with_the_end_of_its_errors() {
    let home = Home::new();
    home.script("flaky", "test -e ok && exit 0; echo 'no luck: \x1b[31mred' >&2; echo out; exit 7");
    fs::write(home.work("ok"), "").unwrap();
    home.run(["flaky"]).status(0);
    fs::remove_file(home.work("ok")).unwrap();
    home.run(["--ttl", "0", "--async", "flaky"]).status(0);
    home.until_quiet();
    let text = explain(&home, &["--ttl", "0", "--async", "flaky"]);
    has(
        &text,
        &["failed 1 time, the last one ", " with status 7; the next one may start", "| no luck: \\033[31mred\n"],
    );
    let failures = &json(&home, &["flaky"])["failure"];
    assert_eq!((&failures["count"], &failures["status"]), (&1.into(), &7.into()));
    home.run(["--warm", "--pty", "flaky"]).status(0);
    home.until_quiet();
    has(&explain(&home, &["--pty", "flaky"]), &["| no luck", "| out\n"]);
}

#[test]
fn a_database_that_cannot_be_read_is_a_failure_and_left_alone() {
    let home = Home::new();
    home.run(["date"]).status(0);
    let garbage = vec![0; 64 * 1024];
    fs::write(home.db(), &garbage).unwrap();
    let outcome = explaining(&home, &["date"]).go();
    outcome.stdout("").stderr_has("is damaged").stderr_has("verify --repair").status(125);
    assert_eq!(fs::read(home.db()).unwrap(), garbage);
}

#[test]
fn explain_makes_no_directory_and_refuses_wrong_options() {
    let home = Home::new();
    fs::remove_dir_all(home.path()).unwrap();
    has(&explain(&home, &["date"]), &["nothing is stored"]);
    assert!(!home.path().exists());
    fs::create_dir(home.path()).unwrap();
    explaining(&home, &[]).go().stdout("").warned_once().status(125);
    explaining(&home, &["--ttl", "soon", "date"]).go().stdout("").warned_once().status(125);
}

#[test]
fn a_damaged_result_is_called_damaged_and_not_missing() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    let db = rusqlite::Connection::open(home.db()).unwrap();
    db.execute("UPDATE entry SET body=zeroblob(length(body))", []).unwrap();
    let page = explain(&home, &["echo", "x"]);
    has(&page, &["would run the command: what is stored is damaged", "cacheback verify"]);
    assert!(!page.contains("nearest"), "{page}");
    home.run(["--status", "echo", "x"]).stdout("x\n").status(0);
    has(&explain(&home, &["echo", "x"]), &["would hit"]);
}
