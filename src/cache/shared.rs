//! Results that are shared with other hosts: before the command runs the server is asked for one, and afterwards it
//! gets the result.

mod ask;
mod change;
mod copy;
mod count;
mod cursor;
mod follow;
mod on_server;
mod renew;
mod report;
mod share;
mod sync;
mod waiting_leader;

use std::time::Duration;

pub use self::on_server::{Found as OnServerFound, OnServer};
use super::Fetch;
use crate::dependencies::{Dependencies, Program};
use crate::model::key::Key;
use crate::store::shared::protocol::SharedId;
use crate::store::shared::{Exchange, Tier, Vary};
pub use crate::store::shared::{Lease, Sharing};
use crate::store::{Backend, Condition, Origin};
pub use change::Announced;
pub use cursor::Knowledge;
pub(super) use renew::Renewing;

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
