//! From the command line to the engine and back: parse, resolve, dispatch.

mod args;
mod bypass;
mod change;
mod chart;
mod clear;
mod color;
mod completions;
mod delete;
mod descriptor;
mod examples;
mod fast;
mod figures;
mod filter;
mod invalidate;
mod list;
mod man;
mod message;
mod metrics;
mod output;
mod peek;
mod prune;
mod quote;
mod report;
mod request;
mod run;
mod select;
mod selection;
mod set;
mod sheet;
mod show;
mod sort;
mod stats;
mod table;
mod upkeep;
mod usage;
mod values;
mod verify;

use std::ffi::OsString;

use cacheback::{ExitStatus, units};

use args::{Cli, Command, GlobalArgs};
use clear::ClearRequest;
use list::ListRequest;
use peek::PeekRequest;
use prune::PruneRequest;
use request::{Environment, Request};
use selection::SelectionRequest;
use set::SetRequest;
use show::ShowRequest;
use stats::StatsRequest;
use upkeep::Upkeep;
use usage::UsageError;
use verify::VerifyRequest;

/// Does what the command line says; the status is this process's own.
pub fn main() -> ExitStatus {
    cacheback::fetch::occupy_standard_descriptors();
    cacheback::fetch::survive_file_size_limit();
    let argv: Vec<OsString> = std::env::args_os().collect();
    let cli = match fast::parse(&argv) {
        Some(cli) => cli,
        None => match args::parse(&argv) {
            Ok(cli) => cli,
            Err(error) => return usage::report(&error, &argv),
        },
    };
    dispatch(cli).unwrap_or_else(|error| error.report())
}

fn dispatch(cli: Cli) -> Result<ExitStatus, UsageError> {
    let Cli { global, command } = cli;
    let env = |name: &'static str| std::env::var_os(name);
    Ok(match command {
        Command::Run(args) if bypass::is_asked_for() => bypass::run(args),
        Command::Run(args) => run::run(Request::resolve(args, global, &env)?),
        Command::Invalidate(args) => invalidate::run(SelectionRequest::resolve(args, global, &env)?),
        Command::Delete(args) => delete::run(SelectionRequest::resolve(args, global, &env)?),
        Command::Set(args) => set::run(SetRequest::resolve(args, global, &env)?),
        Command::Peek(args) => peek::run(PeekRequest::resolve(args, global, &env)?),
        Command::LookAfter(command) => look_after(command, global, &env)?,
        Command::Completions { shell } => completions::run(shell),
        Command::Man { subcommand } => man::run(subcommand.as_deref()),
    })
}

/// Not inlined: the locals of these would be on the stack of every call.
#[cold]
#[inline(never)]
fn look_after(command: Upkeep, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    Ok(match command {
        Upkeep::List(args) => list::run(ListRequest::resolve(args, global, env)?),
        Upkeep::Show(args) => show::run(ShowRequest::resolve(*args, global, env)?),
        Upkeep::Stats(args) => stats::run(&StatsRequest::resolve(args, global, env)),
        Upkeep::Prune(args) => prune::run(&PruneRequest::resolve(&args, global, env)),
        Upkeep::Clear(args) => clear::run(&ClearRequest::resolve(&args, global, env)),
        Upkeep::Verify(args) => verify::run(&VerifyRequest::resolve(&args, global, env)),
    })
}
