//! What `shared status` and `shared doctor` find, and which rights a user needs.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::thread;

use crate::common::Home;
use crate::common::fleet::{Fleet, configure, shared};
use crate::readme::snippets::{FLEET, find};

/// The rights of a user, as the guide has them.
pub fn rights(user: &str) -> String {
    let lines = find(FLEET, "acl", "user writer").replace("{team.", "{cacheback.");
    let line = lines.lines().find_map(|line| line.strip_prefix(&format!("user {user} on >SECRET ")));
    line.unwrap_or_else(|| panic!("{lines}")).to_owned()
}

/// Has `home` log in as `user`, whose password is `pw`.
pub fn log_in(fleet: &Fleet, home: &Home, user: &str, more: &str) {
    let password = home.path().join("password");
    fs::write(&password, "pw\n").unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    let login = format!("username = \"{user}\"\npassword_file = \"{}\"\n{more}", password.display());
    fleet.configure(home, &login);
}

/// Gives `user` the rights of `line`, and no others.
pub fn allow(fleet: &Fleet, user: &str, line: &str) {
    let answer = fleet.server.ask(&format!("ACL SETUSER {user} reset on >pw {line}"));
    assert_eq!(answer, "+OK\r\n", "{line}");
}

const ROOM: [&str; 4] = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];

#[test]
fn the_documented_rights_are_enough() {
    let Some(fleet) = Fleet::with(&ROOM) else { return };
    allow(&fleet, "writer", &rights("writer"));
    allow(&fleet, "reader", &rights("reader"));
    log_in(&fleet, &fleet.one, "writer", "");
    log_in(&fleet, &fleet.other, "reader", "mode = \"read-only\"");
    for home in [&fleet.one, &fleet.other] {
        let doctor = shared(home, &["doctor"]).go();
        assert!(doctor.status(0).stdout_text().contains("rights     all that is needed"), "{doctor}");
    }
    // Its output is large enough for chunks. A copy may take as long as the run took.
    fleet.one.script("count", "echo of one; sleep 2; head -c 200000 /dev/urandom | base64");
    let output = fleet.one.run(["count"]).status(0).stdout_text();
    fleet.one.until_quiet();
    assert!(fleet.other.run(["count"]).stdout_text() == output, "it is another one");
    fleet.one.invalidate(["-q", "count"]).status(0).stderr("");
    fleet.one.delete(["-q", "--all"]).status(0).stderr("");
    fleet.one.until_quiet();
    fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
    fleet.other.run(["count"]).stdout("of other\n");
    // These users have no other rights.
    let denied = fleet.server.ask_as("reader", "pw", "SET cb1:{cacheback.x}:m 1");
    assert!(denied.starts_with("-NOPERM"), "{denied}");
    for command in ["FLUSHALL", "KEYS *", "SET other 1", "CONFIG GET *", "GET other"] {
        for user in ["writer", "reader"] {
            let denied = fleet.server.ask_as(user, "pw", command);
            assert!(denied.starts_with("-NOPERM"), "{user}: {command}: {denied}");
        }
    }
}

#[test]
fn none_of_the_documented_rights_can_be_left_out() {
    let Some(fleet) = Fleet::with(&ROOM) else { return };
    for (home, user, mode) in [(&fleet.one, "writer", "read-write"), (&fleet.other, "reader", "read-only")] {
        let line = rights(user);
        log_in(&fleet, home, user, &format!("mode = \"{mode}\""));
        for left_out in line.split(' ').filter(|word| !word.starts_with('-')) {
            let less: Vec<&str> = line.split(' ').filter(|word| *word != left_out).collect();
            allow(&fleet, user, &less.join(" "));
            let doctor = shared(home, &["doctor"]).go();
            assert!(
                doctor.status(1).stdout_text().contains("problem    this user may not use "),
                "{left_out}: {doctor}"
            );
        }
    }
}

#[test]
fn a_database_that_the_server_does_not_have_is_not_blamed_on_the_password() {
    let Some(fleet) = Fleet::start() else { return };
    configure(&fleet.one, &format!("{}?db=99", fleet.server.socket_url()), "");
    let outcome = fleet.one.run(["--status", "count"]);
    outcome.stdout("of one\n").stderr_has("the server does not have the database that the url names");
    outcome.stderr_has("cacheback-shared; fwd=bypass; detail=no-database");
    let doctor = shared(&fleet.one, &["doctor"]).go().status(1).stdout_text();
    assert!(doctor.contains("DB index is out of range") && !doctor.contains("password"), "{doctor}");
}

#[test]
fn a_key_of_another_type_among_ours_is_named() {
    let Some(fleet) = Fleet::with(&ROOM) else { return };
    fleet.one_has_run();
    let name = fleet.server.names("*:m").remove(0);
    fleet.server.ask(&format!("SET {name} foreign"));
    let doctor = shared(&fleet.one, &["doctor"]).go().status(1).stdout_text();
    assert!(doctor.contains(&format!("problem    {name} on the server is a string, and a hash for")), "{doctor}");
    fleet.server.ask(&format!("DEL {name}"));
    shared(&fleet.one, &["doctor"]).go().status(0);
}

#[test]
fn a_key_of_another_type_in_the_place_of_an_entry_is_a_miss_that_ends() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let name = fleet.server.names("*:e:*").remove(0);
    for mode in ["read-only", "read-write"] {
        fleet.server.ask(&format!("SET {name} foreign"));
        let outcome = fleet.other.running(["--status", "--refresh", "count"]).env("CACHEBACK_SHARED", mode).go();
        outcome.stdout("of other\n").stderr_has("cacheback-shared; fwd=request, cacheback; ");
        fleet.other.until_quiet();
    }
    fleet.one.run(["--refresh", "--no-shared", "count"]);
    fleet.one.delete(["-q", "--config", "/dev/null", "count"]);
    fleet.one.run(["count"]).stdout("of other\n");
}

#[test]
fn a_server_that_answers_ok_to_everything_is_a_problem() {
    let home = Home::new();
    shared(&home, &["keygen", "-q"]).go().status(0);
    let socket = home.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                while stream.read(&mut [0; 65536]).is_ok_and(|read| read > 0) && stream.write_all(b"+OK\r\n").is_ok() {}
            });
        }
    });
    configure(&home, &format!("unix://{}", socket.display()), "");
    let doctor = shared(&home, &["doctor"]).go().status(1).stdout_text();
    assert!(doctor.contains("problem    that is no Redis or Valkey server: it answers TIME with no time"), "{doctor}");
}

#[test]
fn a_wrong_value_of_the_variable_is_a_warning_that_says_what_is_expected() {
    let Some(fleet) = Fleet::start() else { return };
    let outcome = fleet.one.running(["count"]).env("CACHEBACK_SHARED", "rubbish").go();
    outcome
        .stdout("of one\n")
        .stderr_has("CACHEBACK_SHARED is 'rubbish' and counts as not set: expected on, off or read-only");
}
