//! `list`: what is stored, for people and for scripts.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::pty::Terminal;
use crate::common::{Home, Outcome, wait_until};

fn list(home: &Home, options: &[&str]) -> Outcome {
    home.cacheback(["list"].iter().chain(options)).go()
}

fn objects(home: &Home, options: &[&str]) -> Vec<Value> {
    let text = list(home, &[&["--jsonl"], options].concat()).stderr("").status(0).stdout_text();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect()
}

/// The commands that are listed, by the end of their lines.
fn commands(home: &Home, options: &[&str]) -> Vec<String> {
    objects(home, options).iter().map(|object| object["command"].as_str().expect("text").to_owned()).collect()
}

/// A table with its ids, times and durations replaced by letters.
fn normalised(table: &str) -> String {
    let mut lines = Vec::new();
    for line in table.lines().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_id = words[0].len() == 8 && words[0].bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_id, "no id in {line:?}");
        lines.push(format!("ID {}", words[1..].join(" ")));
    }
    lines.join("\n")
}

/// Entries of different ages, one after another.
fn filled() -> Home {
    let home = Home::new();
    home.run(["--scope", "one", "--tag", "a", "--tag", "b", "echo", "first"]).status(0);
    home.run(["--tag", "a", "-s", "echo it\\'s second"]).status(0);
    home.run(["sh", "-c", "echo third; seq 1000"]).status(0);
    home
}

#[test]
fn the_newest_entry_is_listed_first() {
    let home = filled();
    let table = list(&home, &[]).stderr("").status(0).stdout_text();
    let heading: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(heading, ["ID", "STATE", "AGE", "TTL", "SIZE", "TOOK", "HITS", "COMMAND"]);
    let ends: Vec<&str> = table.lines().skip(1).map(|line| line.split_once("  0  ").expect("no hits").1).collect();
    assert_eq!(ends, ["sh -c 'echo third; seq 1000'", r"-s 'echo it\'\''s second'", "echo first  # scope one"]);
    assert!(normalised(&table).starts_with("ID fresh "), "{table}");
}

#[test]
fn what_else_is_part_of_the_key_tells_entries_of_a_command_apart() {
    let home = Home::new();
    for (number, options) in
        [&[][..], &["--key", "k"], &["--scope", "a b", "--cwd", "--env", "E", "--env", "F"], &["--stdin", "--pty"]]
            .iter()
            .enumerate()
    {
        home.run(options.iter().chain(&["echo", "x"])).status(0);
        assert_eq!(objects(&home, &[]).len(), number + 1, "{options:?}");
    }
    let cwd = home.work(".").canonicalize().unwrap();
    let expected = [
        "echo x  # stdin, pty",
        &format!("echo x  # scope 'a b', cwd {}, env E, env F", cwd.display()),
        "echo x  # key k",
        "echo x",
    ];
    let table = list(&home, &[]).stderr("").status(0).stdout_text();
    let ends: Vec<&str> = table.lines().skip(1).map(|line| line.split_once("  0  ").expect("no hits").1).collect();
    assert_eq!(ends, expected);
    let candidates = home.cacheback(["show", "--match", "*"]).go();
    for command in expected {
        candidates.stderr_has(&format!("  {command}\n")).status(125);
    }
    let commands = objects(&home, &[]).iter().all(|object| object["command"] == "echo x");
    assert!(commands, "for scripts, the parts have names of their own");
}

#[test]
fn an_empty_cache_has_nothing_to_list() {
    let home = Home::new();
    list(&home, &[]).stdout("").stderr("").status(0);
    list(&home, &["--json"]).stdout("[]\n").status(0);
    list(&home, &["--ids"]).stdout("").status(0);
    assert!(!home.cache().exists(), "a list makes nothing");
}

