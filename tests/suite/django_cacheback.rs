//! What django-cacheback's decorator and `Job` can do: each feature with a counterpart here, and each example of that
//! library's page on its usage.

use crate::common::{FORK, Home, Outcome, can_trace, skipped};

/// The library's example: a function that takes a user name, and counts how often it is called.
const FETCH_TWEETS: &str = "fetch_tweets() { fetch; echo \"tweets of $1\"; }\n";

/// A home with a job `tweets` that has a parameter and these lines.
fn with_job(lines: &str) -> Home {
    let home = Home::new();
    home.script("fetch", "echo \"tweets of $1\"");
    home.configure(&format!("[job.tweets]\nparams = [\"username\"]\ncommand = [\"fetch\", \"{{username}}\"]\n{lines}"));
    home
}

/// Runs `calls` in a bash with the decorated function.
fn decorated(home: &Home, options: &str, calls: &str) -> Outcome {
    home.script("fetch", "exit 0");
    let decorate = format!("eval \"$(cacheback decorate --shell-kind bash --async {options} -- fetch_tweets)\"\n");
    home.call("bash", ["-ec", &format!("{FETCH_TWEETS}{decorate}{calls}")]).go()
}

/// The stored result that `words` select, with its times.
fn stored(home: &Home, words: &[&str]) -> serde_json::Value {
    home.cacheback(["peek", "--json"]).arg_all(words).go().status(0).json()
}

#[test]
fn the_decorator_caches_for_ten_minutes_and_waits_for_the_first_fetch() {
    let home = Home::new();
    let calls = "fetch_tweets alice; fetch_tweets alice; fetch_tweets bob";
    decorated(&home, "", calls).stdout("tweets of alice\ntweets of alice\ntweets of bob\n").stderr("").status(0);
    assert_eq!(home.runs("fetch"), 2);
    assert_eq!(stored(&home, &["--match", "*alice"])["ttl"], 600.0);
}

#[test]
fn the_decorator_takes_a_lifetime_and_need_not_fetch_on_a_miss() {
    let home = Home::new();
    let options = "--lifetime 1200 --no-fetch-on-miss";
    decorated(&home, options, "fetch_tweets alice").stdout("").stderr("").status(0);
    home.until_quiet();
    assert_eq!(home.runs("fetch"), 1);
    decorated(&home, options, "fetch_tweets alice").stdout("tweets of alice\n").status(0);
    assert_eq!(home.runs("fetch"), 1);
}

#[test]
fn the_source_of_a_decorated_function_is_part_of_the_key() {
    let home = Home::new();
    decorated(&home, "", "fetch_tweets alice").stdout("tweets of alice\n");
    let edited = "fetch_tweets() { echo other; }; eval \"$(cacheback decorate --shell-kind bash -- fetch_tweets)\"\n";
    home.call("bash", ["-ec", &format!("{edited}fetch_tweets alice")]).go().stdout("other\n");
}

#[test]
fn a_link_decorates_a_command_for_every_program() {
    let home = Home::new();
    home.counter("kubectl");
    let link = "mkdir links; ln -s \"$(command -v cacheback)\" links/kubectl; PATH=$PWD/links:$PATH; kubectl; kubectl";
    home.shell(link).go().stdout("1\n1\n").stderr("").status(0);
}

#[test]
fn get_takes_the_arguments_of_the_job() {
    let home = with_job("");
    for user in ["alice", "alice", "username=alice", "bob"] {
        home.get(["tweets", user]).status(0);
    }
    home.get(["tweets", "alice"]).stdout("tweets of alice\n").stderr("").status(0);
    assert_eq!(home.runs("fetch"), 2);
}

