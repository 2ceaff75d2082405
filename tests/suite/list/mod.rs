//! `list`: what is stored, for people and for scripts.

mod shown;
mod states;

use serde_json::Value;

use crate::common::{Home, Outcome};

fn list(home: &Home, options: &[&str]) -> Outcome {
    home.cacheback(["list"].iter().chain(options)).go()
}

fn objects(home: &Home, options: &[&str]) -> Vec<Value> {
    let text = list(home, &[&["--jsonl"], options].concat()).stderr("").status(0).stdout_text();
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect()
}

/// The commands that are listed, in order.
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
fn an_empty_cache_has_nothing_to_list() {
    let home = Home::new();
    list(&home, &[]).stdout("").stderr("cacheback: nothing is stored\n").status(0);
    list(&home, &["-q"]).stdout("").stderr("").status(0);
    list(&home, &["--tag", "x"]).stdout("").stderr("cacheback: no such entry is stored\n").status(0);
    list(&home, &["--jsonl"]).stdout("").stderr("").status(0);
    list(&home, &["--ids"]).stdout("").stderr("").status(0);
    list(&home, &["--json"]).stdout("[]\n").status(0);
    list(&home, &["--ids"]).stdout("").status(0);
    assert!(!home.cache().exists(), "`list` made a directory");
}

#[test]
fn an_entry_is_listed_if_it_fits_all_filters() {
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
fn other_subcommands_take_the_listed_ids() {
    let home = filled();
    home.shell("cacheback list --tag a --ids | xargs -n1 cacheback delete -q --id").go().stderr("").status(0);
    assert_eq!(commands(&home, &[]), ["sh -c 'echo third; seq 1000'"]);
    let ids = list(&home, &["--null"]).status(0).stdout_text();
    assert!(ids.len() == 65 && ids.ends_with('\0'), "{ids:?}");
}

#[test]
fn a_list_is_sorted_by_the_given_column() {
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
fn json_has_all_fields_of_an_entry() {
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
    let peeked = home.cacheback(["peek", "--json", "echo", "x y"]).go().json();
    for (name, value) in found.as_object().unwrap() {
        if !["age", "ttl_left", "ttl", "fresh_until"].contains(&name.as_str()) {
            assert_eq!(&peeked[name], value, "{name}");
        }
    }
}

#[test]
fn a_database_that_cannot_be_read_is_an_error() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    std::fs::write(home.db(), vec![0; 10_000]).unwrap();
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
