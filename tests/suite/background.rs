//! What a background fetch tells its command.

use crate::common::Home;

/// A home with a command that prints the variables that a background fetch sets.
fn home_with_variables() -> Home {
    let home = Home::new();
    home.script(
        "variables",
        "echo \"${CACHEBACK_BACKGROUND-unset} ${GIT_OPTIONAL_LOCKS-unset} ${GIT_TERMINAL_PROMPT-unset}\"",
    );
    home
}

#[test]
fn a_command_knows_that_it_runs_in_the_background() {
    let home = home_with_variables();
    home.run(["variables"]).stdout("unset unset unset\n");
    let stored = |expected: &str| {
        home.until_quiet();
        home.run(["--only-if-cached", "variables"]).stdout(expected).status(0);
    };
    home.run(["--async", "--ttl", "0", "variables"]).stdout("unset unset unset\n").status(0);
    stored("1 0 0\n");
    home.delete(["variables"]).counted(1);
    home.run(["--no-fetch-on-miss", "variables"]).stdout("").status(0);
    stored("1 0 0\n");
    home.run(["--refresh", "variables"]).stdout("unset unset unset\n");
    home.run(["--warm", "variables"]).stdout("").status(0);
    stored("1 0 0\n");
    home.run(["--refresh", "variables"]).stdout("unset unset unset\n");
    home.invalidate(["variables"]).counted(1);
    stored("1 0 0\n");
}

#[test]
fn what_the_user_has_set_for_git_stays() {
    let home = home_with_variables();
    home.running(["--warm", "variables"]).env("GIT_TERMINAL_PROMPT", "1").env("GIT_OPTIONAL_LOCKS", "").go().status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "variables"]).stdout("1  1\n");
}

#[test]
fn the_variables_of_a_background_fetch_are_not_part_of_the_key() {
    let home = home_with_variables();
    let env = "--env=CACHEBACK_BACKGROUND,GIT_OPTIONAL_LOCKS,GIT_TERMINAL_PROMPT";
    home.run([env, "variables"]).stdout("unset unset unset\n");
    home.run([env, "--async", "--ttl", "0", "variables"]).stdout("unset unset unset\n");
    home.until_quiet();
    home.run([env, "--only-if-cached", "variables"]).stdout("1 0 0\n").status(0);
    home.invalidate(["--all"]).counted(1);
    home.until_quiet();
    assert_eq!(home.runs("variables"), 3, "the entry is refreshed, and not only marked");
    // A call from within a background fetch asks for the same results as any other.
    home.script("outer", &format!("cacheback run {env} variables; cacheback invalidate --match variables"));
    home.run(["--warm", "outer"]).status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "outer"]).stdout("1 0 0\n").status(0);
    assert_eq!(home.runs("variables"), 4);
}
