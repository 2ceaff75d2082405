//! `cacheback prune`: remove what is due, and print how many entries that were.

use cacheback::ExitStatus;

use crate::cache::MAX_DB_SIZE;
use crate::cli::args::{GlobalArgs, upkeep::PruneArgs};
use crate::cli::render::{figures, message};
use crate::cli::resolve::{Environment, UsageError, configured, with_cache};
use crate::model::time::Timestamp;
use crate::store::Sweep;

pub fn run(args: PruneArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let PruneArgs { older_than, keep_last, max_db_size, dry_run } = args;
    let db = configured::database(global, env)?;
    let limit = max_db_size.unwrap_or(MAX_DB_SIZE);
    let sweep = Sweep { now: Timestamp::now(), older_than, keep_last, limit };
    Ok(with_cache(&db, global.quiet, |cache| {
        let (done, count) =
            if dry_run { ("would remove", cache.would_sweep(&sweep)?) } else { ("removed", cache.sweep(&sweep)?) };
        message::warning(global.quiet, format_args!("{done} {}", figures::entries(count)));
        Ok(ExitStatus::Exited(0))
    }))
}
