//! The common `cacheback run …` and `cacheback get …` command lines, read without clap.
//!
//! To build clap's definitions costs more than to look a result up. Options of the table are read here. All other
//! lines, among them requests for help and all mistakes, are left to clap, which says what is wrong. A property test
//! compares the two: what is accepted here, clap accepts with the same result.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::{Cli, Command, GetArgs, GlobalArgs, RunArgs};
use crate::config::Settings;

/// The command line `argv`, the program's name included; `None` leaves it to clap.
pub fn parse(argv: &[OsString]) -> Option<Cli> {
    let (subcommand, mut rest) = argv.get(1..)?.split_first()?;
    let is_get = subcommand == "get";
    if subcommand != "run" && !is_get {
        return None;
    }
    let mut global = GlobalArgs::default();
    let mut settings = Settings::default();
    while let Some((word, after)) = rest.split_first() {
        if word == "--" {
            rest = after;
            break;
        }
        if !word.as_bytes().starts_with(b"-") {
            break;
        }
        rest = after;
        let (option, mut within) = match word.as_bytes().iter().position(|byte| *byte == b'=') {
            Some(at) => (&word.as_bytes()[..at], Some(OsStr::from_bytes(&word.as_bytes()[at + 1..]))),
            None => (word.as_bytes(), None),
        };
        let name = match str::from_utf8(option).ok()? {
            letter @ ("-s" | "-q") => letter,
            long => long.strip_prefix("--").filter(|name| !name.starts_with('-'))?,
        };
        // An empty value, or one that looks like an option, may be a mistake. The rules for that are clap's.
        let mut value = || {
            let value = within.take().or_else(|| {
                let (value, after) = rest.split_first()?;
                rest = after;
                Some(value.as_os_str())
            });
            value.filter(|value| !value.is_empty() && !value.as_bytes().starts_with(b"-"))
        };
        match settings.set(name, &mut value) {
            Some(read) => read.ok()?,
            None => set_global(&mut global, name, &mut value)?,
        }
        // A flag has no value.
        if within.is_some() {
            return None;
        }
    }
    let exclusive = [settings.refresh, settings.warm, settings.only_if_cached];
    if rest.is_empty() || exclusive.into_iter().flatten().count() > 1 {
        return None;
    }
    let words = rest.to_vec();
    let command = match is_get {
        true => Command::Get(GetArgs { settings, job: words }),
        false => Command::Run(RunArgs { settings, command: words }),
    };
    Some(Cli { global, command })
}

fn set_global<'a>(global: &mut GlobalArgs, name: &str, value: &mut impl FnMut() -> Option<&'a OsStr>) -> Option<()> {
    match name {
        "quiet" | "-q" => global.quiet = true,
        "db" => global.db = Some(value()?.into()),
        "config" => global.config = Some(value()?.into()),
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
    use std::os::unix::ffi::OsStringExt;

    fn argv(line: &[&str]) -> Vec<OsString> {
        ["cacheback"].iter().chain(line).map(OsString::from).collect()
    }

    #[test]
    fn the_usual_lines_are_read_without_clap() {
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

    /// An option that is missing here would be slower, and no other test would fail.
    #[test]
    fn every_option_of_run_is_read_without_clap() {
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
