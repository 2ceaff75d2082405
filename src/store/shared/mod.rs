//! The shared tier: results of other machines, kept by a Redis or Valkey server behind the local store.
//!
//! A call that is not shared runs nothing of this room: it connects to nothing, opens no file and reads no key.
//! Nothing here runs a command or prints.

mod breaker;
mod down;
mod entries;
mod exchange;
mod holder;
mod id;
mod inspect;
mod private_file;
pub mod protocol;
mod seal;
mod secret;
mod settings;
#[cfg(test)]
mod testing;
mod tier;
mod url;
pub mod wire;

pub use breaker::{Attempt, Breaker, Decision, Record, Trouble};
pub use down::Down;
pub use entries::{Listed, Row, ServerEntries};
pub use exchange::{
    Asked, Claim, Copied, Exchange, Followed, Lease, LogCursor, Question, Run, SharedFailure, began, log_id,
};
pub use holder::Holder;
pub use id::Vary;
pub use inspect::{Inspection, inspect, try_protocol};
pub use seal::Head;
pub use secret::TeamKey;
pub use settings::{Access, KEYS, Settings};
pub use tier::{Sharing, Tier};
pub use url::{Url, redacted};
