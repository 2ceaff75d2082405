//! In the place of `shared`, in a program without that feature: nothing is shared.

use super::{Call, Engine, Fetch};
use crate::fetch::Fetched;
use crate::model::status::Shared;
use crate::store::{Backend, Condition, Mark, Origin, Stored};

/// There is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {}

/// There is none.
#[derive(Debug)]
pub(super) enum Lease {}

#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: Option<Shared>,
    pub(super) lease: Option<Box<Lease>>,
}

impl<B: Backend> Engine<B> {
    pub(super) fn ask_server(&self, _: &Call<'_>, _: Mark, _: &Condition, _: bool, _: bool) -> Answer {
        Answer::default()
    }
}

impl<B: Backend> Fetch<'_, B> {
    pub(super) fn origin(&self) -> Origin {
        Origin::Own
    }

    pub(super) fn share(&self, _: &Fetched<'_>, _: Option<Stored>) {}
}
