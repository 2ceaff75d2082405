//! From the command line to the engine and back: parse, then hand over to the subcommand.
//!
//! ```text
//! commands -> serve -> resolve -> render -> args
//! complete -> resolve -> render -> args
//! ```

pub(crate) mod args;
pub(crate) mod commands;
pub(crate) mod complete;
pub(crate) mod render;
pub(crate) mod resolve;
pub(crate) mod serve;

use std::ffi::OsString;

use cacheback::ExitStatus;

use args::upkeep::Upkeep;
use args::{Cli, Command, GlobalArgs};
use resolve::Environment;
use resolve::UsageError;

/// Does what the command line, `argv`, says; returns the status that this process exits with.
pub fn main(argv: &[OsString]) -> ExitStatus {
    crate::sys::descriptor::occupy_standard();
    crate::sys::signal::survive_file_size_limit();
    if let Some(name) = commands::shim::name(argv.first().map(OsString::as_os_str)) {
        return commands::shim::run(name, argv).unwrap_or_else(|error| error.print());
    }
    let cli = match args::fast::parse(argv) {
        Some(cli) => cli,
        None => match args::parse(argv) {
            Ok(cli) => cli,
            Err(error) => {
                return complete::requested(argv).unwrap_or_else(|| resolve::parse_error::print(&error, argv));
            }
        },
    };
    dispatch(cli, argv).unwrap_or_else(|error| error.print())
}

fn dispatch(cli: Cli, argv: &[OsString]) -> Result<ExitStatus, UsageError> {
    let Cli { global, command } = cli;
    let env = |name: &'static str| std::env::var_os(name);
    match command {
        Command::Run(args) => commands::run::run(args, global, &env),
        Command::Get(args) => commands::run::get(args, global, &env),
        command => dispatch_rare(command, global, argv, &env),
    }
}

/// The subcommands that need not be fast. Not inlined: their locals would be on the stack of every call.
#[cold]
#[inline(never)]
fn dispatch_rare(
    command: Command,
    global: GlobalArgs,
    argv: &[OsString],
    env: &impl Environment,
) -> Result<ExitStatus, UsageError> {
    match command {
        Command::Run(args) => commands::run::run(args, global, env),
        Command::Get(args) => commands::run::get(args, global, env),
        Command::Invalidate(args) => commands::change::run(args, global, env, commands::change::Change::Invalidate),
        Command::Delete(args) => commands::change::run(args, global, env, commands::change::Change::Delete),
        Command::Set(args) => commands::set::run(args, global, env),
        Command::Peek(args) => commands::peek::run(args, global, env),
        Command::Decorate(args) => commands::decorate::run(&args, argv),
        Command::Config { action } => commands::config::run(action, global, env),
        #[cfg(feature = "shared")]
        Command::Shared { action } => commands::shared::run(action, &global, env),
        Command::Explain(args) => commands::explain::run(*args, global, env),
        Command::LookAfter(Upkeep::List(args)) => commands::list::run(args, global, env),
        #[cfg(feature = "browse")]
        Command::LookAfter(Upkeep::Browse(args)) => commands::browse::run(args, global, env),
        Command::LookAfter(Upkeep::Show(args)) => commands::show::run(*args, global, env),
        Command::LookAfter(Upkeep::Stats(args)) => commands::stats::run(args, global, env),
        Command::LookAfter(Upkeep::Prune(args)) => commands::prune::run(args, &global, env),
        Command::LookAfter(Upkeep::Clear(args)) => commands::clear::run(args, &global, env),
        Command::LookAfter(Upkeep::Verify(args)) => commands::verify::run(args, &global, env),
        Command::Completions { shell } => Ok(complete::run(shell)),
        Command::Man { page, into } => Ok(commands::man::run(page.as_deref(), into.as_deref())),
    }
}
