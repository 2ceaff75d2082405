//! The configuration file: where it is found, when it is trusted, and which mistakes are reported.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::common::Home;

fn with_a_counter() -> Home {
    let home = Home::new();
    home.counter("count");
    home
}

const NEVER_FRESH: &str = "[defaults]\nttl = 0\n";

#[test]
fn without_a_file_the_built_in_settings_apply() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n").stderr("");
    home.run(["count"]).stdout("1\n").stderr("");
    let checked = home.cacheback(["config", "check"]).go();
    checked.status(0).stderr("");
    assert!(checked.stdout_text().contains("no such file"));
}

#[test]
fn the_defaults_apply_to_run() {
    let home = with_a_counter();
    home.configure(NEVER_FRESH);
    home.run(["count"]).stdout("1\n").stderr("");
    home.run(["count"]).stdout("2\n");
    home.run(["--ttl", "1h", "count"]).stdout("2\n");
    home.running(["count"]).env("CACHEBACK_TTL", "1h").go().stdout("2\n");
}

#[test]
fn a_file_is_named_by_option_or_environment_or_found_in_its_usual_place() {
    let home = with_a_counter();
    let config = home.work("other.toml");
    fs::write(&config, NEVER_FRESH).unwrap();
    let path = config.to_str().unwrap();
    home.run(["count"]).stdout("1\n");
    home.run(["--config", path, "count"]).stdout("2\n");
    home.running(["--config", "other.toml", "count"]).go().stdout("3\n");
    home.running(["count"]).env("CACHEBACK_CONFIG", path).go().stdout("4\n");
    let xdg = home.work("xdg");
    fs::create_dir_all(xdg.join("cacheback")).unwrap();
    fs::copy(&config, xdg.join("cacheback/config.toml")).unwrap();
    home.running(["count"]).env("XDG_CONFIG_HOME", &xdg).go().stdout("5\n");
    home.running(["count"]).env("XDG_CONFIG_HOME", "xdg").go().stdout("5\n");
    home.running(["--config", "/dev/null", "count"]).env("XDG_CONFIG_HOME", &xdg).go().stdout("5\n");
    home.running(["count"]).env("CACHEBACK_CONFIG", "").go().stdout("5\n").stderr("");
    for (name, value, found) in [
        ("HOME", "", xdg.clone()),
        ("HOME", "relative", xdg.clone()),
        ("XDG_CONFIG_HOME", "xdg", home.path().join(".config")),
        ("XDG_CONFIG_HOME", "", home.path().join(".config")),
    ] {
        let call = home.cacheback(["config", "path"]).env("XDG_CONFIG_HOME", &xdg).env(name, value);
        call.go().stdout(format!("{}/cacheback/config.toml\n", found.display())).stderr("").status(0);
    }
    home.cacheback(["config", "path"]).env("HOME", "relative").go().stdout("").status(125).warned_once();
}

#[test]
fn no_file_of_the_working_directory_is_read() {
    let home = with_a_counter();
    for name in ["config.toml", "cacheback.toml", ".cacheback.toml"] {
        fs::write(home.work(name), NEVER_FRESH).unwrap();
    }
    home.run(["count"]).stdout("1\n");
    home.run(["count"]).stdout("1\n").stderr("");
}

#[test]
fn the_file_may_be_a_link() {
    let home = with_a_counter();
    home.configure("");
    fs::write(home.work("real.toml"), NEVER_FRESH).unwrap();
    fs::remove_file(home.config()).unwrap();
    symlink(home.work("real.toml"), home.config()).unwrap();
    home.run(["count"]).stdout("1\n");
    home.run(["count"]).stdout("2\n").stderr("");
}

#[test]
fn a_named_file_that_is_missing_is_an_error_where_it_was_named() {
    let home = with_a_counter();
    home.run(["--config", "missing.toml", "count"]).stdout("").warned_once().stderr_has("missing.toml").status(125);
    home.run(["--config", "/tmp", "count"]).stdout("").warned_once().stderr_has("/tmp").status(125);
    home.running(["count"]).env("CACHEBACK_CONFIG", "/missing").go().stdout("1\n").warned_once().status(0);
    home.cacheback(["get", "x"]).env("CACHEBACK_CONFIG", "/missing").go().warned_once().status(125);
    home.cacheback(["config", "check", "--config", "missing.toml"]).go().warned_once().status(125);
}

#[test]
fn a_broken_file_costs_run_a_warning_and_ends_get() {
    let home = with_a_counter();
    home.configure("[defaults]\nttl = 0\n\ntll = 5\n\n[job.count]\ncommand = [\"count\"]\n");
    let mistake = "config.toml:4: unknown key 'tll' in [defaults]; did you mean 'ttl'?";
    home.run(["count"]).stdout("1\n").warned_once().stderr_has(mistake).status(0);
    home.run(["count"]).stdout("1\n").warned_once();
    home.run(["-q", "count"]).stdout("1\n").stderr("").status(0);
    home.get(["count"]).stdout("").warned_once().stderr_has(mistake).status(125);
    home.invalidate(["--", "count"]).warned_once().stderr_has(mistake).status(125);
    home.cacheback(["config", "check"]).go().stdout("").warned_once().stderr_has(mistake).status(125);
}

