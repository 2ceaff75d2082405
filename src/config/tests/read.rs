use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Duration;

use super::*;
use crate::config::{ForCommand, Origin};

fn everything() -> Configuration {
    read(include_str!("everything.toml")).expect("it is right")
}

fn job(name: &str) -> Job {
    everything().take_job(name).expect("it is there")
}

fn problems(text: &str) -> Vec<String> {
    let problems = read(text).expect_err("this is wrong");
    problems.into_iter().map(|Problem { line, text }| format!("{line}: {text}")).collect()
}

#[test]
fn every_field_is_taken() {
    let tweets = job("tweets");
    let text = include_str!("everything.toml");
    let section = text.lines().skip_while(|line| *line != "[job.tweets]").take_while(|line| !line.is_empty());
    let written = section.filter_map(|line| settings::canonical(line.split_once(" = ")?.0));
    let mut layers = settings::Layers::default();
    layers.push(Origin::Job(6), tweets.settings.clone());
    let taken = layers.display().into_iter().filter_map(|(name, value)| value.map(|_| name));
    assert_eq!(written.collect::<BTreeSet<_>>(), taken.collect());
    assert_eq!(tweets.settings.ttl, Some(Duration::from_secs(1200)));
    assert_eq!(tweets.settings.max_stale, Some(Duration::from_secs(60)));
    assert_eq!(tweets.signature(), "tweets USERNAME [PAGE]");
    assert_eq!(tweets.expiry, Some("./expiry.sh".into()));
    let values: Vec<OsString> = vec!["al".into(), "2".into()];
    assert_eq!(tweets.invocation(&values).argv[2], "https://example.org/al.json?{page}=2");
    let listing = job("listing");
    assert_eq!(listing.invocation(&["/".into()]).argv, ["ls \"$1\" | wc -l", "/"]);
    let rule = |line: &[u8]| everything().for_command(line).rule.unwrap();
    assert_eq!(rule(b"kubectl describe x").settings.ttl, Some(Duration::from_secs(30)));
    assert_eq!(rule(b"kubectl describe x").settings.cache_exit, "0,3".parse().ok());
    assert_eq!(
        rule(b"date").settings,
        Settings { cache_exit: "0".parse().ok(), max_size: Some(1 << 20), ..Settings::default() }
    );
}

#[test]
fn durations_may_have_a_fraction_of_a_second() {
    for (number, expected) in
        [("0.5", 500), ("+1_0.25", 10_250), ("1e2", 100_000), ("2.5e-1", 250), ("0.0", 0), ("600", 600_000)]
    {
        let settings = read(&format!("[defaults]\nttl = {number}\n")).unwrap().defaults;
        assert_eq!(settings.ttl, Some(Duration::from_millis(expected)), "{number}");
    }
}

#[test]
fn parameters_stand_in_command_and_key_only() {
    for setting in ["depends_on", "key_file", "tags"] {
        let text =
            format!("[job.d]\nparams = [\"file\"]\ncommand = [\"cat\", \"{{file}}\"]\n{setting} = [\"x{{file}}\"]\n");
        assert!(problems(&text)[0].contains(&format!("no meaning in {setting}")), "{text}");
    }
}

#[test]
fn lines_of_sections_are_known() {
    let tweets = job("tweets");
    let lines: Vec<usize> = tweets.when.iter().map(|when| when.line).collect();
    assert_eq!((tweets.line, lines), (6, vec![33, 39]));
    assert_eq!(everything().for_command(b"date").rule.unwrap().line, 55);
}

#[test]
fn exceptions_apply_in_order() {
    let tweets = job("tweets");
    let lines = |username: &str, page: &str| -> Vec<usize> {
        tweets.exceptions(&[username.into(), page.into()]).map(|when| when.line).collect()
    };
    assert_eq!(lines("ann", "1"), [33]);
    assert_eq!(lines("ann", "x"), Vec::<usize>::new());
    assert_eq!(lines("bob", "x"), [39]);
}

#[test]
fn an_unknown_job_is_answered_with_the_names_of_all() {
    assert_eq!(everything().take_job("twets"), Err(vec!["listing".to_owned(), "tweets".to_owned()]));
}

