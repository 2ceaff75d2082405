//! A server that is away, silent, empty, or refuses a host costs no command its run.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::common::Home;
use crate::common::fleet::{Fleet, has_breaker, members, shared};

#[test]
fn a_change_that_cannot_reach_the_server_is_made_here_with_a_warning() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let Fleet { one, server, .. } = fleet;
    drop(server);
    let outcome = one.delete(["count"]);
    outcome.status(0).stderr_has("other hosts are not told yet, and may print what is deleted here");
    outcome.stderr_has("deleted 1 entry");
}

#[test]
fn a_server_that_is_away_costs_a_command_nothing_but_its_sharing() {
    let Some(fleet) = Fleet::start() else { return };
    let Fleet { one, server, .. } = fleet;
    drop(server);
    one.script("count", "echo out; echo err >&2; exit 3");
    // The folder of the database is there from the second call on, and with it the memory of the first failure.
    one.run(["count", "first"]).stdout("out\n").stderr("err\n").status(3);
    let second = one.run(["--status", "count", "second"]);
    second.stdout("out\n").status(3);
    assert!(members(&second).0.starts_with("fwd=bypass; detail="), "{second}");
    assert!(has_breaker(&one), "the failure is not remembered");
}

#[test]
fn a_server_that_never_answers_costs_its_budget_once() {
    let home = Home::new();
    shared(&home, &["keygen", "-q"]).go().status(0);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    home.configure(&format!("[shared]\nurl = \"{url}\"\nsecret_file = \"{}\"\n", Fleet::key(&home).display()));
    home.counter("count");
    let first = home.run(["--status", "--shared", "count", "1"]);
    first.stdout("1\n");
    assert_eq!(members(&first).0, "fwd=bypass; detail=timeout");
    let second = home.run(["--status", "--shared", "count", "2"]);
    second.stdout("2\n");
    assert_eq!(members(&second).0, "fwd=bypass; detail=back-off");
    let status = shared(&home, &["status"]).go();
    assert!(status.status(1).stdout_text().contains("breaker    open for"), "{status}");
}

#[test]
fn a_fault_that_somebody_has_to_mend_is_a_warning_once() {
    let Some(fleet) = Fleet::with(&["--requirepass", "hunter1"]) else { return };
    let password = fleet.one.root().join("password");
    fs::write(&password, "hunter2\n").unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    fleet.configure(&fleet.one, &format!("password_file = \"{}\"", password.display()));
    let first = fleet.one.run(["--status", "count", "1"]);
    first.stdout("of one\n").status(0).stderr_has("nothing is shared: unix://");
    assert!(first.stderr_text().contains("see 'cacheback shared doctor'"), "{first}");
    assert_eq!(members(&first).0, "fwd=bypass; detail=denied");
    assert!(!first.stderr_text().contains("hunter"), "{first}");
    let second = fleet.one.run(["count", "2"]);
    second.stdout("of one\n").stderr("").status(0);
    fs::write(&password, "hunter1\n").unwrap();
    let mended = fleet.one.run(["--status", "count", "mended"]);
    assert!(members(&mended).0.starts_with("fwd=uri-miss"), "{mended}");
    let doctor = shared(&fleet.one, &["doctor"]).go();
    assert!(doctor.stdout_text().contains("closed: the server is asked"), "{doctor}");
    fleet.one.run(["count", "3"]).stdout("of one\n");
    fleet.one.until_quiet();
    assert!(fleet.server.ask("AUTH hunter1").starts_with("+OK"));
}

#[test]
fn what_failed_with_one_server_or_key_does_not_hold_back_another() {
    let Some(fleet) = Fleet::start() else { return };
    let one = &fleet.one;
    let run =
        |number: &str, url: &str| one.running(["--status", "count", number]).env("CACHEBACK_SHARED_URL", url).go();
    let nobody = format!("unix://{}", one.work("nobody.sock").display());
    run("0", &nobody).stdout("of one\n").status(0);
    assert!(members(&run("1", &nobody)).0.starts_with("fwd=bypass; detail=back-off"));
    assert!(members(&run("2", &fleet.server.socket_url())).0.starts_with("fwd=uri-miss"));
    let key = Fleet::key(one);
    fs::rename(&key, key.with_extension("away")).unwrap();
    let without = run("3", &fleet.server.socket_url());
    without.stdout("of one\n").status(0).stderr_has("nothing is shared: ").stderr_has("secret_file in [shared]: ");
    assert_eq!(members(&without).0, "fwd=bypass; detail=misconfigured");
    let again = run("4", &fleet.server.socket_url());
    assert!(!again.stdout("of one\n").stderr_text().contains("nothing is shared"), "{again}");
    fs::rename(key.with_extension("away"), &key).unwrap();
    assert!(members(&run("5", &fleet.server.socket_url())).0.starts_with("fwd=uri-miss"));
}

#[test]
fn a_password_or_a_right_that_is_missing_is_a_warning_once_too() {
    for (options, detail) in [
        (&["--requirepass", "hunter1"][..], "fwd=bypass; detail=denied"),
        (&["--user", "default", "on", "nopass", "~*", "+@read"][..], "fwd=bypass; detail=no-permission"),
    ] {
        let Some(fleet) = Fleet::with(options) else { return };
        let first = fleet.one.run(["--status", "count", "1"]);
        first.stdout("of one\n").status(0).stderr_has("nothing is shared: unix://");
        assert_eq!(members(&first).0, detail);
        fleet.one.run(["count", "2"]).stdout("of one\n").stderr("").status(0);
        let doctor = shared(&fleet.one, &["doctor"]).go().status(1).stdout_text();
        assert!(!doctor.contains("TLS"), "{doctor}");
    }
}

#[test]
fn an_emptied_server_is_a_cold_cache() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    assert_eq!(fleet.server.ask("FLUSHALL"), "+OK\r\n");
    fleet.other.run(["count"]).stdout("of other\n");
    fleet.other.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 1);
}
