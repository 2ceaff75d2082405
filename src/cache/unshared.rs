//! Replaces `shared` in a program without that feature: nothing is shared.

use std::time::Instant;

use super::answer::{Answer, Asking};
use super::{Call, Engine, Fetch, Lookup, Unusable};
use crate::fetch::Fetched;
use crate::store::{Backend, Origin, Stored};

/// It has no values: no call is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {}

/// It has no values: there is no server to give a lease.
#[derive(Debug)]
pub(super) enum Lease {}

/// It has no values: there is no lease to keep.
#[derive(Debug)]
pub(super) enum Renewing {}

impl<B: Backend> Engine<B> {
    pub(super) fn ask_server(&self, asking: &Asking<'_>) -> Answer<B> {
        Answer::Run { shared: None, since: asking.since, lease: None }
    }

    pub(super) fn look_up_shared(&self, _: &Call<'_>, sharing: &Sharing) -> Result<Lookup<B>, Unusable> {
        match *sharing {}
    }
}

impl<B: Backend> Fetch<'_, B> {
    pub(super) fn origin(&self) -> Origin {
        Origin::Own
    }

    pub(super) fn tells_server(&self) -> bool {
        false
    }

    pub(super) fn share(
        &self,
        fetched: &mut Fetched<'_>,
        _: Option<Stored>,
        _: bool,
        respond: &mut dyn FnMut(&mut Fetched<'_>),
    ) {
        respond(fetched);
    }

    /// There is no lease to give back.
    pub fn give_up(&self) {}

    /// There is no lease to keep.
    pub fn renew_at(&self) -> Option<Instant> {
        None
    }

    /// There is no lease to keep.
    pub fn keep_lease(&self) {}
}