#[test]
fn every_filter_selects_and_they_all_have_to_hold() {
    let home = filled();
    let key = objects(&home, &["--scope", "one"])[0]["key"].as_str().unwrap().to_owned();
    for (options, expected) in [
        (&["--match", "echo*"][..], 2),
        (&["--match", "echo*", "--scope", "one"], 1),
        (&["--tag", "a"], 2),
        (&["--tag", "a", "--tag", "b"], 1),
        (&["--id", &key[..9]], 1),
        (&["--id", &key, "--tag", "c"], 0),
        (&["--scope", "two"], 0),
        (&["--job", "none"], 0),
        (&["--stale"], 0),
        (&["--failing"], 0),
        (&["--refreshing"], 0),
        (&["--stale", "--ttl", "0"], 3),
        (&["--limit", "2"], 2),
        (&["--limit", "0"], 0),
    ] {
        assert_eq!(commands(&home, options).len(), expected, "{options:?}");
    }
}

#[test]
fn an_entry_is_fresh_for_as_long_as_the_ttl_that_it_was_fetched_with() {
    let home = Home::new();
    home.configure("[defaults]\nttl = \"2h\"\n[job.j]\ncommand = [\"echo\", \"j\"]\nttl = \"7d\"\n");
    home.run(["--ttl", "90s", "echo", "option"]).status(0);
    home.run(["echo", "default"]).status(0);
    home.cacheback(["get", "j"]).go().status(0);
    // Who reads it with another ttl changes nothing, who fetches it does.
    home.run(["--ttl", "1d", "echo", "option"]).status(0);
    home.run(["--ttl", "0", "echo", "fetched anew"]).status(0);
    home.run(["--refresh", "--ttl", "30s", "echo", "fetched anew"]).status(0);
    let ttls = |home: &Home, options: &[&str]| -> BTreeMap<String, f64> {
        let objects = objects(home, options);
        objects.iter().map(|object| (object["command"].to_string(), object["ttl"].as_f64().unwrap())).collect()
    };
    let expected = [("default", 7200.0), ("'fetched anew'", 30.0), ("j", 604_800.0), ("option", 90.0)];
    let expected = expected.map(|(word, ttl)| (format!("\"echo {word}\""), ttl));
    assert_eq!(ttls(&home, &[]), BTreeMap::from(expected.clone()));
    home.cacheback(["invalidate", "--all"]).go().status(0);
    home.until_quiet();
    assert_eq!(ttls(&home, &[]), BTreeMap::from(expected));
    assert!(ttls(&home, &["--ttl", "5s"]).into_values().all(|ttl| ttl == 5.0));
    let sheet = home.cacheback(["show", "echo", "option"]).go().status(0).stdout_text();
    assert!(sheet.contains("(ttl 1m 30s)"), "{sheet}");
}

#[test]
fn the_ttl_is_the_readers_who_says_one() {
    let home = filled();
    assert_eq!(objects(&home, &["--limit", "1"])[0]["ttl"], 600.0);
    let stale = home.cacheback(["list", "--ids", "--stale"]).env("CACHEBACK_TTL", "0").go();
    assert_eq!(stale.status(0).stdout_text().lines().count(), 3);
    home.cacheback(["list"]).env("CACHEBACK_TTL", "soon").go().stderr_has("CACHEBACK_TTL").status(125);
}

#[test]
fn ids_are_for_other_commands() {
    let home = filled();
    home.shell("cacheback list --tag a --ids | xargs -n1 cacheback delete -q --id").go().stderr("").status(0);
    assert_eq!(commands(&home, &[]), ["sh -c 'echo third; seq 1000'"]);
    let ids = list(&home, &["--null"]).status(0).stdout_text();
    assert!(ids.len() == 65 && ids.ends_with('\0'), "{ids:?}");
}

