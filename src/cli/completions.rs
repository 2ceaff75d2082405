//! `cacheback completions SHELL`.

use cacheback::ExitStatus;
use clap_complete::Shell;

use super::args;
use super::message;

/// Prints the script.
pub fn run(shell: Shell) -> ExitStatus {
    message::print(&script(shell))
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::definition(), "cacheback", &mut script);
    script
}
