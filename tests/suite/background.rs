//! What a background fetch tells its command.

use crate::common::Home;

/// A home with a command that prints what it was told.
fn telling() -> Home {
    let home = Home::new();
    home.script(
        "told",
        "echo \"${CACHEBACK_BACKGROUND-unset} ${GIT_OPTIONAL_LOCKS-unset} ${GIT_TERMINAL_PROMPT-unset}\"",
    );
    home
}

#[test]
fn a_command_knows_that_it_runs_in_the_background() {
    let home = telling();
    home.run(["told"]).stdout("unset unset unset\n");
    let peek = |expected: &str| {
        home.until_quiet();
        home.run(["--only-if-cached", "told"]).stdout(expected).status(0);
    };
    home.run(["--async", "--ttl", "0", "told"]).stdout("unset unset unset\n").status(0);
    peek("1 0 0\n");
    home.delete(["told"]).counted(1);
    home.run(["--no-fetch-on-miss", "told"]).stdout("").status(0);
    peek("1 0 0\n");
    home.run(["--refresh", "told"]).stdout("unset unset unset\n");
    home.run(["--warm", "told"]).stdout("").status(0);
    peek("1 0 0\n");
    home.run(["--refresh", "told"]).stdout("unset unset unset\n");
    home.invalidate(["told"]).counted(1);
    peek("1 0 0\n");
}

#[test]
fn what_the_user_has_set_for_git_stays() {
    let home = telling();
    home.running(["--warm", "told"]).env("GIT_TERMINAL_PROMPT", "1").env("GIT_OPTIONAL_LOCKS", "").go().status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "told"]).stdout("1  1\n");
}

#[test]
fn none_of_it_is_part_of_the_key() {
    let home = telling();
    let env = "--env=CACHEBACK_BACKGROUND,GIT_OPTIONAL_LOCKS,GIT_TERMINAL_PROMPT";
    home.run([env, "told"]).stdout("unset unset unset\n");
    home.run([env, "--async", "--ttl", "0", "told"]).stdout("unset unset unset\n");
    home.until_quiet();
    home.run([env, "--only-if-cached", "told"]).stdout("1 0 0\n").status(0);
    home.invalidate(["--all"]).counted(1);
    home.until_quiet();
    assert_eq!(home.runs("told"), 3, "it is refreshed, and not only marked");
    // A call from within a background fetch asks for the same results as any other.
    home.script("outer", &format!("cacheback run {env} told; cacheback invalidate --match told"));
    home.run(["--warm", "outer"]).status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "outer"]).stdout("1 0 0\n").status(0);
    assert_eq!(home.runs("told"), 4);
}
