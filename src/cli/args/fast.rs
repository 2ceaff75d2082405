//! The common `cacheback run …` and `cacheback get …` command lines, read without clap.
//!
//! Building clap's definitions costs more than looking a result up. Here is only a table of the options; whatever is
//! not plainly in it, help and every mistake included, is left to clap, which says what is wrong. A property test
//! holds the two together: what is accepted here, clap accepts with the same result.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::{Cli, Command, GetArgs, GlobalArgs, RunArgs};
use crate::cli::{units, values};

/// What `argv`, the program's name included, asks for, or `None` if that is for clap to find out.
pub fn parse(argv: &[OsString]) -> Option<Cli> {
    let (subcommand, mut rest) = argv.get(1..)?.split_first()?;
    let is_get = subcommand == "get";
    if subcommand != "run" && !is_get {
        return None;
    }
    let mut global = GlobalArgs::default();
    let mut run = RunArgs::default();
    while let Some((word, after)) = rest.split_first() {
        if word == "--" {
            rest = after;
            break;
        }
        if !word.as_bytes().starts_with(b"-") {
            break;
        }
        rest = after;
        if set_flag(word.to_str()?, &mut global, &mut run) {
            continue;
        }
        let (name, value) = match word.as_bytes().iter().position(|byte| *byte == b'=') {
            Some(at) => (&word.as_bytes()[..at], OsStr::from_bytes(&word.as_bytes()[at + 1..])),
            None => {
                let (value, after) = rest.split_first()?;
                rest = after;
                (word.as_bytes(), value.as_os_str())
            }
        };
        // An empty value or one like an option may be a slip; clap has the rules.
        if value.is_empty() || value.as_bytes().starts_with(b"-") {
            return None;
        }
        set_value(name, value, &mut global, &mut run)?;
    }
    let exclusive = [run.freshness.refresh, run.freshness.warm, run.freshness.only_if_cached];
    if rest.is_empty() || exclusive.into_iter().filter(|given| *given).count() > 1 {
        return None;
    }
    let RunArgs { freshness, key, fetch, command: _ } = run;
    let words = rest.to_vec();
    let command = match is_get {
        true => Command::Get(GetArgs { freshness, key, fetch, job: words }),
        false => Command::Run(RunArgs { freshness, key, fetch, command: words }),
    };
    Some(Cli { global, command })
}

fn set_flag(word: &str, global: &mut GlobalArgs, run: &mut RunArgs) -> bool {
    let (freshness, key) = (&mut run.freshness, &mut run.key);
    let (flag, opposite) = match word {
        "--async" => (&mut freshness.background, &mut freshness.no_background),
        "--no-async" => (&mut freshness.no_background, &mut freshness.background),
        "--stale-if-error" => (&mut freshness.stale_if_error, &mut freshness.no_stale_if_error),
        "--no-stale-if-error" => (&mut freshness.no_stale_if_error, &mut freshness.stale_if_error),
        "--no-fetch-on-miss" => (&mut freshness.no_fetch_on_miss, &mut freshness.fetch_on_miss),
        "--fetch-on-miss" => (&mut freshness.fetch_on_miss, &mut freshness.no_fetch_on_miss),
        "--cwd" => (&mut key.cwd, &mut key.no_cwd),
        "--no-cwd" => (&mut key.no_cwd, &mut key.cwd),
        "--stdin" => (&mut key.stdin, &mut key.no_stdin),
        "--no-stdin" => (&mut key.no_stdin, &mut key.stdin),
        "--pty" => (&mut key.pty, &mut key.no_pty),
        "--no-pty" => (&mut key.no_pty, &mut key.pty),
        "-s" | "--shell" => (&mut key.shell, &mut key.no_shell),
        "--no-shell" => (&mut key.no_shell, &mut key.shell),
        _ => return set_plain_flag(word, global, run),
    };
    (*flag, *opposite) = (true, false);
    true
}

fn set_plain_flag(word: &str, global: &mut GlobalArgs, run: &mut RunArgs) -> bool {
    let flag = match word {
        "--refresh" => &mut run.freshness.refresh,
        "--warm" => &mut run.freshness.warm,
        "--only-if-cached" => &mut run.freshness.only_if_cached,
        "--progress" => &mut run.fetch.progress,
        "--status" => &mut run.fetch.status,
        "-q" | "--quiet" => &mut global.quiet,
        _ => return false,
    };
    *flag = true;
    true
}

