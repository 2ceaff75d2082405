//! Results that hosts share through a server.

mod barriers;
mod damaged;
mod doctor;
mod epochs;
mod explain;
mod full_server;
mod list;
mod local_fence;
mod readers;
mod replicas;
mod lost_answers;
mod slow_reader;
mod stats;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use crate::common::Home;
use crate::common::fleet::{Fleet, configure, has_breaker, members, shared};

#[test]
fn what_one_host_has_fetched_the_others_print() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let found = fleet.other.run(["--status", "count"]);
    found.stdout("of one\n").status(0);
    let (from_server, own) = members(&found);
    assert!(from_server.starts_with("hit; ttl=") && from_server.contains("; age="), "{found}");
    assert!(own.starts_with("fwd=uri-miss; stored; key="), "{found}");
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn the_host_that_runs_the_command_says_so_and_stores_the_result_for_all() {
    let Some(fleet) = Fleet::start() else { return };
    let ran = fleet.one.run(["--status", "count"]);
    ran.stdout("of one\n");
    let (from_server, own) = members(&ran);
    assert_eq!(from_server, "fwd=uri-miss");
    assert!(own.starts_with("fwd=uri-miss; stored"), "{ran}");
    fleet.one.until_quiet();
    assert_eq!((fleet.server.count("*e:*"), fleet.server.count("*w:*")), (1, 0));
}

#[test]
fn a_fresh_local_result_touches_nothing_of_the_server() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let Fleet { one, server, .. } = fleet;
    drop(server);
    let hit = one.run(["--status", "count"]);
    hit.stdout("of one\n");
    assert!(hit.stderr_text().starts_with("Cache-Status: cacheback; hit;"), "{hit}");
    assert!(!has_breaker(&one), "it has asked");
}

#[test]
fn a_copy_is_served_from_this_host_without_the_server() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fleet.other.run(["count"]).stdout("of one\n");
    let Fleet { other, server, .. } = fleet;
    drop(server);
    let hit = other.run(["--status", "count"]);
    hit.stdout("of one\n");
    assert!(hit.cache_status().has("hit") && !has_breaker(&other), "{hit}");
}

#[test]
fn both_streams_their_order_and_the_exit_status_are_shared() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.script("count", "printf a; printf b >&2; printf c; exit 3");
    let line = ["--cache-exit", "3", "count"];
    fleet.one.run(line).stdout("ac").stderr("b").status(3);
    fleet.one.until_quiet();
    fleet.other.run(line).stdout("ac").stderr("b").status(3);
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn a_large_output_is_shared_and_one_above_max_size_stays_here() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.configure(&fleet.one, "max_size = \"4MiB\"");
    for home in [&fleet.one, &fleet.other] {
        // A copy may take as long as the run took.
        home.script("count", "sleep 1; head -c $1 /dev/zero | tr '\\0' x");
    }
    for (size, runs) in [("3000000", 0), ("5000000", 1)] {
        fleet.one.run(["count", size]);
        fleet.one.until_quiet();
        let outcome = fleet.other.run(["count", size]);
        assert!(outcome.stdout_text().len().to_string() == size, "{size}");
        fleet.other.until_quiet();
        assert_eq!(fleet.other.runs("count"), runs, "{size}");
    }
}

#[test]
fn only_calls_that_ask_for_it_are_shared() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let other = &fleet.other;
    for (line, variable) in [(&["--status", "--no-shared", "count"][..], ""), (&["--status", "count"], "off")] {
        let outcome = other.running(line).env("CACHEBACK_SHARED", variable).go();
        outcome.stdout("of other\n");
        assert!(outcome.stderr_text().starts_with("Cache-Status: cacheback;"), "{outcome}");
        other.delete(["-q", "--config", "/dev/null", "count"]);
    }
    other.running(["--shared", "count"]).env("CACHEBACK_SHARED", "off").go().stdout("of one\n");
    fleet.one.script("plain", "echo of one");
    other.script("plain", "echo of other");
    fleet.one.run(["--shared", "plain"]).stdout("of one\n");
    fleet.one.until_quiet();
    other.running(["plain"]).env("CACHEBACK_SHARED", "on").go().stdout("of one\n");
}

