//! What one call and its fetch say to the server: ask before the command runs, wait while another host runs it, keep
//! the lease, commit what the run came to.

mod ask;
mod commit;
mod connect;
mod copy;
mod cursor;
mod follow;
mod mark;
mod renew;
mod standing;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use super::down::Down;
use super::holder::Holder;
use super::protocol::{Barrier, Entry, Fence, Names, SharedId, SharedResult, Token};
use super::seal::{Head, Kind, Place, Sealer};
use super::tier::Tier;
use super::wire::Connection;
use crate::model::key::{Key, KeyParts};
use crate::model::time::Moment;
use crate::store::log::{BarrierKind, Position};
use crate::store::{LogId, Recipe, Selector};

pub use ask::{Asked, Claim, Question};
pub use commit::Run;
pub use copy::Copied;
pub use cursor::LogCursor;
pub use follow::{Followed, SharedFailure, began};
pub use standing::log_id;

/// The exchange with the server about one entry.
#[derive(Debug)]
pub struct Exchange<'a> {
    tier: &'a Tier,
    names: Names,
    sealer: Sealer,
    key: Key,
    id: SharedId,
    /// The connection, kept from one question to the next.
    wire: Mutex<Option<Connection>>,
    /// Where this host keeps its position in the log of barriers.
    cursor: Option<&'a dyn LogCursor>,
}

/// The lease that this host was given.
#[derive(Clone, Debug)]
pub struct Lease {
    id: SharedId,
    token: Token,
    fence: Fence,
    base: Option<SharedResult>,
    judged: Position,
    log: LogId,
    asked_at: Moment,
    /// The holder, sealed.
    holder: Vec<u8>,
}

impl<'a> Exchange<'a> {
    /// About the entry `id`, which has the local `key` here.
    pub fn new(tier: &'a Tier, key: Key, id: SharedId) -> Self {
        Self { tier, names: tier.names(), sealer: tier.sealer(), key, id, wire: Mutex::new(None), cursor: None }
    }

    /// The name of the entry.
    pub fn id(&self) -> SharedId {
        self.id
    }

    /// The same exchange, which records each answer in `cursor`.
    #[must_use]
    pub fn with_cursor(self, cursor: &'a dyn LogCursor) -> Self {
        Self { cursor: Some(cursor), ..self }
    }

    /// Whether the barrier means a result of these parts and this recipe. A barrier whose seal does not open might.
    fn means(&self, barrier: &Barrier, parts: &KeyParts, recipe: &Recipe) -> bool {
        let place = barrier_place(self.names.prefix(), &barrier.tag.0, barrier.kind);
        let selector = self.sealer.open(&place, &barrier.selector).and_then(|selector| Selector::decode(&selector));
        selector.is_none_or(|selector| selector.matches(&self.key, parts, recipe))
    }

    /// This process, sealed as the holder of the lease `token`.
    fn holder(&self, token: Token) -> Option<Vec<u8>> {
        Holder::us().seal(&self.sealer, self.names.prefix(), self.id, token)
    }

    /// Where the parts of an entry belong.
    fn place<'p>(&'p self, kind: Kind, entry: &'p Entry) -> Place<'p> {
        entry_place(&self.names, self.id, kind, entry)
    }
}

/// Where the parts of the entry `id` belong.
pub(super) fn entry_place<'a>(names: &'a Names, id: SharedId, kind: Kind, entry: &'a Entry) -> Place<'a> {
    Place {
        id: Some(id),
        result: &entry.result.0,
        fence: entry.fence.0,
        count: entry.chunks,
        ..Place::new(kind, names.prefix())
    }
}

/// Where the selector of a barrier belongs.
pub(super) fn barrier_place<'a>(prefix: &'a str, tag: &'a [u8], kind: BarrierKind) -> Place<'a> {
    Place { tag, barrier: kind.letter().as_bytes(), ..Place::new(Kind::Barrier, prefix) }
}

/// Random numbers of 128 bits.
pub(super) fn random<const COUNT: usize>() -> Result<[[u8; 16]; COUNT], getrandom::Error> {
    let mut numbers = [[0; 16]; COUNT];
    numbers.iter_mut().try_for_each(|number| getrandom::fill(number))?;
    Ok(numbers)
}
