//! The engine: looks up what is stored for a call, leads or joins a flight if there is need, and stores the result.
//!
//! Nothing here prints, forks, or changes this process; a frontend does that. The program's frontend is `runner`, the
//! library's is [`library`]. Both look up, take their turn, run the command in their own way, and settle.

mod answer;
mod back_off;
mod call;
mod change;
mod error;
mod explain;
mod fallback;
mod fetch;
mod fingerprint;
mod framed;
mod frontend;
pub mod library;
mod local;
mod lookup;
mod refresh;
mod refresh_slot;
mod settle;
#[cfg_attr(not(feature = "shared"), path = "unshared.rs")]
mod shared;
mod spool;
mod stored;
#[cfg(test)]
mod tests;
mod turn;
mod unstored;
mod upkeep;

use std::rc::Rc;
use std::time::{Duration, Instant};

pub use answer::Purpose;
pub use back_off::time_to;
pub use call::{Call, parts_of};
pub use change::Setting;
pub use error::Unusable;
pub use explain::{Explanation, Found, SimilarEntry};
pub use fallback::{Fallback, is_failure};
pub use fetch::Fetch;
pub use frontend::{Frontend, Settled, Stdout};
pub use local::{Local, default_path, invalid_path};
pub use lookup::Lookup;
pub use refresh::{Invalidated, SharingOf};
pub use refresh_slot::RefreshSlot;
pub use shared::Sharing;
#[cfg(feature = "shared")]
pub use shared::{Announced, Knowledge, OnServer, OnServerFound};
pub use spool::FlightSpool;
pub use stored::StoredResult;
pub use turn::{Joined, JoinedOutput, Turn};

use crate::flight::{Leader, RemoteLeader};
use crate::store::Backend;

/// The database is kept below this size, in bytes, unless another limit is set.
pub const MAX_DB_SIZE: u64 = 1024 * 1024 * 1024;

/// The results in one store.
pub struct Engine<B: Backend = Local> {
    backend: B,
    host: Host,
    max_db_size: u64,
    max_refreshes: Option<u32>,
}

/// What the engine needs of the process that it works in.
pub struct Host {
    /// Warns of what went wrong without harm to the command.
    pub warn: Rc<dyn Fn(&str)>,
    /// Shows that this caller waits for another caller's flight. Returns the time until it is to be called again.
    pub waiting: Box<dyn Fn(Wait) -> Duration>,
    /// Runs work that has to be done by that instant. The program ends its process if the work takes longer.
    pub within: fn(Instant, &mut dyn FnMut()),
    /// Ends the process by a signal that arrives while it waits for another host. `None` leaves signals to the program.
    pub dies_by: Option<fn(i32) -> !>,
    /// The process has threads that may use the same database. So it is read through SQLite alone: SQLite's locks
    /// belong to the process, and closing another descriptor of the file would drop them.
    pub has_threads: bool,
}

/// A caller waits for another caller's flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It has waited for a second or longer; for this leader, if that is known.
    Goes(Option<Leader>),
    /// It has waited that long for a process of another host.
    GoesRemotely(RemoteLeader),
    /// It waits no longer. This comes only after one of the others.
    Over,
}

impl Wait {
    /// The wait for `leader`, or for the process `remote` that the leader waits for. If the leader is stopped, only
    /// that matters.
    fn of(leader: Option<Leader>, remote: Option<RemoteLeader>) -> Self {
        let is_stopped = leader.is_some_and(|leader| leader.is_stopped);
        remote.filter(|_| !is_stopped).map_or(Self::Goes(leader), Self::GoesRemotely)
    }
}

impl Host {
    /// A host that shows nothing, enforces no limit, and may have threads.
    pub fn silent() -> Self {
        Self {
            warn: Rc::new(|_| ()),
            waiting: Box::new(|_| Duration::MAX),
            within: |_, work| work(),
            dies_by: None,
            has_threads: true,
        }
    }
}

impl<B: Backend> Engine<B> {
    /// The cache in that store.
    pub fn on(backend: B, host: Host) -> Self {
        Self { backend, host, max_db_size: MAX_DB_SIZE, max_refreshes: None }
    }

    /// The same, with another limit in bytes on the size of the database.
    #[must_use]
    pub fn with_max_db_size(mut self, limit: u64) -> Self {
        self.max_db_size = limit;
        self
    }

    /// The same, with a limit on background fetches at a time, for all processes that use the database.
    #[must_use]
    pub fn with_max_refreshes(mut self, limit: Option<u32>) -> Self {
        self.max_refreshes = limit;
        self
    }

    /// Warns of what went wrong without harm to the command.
    pub fn warn(&self, text: &str) {
        (self.host.warn)(text);
    }
}
