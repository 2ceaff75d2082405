//! Results that are shared with other hosts: before the command runs the server is asked for one, and afterwards it
//! gets the result.

mod ask;
mod books;
mod change;
mod copy;
mod count;
mod follow;
mod meanwhile;
mod on_server;
mod renew;
mod report;
mod share;
mod sync;

use std::time::Duration;

pub use self::on_server::{Found as OnServerFound, OnServer};
use super::{Call, Fetch};
use crate::dependencies::{Dependencies, Program};
use crate::flight::Flight;
use crate::model::key::Key;
use crate::store::shared::protocol::SharedId;
use crate::store::shared::{Exchange, Tier, Vary};
pub use crate::store::shared::{Lease, Sharing};
use crate::store::{Backend, Origin};
use crate::store::{Condition, Mark};
pub use books::Knowledge;
pub use change::Announced;
pub(super) use renew::Renewing;

/// What is known of a call before the server is asked.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) call: &'a Call<'a>,
    /// The flight, which this process leads.
    pub(super) flight: &'a Flight,
    /// The mark of the last look at what is stored here.
    pub(super) since: Mark,
    /// The state of what the result depends on.
    pub(super) before: &'a Condition,
    /// There is nothing here that could be served, however stale.
    pub(super) is_missing: bool,
    /// The entry here is invalidated: what other hosts fetched before is not accepted either.
    pub(super) is_invalidated: bool,
    /// No caller waits for the result.
    pub(super) in_background: bool,
}

fn exchange<'a>(tier: &'a Tier, sharing: &Sharing, key: Key, before: &'a Condition) -> Exchange<'a> {
    let program = before.program.as_ref().and_then(Program::content);
    let files = before.dependencies.iter().flat_map(Dependencies::contents).chain(program);
    Exchange::new(tier, key, SharedId::new(&tier.team, &key, &Vary::values(&sharing.vary), files))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl<B: Backend> Fetch<'_, B> {
    /// Whether other hosts know of the result.
    pub(super) fn origin(&self) -> Origin {
        match (&self.lease, self.call.sharing) {
            (Some(lease), _) => Origin::Led(lease.standing()),
            (None, Some(_)) => Origin::Shared,
            (None, None) => Origin::Own,
        }
    }
}