#[test]
fn a_list_is_sorted_by_the_column_that_is_asked_for() {
    let home = filled();
    home.run(["echo", "first"]).status(0);
    home.run(["-s", "echo it\\'s second"]).status(0);
    home.run(["-s", "echo it\\'s second"]).status(0);
    let by = |column: &str| commands(&home, &["--sort", column]);
    let named = |number: usize| ["echo first", r"-s 'echo it\'\''s second'", "sh -c 'echo third; seq 1000'"][number];
    assert_eq!(by("age")[1..], [named(2), named(1), named(0)]);
    assert_eq!(by("command"), [named(1), named(0), named(0), named(2)]);
    assert_eq!(by("size")[0], named(2));
    assert_eq!(by("hits")[0], named(1));
    assert_eq!(commands(&home, &["--sort", "size", "--limit", "1"]), [named(2)]);
    let ids = list(&home, &["--ids", "--sort", "id"]).stdout_text();
    assert!(ids.lines().is_sorted() && ids.lines().count() == 4, "{ids}");
    for column in ["state", "ttl", "took"] {
        assert_eq!(by(column).len(), 4, "{column}");
    }
}

#[test]
fn wrong_values_are_answered_with_what_is_accepted() {
    let home = Home::new();
    let columns = "id, state, age, ttl, size, took, hits, command";
    list(&home, &["--limit", "-1"]).stderr_has("--limit").stderr_has("expected a number").status(125);
    list(&home, &["--sort", "colour"]).stderr_has("'colour'").stderr_has(columns).status(125);
}

#[test]
fn json_tells_what_is_known() {
    let home = Home::new();
    for _ in 0..2 {
        home.run(["--ttl", "1h", "--tag", "t", "echo", "x y"]).status(0);
    }
    home.run(["--ttl", "0", "--async", "echo", "x y"]).status(0);
    home.until_quiet();
    let array: Vec<Value> = serde_json::from_str(&list(&home, &["--json", "--ttl", "1h"]).stdout_text()).unwrap();
    let [found] = &array[..] else { panic!("one entry: {array:?}") };
    assert_eq!((&found["command"], &found["argv"][1]), (&"echo 'x y'".into(), &"x y".into()));
    assert_eq!((&found["state"], &found["fresh"], &found["ttl"]), (&"fresh".into(), &true.into(), &3600.0.into()));
    assert_eq!((&found["hits"], &found["stale_hits"]), (&1.into(), &1.into()));
    assert!(found["saved"].as_f64().unwrap() > 0.0);
    assert!(found["last_used"].as_str().unwrap().ends_with('Z'));
    assert_eq!((&found["failure"], &found["refreshing"]), (&Value::Null, &Value::Null));
    let peeked = home.cacheback(["peek", "--json", "echo", "x y"]).go().stdout_text();
    let peeked: Value = serde_json::from_str(&peeked).unwrap();
    for (name, value) in found.as_object().unwrap() {
        if !["age", "ttl_left", "ttl", "fresh_until"].contains(&name.as_str()) {
            assert_eq!(&peeked[name], value, "{name}");
        }
    }
}

#[test]
fn a_fetch_in_progress_is_listed_with_its_process() {
    let home = Home::new();
    let gate = home.gate("slow");
    home.run(["echo", "quick"]).status(0);
    home.script("slow", &format!("test ! -e started || {}; : > started", gate.pass()));
    home.run(["slow"]).status(0);
    home.run(["--ttl", "0", "--async", "slow"]).status(0);
    home.until_runs("slow", 2);
    let found = objects(&home, &["--refreshing"]);
    let [slow] = &found[..] else { panic!("one fetch: {found:?}") };
    assert_eq!((&slow["state"], &slow["command"]), (&"refreshing".into(), &"slow".into()));
    let pid = slow["refreshing"]["pid"].as_i64().unwrap();
    assert!(slow["refreshing"]["for"].as_f64().unwrap() >= 0.0);
    assert!(home.processes().iter().any(|process| i64::from(process.pid) == pid));
    assert!(list(&home, &[]).stdout_text().contains(&format!("refreshing (pid {pid}, ")));
    gate.let_one_go();
    home.until_quiet();
    assert_eq!(objects(&home, &["--refreshing"]), [] as [Value; 0]);
}

