//! Memoise commands: run once, replay the stored output, refresh it in the background.
//!
//! This crate is the engine of the `cacheback` program. The way through it is one-directional:
//!
//! ```text
//! cache -> { policy, flight, fetch, store } -> { model, codec } -> sys
//! ```

#![warn(missing_docs)]
#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("cacheback runs on Linux only: it relies on signalfd, close_range and open file descriptions in /proc");

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

/// What the program and the tests of this package use of the rooms behind the public names. No part of the interface:
/// it changes without notice.
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
