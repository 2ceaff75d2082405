//! Gives the server what a fetch came to.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};
use std::time::Instant;

use super::exchange;
use crate::cache::{Fetch, back_off, is_failure};
use crate::dependencies::Program;
use crate::fetch::Fetched;
use crate::model::exit::ExitStatus;
use crate::model::input::nameless_file;
use crate::model::time::Moment;
use crate::model::transcript::header;
use crate::store::shared::protocol::End;
use crate::store::shared::{Down, Exchange, Head, Lease, Run, SharedFailure};
use crate::store::{Backend, EventKind, Stored};
use crate::sys::proc;

/// The most bytes of a failure's transcript that others print.
const TOLD_MAX: u64 = 64 << 10;

/// What others are told of a run.
enum EndForOthers {
    Result,
    Failure(End, SharedFailure),
    Nothing(End),
}

impl<B: Backend> Fetch<'_, B> {
    /// Tells the server what a fetch has come to, if that gave leave for it. The caller is gone, or waits for its reader:
    /// what goes wrong here goes wrong in silence.
    pub(in crate::cache) fn share(&self, fetched: &Fetched<'_>, stored: Option<Stored>, in_background: bool) {
        let (Some(sharing), Some(lease)) = (self.call.sharing, &self.lease) else { return };
        let Ok(tier) = self.engine.tier(sharing) else { return };
        if self.has_shared.replace(true) {
            return;
        }
        // Not only the run takes its time.
        if fetched.capture.size() > TOLD_MAX || self.renew_at().is_some_and(|at| at <= Instant::now()) {
            self.keep_lease();
        }
        let exchange = exchange(&tier, sharing, self.call.key, &self.before);
        let ended = |end, failure| exchange.end(lease, end, failure).map(|()| false);
        let shared = match self.end_for_others(fetched, stored, tier.settings.max_size, in_background) {
            EndForOthers::Result => self.commit(&exchange, lease, fetched),
            EndForOthers::Failure(end, failure) => ended(end, Some(&failure)),
            EndForOthers::Nothing(end) => ended(end, None),
        };
        match shared {
            Ok(true) => self.engine.count_once(EventKind::SharedStored),
            Ok(false) => {}
            Err(down) => self.engine.count_failure(&down),
        }
        self.renewing.take();
    }

    /// Gives back the lease of a run whose caller was killed.
    pub fn give_up(&self) {
        let (Some(sharing), Some(lease)) = (self.call.sharing, &self.lease) else { return };
        let Ok(tier) = self.engine.tier(sharing) else { return };
        let _ = exchange(&tier, sharing, self.call.key, &self.before).end(lease, End::Again, None);
    }

    fn end_for_others(
        &self,
        fetched: &Fetched<'_>,
        stored: Option<Stored>,
        max_size: u64,
        in_background: bool,
    ) -> EndForOthers {
        let (call, capture) = (&self.call, &fetched.capture);
        let is_too_large = capture.output() > call.fetch.max_size || capture.lost().is_some();
        let again = EndForOthers::Nothing(End::Again);
        match (stored, fetched.status) {
            (Some(Stored::Fresh(_)), _) if capture.size() > max_size => EndForOthers::Nothing(End::Pass),
            (Some(Stored::Fresh(_)), _) if self.has_its_files() => EndForOthers::Result,
            (Some(_), _) => again,
            // It says nothing of the command.
            (None, _) if fetched.interrupted || self.is_dismissed() => again,
            (None, ExitStatus::Failed | ExitStatus::NotFound | ExitStatus::NotExecutable) => again,
            (None, _) if is_too_large => EndForOthers::Nothing(End::Pass),
            (None, status) if !is_failure(call, status) => again,
            (None, _) if self.engine.is_overtaken(call, self.since) => again,
            (None, status) => {
                let transcript = capture.in_memory();
                if transcript.len() as u64 != capture.size() || capture.size() > TOLD_MAX {
                    return EndForOthers::Nothing(End::Pass);
                }
                let background = in_background.then(|| back_off::longest(call.policy.ttl));
                let (ended_at, transcript) = (fetched.ended_at, transcript.to_vec());
                let failure = SharedFailure { status, ended_at, transcript };
                EndForOthers::Failure(End::Failed { background }, failure)
            }
        }
    }

    fn commit(&self, exchange: &Exchange<'_>, lease: &Lease, fetched: &Fetched<'_>) -> Result<bool, Down> {
        let in_memory = fetched.capture.in_memory();
        if in_memory.len() as u64 == fetched.capture.size() {
            return self.commit_output(exchange, lease, fetched, in_memory.len() as u64, &mut Cursor::new(in_memory));
        }
        match self.stored_transcript() {
            Ok((size, mut file)) => self.commit_output(exchange, lease, fetched, size, &mut file),
            Err(_) => exchange.end(lease, End::Again, None).map(|()| false),
        }
    }

    fn commit_output(
        &self,
        exchange: &Exchange<'_>,
        lease: &Lease,
        fetched: &Fetched<'_>,
        size: u64,
        output: &mut (impl Read + Seek),
    ) -> Result<bool, Down> {
        let (call, recipe) = (&self.call, self.call.recipe());
        // What the job's program has said is with the entry.
        let Ok(Some(entry)) = self.engine.backend.entry(&call.key).map(|(_, entry)| entry) else {
            return exchange.end(lease, End::Again, None).map(|()| false);
        };
        let lifetime = entry.has_lifetime.then(|| self.engine.backend.condition(&entry).ok().flatten()).flatten();
        let head = Head {
            parts: call.parts.encode(),
            recipe: recipe.encode(call.parts),
            exit: entry.summary.exit,
            is_failure: entry.summary.is_failure,
            took: fetched.took,
            lifetime: lifetime.and_then(|condition| condition.lifetime),
            size,
            fetched_at: fetched.ended_at,
            host: proc::host_name().into(),
        };
        let ended_at = Moment::from_nanos(fetched.began.as_nanos().saturating_add(fetched.took.as_nanos() as u64));
        let run = Run { parts: call.parts, recipe: &recipe, head: &head, ended_at, keep: call.policy.keep };
        exchange.commit(lease, &run, output)
    }

    /// The output of the entry, as a transcript in a file, with its size.
    fn stored_transcript(&self) -> io::Result<(u64, File)> {
        let found = self.engine.look_up(&self.call).map_err(io::Error::other)?;
        let mut file = nameless_file()?;
        let replayed = found.replay(&mut |stream, data| {
            file.write_all(&header(stream, data.len()))?;
            file.write_all(data)
        });
        replayed.map_err(io::Error::other)?;
        let size = file.stream_position()?;
        file.rewind()?;
        Ok((size, file))
    }

    /// Whether the files that the result depends on are what its name on the server says.
    fn has_its_files(&self) -> bool {
        let directory = self.call.directory();
        self.before.dependencies.as_ref().is_none_or(|files| files.hold(&self.call.fetch.depends_on, &directory))
            && self.before.program.as_ref().is_none_or(Program::is_untouched)
    }
}
