//! Invalidations and deletions reach the other hosts.

use crate::cache::{Announced, Engine, SharingOf, Unusable};
use crate::cli::commands::change::Change;
use crate::cli::render::message;
use crate::cli::resolve::{Database, Environment, shared};
use crate::config::parse;
use crate::fetch::detach;
use crate::runner;
use crate::store::Selector;
use crate::store::log::BarrierKind;
use crate::store::shared::{Access, Settings, Tier};

/// Changes the selected entries here and on the server; returns how many entries of this host were changed. If the
/// server cannot be reached, there is a warning, and the server is told before this host asks it the next time.
/// `sharing` says how what is invalidated is shared when it is fetched again.
///
/// # Errors
///
/// [`Unusable`]: nothing has been changed.
pub fn apply(
    cache: &Engine,
    tier: &Tier,
    selectors: &[Selector],
    change: Change,
    quiet: bool,
    sharing: &SharingOf<'_>,
) -> Result<u64, Unusable> {
    let (mut announced, mut count) = (Vec::new(), 0);
    for selector in selectors {
        match cache.announce(tier, kind(change), selector)? {
            Some(one) => announced.push(one),
            None => count += change.apply(cache, selector)?,
        }
    }
    match cache.tell(tier, &announced) {
        Ok(deletions) if deletions.is_empty() => {}
        Ok(deletions) => drop(detach::in_background(|| drop(tier.sweep(&deletions)))),
        Err(down) => {
            let (done, reason) = (change.done(), down.reason);
            let server = tier.settings.server().map_or_else(|_| String::new(), |url| format!("{url}: "));
            message::warning(
                quiet,
                format_args!("other hosts are not told yet, and may print what is {done} here: {server}{reason}"),
            );
        }
    }
    let done = |Announced { invalidated, deleted, .. }| deleted + runner::refresh_all(cache, invalidated, sharing);
    Ok(count + announced.into_iter().map(done).sum::<u64>())
}

/// The server that has to be told of a change, if there is one.
///
/// # Errors
///
/// Why the server cannot be told: it and the other hosts keep the old results.
pub fn server(
    settings: Option<Settings>,
    db: &Database,
    change: Change,
    env: &impl Environment,
) -> Result<Option<Tier>, String> {
    let tier = match settings {
        None => return Ok(None),
        Some(Settings { mode: Access::Off, .. }) => return Ok(None),
        Some(_) if is_off(env) => return Ok(None),
        Some(Settings { mode: Access::ReadOnly, .. }) => Err("mode in [shared] is \"read-only\"".to_owned()),
        Some(settings) => shared::tier(settings, db, env).map_err(|error| error.to_string()),
    };
    let done = change.done();
    tier.map(Some).map_err(|reason| {
        format!("the shared results are not {done}, and this and other hosts may print them again: {reason}")
    })
}

/// Whether the environment says that this host shares nothing.
fn is_off(env: &impl Environment) -> bool {
    env("CACHEBACK_SHARED").is_some_and(|value| !value.is_empty() && parse::switch(&value) == Ok(false))
}

fn kind(change: Change) -> BarrierKind {
    match change {
        Change::Invalidate => BarrierKind::Invalidate,
        Change::Delete => BarrierKind::Delete,
    }
}
