//! `cacheback get`: commands with a name, parameters and a policy.

use crate::common::Home;

fn with_jobs(text: &str) -> Home {
    let home = Home::new();
    home.counter("count");
    home.configure(text);
    home
}

const GREET: &str =
    "[job.greet]\nparams = [\"name\", \"mark\"]\ncommand = [\"printf\", \"%s.\", \"{name}\", \"{{{mark}}}\"]\n";

#[test]
fn values_become_parts_of_words() {
    let home = with_jobs(GREET);
    home.get(["greet", "ann", "!"]).stdout("ann.{!}.").stderr("").status(0);
    home.get(["greet", "mark=?", "ann"]).stdout("ann.{?}.");
    home.get(["greet", "mark=?", "name=name=x"]).stdout("name=x.{?}.");
    home.get(["greet", "-n", "$(id) 'x' {name}"]).stdout("-n.{$(id) 'x' {name}}.");
    home.get(["greet", "", ""]).stdout(".{}.");
}

#[test]
fn wrong_arguments_are_answered_with_the_usage() {
    let home = with_jobs(GREET);
    for args in [&["greet"][..], &["greet", "a"], &["greet", "a", "b", "c"], &["greet", "name=a", "name=b"]] {
        home.get(args).stdout("").warned_once().stderr_has("; usage: cacheback get greet NAME MARK").status(125);
    }
    home.get(["gret", "a", "b"])
        .warned_once()
        .stderr_has("there is no job 'gret' in")
        .stderr_has("did you mean 'greet'?");
    home.get(Vec::<String>::new()).warned_once().stderr_has("no job given").status(125);
    Home::new().get(["greet"]).warned_once().stderr_has("config.toml does not exist").status(125);
}

#[test]
fn a_shell_job_has_its_values_as_arguments_and_variables() {
    let home = with_jobs(
        "[job.greet]\nshell = true\nparams = [\"name\", \"mark\"]\n\
         command = 'printf \"%s %s {name}\" \"$2\" \"$name\"'\n",
    );
    home.get(["greet", "$(id)", "x y"]).stdout("x y $(id) {name}").status(0);
    home.invalidate(["--job", "greet", "$(id)", "x y"]).counted(1);
    home.until_quiet();
    home.get(["--only-if-cached", "greet", "$(id)", "x y"]).stdout("x y $(id) {name}").status(0);
    home.cacheback(["get", "greet", "a", "b"]).env("CACHEBACK_DISABLE", "1").go().stdout("b a {name}");
}

#[test]
fn shell_jobs_that_differ_in_names_of_parameters_have_different_keys() {
    let home = with_jobs(
        "[job.one]\nshell = true\nparams = [\"name\"]\ncommand = 'echo \"${name-none} ${word-none}\"'\n\
         [job.two]\nshell = true\nparams = [\"word\"]\ncommand = 'echo \"${name-none} ${word-none}\"'\n",
    );
    home.get(["one", "x"]).stdout("x none\n");
    home.get(["two", "x"]).stdout("none x\n");
    home.run(["-s", r#"echo "${name-none} ${word-none}""#, "x"]).stdout("none none\n");
    home.invalidate(["--job", "one", "x"]).counted(1);
    home.until_quiet();
    home.get(["--only-if-cached", "one", "x"]).stdout("x none\n").status(0);
}

#[test]
fn a_job_serves_a_stale_result_and_refreshes_it_in_the_background() {
    let home = with_jobs("[job.count]\ncommand = [\"count\"]\nttl = 0\n");
    home.get(["count"]).stdout("1\n");
    home.get(["count"]).stdout("1\n");
    home.until_quiet();
    home.get(["--only-if-cached", "--ttl", "1h", "count"]).stdout("2\n");
    home.get(["--refresh", "count"]).stdout("3\n");
}

#[test]
fn a_job_waits_if_it_or_the_defaults_say_so() {
    for text in [
        "[job.count]\ncommand = [\"count\"]\nttl = 0\nasync = false\n",
        "[defaults]\nasync = false\n[job.count]\ncommand = [\"count\"]\nttl = 0\n",
    ] {
        let home = with_jobs(text);
        home.get(["count"]).stdout("1\n");
        home.get(["count"]).stdout("2\n");
        home.get(["--async", "count"]).stdout("2\n");
    }
}

#[test]
fn a_job_and_run_share_the_result_of_one_command() {
    let home = with_jobs("[job.count]\nparams = [\"x\"]\ncommand = [\"count\", \"{x}\"]\n");
    home.get(["count", "a"]).stdout("1\n");
    home.run(["count", "a"]).stdout("1\n");
    home.get(["count", "b"]).stdout("2\n");
}

#[test]
fn an_exception_overrides_the_job_for_some_values() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\"]\ncommand = [\"count\", \"{user}\"]\nfetch_on_miss = false\nempty = \"none\"\n\
         [[job.count.when]]\nuser = \"a*\"\nfetch_on_miss = true\n\
         [[job.count.when]]\nuser = \"*n\"\nempty = \"some\"\nfetch_on_miss = false\n",
    );
    home.get(["count", "bob"]).stdout("none");
    home.until_quiet();
    home.get(["count", "ann"]).stdout("2\n");
    home.get(["count", "jon"]).stdout("some");
}

