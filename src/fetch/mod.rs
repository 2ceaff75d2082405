//! Running a command to obtain a result: spawn, capture, signals, detach.
//!
//! ```text
//! caller ──fork──> fetcher ──spawn──> command
//!   │  <── link ──>  │  <── two pipes ──  │     or one terminal
//! ```
//!
//! [`caller`] is what the process that the user started does meanwhile; [`supervise`](supervise()) is the fetcher's
//! loop; [`detach`] starts a fetcher that has no caller.

mod backlog;
pub mod caller;
pub mod capture;
mod collect;
pub mod command;
pub mod detach;
pub mod environment;
mod forward;
mod hook;
pub mod line;
pub mod link;
mod outlet;
mod print;
pub mod program;
mod progress;
mod queries;
mod source;
mod stdin;
mod supervise;
mod tap;
mod terminal;
pub mod tree;

pub(crate) use collect::{Collected, collect};
pub use command::StartError;
pub use detach::Workers;
pub use hook::hook;
pub use print::{Printed, Printer, print, print_transcript, write};
pub use stdin::{StandardInput, piped};
pub use supervise::order::{Audience, Fetched, Order};
pub use supervise::supervise;
pub use terminal::window_size;
