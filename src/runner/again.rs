//! The refresh of an entry that a user asks for, without a call of its command.

use super::{Caller, Hooks};
use crate::cache::{Call, Engine, Invalidated, SharingOf, Unusable};
use crate::model::status::How;
use crate::model::time::Moment;
use crate::store::Selected;

/// Starts a detached fetch of an entry, unless one is in progress. Returns what has happened, or `None` if the command
/// that would run here and now is not the entry's: then none is started. `sharing` says how its result is shared.
///
/// # Errors
///
/// [`Unusable`]: nothing has been started.
pub fn refresh(engine: &Engine, entry: Selected, sharing: &SharingOf<'_>) -> Result<Option<How>, Unusable> {
    let mut entries = Invalidated { entries: vec![entry], mark: None };
    engine.leave_out_unrepeatable(&mut entries);
    let Some(Selected { key, parts, recipe }) = entries.entries.pop() else { return Ok(None) };
    let (invocation, policy) = (recipe.invocation(), recipe.policy());
    let is_shared = engine.peek(&key)?.is_some_and(|stored| stored.entry.is_shared);
    let sharing = if is_shared { sharing(&recipe) } else { None };
    let call = Call::new(&invocation, &parts, &policy, &recipe.fetch, Moment::now());
    let call = Call { key, sharing: sharing.as_ref(), ..call };
    let caller = Caller { engine, call, empty: &[], hooks: Hooks::default() };
    Ok(Some(caller.warm()?.status.how))
}
