//! Which entries a subcommand works on.

use std::ffi::OsString;

use super::identity::{Database, Identity};
use super::options::{Environment, environment, key_environment, with_global};
use super::{configured, usage::UsageError};
use crate::cli::args::{GlobalArgs, SelectorArgs};
use crate::config::{Configuration, JobCall, Layers, Origin, Settings, Spelling};
use crate::model::{invocation::Invocation, key::KeyOptions};
use crate::store::Selector;

/// What is selected, with nothing left to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectionRequest {
    pub selection: Selection,
    /// Where the cache is.
    pub db: Database,
    /// Print no warnings and no counts.
    pub quiet: bool,
    /// All settings for a call of what is selected.
    pub layers: Layers,
    /// The job that is selected.
    pub job: Option<JobCall>,
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
    /// Entries with a label.
    Tag(OsString),
    /// Entries of a job, whatever its parameters were.
    Job(OsString),
    /// Entries whose key begins with these hexadecimal digits, in lower case.
    Id(String),
    /// Entries whose command line matches this glob, which parses.
    Match(String),
    /// Entries of a scope.
    Scope(OsString),
    /// Every entry.
    All,
}

impl Selection {
    /// The only word of the command, in lower case, if it may be the beginning of an id.
    pub fn lone_id(&self) -> Option<String> {
        let Self::Invocation { invocation, key, read_stdin: false } = self else { return None };
        let [word] = &invocation.argv[..] else { return None };
        let id = word.to_str().filter(|_| !invocation.shell && *key == KeyOptions::default())?;
        Selector::prefix(id).is_ok().then(|| id.to_ascii_lowercase())
    }
}

impl SelectionRequest {
    /// Resolves options that select in exactly one way. Of the environment, only variables that identify a result
    /// count.
    pub fn resolve(args: SelectorArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        Self::new(args, global, env, HowMany::Any, |_, _| key_environment(env))
    }

    /// The same for subcommands that need one entry and its freshness.
    pub fn resolve_with_policy(
        args: SelectorArgs,
        global: GlobalArgs,
        env: &impl Environment,
    ) -> Result<Self, UsageError> {
        Self::new(args, global, env, HowMany::One, |options, quiet| environment(options, quiet, env))
    }

    fn new(
        args: SelectorArgs,
        global: GlobalArgs,
        env: &impl Environment,
        how_many: HowMany,
        environment: impl Fn(&Settings, bool) -> Settings,
    ) -> Result<Self, UsageError> {
        let by_command = !args.command.is_empty() && args.job.is_none();
        check(&args, by_command, how_many.expected())?;
        let SelectorArgs { job, id, pattern, all: _, settings, command } = args;
        let options = with_global(settings, &global);
        let mut layers = Layers::default();
        layers.push(Origin::Option, options.clone());
        layers.push(Origin::Environment, environment(&options, global.quiet));
        if let Some(name) = job {
            let (call, is_one) = job_call(&global, name, &command, &options, how_many, env)?;
            configured::push_job(&mut layers, &call);
            let identity = Identity::of_job(&call, &layers, env)?;
            let selection = match is_one {
                true => Selection::Invocation {
                    invocation: identity.invocation,
                    key: identity.key,
                    read_stdin: identity.read_stdin,
                },
                false => Selection::Job(call.job.name.clone().into()),
            };
            return Ok(Self { selection, db: identity.db, quiet: global.quiet, layers, job: Some(call) });
        }
        configured::push_file(&mut layers, configured::for_command_strictly(&global, &command, env)?);
        let by_key = by_command || options.key.is_some();
        let Identity { invocation, key: key_options, read_stdin, db } = Identity::of_command(command, &layers, env)?;
        let selection = match (id, pattern, options.scope) {
            _ if by_key => Selection::Invocation { invocation, key: key_options, read_stdin },
            (Some(id), ..) => Selection::Id(id),
            (_, Some(pattern), _) => Selection::Match(pattern),
            (.., Some(scope)) if !scope.is_empty() => Selection::Scope(scope),
            _ => options.tags.and_then(|mut tags| tags.pop()).map_or(Selection::All, Selection::Tag),
        };
        Ok(Self { selection, db, quiet: global.quiet, layers, job: None })
    }
}