#[test]
fn lifetime_cache_ttl_refresh_timeout_and_stale_threshold_are_attributes() {
    let home =
        with_job("lifetime = \"20m\"\nkeep = \"2d\"\nrefresh_timeout = \"30s\"\nfetch_on_stale_threshold = \"1h\"\n");
    let shown = home.cacheback(["config", "show", "--job", "tweets", "alice"]).go().status(0).stdout_text();
    for (name, value) in
        [("ttl", "20m"), ("keep", "2d"), ("refresh_timeout", "30s"), ("fetch_on_stale_threshold", "1h")]
    {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(name)).expect("a line for it");
        assert!(line.contains(value) && line.contains("job (line"), "{line}");
    }
    home.get(["--ttl", "0", "--max-stale", "0", "tweets", "alice"]).status(0);
    home.get(["--ttl", "0", "--max-stale", "0", "tweets", "alice"]).status(0);
    assert_eq!(home.runs("fetch"), 2, "a result beyond max-stale is not served");
}

#[test]
fn without_fetch_on_miss_the_empty_value_is_served() {
    let home = with_job("fetch_on_miss = false\nempty = \"[]\"\n");
    home.get(["tweets", "alice"]).stdout("[]").stderr("").status(0);
    home.until_quiet();
    home.get(["tweets", "alice"]).stdout("tweets of alice\n");
}

#[test]
fn expiry_is_a_method_of_the_arguments() {
    let home = with_job("expiry = 'case $username in a*) echo 20m ;; *) echo 10m ;; esac'\n");
    for (user, ttl) in [("alice", 1200.0), ("bob", 600.0)] {
        home.get(["tweets", user]).status(0);
        assert_eq!(stored(&home, &["--job", "tweets", user])["ttl"], ttl);
    }
}

#[test]
fn an_expiry_that_fails_or_prints_nonsense_is_warned_about_and_the_ttl_used() {
    let scripts =
        [("exit 3", "status: 3"), ("echo soon", "soon"), ("true", "a duration"), ("echo 999999999", "999999999")];
    for (script, reason) in scripts {
        let home = with_job(&format!("lifetime = \"1h\"\nexpiry = '{script}'\n"));
        home.get(["tweets", "alice"]).stdout("tweets of alice\n").warned_once().stderr_has(reason).status(0);
        home.get(["tweets", "alice"]).stdout("tweets of alice\n").stderr("").status(0);
        assert_eq!(home.runs("fetch"), 1, "{script}");
    }
}

#[test]
fn an_expiry_sees_the_result() {
    let home = with_job("expiry = 'grep -q alice && echo 1h || echo 0'\nasync = false\n");
    for user in ["alice", "alice", "bob", "bob"] {
        home.get(["tweets", user]).status(0);
    }
    assert_eq!(home.runs("fetch"), 3);
}

#[test]
fn whether_to_fetch_synchronously_is_a_method_of_the_arguments() {
    let home = with_job("fetch_synchronously = 'case $username in a*) ;; *) false ;; esac'\n");
    home.get(["tweets", "alice"]).stdout("tweets of alice\n");
    home.get(["tweets", "bob"]).stdout("");
    home.until_quiet();
    home.get(["tweets", "bob"]).stdout("tweets of bob\n");
}

#[test]
fn explain_names_the_scripts_that_decide() {
    let home = with_job("fetch_synchronously = 'touch asked'\nexpiry = 'echo 1h'\n");
    let text = home.cacheback(["explain", "--job", "tweets", "alice"]).go().status(0).stdout_text();
    for expected in ["fetch_synchronously decides", "touch asked", "echo 1h"] {
        assert!(text.contains(expected), "{text}");
    }
    assert!(!home.work("asked").exists());
}

#[test]
fn overrides_may_be_declared_by_glob() {
    let home = with_job("fetch_on_miss = false\n[[job.tweets.when]]\nusername = \"a*\"\nfetch_on_miss = true\n");
    home.get(["tweets", "alice"]).stdout("tweets of alice\n");
    home.get(["tweets", "bob"]).stdout("");
}

