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

pub use breaker::{Attempt, Breaker, Decision, Open, Record, Trouble};
pub use down::Down;
pub use entries::{Listed, Row, ServerEntries, Unusable};
pub use exchange::{
    Asked, Claim, Copied, Exchange, Followed, Heard, Lease, LogCursor, Question, Run, SharedFailure, began, log_id,
};
pub use holder::Holder;
pub use id::Vary;
pub use inspect::{Inspection, inspect, try_protocol};
pub use private_file::PrivateFileError;
pub use seal::{Head, Kind, Place, Sealer};
pub use secret::{SecretError, TeamKey};
pub use settings::{Access, KEYS, Login, Settings, SettingsError};
pub use tier::{Sharing, Tier};
pub use url::{Address, Password, Url, UrlError, redacted};
