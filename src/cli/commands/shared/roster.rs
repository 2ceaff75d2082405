//! Opens the list of the entries on the server, for the subcommands that show or check it.

use cacheback::ExitStatus;

use crate::cli::args::GlobalArgs;
use crate::cli::commands::shared::inspect::tier;
use crate::cli::render::message;
use crate::cli::resolve::{Environment, UsageError};
use crate::store::shared::Roster;
use crate::store::shared::protocol::ProtocolError;

/// Does `work` on the list of the entries on the server, even if the breaker is open. Prints why that fails.
///
/// # Errors
///
/// No server is configured, or its settings cannot be used.
pub fn with_roster(
    global: &GlobalArgs,
    env: &impl Environment,
    work: impl FnOnce(&mut Roster) -> Result<ExitStatus, ProtocolError>,
) -> Result<ExitStatus, UsageError> {
    let tier = tier(global, env)?;
    let attempt = tier.breaker.as_ref().map(|breaker| breaker.pass_by());
    let wire = tier.connection(attempt.as_ref());
    let result = Roster::open(&tier, wire).and_then(|mut roster| work(&mut roster));
    Ok(result.unwrap_or_else(|error| {
        let server = tier.settings.server().map_or_else(|_| String::new(), ToString::to_string);
        message::error(format_args!("{server}: {error}; see 'cacheback shared doctor'"));
        ExitStatus::Failed
    }))
}
