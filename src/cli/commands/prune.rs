//! `cacheback prune`: remove what is due, and say how many entries that were.

use crate::cache::MAX_DB_SIZE;
use crate::model::time::Timestamp;
use crate::store::Sweep;
use cacheback::ExitStatus;

use super::run::open;
use crate::cli::args::GlobalArgs;
use crate::cli::args::upkeep::PruneArgs;
use crate::cli::render::{figures, message};
use crate::cli::resolve::configured;
use crate::cli::resolve::identity::Database;
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::select::{SelectError, report};
use crate::cli::resolve::usage::UsageError;

/// One call of `prune`, with nothing left to look up.
pub struct PruneRequest {
    sweep: Sweep,
    dry_run: bool,
    db: Database,
    quiet: bool,
}

impl PruneRequest {
    /// What the options ask for.
    pub fn resolve(args: &PruneArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        let sweep = Sweep {
            now: Timestamp::now(),
            older_than: args.older_than,
            keep_last: args.keep_last,
            limit: args.max_db_size.unwrap_or(MAX_DB_SIZE),
        };
        Ok(Self { sweep, dry_run: args.dry_run, db: configured::database(&global, env)?, quiet: global.quiet })
    }
}

/// Removes what is due.
pub fn run(request: &PruneRequest) -> ExitStatus {
    let PruneRequest { sweep, dry_run, db, quiet } = request;
    let result =
        open(db, *quiet).and_then(|cache| if *dry_run { cache.would_sweep(sweep) } else { cache.sweep(sweep) });
    match result {
        Ok(count) => {
            let done = if *dry_run { "would remove" } else { "removed" };
            message::warning(*quiet, format_args!("{done} {}", figures::entries(count)));
            ExitStatus::Exited(0)
        }
        Err(error) => report(&SelectError::from(error), db),
    }
}
