//! `cacheback shared status` and `doctor`: what is known of the server, and what is wrong with it.

use std::time::{Duration, Instant};

use cacheback::ExitStatus;

use super::sheet::Findings;
use crate::cache::Knowledge;
use crate::cli::args::{GlobalArgs, InspectArgs};
use crate::cli::render::{json, message};
use crate::cli::resolve::{Environment, UsageError, configured, open, shared};
use crate::store::shared::{Access, Attempt, Inspection, Tier, Trouble, inspect, try_protocol};

/// Asks the server, unless it did not answer a moment ago.
pub fn status(args: &InspectArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let tier = tier(global, env)?;
    let attempt = tier.breaker.as_ref().map(|breaker| breaker.attempt()).transpose();
    let (found, is_known) = match attempt {
        _ if tier.settings.mode == Access::Off => (None, true),
        Ok(attempt) => (Some(look(&tier, attempt, false)), true),
        Err(open) => (Some(Err(open.reason)), false),
    };
    let answers = !matches!(found, Some(Err(_)));
    let host = of_host(&tier, global, env);
    let findings = Findings { tier: &tier, found, is_known, host, problems: None };
    Ok(print(&findings, args.json, answers))
}

/// Asks the server, whatever is known of it, and looks for problems.
pub fn doctor(args: &InspectArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let tier = tier(global, env)?;
    let access = tier.settings.mode;
    let mut problems = Vec::new();
    if access == Access::Off {
        problems.push("mode is \"off\": nothing is shared; set it to \"read-write\" or \"read-only\"".to_owned());
    }
    if tier.settings.has_password_in_url() {
        problems.push("a password stands in the url; put it into a file, and name that as password_file".to_owned());
    }
    let found = look(&tier, tier.breaker.as_ref().map(|breaker| breaker.pass_by()), true);
    match &found {
        Ok(inspection) => problems.extend(inspection.problems(access)),
        Err(error) => problems.push(format!("{error}{}", advice(&tier))),
    }
    let host = of_host(&tier, global, env);
    if host.as_ref().is_some_and(|host| !host.queued.is_empty()) {
        problems
            .push("other hosts are not told yet; the next call of a shared command here tells the server".to_owned());
    }
    let is_well = problems.is_empty();
    let findings = Findings { tier: &tier, found: Some(found), is_known: true, host, problems: Some(problems) };
    Ok(print(&findings, args.json, is_well))
}

fn print(findings: &Findings<'_>, as_json: bool, is_well: bool) -> ExitStatus {
    let page = if as_json { json::page(&findings.json()) } else { findings.page() };
    match message::print(&page) {
        ExitStatus::Exited(0) => ExitStatus::Exited(u8::from(!is_well)),
        failed => failed,
    }
}

/// The server that the settings name.
pub fn tier(global: &GlobalArgs, env: &impl Environment) -> Result<Tier, UsageError> {
    let settings = shared::settings(global, env)?.ok_or_else(|| {
        UsageError::new(
            "no server is configured: there is neither [shared] in the configuration nor CACHEBACK_SHARED_URL",
        )
    })?;
    shared::tier(settings, &configured::database(global, env)?, env)
}

/// The changes that this host has to tell the server, and when it last asked the server; `None` if the database cannot
/// be read.
fn of_host(tier: &Tier, global: &GlobalArgs, env: &impl Environment) -> Option<Knowledge> {
    open(&configured::database(global, env).ok()?, true).ok()?.knowledge(tier).ok()
}

/// What the server says about itself, after a trial run if `is_tried`; or why it does not answer.
fn look(tier: &Tier, attempt: Option<Attempt>, is_tried: bool) -> Result<Inspection, String> {
    let mut connection = tier.connection(attempt.as_ref());
    let settings = &tier.settings;
    let budget = settings.connect_timeout + settings.timeout;
    let mut found = inspect(&mut connection, &settings.namespace, tier.names().prefix(), settings.mode, budget);
    if let Ok(found) = &mut found
        && is_tried
        && found.denied.is_empty()
    {
        found.trial_error = try_protocol(&mut connection, tier, budget);
    }
    let Some(attempt) = attempt else { return found.map_err(|error| error.to_string()) };
    match found {
        Ok(found) => {
            attempt.succeed(connection.route());
            Ok(found)
        }
        Err(error) => {
            let reason = error.to_string();
            match Trouble::of(&error) {
                // No warning is needed: the reason is printed anyway.
                Some(trouble) => _ = attempt.fail(trouble, &reason),
                None => attempt.succeed(connection.route()),
            }
            Err(reason)
        }
    }
}

/// The remedy, if the server answers to the other scheme.
fn advice(tier: &Tier) -> &'static str {
    let is_tls = tier.settings.server().is_ok_and(|url| url.is_tls);
    match (tier.speaks_otherwise(Instant::now() + Duration::from_secs(1)), is_tls) {
        (true, true) => "; it answers without TLS, as redis://",
        (true, false) => "; it answers with TLS, as rediss://",
        (false, _) => "",
    }
}
