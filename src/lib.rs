//! Memoise commands: run once, serve the stored output, refresh it in the background.
//!
//! This is the library of the `cacheback` program. Both use the same database and share each run of a command.
//! [`Cache::get`] returns what a command wrote and how it ended. It prints nothing, and leaves the signal masks,
//! handlers, environment, descriptors and children of its program as they are; any number of threads may call it.
//!
//! ```
//! use std::time::Duration;
//! use cacheback::{Cache, Invocation, Policy};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let path = home.path().join("cache.db");
//! let cache = Cache::open(path)?;
//! let served = cache.get(&Invocation::new(["date"]), &Policy::fresh_for(Duration::from_secs(60)))?;
//! println!("{}", String::from_utf8_lossy(served.stdout()));
//! # Ok(())
//! # }
//! ```
//!
//! The policy says what is done about a stale result: [`OnStale`] has an example of each way.
//!
//! # What the library needs of the program
//!
//! * The library reaps the commands that it runs. A program that ignores `SIGCHLD`, or reaps every child, gets
//!   [`Error::StatusLost`].
//! * The output of a command stays in memory until its [`Served`] is dropped.
//! * SQLite's locks belong to the process: no other part of the program may open and close the database file.
//! * A call that gives up waiting for another process's run leaves a thread behind until that run ends.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | invocation | what to run: words, directory, environment, input |
//! | key | the SHA-256 of an invocation's parts; it names the result |
//! | entry | one stored result, with its exit status and the time of its fetch |
//! | ttl | for how long an entry is fresh |
//! | fresh, stale, missing | may be served; may be served where the policy allows it; neither |
//! | policy | everything that decides about an entry, and nothing that runs |
//! | condition | what else decides about an entry: a lifetime of its own, files that it depends on |
//! | recipe | how to fetch an entry again, stored with it |
//! | fetch | a run of the command to get a result |
//! | refresh | a fetch for a key that has an entry |
//! | flight | the one fetch in progress for a key: a locked file |
//! | leader | the process or thread that holds that lock and runs the command |
//! | land, dismiss | end a flight and hand over its outcome; let later callers begin another flight for its key |
//! | waiter | a caller that waits for the flight of another caller |
//! | outcome | how a flight ended, for its waiters |
//! | caller, fetcher | the process or thread that wants a result; the process that the caller forks to fetch it |
//! | fallback | the stale result that is served if a fetch fails |
//! | barrier | the record of an invalidation, a deletion or a result stored by hand |
//! | mark | a point in the history of barriers; a fetch takes one when it begins |
//! | transcript | what a command wrote to both streams, in order |
//! | frame | a piece of a transcript: its stream, its length, its bytes |
//! | chunk | a part of a large transcript in the database |
//! | seal | a checksum over stored bytes, which follows them; for a transcript in a file: its size and checksum |
//! | capture | a transcript that grows while the command runs |
//! | spool | where a capture goes that outgrows memory |
//! | tap | the pipes of the command, which show the order of its writes |
//! | link | the socket between the fetcher and its caller |
//! | tally | the file of notes of what happened, folded into the database now and then |
//! | place | where the database is, once it is known that this may be trusted |
//! | job | a command with a name and a policy, in the configuration file |
//! | slot | the right to one of the background fetches at a time that `max_refreshes` allows |
//! | shared tier | the results that hosts share through a Redis or Valkey server |
//! | lease | the right of one host to run the command of a shared key; its token names it |
//! | fence | a number that orders the runs of a shared key |
//! | position | a point in the server's log of barriers: its epoch, a number and a tag |
//! | cursor | the position that this host has reached in that log, and its own changes that the server lacks |
//! | contact | the last time at which this host asked a primary that answered |
//! | breaker | the record beside the database that keeps calls away from a server that does not answer |

#![warn(missing_docs)]
#![deny(unsafe_code)]

mod cache;
mod codec;
mod dependencies;
mod fetch;
mod flight;
mod model;
mod policy;
mod store;
mod sys;

pub use cache::library::{Cache, Error, Invocation, OnStale, Policy, Selector, Served, Source};
pub use model::exit::ExitStatus;
pub use model::key::Key;

/// What the program and the tests of this package use of the rooms behind the public names. It is no part of the public
/// interface, and changes without notice.
#[doc(hidden)]
#[allow(missing_docs)]
pub mod program {
    pub mod cache {
        pub use crate::cache::*;
    }
    pub mod codec {
        pub use crate::codec::*;
    }
    pub mod dependencies {
        pub use crate::dependencies::*;
    }
    pub mod fetch {
        pub use crate::fetch::*;
    }
    pub mod flight {
        pub use crate::flight::*;
    }
    pub mod model {
        pub use crate::model::*;
    }
    pub mod policy {
        pub use crate::policy::*;
    }
    pub mod store {
        pub use crate::store::*;
    }
    pub mod sys {
        pub use crate::sys::*;
    }
}
