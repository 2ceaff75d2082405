//! The refresh of an entry that a user asks for, without a call of its command.

use super::{Caller, Hooks};
use crate::cache::{Call, Engine, Invalidated, Unusable};
use crate::model::status::How;
use crate::model::time::Moment;
use crate::store::Selected;

/// Starts a detached fetch of an entry, unless one is in progress. Returns whether one is in progress then. None is
/// started if the command that would run here and now is not the entry's.
///
/// # Errors
///
/// [`Unusable`]: nothing has been started.
pub fn refresh(engine: &Engine, entry: Selected) -> Result<bool, Unusable> {
    let mut entries = Invalidated { entries: vec![entry], mark: None };
    engine.leave_out_unrepeatable(&mut entries);
    let Some(Selected { key, parts, recipe }) = entries.entries.pop() else { return Ok(false) };
    let (invocation, policy) = (recipe.invocation(), recipe.policy());
    let call = Call { key, ..Call::new(&invocation, &parts, &policy, &recipe.fetch, Moment::now()) };
    let caller = Caller { engine, call, empty: &[], hooks: Hooks::default() };
    Ok(matches!(caller.warm()?.status.how, How::Refreshing(_)))
}