#[test]
fn a_host_that_only_reads_stores_nothing() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.other.running(["count"]).env("CACHEBACK_SHARED", "read-only").go().stdout("of other\n");
    fleet.configure(&fleet.one, "mode = \"read-only\"");
    fleet.one.run(["count"]).stdout("of one\n");
    fleet.one.until_quiet();
    fleet.other.until_quiet();
    assert_eq!(fleet.server.count("*"), 0);
    fleet.other.run(["count", "x"]).stdout("of other\n");
    fleet.other.until_quiet();
    fleet.one.run(["count", "x"]).stdout("of other\n");
    let warned = fleet.one.invalidate(["count", "x"]);
    warned.stderr_has("mode in [shared] is \"read-only\"").status(0);
}

#[test]
fn vary_in_a_rule_says_what_distinguishes_hosts() {
    let Some(fleet) = Fleet::start() else { return };
    for (vary, expected) in
        [("[]", "of one\n"), ("[\"os\", \"arch\", \"user\"]", "of one\n"), ("[\"host\"]", "of one\n")]
    {
        for home in [&fleet.one, &fleet.other] {
            let text = fs::read_to_string(home.config()).unwrap();
            let text = text.split("vary").next().unwrap().trim_end().to_owned();
            home.configure(&format!("{text}\nvary = {vary}\n"));
        }
        fleet.one.run(["count", vary]).stdout("of one\n");
        fleet.one.until_quiet();
        fleet.other.run(["count", vary]).stdout(expected);
    }
    assert_eq!(fleet.server.count("*e:*"), 3);
    // There is one entry for each value of vary.
    fleet.other.delete(["-q", "--config", "/dev/null", "count", "[]"]);
    fleet.other.run(["count", "[]"]).stdout("of other\n");
}

#[test]
fn another_team_finds_nothing() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    fs::remove_file(Fleet::key(&fleet.other)).unwrap();
    shared(&fleet.other, &["keygen", "-q"]).go().status(0);
    fleet.other.run(["count"]).stdout("of other\n");
    fleet.other.until_quiet();
    shared(&fleet.other, &["doctor"]).go().status(1);
    let found = shared(&fleet.other, &["doctor"]).go();
    assert!(found.stdout_text().contains("other keys"), "{found}");
}

#[test]
fn the_server_cannot_read_what_it_keeps() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one.script("count", "echo output-hunter2");
    fleet.one.run(["--scope", "scope-hunter2", "--tag", "tag-hunter2", "count", "word-hunter2"]);
    fleet.one.until_quiet();
    fleet.one.invalidate(["-q", "--tag", "tag-hunter2"]).status(0);
    fleet.one.until_quiet();
    let memory = fleet.server.memory();
    assert!(!memory.windows(7).any(|bytes| bytes == b"hunter2"), "it is in there");
}

#[test]
fn a_refresh_takes_nothing_from_the_server_and_gives_it_the_result() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let refreshed = fleet.other.run(["--status", "--refresh", "count"]);
    refreshed.stdout("of other\n");
    assert_eq!(members(&refreshed).0, "fwd=request");
    fleet.other.until_quiet();
    fleet.one.delete(["-q", "--config", "/dev/null", "count"]);
    fleet.one.run(["count"]).stdout("of other\n");
}

#[test]
fn a_stale_result_is_replaced_by_a_fresher_one_of_another_host() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        fleet.other.run(["--refresh", "count"]).stdout("of other\n");
        fleet.other.until_quiet();
        // On a busy machine that may be too old by now, too.
        let outcome = fleet.one.run(["--status", "--ttl", "2s", "count"]);
        if outcome.stdout_text() == "of other\n" {
            let (from_server, own) = members(&outcome);
            assert!(from_server.starts_with("hit;") && own.starts_with("fwd=stale; stored"), "{outcome}");
            return;
        }
        assert!(Instant::now() < end, "{outcome}");
        fleet.one.until_quiet();
    }
}

