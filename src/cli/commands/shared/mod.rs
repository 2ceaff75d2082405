//! `cacheback shared`: the key and the server of the shared tier.

mod inspect;
mod keygen;
mod mark;
mod server;
mod sheet;

pub use mark::{apply, server};
pub use server::{with_entries, with_server};

use cacheback::ExitStatus;

use crate::cli::args::{GlobalArgs, SharedAction};
use crate::cli::resolve::{Environment, UsageError};

/// Does what is asked for.
pub fn run(action: SharedAction, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    match action {
        SharedAction::Keygen(args) => keygen::run(args, global, env),
        SharedAction::Status(args) => inspect::status(&args, global, env),
        SharedAction::Doctor(args) => inspect::doctor(&args, global, env),
    }
}