#[test]
fn an_empty_file_says_nothing() {
    for text in ["", "# nothing\n", "[defaults]\n", "rule = []\n", "\u{feff}[job]\n"] {
        let configuration = read(text).unwrap_or_else(|problems| panic!("{text:?}: {problems:?}"));
        assert_eq!(configuration.for_command(b"date"), ForCommand::default(), "{text:?}");
    }
}

#[test]
fn a_mistake_is_named_with_its_line_and_what_was_probably_meant() {
    for (text, expected) in [
        ("[defaults]\ntll = 5", "2: unknown key 'tll' in [defaults]; did you mean 'ttl'?"),
        ("[defaults]\n\ncolour = 5", "3: unknown key 'colour' in [defaults]; expected one of: ttl, jitter, async, "),
        ("[defualts]", "1: unknown section 'defualts'; did you mean 'defaults'?"),
        ("[jobs.x]", "1: unknown section 'jobs'; did you mean 'job'?"),
        ("ttl = 5", "1: unknown section 'ttl'; expected one of: defaults, job, rule"),
        ("defaults = 1", "1: 'defaults' is not a table; expected [defaults]"),
        ("[rule]\ncommand = \"x\"", "1: expected tables that begin with [[rule]]"),
        ("[defaults]\nttl = \"soon\"", "2: invalid value \"soon\" for 'ttl': expected a duration such as 600"),
        ("[defaults]\nttl = -5", "2: invalid value -5 for 'ttl': a duration cannot be negative"),
        ("[defaults]\nttl = -0.5", "2: invalid value -0.5 for 'ttl': a duration cannot be negative"),
        ("[defaults]\nttl = inf", "2: invalid value inf for 'ttl': expected a duration"),
        ("[defaults]\nttl = nan", "2: invalid value nan for 'ttl': expected a duration"),
        ("[defaults]\nttl = 1e30", "2: invalid value 1e30 for 'ttl': too long"),
        ("[defaults]\ntimeout = 0.0", "2: invalid value 0.0 for 'timeout': a time limit cannot be zero"),
        ("[defaults]\nmax_size = 1.5", "2: invalid value 1.5 for 'max_size': expected a number of bytes"),
        ("[defaults]\ntimeout = 0", "2: invalid value 0 for 'timeout': a time limit cannot be zero"),
        ("[defaults]\nmax_size = \"1Q\"", "2: invalid value \"1Q\" for 'max_size': expected a number of bytes"),
        ("[defaults]\nasync = \"yes\"", "2: invalid value \"yes\" for 'async': expected true or false"),
        ("[defaults]\nenv = [\"A=B\"]", "2: invalid value [\"A=B\"] for 'env': expected names of environment"),
        ("[defaults]\nscope = 5", "2: invalid value 5 for 'scope': expected a string"),
        ("[defaults]\nscope = \"\\u0000\"", "without a NUL character"),
        ("[defaults]\ncache_exit = [0, 256]", "2: invalid value [0, 256] for 'cache_exit': expected exit statuses"),
        ("[defaults]\ndb = \"cache.db\"", "2: invalid value \"cache.db\" for 'db': expected an absolute path"),
        ("[defaults]\nkey = \"k\"", "2: 'key' does not belong in [defaults]: all commands would share one result"),
        ("[defaults]\nttl = 1\nlifetime = 2", "3: 'ttl' is set twice: 'lifetime' is another name for it"),
        ("[defaults]\nexpiry = \"x\"", "2: 'expiry' is for jobs and does not belong in [defaults]"),
        ("[[rule]]\nttl = 1", "1: a [[rule]] without a command"),
        ("[[rule]]\ncommand = \"[\"", "2: invalid value \"[\" for 'command': expected a glob such as"),
        ("[[rule]]\ncommand = [\"x\"]", "2: invalid value [\"x\"] for 'command': expected a glob"),
        ("\n[job.x]\nttl = 1", "2: [job.x] has no command"),
        ("[job.x]\ncommand = []", "2: invalid value [] for 'command': expected an array of words"),
        ("[job.x]\ncommand = \"ls\"", "2: command is one string; expected an array of words, or shell = true"),
        ("[job.x]\nshell = true\ncommand = [\"ls\"]", "3: command is an array; with shell = true"),
        (
            "[job.x]\nparams = [\"user\"]\ncommand = [\n  \"ls\",\n  \"{usr}\"]",
            "5: {usr} is not among the params; did you mean 'user'?",
        ),
        (
            "[job.x]\nparams = [\"A-b\"]\ncommand = [\"x\"]",
            "2: invalid value [\"A-b\"] for 'params': a parameter cannot be called 'A-b'",
        ),
        ("[job.x]\nparams = [\"a...\", \"b\"]\ncommand = [\"x\"]", "2: 'a...' stands for the rest; nothing can come"),
        (
            "[job.x]\nparams = [{ name = \"a\", default = \"\" }, \"b\"]\ncommand = [\"x\"]",
            "2: 'b' needs a default as well",
        ),
        ("[job.x]\nparams = [{ nam = \"a\" }]\ncommand = [\"x\"]", "2: invalid value [{ nam = \"a\" }] for 'params'"),
        ("[job.x]\ncommand = [\"\", \"x\"]", "2: invalid value"),
        ("[job.x]\ncommand = [\"x\"]\nkey = \"\"", "3: invalid value \"\" for 'key'"),
        ("[[rule]]\ncommand = \"\"", "2: invalid value \"\" for 'command'"),
        ("[job.x]\nparams = [\"ttl\"]\ncommand = [\"x\"]", "2: a parameter cannot be called 'ttl', which is the name"),
        ("[job.x]\nparams = [\"a\", \"a\"]\ncommand = [\"x\"]", "2: the parameter 'a' is declared twice"),
        (
            "[job.x]\nparams = \"a\"\ncommand = [\"x\"]",
            "2: invalid value \"a\" for 'params': expected an array of names",
        ),
        ("[job.-x]\ncommand = [\"x\"]", "1: a job cannot be called '-x'"),
        ("[job.x]\ncommand = [\"x\"]\nparms = []", "3: unknown key 'parms' in [job.x]; did you mean 'params'?"),
        (
            "[job.x]\nparams = [\"user\"]\ncommand = [\"x\"]\n[[job.x.when]]\nusr = \"a\"",
            "5: unknown key 'usr' in [[job.x.when]]; did you mean 'user'?",
        ),
        ("[job.x]\ncommand = [\"x\"]\n[[job.x.when]]\nttl = 1", "3: [[job.x.when]] matches no parameter"),
        (
            "[job.x]\nparams = [\"u\"]\ncommand = [\"x\"]\n[[job.x.when]]\nu = \"a\"\nshell = true",
            "6: 'shell' does not belong in [[job.x.when]]",
        ),
        (
            "[job.x]\nparams = [\"u\"]\ncommand = [\"x\"]\n[[job.x.when]]\nu = \"[\"",
            "5: invalid value \"[\" for 'u': expected a glob",
        ),
        ("[defaults]\nttl = 1\nttl = 2", "3: duplicate key 'ttl'"),
        ("[defaults\nttl = 1", "1: "),
    ] {
        let problems = problems(text);
        assert!(problems[0].contains(expected), "{text:?}\nexpected {expected:?}\nfound {problems:?}");
        assert!(!problems.iter().any(|problem| problem.contains('\n')), "{problems:?}");
    }
}

#[test]
fn every_mistake_is_found_in_the_order_of_the_file() {
    let text =
        "[[rule]]\nttl = \"x\"\n[job.z]\nttl = \"y\"\n[job.a]\ncommand = [\"{b}\", \"{c}\"]\n[defaults]\nkeep = \"z\"";
    let lines: Vec<String> = problems(text).iter().map(|problem| problem.split(':').next().unwrap().into()).collect();
    assert_eq!(lines, ["1", "2", "3", "4", "6", "6", "8"]);
}

#[test]
fn a_parameter_that_is_not_used_is_fine() {
    assert!(read("[job.x]\nparams = [\"a\"]\ncommand = [\"date\"]").is_ok());
}

proptest::proptest! {
    #[test]
    fn no_text_causes_a_panic(text in r#"(\[|\]|\{|\}|defaults|job|rule|\.|x|command|params|when|=|"|\n|[ -~]){0,30}"#) {
        let _ = read(&text);
    }
}