#[test]
fn a_script_decides_whether_the_caller_waits_for_a_fetch() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\"]\ncommand = [\"count\", \"{user}\"]\nttl = 0\nempty = \"none\"\n\
         fetch_synchronously = 'echo noise; test \"$user\" = root'\n",
    );
    home.get(["count", "root"]).stdout("1\n").stderr("");
    home.get(["count", "root"]).stdout("2\n");
    home.get(["count", "ann"]).stdout("none");
    home.until_quiet();
    home.get(["count", "ann"]).stdout("3\n");
    home.until_quiet();
    home.get(["--async", "count", "root"]).stdout("2\n");
}

#[test]
fn the_script_does_not_run_for_a_fresh_result() {
    let home = with_jobs("[job.count]\ncommand = [\"count\"]\nfetch_synchronously = 'echo >> ran'\n");
    home.get(["count"]).stdout("1\n");
    home.get(["count"]).stdout("1\n");
    home.get(["--only-if-cached", "--ttl", "0", "count"]).status(1);
    assert_eq!(std::fs::read(home.work("ran")).unwrap(), b"\n");
}

#[test]
fn a_key_may_name_parameters() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\", \"token\"]\ncommand = [\"count\", \"{user}\", \"{token}\"]\nkey = \"of {user}\"\n",
    );
    home.get(["count", "ann", "secret"]).stdout("1\n");
    home.get(["count", "ann", "other"]).stdout("1\n");
    home.get(["count", "bob", "secret"]).stdout("2\n");
    home.delete(["--key", "of ann"]).counted(1);
    home.get(["--key", "{user}", "count", "ann", "x"]).stdout("3\n");
    home.delete(["--key", "{user}"]).counted(1);
}

#[test]
fn entries_are_selected_by_job_and_values_or_by_job_alone() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\"]\ncommand = [\"count\", \"{user}\"]\ndb = \"~/jobs.db\"\n\
         [job.plain]\ncommand = [\"count\", \"plain\"]\n",
    );
    for user in ["ann", "bob", "eve"] {
        home.get(["count", user]);
    }
    home.get(["plain"]).stdout("4\n");
    assert!(home.path().join("jobs.db").exists());
    home.delete(["--job", "count", "ann"]).counted(1);
    home.delete(["--job", "count", "user=ann"]).counted(0);
    home.delete(["--job", "count"]).counted(2);
    home.delete(["--job", "plain"]).counted(1);
    home.delete(["--job", "cuont"]).warned_once().stderr_has("did you mean 'count'?").status(125);
    home.delete(["--job", "count", "a", "b"]).stderr_has("usage: cacheback get count USER").status(125);
    home.delete(["--job", "count", "--cwd"]).stderr_has("--cwd needs the values").status(125);
    let set = home.cacheback(["set", "--job", "count"]).stdin("x").go();
    set.warned_once().stderr_has("no value for USER; usage: cacheback get count USER").status(125);
    home.delete(["--job", "count", "--all"]).stderr_has("--job and --all").status(125);
}

#[test]
fn shell_is_not_an_option_of_get() {
    with_jobs(GREET).get(["-s", "greet", "a", "b"]).warned_once().stderr_has("shell = true").status(125);
}

#[test]
fn a_script_gives_each_result_its_lifetime() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\"]\ncommand = [\"count\", \"{user}\"]\nasync = false\n\
         expiry = 'case $user in a*) echo 0;; *) echo 1h;; esac'\n\
         [[job.count.when]]\nuser = \"always\"\nttl = \"1h\"\n",
    );
    home.get(["count", "bob"]).stdout("1\n");
    home.get(["count", "bob"]).stdout("1\n");
    home.get(["--ttl", "0", "count", "bob"]).stdout("2\n");
    home.get(["count", "ann"]).stdout("3\n");
    home.get(["count", "ann"]).stdout("4\n");
    // This lifetime bounds every other ttl, but not that of an exception for these values.
    home.get(["--ttl", "1h", "count", "ann"]).stdout("5\n");
    home.get(["count", "always"]).stdout("6\n");
    home.get(["count", "always"]).stdout("6\n");
}

#[test]
fn a_filter_sees_the_job_and_its_parameters() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\"]\ncommand = [\"count\", \"{user}\"]\n\
         process_result = 'echo \"$CACHEBACK_JOB $user $CACHEBACK_STATUS $(cat)\"'\n",
    );
    home.get(["count", "a b"]).stdout("count a b miss 1\n").stderr("");
    home.get(["count", "a b"]).stdout("count a b hit 1\n");
    home.cacheback(["get", "count", "x"]).env("CACHEBACK_DISABLE", "1").go().stdout("count x miss 2\n");
}

