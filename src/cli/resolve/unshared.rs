//! In the place of `shared`, in a program without that feature.

use super::{Database, Environment, UsageError};
use crate::cache::Sharing;
use crate::cli::args::GlobalArgs;
use crate::config::{Layers, Origin, Shared};

/// There is no server.
pub fn is_configured(_: &GlobalArgs, _: &impl Environment) -> bool {
    false
}

/// Nothing is shared.
///
/// # Errors
///
/// `--shared` was given.
pub fn sharing(
    layers: &Layers,
    _: Option<Shared>,
    _: &Database,
    _: bool,
    _: &impl Environment,
) -> Result<Option<Sharing>, UsageError> {
    // What it says is right, and has no meaning here.
    let _ = layers.vary();
    let is_option = layers.origin(|settings| &settings.shared) == Some(Origin::Option);
    match layers.shared() {
        Some(true) if is_option => Err(UsageError::new("this cacheback was built without '--shared'")),
        _ => Ok(None),
    }
}