#[test]
fn a_failing_refresh_is_listed_with_its_last_status() {
    let home = Home::new();
    home.script("flaky", "test ! -e started || { echo broken >&2; exit 7; }; : > started");
    home.run(["flaky"]).status(0);
    home.run(["--ttl", "0", "--async", "flaky"]).status(0);
    wait_until("the failure is recorded", || !objects(&home, &["--failing"]).is_empty());
    home.until_quiet();
    let found = &objects(&home, &["--failing"])[0];
    assert_eq!((&found["state"], &found["failure"]["status"]), (&"failing".into(), &7.into()));
    assert_eq!((&found["failure"]["count"], &found["failure"]["stderr"]), (&1.into(), &"broken\n".into()));
    assert!(list(&home, &[]).stdout_text().contains(" failing ×1 (status 7) "));
}

#[test]
fn a_refresh_that_is_too_large_to_be_stored_is_listed_as_that() {
    let home = Home::new();
    home.script("growing", "cat size; echo x >> size");
    std::fs::write(home.work("size"), "").unwrap();
    home.run(["--max-size", "3", "growing"]).status(0);
    std::fs::write(home.work("size"), "too large\n").unwrap();
    home.run(["--max-size", "3", "--ttl", "0", "--async", "growing"]).status(0);
    wait_until("the failure is recorded", || !objects(&home, &["--failing"]).is_empty());
    let found = &objects(&home, &["--failing"])[0];
    assert_eq!(found["failure"]["stderr"], "the output is larger than 3 bytes, and is not stored");
    assert!(list(&home, &[]).stdout_text().contains(" failing ×1 (not stored) "));
}

#[test]
fn an_invalidated_entry_says_so() {
    let home = Home::new();
    let env = |call: crate::common::Call| call.env("NAME", "1");
    env(home.running(["--env", "NAME", "echo", "x"])).go().status(0);
    home.invalidate(["--all"]).status(0);
    home.until_quiet();
    let table = list(&home, &[]).stdout_text();
    assert!(normalised(&table).starts_with("ID invalidated "), "{table}");
    assert_eq!(commands(&home, &["--stale"]), ["echo x"]);
}

#[test]
fn a_changed_dependency_makes_an_entry_stale() {
    let home = Home::new();
    std::fs::write(home.work("input"), "one").unwrap();
    home.run(["--depends-on", "input", "cat", "input"]).status(0);
    assert_eq!(objects(&home, &[])[0]["state"], "fresh");
    std::fs::write(home.work("input"), "another").unwrap();
    assert_eq!(objects(&home, &[])[0]["state"], "stale");
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let home = filled();
    let green = "\x1b[32mfresh\x1b[0m";
    let table = |options: &[&str]| list(&home, options).status(0).stdout_text();
    assert!(!table(&[]).contains('\x1b'));
    assert!(table(&["--color", "always"]).contains(green));
    let on_terminal = |options: &[&str], no_color: &str| {
        let call = home.cacheback(["list"].iter().chain(options)).env("TERM", "xterm").env("NO_COLOR", no_color);
        let mut terminal = Terminal::with(call);
        assert!(terminal.until_ended().success());
        terminal.seen()
    };
    assert!(on_terminal(&[], "").contains(green));
    assert!(!on_terminal(&[], "1").contains('\x1b'));
    assert!(!on_terminal(&["--color", "never"], "").contains('\x1b'));
    list(&home, &["--color", "sometimes"]).stderr_has("auto, always, never").status(125);
}

#[test]
fn a_table_is_no_wider_than_the_terminal() {
    let home = Home::new();
    let long = "long ".repeat(100);
    home.run(["echo", &long]).status(0);
    let mut terminal = Terminal::with(home.cacheback(["list"]));
    assert!(terminal.until_ended().success());
    let seen = terminal.seen();
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines.len(), 2, "{seen}");
    assert!(lines[1].ends_with('…') && lines[1].chars().count() <= 200, "{seen}");
    assert!(list(&home, &[]).stdout_text().contains(&long), "elsewhere nothing is cut off");
}

#[test]
fn words_are_shown_as_one_would_type_them() {
    let home = Home::new();
    home.run(["echo", "a\nb", "\x1b[31m", "$x"]).status(0);
    let table = list(&home, &[]).stdout_text();
    assert!(table.ends_with("  echo $'a\\nb' $'\\033[31m' '$x'\n"), "{table}");
}