#[test]
fn a_refresh_in_the_background_takes_what_another_host_has_fetched() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        fleet.other.run(["--refresh", "count"]).stdout("of other\n");
        fleet.other.until_quiet();
        let runs = fleet.one.runs("count");
        // On a busy machine what the other has may be too old by now, too; and what is here not old enough.
        let stale = fleet.one.run(["--status", "--async", "--ttl", "2s", "count"]);
        fleet.one.until_quiet();
        let is_stale = stale.cache_status().get("detail") == Some("refreshing");
        if is_stale && fleet.one.runs("count") == runs {
            fleet.one.run(["count"]).stdout("of other\n");
            return;
        }
        assert!(Instant::now() < end, "{stale}");
    }
}

#[test]
fn files_that_a_result_depends_on_are_compared_by_their_content() {
    let Some(fleet) = Fleet::start() else { return };
    let path = fleet.one.root().join("input");
    let line = |home: &Home| home.run(["--depends-on".as_ref(), path.as_os_str(), "count".as_ref()]).stdout_text();
    fs::write(&path, "same").unwrap();
    assert_eq!(line(&fleet.one), "of one\n");
    fleet.one.until_quiet();
    fs::write(&path, "other").unwrap();
    assert_eq!(line(&fleet.other), "of other\n");
    fleet.other.until_quiet();
    fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
    fs::write(&path, "same").unwrap();
    assert_eq!(line(&fleet.other), "of one\n");
}

#[test]
fn an_invalidation_or_deletion_reaches_what_the_server_has() {
    let Some(fleet) = Fleet::start() else { return };
    for (change, selector) in [
        ("invalidate", &["count"][..]),
        ("delete", &["count"]),
        ("delete", &["--all"]),
        ("invalidate", &["--match", "cou*"]),
        ("delete", &["--tag", "a"]),
    ] {
        fleet.one.run(["--refresh", "--tag", "a", "count"]).stdout("of one\n");
        fleet.one.until_quiet();
        let outcome = fleet.one.cacheback([change]).arg_all(selector).go();
        outcome.status(0).warned_once();
        fleet.one.until_quiet();
        fleet.other.run(["count"]).stdout("of other\n");
        fleet.other.until_quiet();
        fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
        fleet.other.run(["count"]).stdout("of other\n");
        fleet.other.delete(["-q", "--config", "/dev/null", "count"]);
    }
}

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
    // A look at the server closes the breaker.
    let doctor = shared(&fleet.one, &["doctor"]).go();
    assert!(doctor.stdout_text().contains("closed: the server is asked"), "{doctor}");
    fleet.one.run(["count", "3"]).stdout("of one\n");
    fleet.one.until_quiet();
    assert!(fleet.server.ask("AUTH hunter1").starts_with("+OK"));
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
    let wrong = home.running(["--shared", "count"]).env("CACHEBACK_SHARED_URL", "redis://:hunter2@h/x").go();
    wrong.status(125).stderr_has("CACHEBACK_SHARED_URL is 'redis://***@h/x': expected the number of a database");
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
fn an_emptied_server_is_a_cold_cache() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    assert_eq!(fleet.server.ask("FLUSHALL"), "+OK\r\n");
    fleet.other.run(["count"]).stdout("of other\n");
    fleet.other.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 1);
}

#[test]
fn the_caller_does_not_wait_for_the_server_to_get_the_result() {
    let Some(fleet) = Fleet::start() else { return };
    let outcome = fleet.one.shell("printf '<%s>' \"$(cacheback run count)\"").go();
    outcome.stdout("<of one>");
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*e:*"), 1);
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
