//! `[[rule]]`: policy for plain commands.

use crate::common::Home;

fn with_rules(text: &str) -> Home {
    let home = Home::new();
    home.counter("count");
    home.counter("other");
    home.configure(text);
    home
}

#[test]
fn a_rule_applies_to_commands_that_match_its_glob() {
    let home = with_rules("[[rule]]\ncommand = \"count {now,*soon}\"\nttl = 0\n");
    for (args, second) in [
        (&["count", "now"][..], "2\n"),
        (&["count", "very", "soon"], "4\n"),
        (&["count"], "5\n"),
        (&["count", "now", "or", "never"], "6\n"),
    ] {
        home.run(args);
        home.run(args).stdout(second);
    }
}

#[test]
fn the_first_rule_that_matches_applies_alone() {
    let home = with_rules(
        "[[rule]]\ncommand = \"count *\"\nscope = \"a\"\n[[rule]]\ncommand = \"*\"\nttl = 0\nscope = \"b\"\n",
    );
    home.run(["count", "x"]).stdout("1\n");
    home.run(["count", "x"]).stdout("1\n");
    home.run(["other"]).stdout("1\n");
    home.run(["other"]).stdout("2\n");
    home.delete(["--scope", "a"]).counted(1);
    home.delete(["--scope", "b"]).counted(1);
}

#[test]
fn words_are_joined_by_single_spaces() {
    let home = with_rules("[[rule]]\ncommand = \"count a b\"\nttl = 0\n");
    home.run(["count", "a b"]).stdout("1\n");
    home.run(["count", "a b"]).stdout("2\n");
    home.run(["count", "a", "b"]).stdout("3\n");
    home.run(["count", "a", "b"]).stdout("4\n");
}

#[test]
fn options_and_environment_win_over_a_rule_and_that_over_the_defaults() {
    let home = with_rules("[defaults]\nttl = \"1h\"\n[[rule]]\ncommand = \"count*\"\nttl = 0\n");
    home.run(["count"]).stdout("1\n");
    home.run(["count"]).stdout("2\n");
    home.running(["count"]).env("CACHEBACK_TTL", "60").go().stdout("2\n");
    home.running(["--ttl", "0", "count"]).env("CACHEBACK_TTL", "60").go().stdout("3\n");
    home.run(["other"]).stdout("1\n");
    home.run(["other"]).stdout("1\n");
}

#[test]
fn key_options_of_a_rule_apply_to_selections_too() {
    let home = with_rules("[[rule]]\ncommand = \"count *\"\nenv = [\"FLAVOUR\"]\ncwd = true\n");
    let flavoured = |flavour: &str| home.running(["count", "x"]).env("FLAVOUR", flavour).go();
    flavoured("sweet").stdout("1\n");
    flavoured("sour").stdout("2\n");
    flavoured("sweet").stdout("1\n");
    home.cacheback(["delete", "--", "count", "x"]).env("FLAVOUR", "sweet").go().counted(1);
    flavoured("sour").stdout("2\n");
    flavoured("sweet").stdout("3\n");
}

#[test]
fn a_rule_may_set_async_and_the_environment_may_switch_it_off() {
    let home = with_rules("[[rule]]\ncommand = \"count\"\nasync = true\nttl = 0\n");
    home.run(["count"]).stdout("1\n");
    home.run(["count"]).stdout("1\n");
    home.until_quiet();
    home.running(["count"]).env("CACHEBACK_ASYNC", "0").go().stdout("3\n");
}

#[test]
fn the_database_of_a_rule_is_that_of_selections_too() {
    let home = with_rules("[[rule]]\ncommand = \"count\"\ndb = \"~/count.db\"\n");
    home.run(["count"]).stdout("1\n").stderr("");
    assert!(home.path().join("count.db").exists() && !home.db().exists());
    home.delete(["--", "count"]).counted(1);
    home.run(["count"]).stdout("2\n");
    home.running(["count"]).env("CACHEBACK_DB", home.db()).go().stdout("3\n");
}

#[test]
fn a_rule_may_make_a_command_a_shell_string() {
    let home = with_rules("[[rule]]\ncommand = \"*|*\"\nshell = true\n");
    home.run(["echo hi | tr h b"]).stdout("bi\n").status(0);
    home.running(["echo hi | tr h b"]).env("CACHEBACK_DISABLE", "1").go().stdout("bi\n").status(0);
}

#[test]
fn every_flag_that_a_rule_sets_can_be_switched_off() {
    for (rule, option, served) in [
        ("async = true\nttl = 0", "--no-async", "2\n"),
        ("fetch_on_miss = false\nscope = 'new'", "--fetch-on-miss", "2\n"),
        ("cwd = true", "--no-cwd", "1\n"),
        ("stdin = true", "--no-stdin", "1\n"),
        ("pty = true", "--no-pty", "1\n"),
        ("shell = true", "--no-shell", "1\n"),
    ] {
        let home = with_rules("");
        home.run(["count"]).stdout("1\n");
        home.configure(&format!("[[rule]]\ncommand = 'count'\n{rule}\n"));
        home.running([option, "count"]).stdin("in").go().stdout(served).stderr("").status(0);
    }
}

#[test]
fn of_a_flag_and_its_opposite_the_last_one_applies() {
    let home = with_rules("[[rule]]\ncommand = 'broken'\nstale_if_error = true\nttl = 0\n");
    home.script("broken", "[ ! -e broken ] && echo fine");
    home.run(["broken"]).stdout("fine\n");
    std::fs::write(home.work("broken"), "").unwrap();
    home.run(["broken"]).stdout("fine\n").warned_once();
    home.run(["--no-stale-if-error", "--stale-if-error", "broken"]).stdout("fine\n");
    home.run(["--stale-if-error", "--no-stale-if-error", "broken"]).stdout("").status(1);
    home.running(["--ttl", "0", "--no-async", "count"]).env("CACHEBACK_ASYNC", "1").go().stdout("1\n");
    home.running(["--ttl", "0", "--no-async", "count"]).env("CACHEBACK_ASYNC", "1").go().stdout("2\n");
    home.cacheback(["config", "show", "--no-async", "count"]).go().status(0);
}
