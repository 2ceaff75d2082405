//! From the command line to the engine and back: parse, resolve, dispatch.

mod args;
mod asked;
mod bypass;
mod change;
mod chart;
mod clear;
mod color;
mod completions;
mod config;
mod configured;
mod decorate;
mod delete;
mod descriptor;
mod examples;
mod explain;
mod failing;
mod fast;
mod figures;
mod filter;
mod identity;
mod invalidate;
mod job_call;
mod json;
mod key_parts;
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
mod screen;
mod select;
mod selection;
mod set;
mod settings;
mod sheet;
mod shim;
mod show;
mod sort;
mod stats;
mod synchronously;
mod table;
mod upkeep;
mod usage;
mod verify;
mod waiting;

use std::ffi::OsString;

use cacheback::{ExitStatus, units};

use args::{Cli, Command, GlobalArgs};
use asked::Environment;
use clear::ClearRequest;
use explain::ExplainRequest;
use list::ListRequest;
use peek::PeekRequest;
use prune::PruneRequest;
use request::Request;
use selection::SelectionRequest;
use set::SetRequest;
use show::ShowRequest;
use stats::StatsRequest;
use upkeep::Upkeep;
use usage::UsageError;
use verify::VerifyRequest;

use crate::values;

/// Does what the command line, `argv`, says; the status is this process's own.
pub fn main(argv: &[OsString]) -> ExitStatus {
    cacheback::fetch::occupy_standard_descriptors();
    cacheback::fetch::survive_file_size_limit();
    if let Some(name) = shim::name(argv.first().map(OsString::as_os_str)) {
        return shim::run(name, argv).unwrap_or_else(|error| error.report());
    }
    let cli = match fast::parse(argv) {
        Some(cli) => cli,
        None => match args::parse(argv) {
            Ok(cli) => cli,
            Err(error) => return completions::requested(argv).unwrap_or_else(|| usage::report(&error, argv)),
        },
    };
    dispatch(cli, argv).unwrap_or_else(|error| error.report())
}

fn dispatch(cli: Cli, argv: &[OsString]) -> Result<ExitStatus, UsageError> {
    let Cli { global, command } = cli;
    let env = |name: &'static str| std::env::var_os(name);
    Ok(match command {
        Command::Run(args) if bypass::is_asked_for() => bypass::run(args, &global, &env)?,
        Command::Get(args) if bypass::is_asked_for() => bypass::get(args, &global, &env)?,
        Command::Run(args) => run::run(Request::resolve(args, global, &env)?),
        Command::Get(args) => run::run(Request::resolve_job(args, global, &env)?),
        Command::Invalidate(args) => invalidate::run(SelectionRequest::resolve(args, global, &env)?),
        Command::Delete(args) => delete::run(SelectionRequest::resolve(args, global, &env)?),
        Command::Set(args) => set::run(SetRequest::resolve(args, global, &env)?),
        Command::Peek(args) => peek::run(PeekRequest::resolve(args, global, &env)?),
        Command::Decorate(args) => decorate::run(&args, argv)?,
        Command::Config { action } => config::run(action, global, &env)?,
        Command::Explain(args) => explain::run(ExplainRequest::resolve(*args, global, &env)?),
        Command::LookAfter(command) => look_after(command, global, &env)?,
        Command::Completions { shell } => completions::run(shell),
        Command::Man { page } => man::run(page.as_deref()),
    })
}

/// Not inlined: the locals of these would be on the stack of every call.
#[cold]
#[inline(never)]
fn look_after(command: Upkeep, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    Ok(match command {
        Upkeep::List(args) => list::run(ListRequest::resolve(args, global, env)?),
        Upkeep::Show(args) => show::run(ShowRequest::resolve(*args, global, env)?),
        Upkeep::Stats(args) => stats::run(&StatsRequest::resolve(args, global, env)?),
        Upkeep::Prune(args) => prune::run(&PruneRequest::resolve(&args, global, env)?),
        Upkeep::Clear(args) => clear::run(&ClearRequest::resolve(&args, global, env)?),
        Upkeep::Verify(args) => verify::run(&VerifyRequest::resolve(&args, global, env)?),
    })
}