/// How many entries the caller can work on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HowMany {
    One,
    Any,
}

impl HowMany {
    fn expected(self) -> &'static str {
        match self {
            Self::One => EXPECTED_ONE,
            Self::Any => EXPECTED_ANY,
        }
    }
}

/// The selected job, and whether the selection is one entry: a job with parameters and no values is all its entries,
/// unless one entry is needed and all parameters have defaults.
fn job_call(
    global: &GlobalArgs,
    name: OsString,
    args: &[OsString],
    options: &Settings,
    how_many: HowMany,
    env: &impl Environment,
) -> Result<(JobCall, bool), UsageError> {
    let (job, Configuration { defaults, shared, .. }) = configured::job(global, &name, env)?;
    let is_one = !args.is_empty() || job.params.is_empty() || (how_many == HowMany::One && job.values(&[]).is_ok());
    let values = match key_options(options).next() {
        _ if is_one => job.values(args).map_err(|error| UsageError::new(error.to_string()))?,
        None => Vec::new(),
        Some(option) => {
            let signature = job.signature();
            return Err(UsageError::new(format!(
                "--{} needs the values of the job's parameters: {signature}",
                option.name
            )));
        }
    };
    Ok((JobCall { job, values, defaults, shared }, is_one))
}

/// The ways to select entries.
pub const EXPECTED_ANY: &str =
    "expected one of: [KEY OPTIONS] COMMAND, --job, --key, --id, --match, --scope, --tag, --all";
/// The ways to select one entry.
pub const EXPECTED_ONE: &str = "expected one of: [KEY OPTIONS] COMMAND, --job, --key, --id";

fn check(args: &SelectorArgs, by_command: bool, expected: &str) -> Result<(), UsageError> {
    let SelectorArgs { job, id, pattern, all, settings: options, .. } = args;
    let by_job = job.is_some();
    let by_key = by_command || by_job || options.key.is_some();
    let by_scope = !by_key && options.scope.as_ref().is_some_and(|scope| !scope.is_empty());
    // With a command, a label does not select: it is one that `set` stores, or has no effect.
    let tags = options.tags.as_ref().map_or(0, Vec::len);
    if !by_key && tags > 1 {
        return Err(UsageError::new(format!("--tag selects by one label at a time; {expected}")));
    }
    let given: Vec<&str> = [
        (by_command, "a COMMAND"),
        (by_job, "--job"),
        (!by_command && !by_job && options.key.is_some(), "--key"),
        (id.is_some(), "--id"),
        (pattern.is_some(), "--match"),
        (by_scope, "--scope"),
        // A job without values selects all its entries; a label would be a second way of selecting.
        (tags > 0 && (!by_key || (by_job && args.command.is_empty())), "--tag"),
        (*all, "--all"),
    ]
    .into_iter()
    .filter_map(|(given, name)| given.then_some(name))
    .collect();
    if given.len() > 1 {
        return Err(UsageError::new(format!("{} cannot be used together; {expected}", given.join(" and "))));
    }
    if let Some(option) = key_options(options).find(|option| !["scope", "key"].contains(&option.name))
        && !by_key
    {
        return Err(UsageError::new(format!(
            "--{} needs the COMMAND whose entry is selected; {expected}",
            option.name
        )));
    }
    if given.is_empty() {
        return Err(UsageError::new(format!("nothing is selected; {expected}")));
    }
    Ok(())
}

/// The options that are part of the key.
fn key_options(options: &Settings) -> impl Iterator<Item = &'static Spelling> {
    options.given().filter(|option| option.group == "Key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;
    use crate::cli::args::Command;

    fn select_with(line: &[&str], env: &[(&str, &str)]) -> Result<Selection, String> {
        let argv: Vec<OsString> = ["cacheback", "delete"].iter().chain(line).map(OsString::from).collect();
        let cli = args::parse(&argv).map_err(|error| error.to_string())?;
        let Command::Delete(selector) = cli.command else { unreachable!("the line says delete") };
        let env = |name: &'static str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        let request = SelectionRequest::resolve(selector, cli.global, &env).map_err(|error| error.to_string())?;
        Ok(request.selection)
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
        assert_eq!(select(&["--all"]), Ok(Selection::All));
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
