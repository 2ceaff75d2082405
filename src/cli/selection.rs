//! Which entries `invalidate` and `delete` work on.

use std::ffi::OsString;

use cacheback::Invocation;
use cacheback::key::KeyOptions;

use super::args::{GlobalArgs, KeyArgs, SelectorArgs};
use super::request::{self, DbPath, Environment, db_path, key_options};
use super::usage::UsageError;

/// One call of `invalidate` or `delete`, with nothing left to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionRequest {
    pub selection: Selection,
    /// Where the cache is; `None` is the default place.
    pub db: Option<DbPath>,
    /// Print no warnings and no count.
    pub quiet: bool,
}

/// One way of selecting entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The entry of one invocation.
    Invocation {
        /// As it was given to `run`; its argv is empty if `key.key` stands for it.
        invocation: Invocation,
        key: KeyOptions,
        /// Standard input has to be read to its end, for the key.
        read_stdin: bool,
    },
    /// Entries whose key begins with these hexadecimal digits, in lower case.
    Id(String),
    /// Entries whose command line matches this glob, which parses.
    Match(String),
    /// Entries of a scope.
    Scope(OsString),
    /// Entries with a label.
    Tag(OsString),
    /// Every entry.
    All,
}

impl SelectionRequest {
    /// What the selector's options ask for: exactly one way of selecting.
    pub fn resolve(args: SelectorArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        Ok(Self { db: db_path(global.db, env), quiet: global.quiet, selection: selection(args, env)? })
    }
}

const EXPECTED: &str = "expected one of: [KEY OPTIONS] COMMAND, --key, --id, --match, --scope, --tag, --all";

pub fn selection(args: SelectorArgs, env: &impl Environment) -> Result<Selection, UsageError> {
    let SelectorArgs { id, pattern, all, key, command, ignored_freshness: _, ignored_fetch } = args;
    let by_invocation = !command.is_empty() || key.key.is_some();
    let by_scope = !by_invocation && key.scope.is_some();
    // With a command, the labels are those that it was stored with.
    let mut tags = ignored_fetch.tag;
    let by_tag = !by_invocation && !tags.is_empty();
    if by_tag && tags.len() > 1 {
        return Err(UsageError::new(format!("--tag selects by one label at a time; {EXPECTED}")));
    }
    let given: Vec<&str> = [
        (!command.is_empty(), "a COMMAND"),
        (command.is_empty() && key.key.is_some(), "--key"),
        (id.is_some(), "--id"),
        (pattern.is_some(), "--match"),
        (by_scope, "--scope"),
        (by_tag, "--tag"),
        (all, "--all"),
    ]
    .into_iter()
    .filter_map(|(given, name)| given.then_some(name))
    .collect();
    if given.len() > 1 {
        return Err(UsageError::new(format!("{} cannot be used together; {EXPECTED}", given.join(" and "))));
    }
    if let Some(option) = key_option_without_command(&key)
        && !by_invocation
    {
        return Err(UsageError::new(format!("{option} needs the COMMAND whose entry is selected; {EXPECTED}")));
    }
    if by_invocation {
        return Ok(Selection::Invocation {
            invocation: request::invocation(command, &key),
            read_stdin: key.stdin,
            key: key_options(key, env),
        });
    }
    match (id, pattern, key.scope) {
        (Some(id), ..) => Ok(Selection::Id(id)),
        (_, Some(pattern), _) => Ok(Selection::Match(pattern)),
        (.., Some(scope)) if !scope.is_empty() => Ok(Selection::Scope(scope)),
        _ if by_tag => Ok(Selection::Tag(tags.remove(0))),
        _ if all => Ok(Selection::All),
        _ => Err(UsageError::new(format!("nothing is selected; {EXPECTED}"))),
    }
}

