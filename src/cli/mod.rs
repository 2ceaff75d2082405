//! From the command line to the engine and back: parse, resolve, dispatch.

pub(crate) mod args;
pub(crate) mod commands;
pub(crate) mod complete;
pub(crate) mod render;
pub(crate) mod resolve;

use std::ffi::OsString;

use crate::model::units;
use cacheback::ExitStatus;

use args::upkeep::Upkeep;
use args::{Cli, Command, GlobalArgs};
use commands::clear::ClearRequest;
use commands::explain::ExplainRequest;
use commands::list::ListRequest;
use commands::peek::PeekRequest;
use commands::prune::PruneRequest;
use commands::set::SetRequest;
use commands::show::ShowRequest;
use commands::stats::StatsRequest;
use commands::verify::VerifyRequest;
use resolve::options::Environment;
use resolve::request::Request;
use resolve::selection::SelectionRequest;
use resolve::usage::UsageError;

use crate::values;

/// Does what the command line, `argv`, says; the status is this process's own.
pub fn main(argv: &[OsString]) -> ExitStatus {
    crate::fetch::occupy_standard_descriptors();
    crate::fetch::survive_file_size_limit();
    if let Some(name) = commands::shim::name(argv.first().map(OsString::as_os_str)) {
        return commands::shim::run(name, argv).unwrap_or_else(|error| error.report());
    }
    let cli = match args::fast::parse(argv) {
        Some(cli) => cli,
        None => match args::parse(argv) {
            Ok(cli) => cli,
            Err(error) => return complete::requested(argv).unwrap_or_else(|| resolve::usage::report(&error, argv)),
        },
    };
    dispatch(cli, argv).unwrap_or_else(|error| error.report())
}

fn dispatch(cli: Cli, argv: &[OsString]) -> Result<ExitStatus, UsageError> {
    let Cli { global, command } = cli;
    let env = |name: &'static str| std::env::var_os(name);
    Ok(match command {
        Command::Run(args) if commands::run::bypass::is_asked_for() => commands::run::bypass::run(args, &global, &env)?,
        Command::Get(args) if commands::run::bypass::is_asked_for() => commands::run::bypass::get(args, &global, &env)?,
        Command::Run(args) => commands::run::run(Request::resolve(args, global, &env)?),
        Command::Get(args) => commands::run::run(Request::resolve_job(args, global, &env)?),
        Command::Invalidate(args) => commands::invalidate::run(SelectionRequest::resolve(args, global, &env)?),
        Command::Delete(args) => commands::delete::run(SelectionRequest::resolve(args, global, &env)?),
        Command::Set(args) => commands::set::run(SetRequest::resolve(args, global, &env)?),
        Command::Peek(args) => commands::peek::run(PeekRequest::resolve(args, global, &env)?),
        Command::Decorate(args) => commands::decorate::run(&args, argv)?,
        Command::Config { action } => commands::config::run(action, global, &env)?,
        Command::Explain(args) => commands::explain::run(ExplainRequest::resolve(*args, global, &env)?),
        Command::LookAfter(command) => look_after(command, global, &env)?,
        Command::Completions { shell } => complete::run(shell),
        Command::Man { page } => commands::man::run(page.as_deref()),
    })
}

/// Not inlined: the locals of these would be on the stack of every call.
#[cold]
#[inline(never)]
fn look_after(command: Upkeep, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    Ok(match command {
        Upkeep::List(args) => commands::list::run(ListRequest::resolve(args, global, env)?),
        Upkeep::Show(args) => commands::show::run(ShowRequest::resolve(*args, global, env)?),
        Upkeep::Stats(args) => commands::stats::run(&StatsRequest::resolve(args, global, env)?),
        Upkeep::Prune(args) => commands::prune::run(&PruneRequest::resolve(&args, global, env)?),
        Upkeep::Clear(args) => commands::clear::run(&ClearRequest::resolve(&args, global, env)?),
        Upkeep::Verify(args) => commands::verify::run(&VerifyRequest::resolve(&args, global, env)?),
    })
}