#[test]
fn an_override_for_some_values_wins_over_the_script_for_all() {
    let home = with_job(
        "fetch_on_miss = false\nfetch_synchronously = 'test \"$username\" = root'\n\
         [[job.tweets.when]]\nusername = \"a*\"\nfetch_on_miss = true\n",
    );
    home.get(["tweets", "alice"]).stdout("tweets of alice\n");
    home.get(["tweets", "root"]).stdout("tweets of root\n");
    home.get(["tweets", "bob"]).stdout("");
}

#[test]
fn an_expiry_may_be_a_point_in_time_as_in_the_library() {
    for written in ["$(($(date +%s) + 1200))", "$(($(date +%s) + 1200)).25", "$(($(date +%s) * 1000 + 1200250))"] {
        let home = with_job(&format!("expiry = 'echo {written}'\n"));
        home.get(["tweets", "alice"]).status(0).stderr("");
        let ttl = stored(&home, &["--job", "tweets", "alice"])["ttl"].as_f64().expect("a number");
        assert!(ttl > 1100.0 && ttl <= 1200.25, "{ttl}");
    }
}

#[test]
fn the_key_may_be_overridden() {
    let home = with_job("key = \"tweets for all\"\n");
    home.get(["tweets", "alice"]).stdout("tweets of alice\n");
    home.get(["tweets", "bob"]).stdout("tweets of alice\n");
}

#[test]
fn the_result_is_filtered_when_it_is_printed_and_stored_raw() {
    let home = with_job("process_result = 'cat; echo \"$username $CACHEBACK_STATUS $CACHEBACK_JOB\"'\n");
    home.get(["tweets", "alice"]).stdout("tweets of alice\nalice miss tweets\n");
    home.get(["tweets", "alice"]).stdout("tweets of alice\nalice hit tweets\n");
    home.cacheback(["peek", "--job", "tweets", "alice"]).go().stdout("tweets of alice\n");
}

#[test]
fn invalidate_refreshes_in_the_background() {
    let home = with_job("");
    home.get(["tweets", "alice"]).status(0);
    home.invalidate(["--job", "tweets", "alice"]).counted(1);
    home.until_runs("fetch", 2);
    home.until_quiet();
    home.get(["--only-if-cached", "tweets", "alice"]).stdout("tweets of alice\n").status(0);
}

#[test]
fn delete_makes_the_next_request_fetch() {
    let home = with_job("");
    home.get(["tweets", "alice"]).status(0);
    home.delete(["--job", "tweets", "alice"]).counted(1);
    assert_eq!(home.runs("fetch"), 1);
    home.get(["tweets", "alice"]).stdout("tweets of alice\n");
    assert_eq!(home.runs("fetch"), 2);
}

#[test]
fn set_stores_a_value_and_raw_get_shows_it_with_its_expiry() {
    let home = with_job("lifetime = \"20m\"\n");
    home.cacheback(["set", "--job", "tweets", "alice"]).stdin("by hand").go().status(0);
    home.get(["tweets", "alice"]).stdout("by hand").status(0);
    assert_eq!(home.runs("fetch"), 0);
    let raw = stored(&home, &["--job", "tweets", "alice"]);
    assert_eq!((&raw["stdout"], &raw["state"], &raw["ttl"]), (&"by hand".into(), &"fresh".into(), &1200.0.into()));
    assert!(raw["fresh_until"].as_str() > raw["fetched_at"].as_str());
}

#[test]
fn a_cache_alias_is_another_database() {
    let home = with_job("db = \"~/other.db\"\n");
    home.get(["tweets", "alice"]).status(0);
    assert!(home.path().join("other.db").exists() && !home.db().exists());
}