fn set_value(name: &[u8], value: &OsStr, global: &mut GlobalArgs, run: &mut RunArgs) -> Option<()> {
    let (freshness, fetch) = (&mut run.freshness, &mut run.fetch);
    match name {
        b"--ttl" | b"--lifetime" => freshness.ttl = Some(units::duration(value).ok()?),
        b"--max-stale" => freshness.max_stale = Some(units::duration(value).ok()?),
        b"--keep" => fetch.keep = Some(units::duration(value).ok()?),
        b"--timeout" => fetch.timeout = Some(units::limit(value).ok()?),
        b"--refresh-timeout" => fetch.refresh_timeout = Some(units::limit(value).ok()?),
        b"--max-size" => fetch.max_size = Some(units::size(value).ok()?),
        b"--cache-exit" => fetch.cache_exit = Some(values::exit_codes(value).ok()?),
        b"--status-fd" => fetch.status_fd = Some(values::descriptor_number(value).ok()?),
        b"--failure-ttl" => fetch.failure_ttl = Some(units::duration(value).ok()?),
        b"--process-result" => fetch.process_result = Some(values::script(value).ok()?),
        b"--depends-on" => freshness.depends_on.push(values::dependency(value).ok()?),
        b"--tag" => fetch.tag.push(values::tag(value).ok()?),
        b"--miss-status" => freshness.miss_status = Some(values::exit_status(value).ok()?),
        b"--empty" => freshness.empty = Some(value.to_owned()),
        b"--scope" => run.key.scope = Some(value.to_owned()),
        b"--key" => run.key.key = Some(value.to_owned()),
        b"--env" => {
            for name in value.as_bytes().split(|byte| *byte == b',') {
                run.key.env.push(values::variable_name(&OsString::from_vec(name.to_vec())).ok()?);
            }
        }
        b"--db" => global.db = Some(value.into()),
        b"--config" => global.config = Some(value.into()),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn argv(line: &[&str]) -> Vec<OsString> {
        ["cacheback"].iter().chain(line).map(OsString::from).collect()
    }

    #[test]
    fn the_usual_lines_do_without_clap() {
        for line in [
            &["run", "date"][..],
            &["run", "--", "git", "log", "--", "file"],
            &["run", "--ttl", "600", "--async", "curl", "-fsS", "http://localhost/"],
            &["run", "--lifetime=1h 30m", "-s", "-q", "--cwd", "--env=A,B", "--env", "C", "ls | wc"],
            &["get", "--config", "/tmp/c", "--ttl=1", "tweets", "--ttl", "2"],
            &["run", "--db", "/tmp/db", "--status-fd=1", "--cache-exit", "0,1", "--max-size=1M", "date", "--help"],
        ] {
            let fast = parse(&argv(line)).expect("this is a usual line");
            assert_eq!(fast, args::parse(&argv(line)).expect("clap agrees"), "{line:?}");
        }
    }

    /// One that is forgotten would only be slower, and nobody would notice.
    #[test]
    fn every_option_of_run_does_without_clap() {
        let definition = args::definition();
        let run = definition.find_subcommand("run").expect("a subcommand");
        let options = run.get_arguments().chain(definition.get_arguments());
        let names = options.flat_map(|option| {
            let long = option.get_long_and_visible_aliases().unwrap_or_default();
            let short = option.get_short().map(|letter| format!("-{letter}"));
            let names: Vec<_> = long.into_iter().map(|name| format!("--{name}")).chain(short).collect();
            names
        });
        let mut seen = 0;
        for name in names.filter(|name| !["--help", "-h", "--version", "-V"].contains(&name.as_str())) {
            let lines = [vec!["run", &name, "date"], vec!["run", &name, "1", "date"]];
            let right: Vec<_> = lines.iter().filter(|line| args::parse(&argv(line)).is_ok()).collect();
            assert!(!right.is_empty(), "no use of {name} is right");
            for line in right {
                assert!(parse(&argv(line)).is_some(), "{line:?}");
            }
            seen += 1;
        }
        assert!(seen > 30, "{seen} options");
    }

    #[test]
    fn help_mistakes_and_other_subcommands_are_left_to_clap() {
        for line in [
            &[][..],
            &["run"],
            &["run", "--"],
            &["run", "--help", "date"],
            &["run", "-h"],
            &["run", "--ttl"],
            &["run", "--ttl", "soon", "date"],
            &["run", "--ttl=", "date"],
            &["run", "--async=1", "date"],
            &["run", "--warm", "--refresh", "date"],
            &["run", "--tll", "1", "date"],
            &["run", "-sq", "date"],
            &["delete", "--all"],
            &["-q", "run", "date"],
        ] {
            assert_eq!(parse(&argv(line)), None, "{line:?}");
        }
    }

    /// The options of `run` and `get` in each of their spellings, as clap knows them.
    fn options() -> Vec<String> {
        let definition = args::definition();
        let run = definition.find_subcommand("run").expect("it is defined");
        let spellings = |arg: &clap::Arg| {
            let long = arg.get_long_and_visible_aliases().unwrap_or_default();
            let long = long.into_iter().map(|name| format!("--{name}"));
            long.chain(arg.get_short().map(|letter| format!("-{letter}"))).collect::<Vec<_>>()
        };
        definition.get_arguments().chain(run.get_arguments()).flat_map(spellings).collect()
    }

    fn any_word() -> impl Strategy<Value = OsString> {
        let others = ["run", "--", "-", "", "--help", "-h", "--version", "-sq", "--async=1", "--tt"];
        let names: Vec<String> = options().into_iter().chain(others.map(str::to_owned)).collect();
        let values =
            vec!["0", "600", "1h 30m", "0,1", "any", "64KiB", "-1", "A,B", "A, B_*", "A=B", ",", "date", "é", "a b"];
        let (name, value) = (proptest::sample::select(names), proptest::sample::select(values));
        prop_oneof![
            4 => name.clone().prop_map(OsString::from),
            4 => value.clone().prop_map(OsString::from),
            2 => (name, value).prop_map(|(name, value)| OsString::from(format!("{name}={value}"))),
            1 => vec(any::<u8>(), 0..4).prop_map(|mut bytes| {
                bytes.retain(|byte| *byte != 0);
                OsString::from_vec(bytes)
            }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_accepted_here_is_what_clap_makes_of_it(is_get: bool, words in vec(any_word(), 0..7)) {
            let subcommand = if is_get { "get" } else { "run" };
            let line: Vec<OsString> = ["cacheback", subcommand].into_iter().map(OsString::from).chain(words).collect();
            if let Some(fast) = parse(&line) {
                let clap = args::parse(&line);
                prop_assert!(clap.is_ok(), "clap refuses {:?}: {}", line, clap.unwrap_err());
                prop_assert_eq!(fast, clap.unwrap());
            }
        }
    }
}