#[test]
fn every_mistake_is_reported_by_check() {
    let home = Home::new();
    home.configure("[defaults]\nttl = \"soon\"\n[[rule]]\nttl = 1\n[job.x]\n");
    let outcome = home.cacheback(["config", "check"]).go();
    let text = outcome.status(125).stdout("").stderr_text();
    assert_eq!(text.lines().count(), 3, "{text}");
    let path = home.config();
    assert!(text.lines().all(|line| line.starts_with(&format!("cacheback: {}:", path.display()))), "{text}");
    home.running(["true"]).go().warned_once().stderr_has("(and 2 more: see 'cacheback config check')").status(0);
    for name in ["A B", "$HOME", "!X", "", "A,B"] {
        home.configure(&format!("[defaults]\nenv = [\"AWS_*\", \"{name}\"]\n"));
        home.cacheback(["config", "check"])
            .go()
            .warned_once()
            .stderr_has("or globs of names such as 'AWS_*'")
            .status(125);
    }
    home.configure("[defaults]\n\"a\\n\\u001b[31m\" = 1\n");
    home.cacheback(["config", "check"]).go().warned_once().stderr_has("unknown key 'a\\n\\033[31m' in").status(125);
}

#[test]
fn a_file_that_others_may_write_is_not_read() {
    let home = with_a_counter();
    home.configure(NEVER_FRESH);
    let set = |mode| fs::set_permissions(home.config(), Permissions::from_mode(mode)).unwrap();
    home.run(["count"]).stdout("1\n");
    set(0o666);
    home.run(["count"]).stdout("1\n").warned_once().stderr_has("writable by others (mode 0666)");
    home.get(["x"]).warned_once().stderr_has("writable by others").status(125);
    set(0o644);
    home.run(["count"]).stdout("2\n").stderr("");
    let directory = home.config();
    let directory = directory.parent().unwrap();
    fs::set_permissions(directory, Permissions::from_mode(0o777)).unwrap();
    home.run(["count"]).stdout("2\n").warned_once().stderr_has("mode 0777");
    fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_change_of_the_file_applies_at_once() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    home.configure("[[rule]]\ncommand = \"count\"\nttl = 0\n");
    home.run(["count"]).stdout("2\n");
    home.run(["count"]).stdout("3\n");
    // A file of the same size, written within one tick of the clock.
    home.configure("[[rule]]\ncommand = \"count\"\nttl = 9\n");
    home.run(["count"]).stdout("3\n");
    fs::remove_file(home.config()).unwrap();
    home.run(["count"]).stdout("3\n").stderr("");
}

#[test]
fn path_prints_where_the_file_is_looked_for() {
    let home = Home::new();
    let path = |config: &str| home.cacheback(["config", "path"]).env("CACHEBACK_CONFIG", config).go();
    path("").stdout(format!("{}\n", home.config().display())).stderr("").status(0);
    path("/nowhere").stdout("/nowhere\n").stderr("").status(0);
    home.cacheback(["config", "path"]).without_env("HOME").go().warned_once().status(125);
}

/// The value and the origin of a setting, as `config show ARGS` prints them.
fn shown(home: &Home, args: &[&str], name: &str) -> String {
    let outcome = home.cacheback(["config", "show"]).arg_all(args).env("CACHEBACK_SCOPE", "work").go();
    outcome.stderr("").status(0);
    let text = outcome.stdout_text();
    let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).expect("every setting has a line");
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn show_prints_each_value_and_its_origin() {
    let home = Home::new();
    home.configure(
        "[defaults]\nkeep = \"7d\"\nttl = 1\n\n[[rule]]\ncommand = \"git *\"\nttl = \"5s\"\n\n\
         [job.tweets]\nparams = [\"user\"]\ncommand = [\"echo\", \"{user}\"]\ncwd = true\n\n\
         [[job.tweets.when]]\nuser = \"a*\"\nttl = \"90s\"\n",
    );
    for (args, name, expected) in [
        (&[][..], "ttl", "1s defaults"),
        (&[], "keep", "7d defaults"),
        (&[], "async", "false built in"),
        (&[], "scope", "work environment"),
        (&["--scope", "x"], "scope", "x option"),
        (&["--", "git", "status"], "ttl", "5s rule (line 5)"),
        (&["--ttl", "2", "git", "status"], "ttl", "2s option"),
        (&["--job", "tweets", "ann"], "ttl", "1m 30s when (line 14)"),
        (&["--job", "tweets", "bob"], "ttl", "1s defaults"),
        (&["--job", "tweets", "bob"], "cwd", "true job (line 9)"),
        (&["--job", "tweets", "bob"], "async", "true built in"),
    ] {
        assert_eq!(shown(&home, args, name), expected, "{args:?} {name}");
    }
    home.cacheback(["config", "show", "--job", "tweets"])
        .go()
        .stderr_has("usage: cacheback get tweets USER")
        .status(125);
}
