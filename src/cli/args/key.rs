//! Key: what tells one result from another.

use std::ffi::OsString;

use clap::{ArgAction, Args};

use super::value;
use crate::values;

/// What, besides the words of the command, makes two invocations different.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct KeyArgs {
    /// Make the working directory part of the key
    #[arg(long, overrides_with = "no_cwd", help_heading = "Key")]
    pub cwd: bool,

    /// Share results between directories, whatever a rule or a job says
    #[arg(long, overrides_with = "cwd", help_heading = "Key")]
    pub no_cwd: bool,

    /// Make this environment variable part of the key; repeatable, or NAME,NAME
    ///
    /// A glob such as 'AWS_*' stands for all variables with a name that matches: their names and values are part of the
    /// key. Quote it, so that the shell leaves it alone.
    #[arg(long, value_name = "NAME", value_delimiter = ',', action = ArgAction::Append, help_heading = "Key")]
    #[arg(value_parser = value(values::variable_name))]
    pub env: Vec<OsString>,

    /// Read standard input to its end, make it part of the key, and give it to the command
    ///
    /// Without this option the command's standard input is /dev/null. Input of more than 1 GiB reaches the command, too,
    /// but nothing is stored then.
    #[arg(long, overrides_with = "no_stdin", help_heading = "Key")]
    pub stdin: bool,

    /// Leave standard input alone, whatever a rule or a job says
    #[arg(long, overrides_with = "stdin", help_heading = "Key")]
    pub no_stdin: bool,

    /// Keep results apart under this name [env: CACHEBACK_SCOPE]
    #[arg(long, value_name = "NAME", help_heading = "Key")]
    pub scope: Option<OsString>,

    /// Use this text in place of the command line in the key
    #[arg(long, value_name = "TEXT", help_heading = "Key", value_parser = value(values::text))]
    pub key: Option<OsString>,

    /// COMMAND is a string for `sh -c`; the arguments become its $1, $2, …
    #[arg(short, long, overrides_with = "no_shell", help_heading = "Key")]
    pub shell: bool,

    /// COMMAND is a program and its arguments, whatever a rule says
    #[arg(long, overrides_with = "shell", help_heading = "Key")]
    pub no_shell: bool,

    /// Run the command on a terminal, so that it keeps its colours; part of the key
    ///
    /// Its standard output and error are one terminal then, and are stored and printed as standard output. It has the
    /// size of the caller's terminal, or 24 lines of 80 characters. Pagers are switched off: PAGER and variables whose
    /// names end in it are set to cat. A stored result is printed without what asks the terminal something.
    #[arg(long, overrides_with = "no_pty", help_heading = "Key")]
    pub pty: bool,

    /// Run the command without a terminal, whatever a rule or a job says
    #[arg(long, overrides_with = "pty", help_heading = "Key")]
    pub no_pty: bool,
}