#[test]
fn peek_without_the_values_shows_the_ttl_of_the_fetch() {
    let home = with_jobs(
        "[job.count]\nparams = [\"user\"]\ncommand = [\"echo\", \"{user}\"]\nttl = 10\n\
         [[job.count.when]]\nuser = \"ann\"\nttl = 3600\n",
    );
    home.get(["count", "ann"]).stdout("ann\n");
    let ttl = |args: &[&str]| {
        let found = home.cacheback(["peek", "--json"].iter().chain(args)).go().status(0).json();
        found["ttl"].as_f64().unwrap()
    };
    assert_eq!(ttl(&["--job", "count", "ann"]), 3600.0);
    assert_eq!(ttl(&["--job", "count"]), 3600.0);
    assert_eq!(ttl(&["--match", "echo ann"]), 3600.0);
    assert_eq!(ttl(&["--ttl", "5", "--job", "count"]), 5.0);
    assert_eq!(ttl(&["echo", "ann"]), 600.0, "the ttl of a call of run");
}

#[test]
fn set_and_peek_select_by_job() {
    let home = with_jobs("[job.count]\nparams = [\"user\"]\ncommand = [\"count\", \"{user}\"]\n");
    home.cacheback(["set", "--job", "count", "ann"]).stdin("given\n").go().status(0);
    home.get(["count", "ann"]).stdout("given\n");
    home.cacheback(["peek", "--job", "count", "ann"]).go().stdout("given\n").status(0);
    home.cacheback(["peek", "--job", "count", "bob"]).go().stdout("").status(1);
    let known = home.cacheback(["peek", "--json", "--job", "count", "ann"]).go();
    assert!(known.stdout_text().contains("\"job\": \"count\""), "{known}");
    home.delete(["--job", "count"]).counted(1);
    assert_eq!(home.runs("count"), 0);
}

#[test]
fn jobs_are_offered_to_completion_scripts() {
    let home = with_jobs(GREET);
    let ask = |prefix: &str| home.cacheback(["--", "cacheback", "get", prefix]).env("_CACHEBACK_COMPLETE", "fish").go();
    ask("").stdout("greet\tprintf %s. NAME '{MARK}'\n").stderr("").status(0);
    ask("x").stdout("").status(0);
    home.configure("[job.\"a\\tb\"]\ncommand = [\"date\"]\n[job.\"a\\u202eb\"]\ncommand = [\"date\"]\n");
    ask("").stdout("").status(0);
    home.configure("nonsense");
    ask("").stdout("").stderr("").status(0);
}

#[test]
fn get_alone_lists_the_jobs_and_a_mistyped_parameter_gets_a_hint() {
    let home = with_jobs(&format!("{GREET}[job.wc]\nparams = [\"file\"]\ncommand = [\"echo\", \"{{file}}\"]\n"));
    let outcome = home.get(Vec::<String>::new());
    outcome.warned_once().stderr_has("no job given").stderr_has("greet NAME MARK").stderr_has("wc FILE").status(125);
    home.get(["wc", "fil=a"]).stdout("fil=a\n").warned_once().stderr_has("did you mean 'file=a'?").status(0);
    home.get(["wc", "file=fil=a"]).stdout("fil=a\n").stderr("").status(0);
    home.get(["wc", "x=1"]).stdout("x=1\n").stderr("").status(0);
    home.cacheback(["--config", "/dev/null", "get"]).go().warned_once().status(125);
    home.cacheback(["--config", "/dev/null", "get", "wc"]).go().stderr_has("no configuration file").status(125);
    let check = home.cacheback(["--config", "/dev/null", "config", "check"]).go();
    check.stdout("/dev/null: no file is read; everything is built in\n").status(0);
}

#[test]
fn the_result_of_a_job_with_defaults_for_all_values_is_set_without_any() {
    let home = with_jobs(
        "[job.count]\nparams = [{ name = \"user\", default = \"ann\" }]\ncommand = [\"count\", \"{user}\"]\n",
    );
    home.cacheback(["set", "--job", "count"]).stdin("given\n").go().status(0);
    home.get(["count"]).stdout("given\n");
    home.get(["count", "ann"]).stdout("given\n");
    home.get(["count", "bob"]).stdout("1\n");
    home.cacheback(["peek", "--job", "count"]).go().stdout("given\n").status(0);
    home.delete(["--job", "count"]).counted(2);
}

#[test]
fn two_dashes_behind_the_name_of_a_job_end_the_options() {
    let home = Home::new();
    home.configure("[job.t]\nparams = [\"user\"]\ncommand = [\"echo\", \"{user}\"]\nfetch_on_miss = true\n");
    home.get(["t", "--", "carl"]).stdout("carl\n").status(0);
    home.get(["t", "--", "user=carl"]).stdout("carl\n").status(0);
    home.get(["t", "--", "--"]).stdout("--\n").status(0);
}
