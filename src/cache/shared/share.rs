//! Gives the server what a fetch came to.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use super::exchange;
use crate::cache::Fetch;
use crate::dependencies::Program;
use crate::fetch::Fetched;
use crate::model::input::nameless_file;
use crate::model::time::Moment;
use crate::model::transcript::header;
use crate::store::shared::{Down, Exchange, Head, Lease, Run};
use crate::store::{Backend, Stored};
use crate::sys::proc;

impl<B: Backend> Fetch<'_, B> {
    /// Gives the server the result of a fetch, if it is to get it and there is one. The caller is gone: what goes wrong here
    /// goes wrong in silence.
    pub(in crate::cache) fn share(&self, fetched: &Fetched<'_>, stored: Option<Stored>) {
        let (Some(sharing), Some(lease)) = (self.call.sharing, &self.lease) else { return };
        let Ok(tier) = self.engine.tier(sharing) else { return };
        let exchange = exchange(&tier, sharing, self.call.key, &self.before);
        let is_too_large = fetched.capture.size() > tier.settings.max_size || fetched.capture.lost().is_some();
        let _ = match stored {
            Some(Stored::Fresh(_)) if !is_too_large && self.has_its_files() => self.commit(&exchange, lease, fetched),
            _ => exchange.give_back(lease, is_too_large).map(|()| false),
        };
    }

    fn commit(&self, exchange: &Exchange<'_>, lease: &Lease, fetched: &Fetched<'_>) -> Result<bool, Down> {
        let in_memory = fetched.capture.in_memory();
        let is_whole = in_memory.len() as u64 == fetched.capture.size();
        let (mut file, mut memory);
        let (size, output): (u64, &mut dyn Read) = if is_whole {
            memory = in_memory;
            (memory.len() as u64, &mut memory)
        } else {
            let Ok((size, written)) = self.stored_transcript() else {
                return exchange.give_back(lease, false).map(|()| false);
            };
            file = written;
            (size, &mut file)
        };
        let (call, recipe) = (&self.call, self.call.recipe());
        // What the job's program has said is with the entry.
        let Ok(Some(entry)) = self.engine.backend.entry(&call.key).map(|(_, entry)| entry) else {
            return exchange.give_back(lease, false).map(|()| false);
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
