//! `cacheback config`, and what its help says about the file.

use std::ffi::OsString;

use clap::{Args, Subcommand};

use super::value;
use crate::config::parse;
use crate::config::{NAMES, Settings};

const LONG_ABOUT: &str = r#"Check the configuration file, or show what it comes to

The file is cacheback/config.toml in the user's configuration directory, or the one that --config or CACHEBACK_CONFIG names. It is TOML, never read from the working directory, and refused if others may write to it. An option wins over its environment variable, that over the job or rule, that over [defaults], and that over what is built in.

[defaults] has settings for everything. Their names are those of the options of run with underscores (what is stale and older than fetch_on_stale_threshold, counted from its fetch, is fetched and waited for): KEYS. Durations and sizes are strings as on the command line, or numbers of seconds or bytes; what can be repeated is an array, and replaces that of a weaker section.

[[rule]] has settings for commands of run: command is a glob over the words joined by single spaces, so that `a 'b c'` and `a b c` are the same to it. * is any text, ? one byte, [a-z] one of these, {a,b} one or the other, and a backslash takes the meaning off the next character. The first rule that matches applies, alone.

[job.NAME] has settings, a command and its params for get. In each word of command {name} stands for the value of a parameter, {{ and }} for braces. A parameter is a name, or { name = "page", default = "1" }; the last one may be "rest...", which stands for all values that are left, and {rest} for as many words. With shell = true command is one string for sh; the values are its $1, $2 and so on, and variables of their names. key may have {name} in it, too. expiry is a shell script that gets the output of a fetch and prints for how long it is fresh, or until when. fetch_synchronously is one that exits 0 if a fetch is to be waited for; CACHEBACK_STATUS (miss or stale) and CACHEBACK_AGE (seconds) tell it of what is stored.

[[job.NAME.when]] has settings for some values: a key that is a parameter is a glob over its value, and all of them have to match. Of several that apply, the first that has a setting wins.

[shared] names the Redis or Valkey server that results are shared by: url and secret_file, and if need be namespace, username, password_file, ca_file, mode (read-write, read-only or off), connect_timeout, timeout, lease, sync, max_wait and max_size. Results of rules and jobs with shared = true go there, and come from there; vary is an array of what tells hosts apart besides the key: user, os, arch and host."#;

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

    /// Print where the configuration file is looked for, whether it is there or not
    Path,

    /// Print the effective settings, one a line, each with its value and where that came from
    ///
    /// For COMMAND as `cacheback run` would take it, for a job as `cacheback get` would, or with neither for any
    /// command that no rule is for. With options and environment as they would be there.
    #[command(override_usage = "cacheback config show [OPTIONS] [--] [COMMAND [ARG]...]\n       \
                                cacheback config show [OPTIONS] --job JOB [ARG]...")]
    Show(Box<CallArgs>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct CallArgs {
    /// The call of this job is meant; the arguments are the values of its parameters
    #[arg(long, value_name = "JOB", help_heading = "Selection", value_parser = value(parse::text))]
    pub job: Option<OsString>,

    #[command(flatten)]
    pub settings: Settings,

    /// The command that is meant, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}
