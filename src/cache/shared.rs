//! Results that are shared with other hosts: before the command runs the server is asked for one, and afterwards it gets
//! the result.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::time::Duration;

use super::{Call, Engine, Fetch};
use crate::dependencies::Dependencies;
use crate::fetch::Fetched;
use crate::model::input::nameless_file;
use crate::model::key::Key;
use crate::model::status::{Shared, Why};
use crate::model::time::{Moment, Timestamp};
use crate::model::transcript::header;
use crate::policy::Mode;
use crate::store::shared::protocol::SharedId;
pub use crate::store::shared::{Lease, Sharing};

use crate::store::shared::{Asked, Copied, Down, Exchange, Head, Question, Run, Tier, Vary};
use crate::store::{Backend, Condition, Incoming, Mark, NewEntry, Store, Stored};
use crate::sys::proc;

/// How long a piece that is copied may wait for the database.
const PATIENCE: Duration = Duration::from_millis(500);

/// What came of asking the server.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// For the caller's status line; nothing if it was not asked.
    pub(super) status: Option<Shared>,
    /// It is to get the result.
    pub(super) lease: Option<Box<Lease>>,
}

impl<B: Backend> Engine<B> {
    /// Asks the server for the result of `call`, if that is shared, and copies it to the database: it is a [`Shared::Hit`]
    /// then. An entry that `is_invalidated` here is not replaced by what others have fetched before.
    pub(super) fn ask_server(
        &self,
        call: &Call<'_>,
        since: Mark,
        dependencies: Option<&Dependencies>,
        is_invalidated: bool,
        in_background: bool,
    ) -> Answer {
        let Some(sharing) = call.sharing else { return Answer::default() };
        let why = match call.policy.mode {
            Mode::Refresh => Why::Request,
            _ if is_invalidated => Why::Stale,
            _ => Why::Missing,
        };
        let fresh = if why == Why::Missing { call.policy.ttl } else { Duration::ZERO };
        let asked = self.tier(sharing).and_then(|tier| {
            let exchange = exchange(&tier, sharing, call.key, dependencies);
            Ok(match exchange.ask(Question { fresh, in_background })? {
                Asked::Fresh(copied) => match self.copy(call, &exchange, &copied, since, dependencies) {
                    Ok(()) => (Shared::Hit { age: copied.age, ttl: seconds(fresh.saturating_sub(copied.age)) }, None),
                    // It is a miss, and there is no lease: others may have better luck with what is there.
                    Err(_) => (Shared::Fetch(why), None),
                },
                Asked::Lead(lease) => (Shared::Fetch(why), Some(lease)),
                Asked::Alone => (Shared::Fetch(why), None),
            })
        });
        match asked {
            Ok((status, lease)) => Answer { status: Some(status), lease },
            Err(Down { word, reason, warns }) => {
                if warns {
                    let server = sharing.settings.server().map(|url| format!("{url}: ")).unwrap_or_default();
                    self.warn(&format!("nothing is shared: {server}{reason}; see 'cacheback shared doctor'"));
                }
                Answer { status: Some(Shared::Down(word)), lease: None }
            }
        }
    }

    fn tier(&self, sharing: &Sharing) -> Result<Tier, Down> {
        let tier = Tier::open(&sharing.settings, &sharing.database, &|name| std::env::var_os(name))?;
        if tier.warns_of_password() {
            self.warn("a password stands in the url of [shared], where others may see it; put it into a password_file");
        }
        Ok(tier)
    }

    /// Makes what another host has fetched the entry of `call`, unless an invalidation or deletion since `since` selects
    /// it.
    fn copy(
        &self,
        call: &Call<'_>,
        exchange: &Exchange<'_>,
        copied: &Copied,
        since: Mark,
        dependencies: Option<&Dependencies>,
    ) -> io::Result<()> {
        let head = &copied.head;
        let age = i64::try_from(copied.age.as_millis()).unwrap_or(i64::MAX);
        let condition = Condition { lifetime: head.lifetime, dependencies: dependencies.cloned() };
        let new = NewEntry {
            key: call.key,
            parts: call.parts,
            recipe: &call.recipe(),
            fetched_at: Timestamp::from_millis(Timestamp::now().as_millis().saturating_sub(age)),
            took: head.took,
            exit: head.exit,
            is_failure: head.is_failure,
            condition: &condition,
            keep: call.policy.keep,
            size: head.size,
            is_by_hand: false,
            is_late: false,
        };
        let stored = if copied.is_in_pieces() {
            let store = self.backend.open_or_create().map_err(io::Error::other)?;
            let mut incoming = store.receive(PATIENCE).map_err(io::Error::other)?;
            // The database is not locked while the server is waited for.
            exchange.output(copied, &mut |piece| incoming.append(&store, piece, PATIENCE).map_err(io::Error::other))?;
            incoming.finish(&store, &new, &mut io::empty(), since)
        } else {
            let mut transcript = Vec::new();
            exchange.output(copied, &mut |piece| transcript.write_all(piece))?;
            let store = self.backend.open_or_create().map_err(io::Error::other)?;
            store.be_patient_for(PATIENCE);
            store.store(&new, &mut &transcript[..], since)
        };
        match stored {
            Ok(Stored::Fresh(_)) => Ok(()),
            Ok(_) => Err(io::Error::other("it was invalidated meanwhile")),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

impl<B: Backend> Fetch<'_, B> {
    /// Gives the server the result of a fetch, if it is to get it and there is one. The caller is gone: what goes wrong here
    /// goes wrong in silence.
    pub(super) fn share(&self, fetched: &Fetched<'_>, stored: Option<Stored>) {
        let (Some(sharing), Some(lease)) = (self.call.sharing, &self.lease) else { return };
        let Ok(tier) = self.engine.tier(sharing) else { return };
        let exchange = exchange(&tier, sharing, self.call.key, self.dependencies.as_ref());
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
            exit: entry.exit,
            is_failure: entry.is_failure,
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
        self.dependencies.as_ref().is_none_or(|files| files.hold(&self.call.fetch.depends_on, &directory))
    }
}

fn exchange<'a>(tier: &'a Tier, sharing: &Sharing, key: Key, dependencies: Option<&Dependencies>) -> Exchange<'a> {
    let files = dependencies.into_iter().flat_map(Dependencies::contents);
    Exchange::new(tier, key, SharedId::new(&tier.team, &key, &Vary::values(&sharing.vary), files))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