fn key_option_without_command(key: &KeyArgs) -> Option<&'static str> {
    let given = [
        (key.cwd, "--cwd"),
        (!key.env.is_empty(), "--env"),
        (key.stdin, "--stdin"),
        (key.shell, "--shell"),
        (key.pty, "--pty"),
    ];
    given.into_iter().find_map(|(given, name)| given.then_some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{self, Command};

    fn select_with(line: &[&str], env: &[(&str, &str)]) -> Result<Selection, String> {
        let argv: Vec<OsString> = ["cacheback", "delete"].iter().chain(line).map(OsString::from).collect();
        let cli = args::parse(&argv).map_err(|error| error.to_string())?;
        let Command::Delete(selector) = cli.command else { unreachable!("the line says delete") };
        let env = |name: &'static str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        selection(selector, &env).map_err(|error| error.to_string())
    }

    fn select(line: &[&str]) -> Result<Selection, String> {
        select_with(line, &[])
    }

    fn invocation(argv: &[&str], key: KeyOptions) -> Selection {
        Selection::Invocation { invocation: Invocation::new(argv.iter().copied()), key, read_stdin: false }
    }

    #[test]
    fn each_way_selects() {
        assert_eq!(select(&["--id", "3F2a"]), Ok(Selection::Id("3f2a".into())));
        assert_eq!(select(&["--match", "kubectl *"]), Ok(Selection::Match("kubectl *".into())));
        assert_eq!(select(&["--scope", "ci"]), Ok(Selection::Scope("ci".into())));
        assert_eq!(select(&["--tag", "slow"]), Ok(Selection::Tag("slow".into())));
        assert_eq!(select(&["--all"]), Ok(Selection::All));
        assert_eq!(select(&["--tag", "slow", "date"]), Ok(invocation(&["date"], KeyOptions::default())));
        assert_eq!(select(&["--", "date", "-u"]), Ok(invocation(&["date", "-u"], KeyOptions::default())));
        let by_key = KeyOptions { key: Some("k".into()), ..KeyOptions::default() };
        assert_eq!(select(&["--key", "k"]), Ok(invocation(&[], by_key)));
    }

    #[test]
    fn with_a_command_the_scope_is_part_of_its_key() {
        let scoped = |name: &str| KeyOptions { scope: Some(name.into()), ..KeyOptions::default() };
        assert_eq!(select(&["--scope", "ci", "date"]), Ok(invocation(&["date"], scoped("ci"))));
        let env = [("CACHEBACK_SCOPE", "env")];
        assert_eq!(select_with(&["date"], &env), Ok(invocation(&["date"], scoped("env"))));
    }

    #[test]
    fn the_environment_alone_selects_nothing() {
        let env = [("CACHEBACK_SCOPE", "env")];
        assert!(select_with(&[], &env).unwrap_err().contains("nothing is selected"));
        assert_eq!(select_with(&["--all"], &env), Ok(Selection::All));
    }

    #[test]
    fn a_command_line_of_run_selects_its_own_entry() {
        let pasted = ["--ttl", "60", "--async", "--status", "--cwd", "--", "date"];
        assert_eq!(select(&pasted), Ok(invocation(&["date"], KeyOptions { cwd: true, ..KeyOptions::default() })));
    }

    #[test]
    fn none_or_two_ways_are_refused() {
        for (line, names) in [
            (&[][..], "nothing is selected"),
            (&["--scope", ""], "nothing is selected"),
            (&["--all", "--id", "3f"], "--id and --all"),
            (&["--all", "date"], "a COMMAND and --all"),
            (&["--match", "x", "--scope", "s"], "--match and --scope"),
            (&["--all", "--tag", "s"], "--tag and --all"),
            (&["--tag", "r", "--tag", "s"], "one label at a time"),
            (&["--cwd"], "--cwd needs the COMMAND"),
            (&["--cwd", "--all"], "--cwd needs the COMMAND"),
        ] {
            let message = select(line).unwrap_err();
            assert!(message.contains(names) && message.contains("expected one of"), "{line:?}: {message}");
        }
        for bad in ["xyz", "", "0x3f"] {
            assert!(select(&["--id", bad]).unwrap_err().contains("hexadecimal"), "{bad:?}");
        }
    }
}
