//! Background refreshes: whether one is due, and what is refreshed after an invalidation.

use std::path::{Path, PathBuf};

use super::answer::Purpose;
use super::fetch::Prepared;
use super::{Call, Engine, Fetch, Sharing, Unusable, time_to};
use crate::fetch::environment::UserVariables;
use crate::flight::{Flight, Lead as _};
use crate::model::exit::ExitStatus;
use crate::model::key::{Key, KeyOptions, KeyParts};
use crate::model::time::{Moment, Timestamp};
use crate::policy::{Mode, Policy};
use crate::store::{Backend, BeforeFetch, Mark, Recipe, Selected};
use crate::sys::trust;

/// How the result of an entry is shared that is fetched again without a call of its command.
pub type SharingOf<'a> = dyn Fn(&Recipe) -> Option<Sharing> + 'a;

/// What an invalidation has found.
#[derive(Debug, Default)]
pub struct Invalidated {
    /// Each entry, and how it is fetched again.
    pub entries: Vec<Selected>,
    /// The mark before the invalidation.
    pub mark: Option<Mark>,
}

/// What is known to a caller that is about to start the refresh of a stale result.
#[derive(Clone, Copy, Debug)]
pub struct BeforeRefresh {
    /// The present mark.
    pub mark: Mark,
    /// The last background refresh has failed.
    pub has_failed: bool,
    /// It has failed so recently that another one has to wait.
    pub is_backing_off: bool,
}

impl<B: Backend> Engine<B> {
    /// The directory of the flights, made if it is missing: without it nothing stale could ever be refreshed.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: it cannot be made.
    pub fn flights_dir(&self) -> Result<PathBuf, Unusable> {
        Ok(self.backend.make_flights_dir()?)
    }

    /// What is known before a refresh of `key`.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn before_refresh(&self, key: &Key) -> Result<BeforeRefresh, Unusable> {
        let (_, BeforeFetch { retry_at, mark, .. }) = self.backend.before_fetch(key)?;
        let is_backing_off = retry_at.is_some_and(|retry_at| time_to(retry_at, Timestamp::now()).is_some());
        Ok(BeforeRefresh { mark, has_failed: retry_at.is_some(), is_backing_off })
    }

    /// Takes the lead of a refresh that was decided upon at `decided_at`; `None` if it is not needed any more. Too many
    /// dependencies count as a failed refresh.
    pub fn prepare_refresh<'a>(
        &'a self,
        call: &Call<'a>,
        flight: Flight,
        decided_at: Option<Mark>,
        purpose: Purpose,
    ) -> Option<Fetch<'a, B>> {
        match self.prepare(call, flight, decided_at, purpose) {
            Ok(Prepared::Fetch(fetch, _)) => Some(Fetch { holds_output: false, ..fetch }),
            Ok(_) => None,
            Err(error) => {
                if let Unusable::Dependencies(error) = error {
                    let (status, reason) = (ExitStatus::Failed.code(), error.to_string().into_bytes());
                    self.record_failure(call.key, call.policy.ttl, Timestamp::now(), status, reason);
                }
                None
            }
        }
    }

    /// Refreshes an entry that an invalidation has found, by `run`; does nothing if somebody else does. A result that
    /// is shared is asked for first: another host may have fetched it since.
    pub fn refresh_invalidated(
        &self,
        selected: &Selected,
        invalidated_at: Moment,
        mark: Option<Mark>,
        sharing: &SharingOf<'_>,
        run: &dyn Fn(Fetch<'_, B>),
    ) {
        // What has been fetched since then is accepted, here and on the server.
        let policy = Policy { mode: Mode::Plain, ..selected.recipe.policy() };
        let invocation = selected.recipe.invocation();
        let call = Call::new(&invocation, &selected.parts, &policy, &selected.recipe.fetch, invalidated_at);
        let call = Call { key: selected.key, ..call };
        let Some(flight) = self.take_turn_in_background(&call) else { return };
        let found = self.backend.before_fetch(&call.key).ok().and_then(|(_, found)| found.entry);
        // Somebody may have fetched or removed it.
        let Some(entry) = found.filter(|entry| entry.summary.invalidated) else {
            let _ = flight.end(None);
            return;
        };
        let sharing = if entry.is_shared { sharing(&selected.recipe) } else { None };
        let call = Call { sharing: sharing.as_ref(), ..call.in_background() };
        if let Some(fetch) = self.prepare_refresh(&call, flight, mark, Purpose::Invalidated) {
            run(fetch);
        }
    }

    /// Leaves out of `invalidated` what is not refreshed.
    ///
    /// An entry whose key depends on standard input, or on a variable or a file that is another one now, stays stale:
    /// the command would not be the one that the key stands for. So does one whose command would run in a directory
    /// that somebody else owns by now, which is warned of: what it finds there is that user's choice.
    pub fn leave_out_unrepeatable(&self, invalidated: &mut Invalidated) {
        let selected = &mut invalidated.entries;
        selected.retain(is_repeatable);
        let mut left_out: Option<(PathBuf, u32, usize)> = None;
        let mut looked_at: Option<(PathBuf, Option<u32>)> = None;
        selected.retain(|entry| {
            let directory = &entry.recipe.cwd;
            if looked_at.as_ref().is_none_or(|(path, _)| path != directory) {
                looked_at = Some((directory.clone(), foreign_owner(directory)));
            }
            let owner = looked_at.as_ref().and_then(|(_, owner)| *owner);
            if let Some(owner) = owner {
                left_out.get_or_insert_with(|| (directory.clone(), owner, 0)).2 += 1;
            }
            owner.is_none()
        });
        if let Some((directory, owner, count)) = left_out {
            let directory = directory.display();
            let text = match count {
                1 => format!("1 entry is not refreshed: its directory {directory} belongs to uid {owner} now"),
                count => format!(
                    "{count} entries are not refreshed: their directories belong to others now, {directory} to uid {owner}"
                ),
            };
            (self.host.warn)(&text);
        }
    }
}

/// Who owns `directory`, if that is neither this user nor root. A missing directory has no owner.
fn foreign_owner(directory: &Path) -> Option<u32> {
    trust::foreign_owner(&std::fs::metadata(directory).ok()?)
}

/// Whether running the stored command here and now yields what its key stands for.
fn is_repeatable(selected: &Selected) -> bool {
    let Selected { parts, recipe, .. } = selected;
    let options = KeyOptions {
        scope: parts.scope.clone(),
        key: parts.key.clone(),
        cwd: parts.cwd.is_some(),
        env: parts.env.iter().map(|(name, _)| name).chain(&parts.globs).cloned().collect(),
        files: parts.files.iter().map(|(path, _)| path.clone()).collect(),
    };
    let now = || {
        KeyParts::new(&recipe.invocation(), &options, &recipe.cwd, UserVariables)
            .with_files(&options.files, &recipe.cwd)
    };
    recipe.cwd.is_absolute() && now().is_ok_and(|now| now == *parts)
}
