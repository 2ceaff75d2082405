//! Opens the server, or the list of its entries, for the subcommands that show or check them.

use cacheback::ExitStatus;

use crate::cli::args::GlobalArgs;
use crate::cli::commands::shared::inspect::tier;
use crate::cli::render::message;
use crate::cli::resolve::{Environment, UsageError};
use crate::store::shared::protocol::ProtocolError;
use crate::store::shared::wire::Connection;
use crate::store::shared::{ServerEntries, Tier};

/// Does `work` on the list of the entries on the server, even if the breaker is open. Prints why that fails.
///
/// # Errors
///
/// No server is configured, or its settings cannot be used.
pub fn with_entries(
    global: &GlobalArgs,
    env: &impl Environment,
    work: impl FnOnce(&mut ServerEntries) -> Result<ExitStatus, ProtocolError>,
) -> Result<ExitStatus, UsageError> {
    with_server(global, env, |tier, wire| ServerEntries::open(tier, wire).and_then(|mut entries| work(&mut entries)))
}

/// Does `work` with the server, by this connection, whatever is known of it; prints why, if it fails.
///
/// # Errors
///
/// As [`with_entries`].
pub fn with_server(
    global: &GlobalArgs,
    env: &impl Environment,
    work: impl FnOnce(&Tier, Connection) -> Result<ExitStatus, ProtocolError>,
) -> Result<ExitStatus, UsageError> {
    let tier = tier(global, env)?;
    let attempt = tier.breaker.as_ref().map(|breaker| breaker.pass_by());
    let wire = tier.connection(attempt.as_ref());
    Ok(work(&tier, wire).unwrap_or_else(|error| {
        let server = tier.settings.server().map_or_else(|_| String::new(), ToString::to_string);
        message::error(format_args!("{server}: {error}; see 'cacheback shared doctor'"));
        ExitStatus::Failed
    }))
}
