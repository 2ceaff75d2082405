//! Invalidations and deletions reach the other hosts.

use crate::cli::commands::change::Change;
use crate::cli::resolve::{Database, Environment, shared};
use crate::store::Selector;
use crate::store::shared::protocol::BarrierKind;
use crate::store::shared::{Access, Down, Settings};

/// Tells the other hosts of a change.
///
/// # Errors
///
/// Why they, and this host, may still get from the server what is changed here.
pub fn mark(
    settings: Settings,
    db: &Database,
    selectors: &[Selector],
    change: Change,
    env: &impl Environment,
) -> Result<(), String> {
    let kind = match change {
        Change::Invalidate => BarrierKind::Invalidate,
        Change::Delete => BarrierKind::Delete,
    };
    let result = match settings.mode {
        Access::Off => return Ok(()),
        Access::ReadOnly => Err("mode in [shared] is \"read-only\"".to_owned()),
        Access::ReadWrite => shared::tier(settings, db, env).map_err(|error| error.to_string()).and_then(|tier| {
            let server = tier.settings.server().map_or_else(|_| String::new(), ToString::to_string);
            let failed = |down: Down| format!("{server}: {}", down.reason);
            selectors.iter().try_for_each(|selector| tier.mark(selector, kind)).map_err(failed)
        }),
    };
    let done = change.done();
    result.map_err(|reason| {
        format!("what is shared is not {done}, and this and other hosts may print it again: {reason}")
    })
}
