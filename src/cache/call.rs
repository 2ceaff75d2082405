//! One call: what to run, under which key, and what decides about its result.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Sharing, Unusable};
use crate::fetch::environment::{Loop, UserVariables};
use crate::model::invocation::Invocation;
use crate::model::key::{Key, KeyOptions, KeyParts};
use crate::model::time::Moment;
use crate::policy::{FetchPolicy, Mode, Policy};
use crate::store::{Change, Mark, Recipe, Store, StoreError};

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What to run.
    pub invocation: &'a Invocation,
    /// What its key is made of.
    pub parts: &'a KeyParts,
    /// Its key.
    pub key: Key,
    /// When a stored result may be served.
    pub policy: &'a Policy,
    /// How to run it and what to keep.
    pub fetch: &'a FetchPolicy,
    /// When the call was made.
    pub called_at: Moment,
    /// When a fetch for it has to be over.
    pub deadline: Option<Instant>,
    /// How its result is shared, if it is.
    pub sharing: Option<&'a Sharing>,
}

impl<'a> Call<'a> {
    /// A call made at `called_at`. The time limit of its fetch begins now.
    pub fn new(
        invocation: &'a Invocation,
        parts: &'a KeyParts,
        policy: &'a Policy,
        fetch: &'a FetchPolicy,
        called_at: Moment,
    ) -> Self {
        let (key, deadline) = (parts.to_key(), deadline(fetch.timeout));
        Self { invocation, parts, key, policy, fetch, called_at, deadline, sharing: None }
    }

    /// The same call for a background fetch, whose own time limit begins now.
    #[must_use]
    pub fn in_background(self) -> Self {
        Self { deadline: deadline(Some(self.fetch.refresh_timeout)), ..self }
    }

    /// Refuses a call within a run of its own command: it may be served what is stored, but its fetch would never end.
    ///
    /// # Errors
    ///
    /// [`Unusable::InItself`].
    pub fn refuse_loop(&self) -> Result<(), Unusable> {
        Loop::around(self.invocation, &self.key).map_or(Ok(()), |around| Err(Unusable::InItself(around)))
    }

    /// Where its command runs.
    pub fn directory(&self) -> PathBuf {
        directory(self.invocation)
    }

    /// How its result is fetched again.
    pub(super) fn recipe(&self) -> Recipe {
        Recipe::new(self.invocation, &self.directory(), self.fetch, self.policy)
    }

    /// What has happened since `since` that concerns its result.
    pub(super) fn changes(&self, store: &impl Store, since: Mark) -> Result<Change, StoreError> {
        store.changes(&self.key, self.parts, &self.recipe(), since, self.sharing.is_some())
    }

    /// Whether this call may be served a fetch that began at `began`: with `--refresh`, it has to begin after the call.
    pub(super) fn accepts(&self, began: Moment) -> bool {
        self.policy.mode != Mode::Refresh || began >= self.called_at
    }
}

/// What the key of an invocation is made of under key options.
///
/// # Errors
///
/// The working directory or a file is part of the key and cannot be read.
pub fn parts_of(invocation: &Invocation, options: &KeyOptions) -> Result<KeyParts, Unusable> {
    // Finding out the working directory costs a system call.
    let cwd = match &invocation.cwd {
        _ if !options.cwd && !is_relative_path(invocation.program()) => PathBuf::new(),
        Some(directory) => std::path::absolute(directory).map_err(Unusable::Cwd)?,
        None => std::env::current_dir().map_err(Unusable::Cwd)?,
    };
    // The relative paths of key files begin where this process is.
    Ok(KeyParts::new(invocation, options, &cwd, UserVariables).with_files(&options.files, Path::new(""))?)
}

fn is_relative_path(program: &OsStr) -> bool {
    let program = program.as_bytes();
    !program.starts_with(b"/") && program.contains(&b'/')
}

/// Where a command runs.
pub(super) fn directory(invocation: &Invocation) -> PathBuf {
    invocation.cwd.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}

/// When a fetch has to be over that begins now.
fn deadline(limit: Option<Duration>) -> Option<Instant> {
    limit.and_then(|limit| Instant::now().checked_add(limit))
}