#[test]
fn a_command_that_is_listed_can_be_put_behind_run() {
    let home = Home::new();
    home.run(["-s", "echo \"$1\"", "x", "y z"]).stdout("x\n").status(0);
    home.run(["-s", "--", "-x 2> /dev/null || echo $0"]).stdout("sh\n").status(0);
    let listed = commands(&home, &[]);
    assert_eq!(listed, ["-s -- '-x 2> /dev/null || echo $0'", "-s 'echo \"$1\"' x 'y z'"]);
    for command in &listed {
        home.shell(&format!("cacheback run --status {command}")).go().stderr_has("hit").status(0);
    }
    assert_eq!(commands(&home, &["--match", "echo \"$1\" x y z"]), &listed[1..], "no -s is part of the words");
    home.run(["-s", "echo \"$1\"", "x", "z"]).status(0);
    let explained = home.cacheback(["explain", "-s", "echo \"$1\"", "x", "a"]).go().stdout_text();
    assert!(explained.contains("  -s 'echo \"$1\"' x 'y z'\n"), "{explained}");
}

#[test]
fn a_closed_pipe_ends_the_list_quietly() {
    let home = Home::new();
    home.shell("for n in $(seq 100); do cacheback run echo $n; done").go().status(0);
    let script = "cacheback list --jsonl --match 'echo*' | head -1 | grep -c key; echo ${PIPESTATUS[0]}";
    let outcome = home.call("bash", ["-c", script]).go();
    assert!(["1\n0\n", "1\n141\n"].contains(&outcome.stdout_text().as_str()), "{outcome}");
    outcome.stderr("");
    let ignoring = "trap '' PIPE; (cacheback list --jsonl; echo $? > status) | :; cat status";
    assert_ne!(home.call("bash", ["-c", ignoring]).go().stderr("").stdout_text(), "125\n");
}

#[test]
fn a_database_that_cannot_be_read_is_an_error() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    std::fs::write(home.db(), vec![b'x'; 10_000]).unwrap();
    list(&home, &[]).stdout("").stderr_has("is damaged").stderr_has("verify --repair").status(125);
    std::fs::set_permissions(home.db(), std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    list(&home, &[]).stdout("").stderr_has("writable by others").warned_once().status(125);
}

#[test]
fn an_ambiguous_id_is_answered_with_the_candidates() {
    let home = Home::new();
    for number in 0..17 {
        home.run(["echo", &number.to_string()]).status(0);
    }
    let ids = list(&home, &["--ids"]).stdout_text();
    let digit = |id: &str| id[..1].to_owned();
    let mut digits: Vec<String> = ids.lines().map(digit).collect();
    digits.sort();
    let twice = digits.windows(2).find(|pair| pair[0] == pair[1]).expect("there are 16 digits");
    let outcome = home.cacheback(["peek", "--id", &twice[0]]).go();
    let message = format!(
        "cacheback: several entries have an id that begins with '{}'; expected more digits for '--id <PREFIX>'\n",
        twice[0]
    );
    outcome.stderr_has(&message).stdout("").status(125);
    home.cacheback(["show", &twice[0]]).go().stderr_has(&message).stdout("").status(125);
    for id in ids.lines().filter(|id| digit(id) == twice[0]) {
        outcome.stderr_has(&format!("cacheback:   {}  echo ", &id[..8]));
    }
}

#[test]
fn stale_hits_are_told_from_others() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    home.run(["echo", "x"]).status(0);
    home.run(["echo", "x"]).status(0);
    assert!(normalised(&list(&home, &[]).stdout_text()).ends_with(" 2 echo x"));
    home.run(["--async", "--ttl", "0", "echo", "x"]).status(0);
    home.until_quiet();
    let table = list(&home, &[]).stdout_text();
    assert!(normalised(&table).ends_with(" 2+1 echo x"), "{table}");
    let object = &objects(&home, &[])[0];
    assert_eq!((&object["hits"], &object["stale_hits"]), (&2.into(), &1.into()));
}
