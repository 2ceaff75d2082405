//! The entries that a call is about.

use std::ffi::OsString;

use super::{Error, Invocation};
use crate::store;

/// Which entries [`invalidate`](crate::Cache::invalidate) and [`delete`](crate::Cache::delete) are about.
///
/// ```
/// use cacheback::{Invocation, Selector};
///
/// let one = Selector::command(&Invocation::new(["date"]))?;
/// let some = [Selector::tag("weather"), Selector::scope("deploy"), Selector::all()];
/// # Ok::<(), cacheback::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(pub(super) store::Selector);

impl Selector {
    /// The entry of this invocation.
    ///
    /// # Errors
    ///
    /// [`Error::Cache`]: the working directory is part of its key and cannot be read.
    pub fn command(invocation: &Invocation) -> Result<Self, Error> {
        Ok(Self(store::Selector::Key(invocation.parts()?.to_key())))
    }

    /// Those with this label.
    pub fn tag(name: impl Into<OsString>) -> Self {
        Self(store::Selector::Tag(name.into()))
    }

    /// Those of this namespace.
    pub fn scope(name: impl Into<OsString>) -> Self {
        Self(store::Selector::Scope(name.into()))
    }

    /// Every one.
    pub fn all() -> Self {
        Self(store::Selector::All)
    }
}
