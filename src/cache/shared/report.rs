//! What the server is told at the end of a run. A thread can send it: it needs neither the engine nor what serves the
//! caller.

use std::ffi::OsString;
use std::io::{Cursor, Read, Seek, Write};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::exchange;
use super::renew::Renewing;
use crate::cache::Sharing;
use crate::dependencies::Program;
use crate::model::input::nameless_file;
use crate::model::key::{Key, KeyParts};
use crate::model::time::Moment;
use crate::model::transcript::header;
use crate::store::shared::protocol::End;
use crate::store::shared::{Down, Exchange, Head, Lease, Run, SharedFailure, Tier};
use crate::store::{Body, Condition, Entry, Recipe, ReplayError, Store};
use crate::sys::signal::without_signals;

/// What the server is told, with what is needed for it.
pub(super) struct Report<'f, S> {
    pub(super) tier: Tier,
    pub(super) sharing: &'f Sharing,
    pub(super) key: Key,
    /// The state of what the result depends on, before the run.
    pub(super) before: &'f Condition,
    pub(super) lease: &'f Lease,
    pub(super) outcome: RunOutcome<'f, S>,
    /// What keeps the lease until the server has been told.
    pub(super) renewing: Option<Renewing>,
}

/// What a run came to, for other hosts.
pub(super) enum RunOutcome<'f, S> {
    Result(Box<RunOfResult<'f, S>>),
    Failure(End, SharedFailure),
    Nothing(End),
}

/// A run with a result, which is stored here.
pub(super) struct RunOfResult<'f, S> {
    pub(super) parts: &'f KeyParts,
    pub(super) recipe: Recipe,
    pub(super) head: Head,
    pub(super) ended_at: Moment,
    pub(super) keep: Duration,
    /// The files that it depends on, and where relative ones begin.
    pub(super) depends_on: &'f [OsString],
    pub(super) directory: PathBuf,
    /// Where it is stored, and the database if it had to be opened.
    pub(super) entry: Entry,
    pub(super) store: Option<S>,
}

impl<S: Store> Report<'_, S> {
    /// Tells the server while `work` is done here, in a thread without signals. Where there is none, does it after that.
    pub(super) fn send_beside(self, work: impl FnOnce()) -> Result<bool, Down>
    where
        S: Send,
    {
        let (mut report, mut sent) = (Some(self), Ok(false));
        let mut send = || report.take().into_iter().for_each(|report| sent = report.send());
        thread::scope(|scope| {
            let _ = without_signals(|| thread::Builder::new().spawn_scoped(scope, &mut send));
            work();
        });
        send();
        sent
    }

    /// Tells the server; whether that has stored a result.
    pub(super) fn send(self) -> Result<bool, Down> {
        let Self { tier, sharing, key, before, lease, outcome, renewing } = self;
        let exchange = exchange(&tier, sharing, key, before);
        let sent = match outcome {
            RunOutcome::Result(run) => run.commit(&exchange, lease, before),
            RunOutcome::Failure(end, failure) => exchange.end(lease, end, Some(&failure)).map(|()| false),
            RunOutcome::Nothing(end) => exchange.end(lease, end, None).map(|()| false),
        };
        drop(renewing);
        sent
    }
}

impl<S: Store> RunOfResult<'_, S> {
    fn commit(mut self, exchange: &Exchange<'_>, lease: &Lease, before: &Condition) -> Result<bool, Down> {
        let transcript = if self.has_its_files(before) { self.transcript() } else { None };
        let Some((size, mut output)) = transcript else {
            return exchange.end(lease, End::Again, None).map(|()| false);
        };
        self.head.size = size;
        let Self { parts, recipe, head, ended_at, keep, .. } = &self;
        let run = Run { parts, recipe, head, ended_at: *ended_at, keep: *keep };
        exchange.commit(lease, &run, &mut output)
    }

    /// Whether the files that the result depends on are what its name on the server says.
    fn has_its_files(&self, before: &Condition) -> bool {
        before.dependencies.as_ref().is_none_or(|files| files.hold(self.depends_on, &self.directory))
            && before.program.as_ref().is_none_or(Program::is_untouched)
    }

    /// The output as a transcript, with its size. The database is closed then: the server may be slow.
    fn transcript(&mut self) -> Option<(u64, Box<dyn ReadSeek>)> {
        let store = self.store.take();
        if let Body::Inline(transcript) = &mut self.entry.body {
            let transcript = std::mem::take(transcript);
            return Some((transcript.len() as u64, Box::new(Cursor::new(transcript))));
        }
        let copy = || {
            let mut file = nameless_file().map_err(ReplayError::Write)?;
            store.ok_or(ReplayError::Damaged)?.replay(&self.entry, &mut |stream, data| {
                file.write_all(&header(stream, data.len()))?;
                file.write_all(data)
            })?;
            let size = file.stream_position().map_err(ReplayError::Write)?;
            Ok::<_, ReplayError>((size, Box::new(file) as Box<dyn ReadSeek>))
        };
        copy().ok()
    }
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}
