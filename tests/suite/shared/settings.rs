//! The server and the key of the team in the configuration: what is refused, and how it is shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::fleet::{Fleet, configure, shared};
use crate::common::{Call, Home};

#[test]
fn a_key_that_others_can_read_is_refused_and_the_command_runs() {
    let Some(fleet) = Fleet::start() else { return };
    let key = Fleet::key(&fleet.one);
    for (text, mode, said) in [
        (None, 0o604, "is readable by others (mode 0604)"),
        (Some("too short"), 0o600, "has 9 characters, and a key has 64 hexadecimal digits"),
    ] {
        if let Some(text) = text {
            fs::write(&key, text).unwrap();
        }
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let _ = fs::remove_file(fleet.one.cache().join("cache.db-shared"));
        fleet.one.run(["count", said]).stdout("of one\n").status(0).stderr_has(said);
        fleet.one.cacheback(["config", "check"]).go().status(125).stderr_has(said);
        shared(&fleet.one, &["doctor"]).go().status(125).stderr_has("secret_file in [shared]");
    }
    assert_eq!(fleet.server.count("*"), 0);
}

#[test]
fn mistakes_in_the_section_are_named_without_a_password() {
    let home = Home::new();
    home.counter("count");
    configure(&home, "http://ci:hunter2@cache.example/0", "");
    let check = home.cacheback(["config", "check"]).go();
    check.status(125).stderr_has("config.toml:2: invalid value 'http://***@cache.example/0' for 'url': unknown scheme");
    assert!(!check.stderr_text().contains("hunter2"), "{check}");
    home.run(["count"]).stdout("1\n").status(0).stderr_has("for 'url'");
    home.configure("[shared]\nurl = \"redis://h\"\n");
    home.cacheback(["config", "check"]).go().status(125).stderr_has("config.toml:1: [shared] has no secret_file");
}

#[test]
fn sharing_without_a_server_is_a_mistake() {
    let home = Home::new();
    home.counter("count");
    let refused = home.run(["--shared", "count"]);
    refused.status(125).stdout("").stderr_has("'--shared' needs a server");
    home.configure("[[rule]]\ncommand = \"count\"\nshared = true\n");
    home.run(["count"])
        .stdout("1\n")
        .status(0)
        .stderr_has("nothing is shared: shared = true of rule (line 1) needs a server");
    shared(&home, &["status"]).go().status(125).stderr_has("no server is configured");
}

#[test]
fn a_wrong_variable_costs_a_warning_and_not_the_run() {
    let home = Home::new();
    home.counter("count");
    let what = "CACHEBACK_SHARED_URL is 'redis://***@h/x': expected the number of a database";
    let wrong = |call: Call| call.env("CACHEBACK_SHARED_URL", "redis://:hunter2@h/x").go();
    for file in ["", "[[rule]]\ncommand = \"count\"\nshared = true\n"] {
        home.configure(file);
        home.delete(["--all"]);
        let options: &[&str] = if file.is_empty() { &["--shared"] } else { &[] };
        let first = wrong(home.running([options, &["count"]].concat()));
        first.status(0).stderr_has(&format!("nothing is shared: {what}")).warned_once();
        assert_eq!(first.stdout_text().trim(), home.runs("count").to_string());
        let hit = wrong(home.running([options, &["count"]].concat()));
        assert_eq!(hit.stdout, first.stdout, "{hit}");
    }
    configure(&home, "redis://h", "");
    for args in [&["shared", "status"][..], &["shared", "doctor"], &["config", "check"]] {
        wrong(home.cacheback(args)).status(125).stderr_has(what);
    }
}

#[test]
fn a_key_is_made_once_and_is_for_its_owner_alone() {
    let home = Home::new();
    let made = shared(&home, &["keygen"]).go();
    made.status(0).stderr_has("secret_file = ");
    let key = Fleet::key(&home);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(made.stdout_text().starts_with(&format!("{}: key ", key.display())), "{made}");
    let text = fs::read(&key).unwrap();
    shared(&home, &["keygen"]).go().status(125).stderr_has("there is a file already");
    assert_eq!(fs::read(&key).unwrap(), text);
    let other = shared(&home, &["keygen", "--json", "other.key"]).go();
    assert!(other.status(0).stdout_text().contains("\"key\": \""), "{other}");
    assert!(home.work("other.key").exists());
}

#[test]
fn status_and_doctor_print_a_page_or_json() {
    let Some(fleet) = Fleet::with(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]) else { return };
    let status = shared(&fleet.one, &["status"]).go();
    let page = status.status(0).stdout_text();
    for line in
        ["server     unix://", "mode       read-write", "answer     after", "role       primary", "breaker    closed"]
    {
        assert!(page.contains(line), "{line}: {page}");
    }
    let doctor = shared(&fleet.one, &["doctor", "--json"]).go();
    let page = doctor.status(0).stdout_text();
    assert!(page.contains("\"problems\": []") && page.contains("\"state\": \"closed\""), "{page}");
    fleet.server.ask("CONFIG SET maxmemory-policy noeviction");
    let doctor = shared(&fleet.one, &["doctor"]).go();
    assert!(doctor.status(1).stdout_text().contains("problem    maxmemory-policy is noeviction"), "{doctor}");
}

#[test]
fn settings_of_the_server_are_shown_with_their_origin_and_without_a_password() {
    let home = Home::new();
    home.configure("[shared]\nurl = \"redis://ci:hunter2@cache.example\"\nsecret_file = \"~/key\"\nsync = \"30s\"\n");
    let show = |env: &[(&str, &str)]| {
        let mut call = home.cacheback(["config", "show"]);
        for (name, value) in env {
            call = call.env(name, value);
        }
        call.go().status(0).stdout_text()
    };
    let page = show(&[]);
    let key = home.path().join("key").display().to_string();
    for (name, value, origin) in [
        ("url", "redis://ci@cache.example:6379/0", "[shared]"),
        ("secret_file", &key, "[shared]"),
        ("mode", "read-write", "built in"),
        ("sync", "30s", "[shared]"),
        ("max_wait", "10m", "built in"),
        ("max_size", "16MiB", "built in"),
    ] {
        let line = page.lines().find(|line| line.starts_with(&format!("shared.{name} "))).expect(name);
        assert!(line.contains(&format!(" {value} ")) && line.ends_with(origin), "{line}");
    }
    let page = show(&[
        ("CACHEBACK_SHARED_URL", "redis://b"),
        ("CACHEBACK_SHARED", "read-only"),
        ("CACHEBACK_SHARED_PASSWORD", "hunter3"),
    ]);
    for name in ["url", "mode", "password"] {
        let line = page.lines().find(|line| line.starts_with(&format!("shared.{name} "))).expect(name);
        assert!(line.ends_with("environment"), "{line}");
    }
    assert!(!page.contains("hunter"), "{page}");
    home.configure("");
    assert!(!show(&[]).contains("shared.url"));
}
