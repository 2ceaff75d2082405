//! `cacheback config`, and what its help says about the file.

use std::ffi::OsString;

use clap::{Args, Subcommand};

use super::value;
use crate::config::parse;
use crate::config::{NAMES, Settings};

const LONG_ABOUT: &str = r#"Check the configuration file, or show the settings that result from it

The file is cacheback/config.toml in the user's configuration directory, or the one that --config or CACHEBACK_CONFIG names. It is TOML, never read from the working directory, and refused if others may write to it. A setting is taken from the first of these that has it: option, environment variable, job or rule, [defaults], built in.

[defaults] has settings for all commands and jobs. They have the names of the options of run, with underscores: KEYS. A stale result that was fetched longer ago than fetch_on_stale_threshold is fetched again, and the call waits for that. Durations and sizes are strings as on the command line, or numbers of seconds or bytes. An option that can be repeated is an array here, which replaces that of a weaker section.

[[rule]] has settings for commands of run. Its command is a glob over the words joined by single spaces, so that it does not tell `a 'b c'` from `a b c`. * matches any text, ? one byte, [a-z] one of these characters, {a,b} one or the other, and a backslash makes the next character literal. Only the first rule that matches applies.

[job.NAME] has settings, a command and its params for get. In each word of command {name} stands for the value of a parameter, {{ and }} for braces. A parameter is a name, or { name = "page", default = "1" }. The last one may be "rest...": it takes all values that are left, and {rest} becomes as many words. With shell = true command is one string for sh; the values are its $1, $2 and so on, and variables with the names of the parameters. key may have {name} in it, too. expiry is a shell script that gets the output of a fetch and prints for how long it is fresh, or until when. fetch_synchronously is a shell script that exits 0 if the call has to wait for a fetch; CACHEBACK_STATUS (miss or stale) and CACHEBACK_AGE (seconds) say what is stored.

[[job.NAME.when]] has settings for some values of the parameters. A key with the name of a parameter is a glob over its value, and all of these globs have to match. If several sections apply, a setting is taken from the first that has it.

[shared] names the Redis or Valkey server through which results are shared: url and secret_file, and where needed namespace, username, password_file, ca_file, mode (read-write, read-only or off), connect_timeout, timeout, lease, sync, max_wait and max_size. Results of rules and jobs with shared = true go there, and come from there; vary is an array of what distinguishes hosts besides the key: user, os, arch and host."#;

/// The text with the keys of the table of options in it.
pub fn long_about() -> String {
    LONG_ABOUT.replacen("KEYS", &NAMES.join(", "), 1)
}

/// The names of its subcommands.
pub const ACTIONS: &[&str] = &["check", "path", "show"];

/// What `cacheback config` does.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigAction {
    /// Report everything that is wrong with the configuration file
    ///
    /// Prints one line for each mistake and exits 125, or says that there is none.
    Check,

    /// Print the path of the configuration file, whether the file exists or not
    Path,

    /// Print the effective settings, one on each line, with its value and where the value came from
    ///
    /// These are the settings that `cacheback run` would have for COMMAND, or `cacheback get` for a job, with these
    /// options and this environment. Without COMMAND and job, they are the settings for a command that no rule matches.
    #[command(override_usage = "cacheback config show [OPTIONS] [--] [COMMAND [ARG]...]\n       \
                                cacheback config show [OPTIONS] --job JOB [ARG]...")]
    Show(Box<CallArgs>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct CallArgs {
    /// Take this job in place of COMMAND; the arguments are the values of its parameters
    #[arg(long, value_name = "JOB", help_heading = "Selection", value_parser = value(parse::text))]
    pub job: Option<OsString>,

    #[command(flatten)]
    pub settings: Settings,

    /// The command, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}
