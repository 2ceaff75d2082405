//! `cacheback completions SHELL`, and the answers to what the printed script asks while somebody types.
//!
//! clap's engine completes subcommands, options and the values that the definition lists. Ids and jobs are looked up.
//! Behind the options of `run` the shell completes the wrapped command as if it stood alone.

mod candidates;
mod line;
mod shells;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use cacheback::ExitStatus;
use clap::{Arg, Command};
use clap_complete::engine::ArgValueCompleter;
use clap_complete::{CompleteEnv, Shell};

use super::args;
use super::args::GlobalArgs;
use super::render::message;
use line::{place, value_name};
use shells::SHELLS;

/// The variable in which a script names its shell. Not clap's usual `COMPLETE`, which a user may have set for another
/// program.
const VARIABLE: &str = "_CACHEBACK_COMPLETE";

/// Prints the script.
pub fn run(shell: Shell) -> ExitStatus {
    let mut script = Vec::new();
    let shell = SHELLS.completer(&shell.to_string()).expect("every shell has an adapter");
    shell
        .write_registration(VARIABLE, "cacheback", "cacheback", "cacheback", &mut script)
        .expect("it is kept in memory");
    message::print(&script)
}

/// Answers a completion script, which calls `cacheback -- WORD...`. No valid command line begins like this, so that a
/// hit need not look up the variable.
pub fn requested(argv: &[OsString]) -> Option<ExitStatus> {
    if argv.get(1)? != "--" {
        return None;
    }
    let before = argv.get(3..argv.len() - 1).unwrap_or_default();
    let definition = || with_lookups(args::definition(), &place(before, &args::definition()));
    let directory = env::current_dir().ok();
    let answer = CompleteEnv::with_factory(definition).var(VARIABLE).shells(SHELLS);
    // Errors are not printed: they would appear in the middle of the command line.
    match answer.try_complete(argv, directory.as_deref()) {
        // What it printed may still be in the standard library's buffer, which nobody else writes out.
        Ok(true) => Some(io::stdout().flush().map_or(ExitStatus::Failed, |()| ExitStatus::Exited(0))),
        Ok(false) => None,
        Err(_) => Some(ExitStatus::Failed),
    }
}

/// `command`, whose jobs and ids are looked up at `place`.
fn with_lookups(command: Command, place: &GlobalArgs) -> Command {
    let looked_up = |arg: Arg, look_up: fn(&OsStr, &GlobalArgs) -> _| {
        let place = place.clone();
        arg.add(ArgValueCompleter::new(move |prefix: &OsStr| look_up(prefix, &place)))
    };
    let command = command.mut_args(|arg| match value_name(&arg) {
        Some("JOB") => looked_up(arg, candidates::jobs),
        Some("PREFIX") => looked_up(arg, candidates::ids),
        _ => arg,
    });
    command.mut_subcommands(|subcommand| with_lookups(subcommand, place))
}