#[test]
fn a_refresh_that_cannot_be_detached_happens_after_the_result_is_served() {
    if !can_trace() {
        return skipped("no process may be traced here");
    }
    let home = with_job("");
    home.get(["tweets", "alice"]).status(0);
    let fault = format!("-f -qq -o trace -e trace=clone,clone3,fork,vfork -e inject={FORK}:error=EAGAIN:when=1");
    let options = fault.split(' ').chain(["-e", "inject=clone3:error=ENOSYS"]);
    let call = home.call("strace", options).arg_all(&["cacheback", "get", "--ttl", "0", "tweets", "alice"]);
    call.go().stdout("tweets of alice\n").status(0);
    assert_eq!(home.runs("fetch"), 2);
}

#[test]
fn whether_to_wait_can_depend_on_a_miss_and_on_the_age() {
    let home = with_job(
        "ttl = 0\nfetch_synchronously = 'echo \"$CACHEBACK_STATUS $CACHEBACK_AGE $username\" >> asked; exit 0'\n",
    );
    home.get(["tweets", "alice"]).stdout("tweets of alice\n").status(0);
    home.get(["tweets", "alice"]).stdout("tweets of alice\n").status(0);
    let asked = std::fs::read_to_string(home.work("asked")).unwrap();
    let lines: Vec<&str> = asked.lines().collect();
    assert_eq!(lines[0], "miss 0 alice");
    assert!(lines[1].starts_with("stale ") && lines[1].ends_with(" alice"), "{asked}");
}

#[test]
fn process_result_distinguishes_refetched_from_miss() {
    let home = with_job("ttl = \"1h\"\nprocess_result = 'cat; echo $CACHEBACK_STATUS'\n");
    home.get(["tweets", "a"]).stdout("tweets of a\nmiss\n");
    home.get(["tweets", "a"]).stdout("tweets of a\nhit\n");
    home.get(["--ttl", "0", "tweets", "a"]).stdout("tweets of a\nstale\n");
    home.until_quiet();
    home.get(["--ttl", "0", "--no-async", "tweets", "a"]).stdout("tweets of a\nrefetched\n");
}

#[test]
fn a_caller_waits_for_the_refresh_of_a_result_beyond_the_stale_threshold() {
    let home = Home::new();
    home.counter("count");
    let job = "[job.count]\ncommand = [\"count\"]\nttl = 0\nfetch_on_miss = false\nfetch_on_stale_threshold = ";
    home.configure(&format!("{job}\"1h\"\n"));
    home.get(["count"]).stdout("");
    home.until_quiet();
    home.get(["count"]).stdout("1\n");
    home.until_quiet();
    home.configure(&format!("{job}0\n"));
    home.get(["count"]).stdout("3\n");
}

#[test]
fn parameters_have_defaults_and_a_rest() {
    let home = Home::new();
    home.script("say", "printf '<%s>' \"$@\"");
    home.configure(
        "[job.say]\nparams = [\"User\", { name = \"page\", default = \"1\" }, \"rest...\"]\n\
         command = [\"say\", \"{User}\", \"{page}\", \"{rest}\"]\n\
         process_result = 'cat; echo \" $User $page [$rest]\"'\n\
         [[job.say.when]]\nrest = \"*b c*\"\nempty = \"\"\n\
         [job.shell]\nparams = [\"rest...\"]\nshell = true\ncommand = 'echo \"$# $rest\"'\n",
    );
    home.get(["say", "bob"]).stdout("<bob><1> bob 1 []\n").status(0);
    home.get(["say", "bob", "2", "a", "b c"]).stdout("<bob><2><a><b c> bob 2 [a b c]\n").stderr("").status(0);
    home.get(["say", "page=3", "bob"]).stdout("<bob><3> bob 3 []\n");
    home.get(["say"]).stderr_has("usage: cacheback get say USER [PAGE] [REST]...").status(125);
    home.get(["shell"]).stdout("0 \n");
    home.get(["shell", "a b", "c"]).stdout("2 a b c\n");
    home.invalidate(["--job", "say", "bob"]).counted(1);
    home.until_quiet();
}
