//! All entries on the server, for lists and checks: a few at a time, so that a million of them need no memory.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::exchange::{barrier_place, entry_place};
use super::holder::Holder;
use super::protocol::{
    Barrier, Entry, EntryHead, Found, HEADS_BATCH, History, Names, ProtocolError, Scan, SharedId, Unlink, age, chunk,
    heads, look,
};
use super::seal::{Head, Kind, Place, Sealer};
use super::tier::Tier;
use super::wire::{Connection, Wire};
use crate::model::key::KeyParts;
use crate::model::time::Timestamp;
use crate::store::{Condition, Detail, Locator, Recipe, ResultId, Selector, Summary, Usage};

/// How long to wait for each answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The entries on a server, of one namespace and one team's key.
pub struct ServerEntries {
    names: Names,
    sealer: Sealer,
    wire: Connection,
    history: Option<History>,
    /// The selectors of the barriers of `history`; none where a seal does not open, which might mean any entry.
    selectors: Vec<Option<Selector>>,
}

/// An entry that the team's key opens.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name on the server.
    pub id: SharedId,
    /// The entry in the form of the local store, without the files that it depends on: these are part of its name.
    pub detail: Detail,
    /// The host that ran the command.
    pub host: OsString,
    /// The process that runs the command now, if the seal opens, and for how long it has run.
    pub leader: Option<(Option<Holder>, Duration)>,
    entry: Entry,
}

/// What stands under the name of an entry.
#[derive(Clone, Debug)]
pub enum Row {
    /// An entry.
    Listed(Box<Listed>),
    /// Something that is no entry, or does not open.
    Unusable(Unusable),
}

/// What stands under the name of an entry and cannot be used.
#[derive(Clone, Debug)]
pub struct Unusable {
    /// The name.
    pub id: SharedId,
    /// What is wrong.
    pub what: &'static str,
    entry: Option<Entry>,
}

/// Is called with each row, and may end the search.
pub type Take<'a> = &'a mut dyn FnMut(&mut ServerEntries, Row) -> ControlFlow<()>;

impl ServerEntries {
    /// Opens the list of the server that `tier` names, by this connection.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub fn open(tier: &Tier, wire: Connection) -> Result<Self, ProtocolError> {
        let mut entries =
            Self { names: tier.names(), sealer: tier.sealer(), wire, history: None, selectors: Vec::new() };
        // Only the log of barriers is wanted: no entry has this id.
        let seen = look(&entries.names, &mut entries.wire, SharedId([0; 16]), None, soon())?;
        entries.history = seen.history;
        let barriers = entries.history.iter().flat_map(|history| history.barriers());
        entries.selectors = barriers.map(|barrier| entries.selector(barrier)).collect();
        Ok(entries)
    }

    /// The process that runs the command of `id`, if one does. It is `Some(None)` if its seal does not open.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub fn leader(&mut self, id: SharedId) -> Result<Option<Option<Holder>>, ProtocolError> {
        let leader = look(&self.names, &mut self.wire, id, None, soon())?.leader;
        Ok(leader.map(|by| Holder::open(&by.holder, &self.sealer, self.names.prefix(), id, by.token)))
    }

    /// How many barriers have a seal that does not open.
    pub fn unopened_barriers(&self) -> usize {
        self.selectors.iter().filter(|selector| selector.is_none()).count()
    }

    /// Hands each entry to `take`, in the order in which the server has them. One that is stored meanwhile may be left
    /// out, or come twice.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub fn each(&mut self, take: Take<'_>) -> Result<(), ProtocolError> {
        let mut scan = Scan::default();
        while let Some(ids) = scan.step(&self.names, &mut self.wire, soon())? {
            if self.some(&ids, take)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Hands those of `ids` that are still there to `take`, in this order.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub fn some(&mut self, ids: &[SharedId], take: Take<'_>) -> Result<ControlFlow<()>, ProtocolError> {
        for ids in ids.chunks(HEADS_BATCH) {
            let sent = Instant::now();
            let found = heads(&self.names, &mut self.wire, ids, soon())?;
            let delay = sent.elapsed();
            for (id, found) in found {
                let row = self.row(id, found, delay);
                if take(self, row).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn row(&self, id: SharedId, found: Found, delay: Duration) -> Row {
        let Found::Entry(brief) = found else {
            return Row::Unusable(Unusable { id, what: "is no entry: something else has its name", entry: None });
        };
        let opened = self.open_head(id, &brief.entry);
        match opened.and_then(|head| self.listed(id, *brief.clone(), head, delay)) {
            Some(listed) => Row::Listed(Box::new(listed)),
            None => Row::Unusable(Unusable { id, what: "its head does not open", entry: Some(brief.entry) }),
        }
    }

    fn open_head(&self, id: SharedId, entry: &Entry) -> Option<Head> {
        Head::decode(&self.sealer.open(&entry_place(&self.names, id, Kind::Head, entry), &entry.head)?)
    }

    fn listed(
        &self,
        id: SharedId,
        EntryHead { entry, kept, leader }: EntryHead,
        head: Head,
        delay: Duration,
    ) -> Option<Listed> {
        let parts = KeyParts::decode(&head.parts)?;
        let (key, mut recipe) = (parts.to_key(), Recipe::decode(&head.recipe, &parts)?);
        let now = Timestamp::now();
        let by_writer = now.since(head.fetched_at).unwrap_or_default();
        let age = age(entry.age.unwrap_or_default(), delay, by_writer);
        let before = |age: Duration| Timestamp::from_millis(now.as_millis().saturating_sub_unsigned(millis(age)));
        let invalidated = self.is_invalidated(&entry, |selector| selector.matches(&key, &parts, &recipe));
        recipe.fetch.depends_on.clear();
        recipe.fetch.depends_on_program = false;
        let leader = leader.map(|(leader, since)| {
            (Holder::open(&leader.holder, &self.sealer, self.names.prefix(), id, leader.token), since)
        });
        let summary = Summary {
            key,
            fetched_at: before(age),
            took: head.took,
            exit: head.exit,
            invalidated,
            is_failure: head.is_failure,
            expires_at: now.after(kept),
            size: head.size,
        };
        let detail = Detail {
            locator: Locator(0),
            summary,
            parts,
            recipe,
            result: ResultId::from_bits(0),
            condition: Condition { lifetime: head.lifetime, ..Condition::NONE },
            usage: Usage::default(),
            failure: None,
        };
        Some(Listed { id, detail, host: head.host, leader, entry })
    }

    /// Whether a barrier that is newer than the entry means it, or might mean it.
    fn is_invalidated(&self, entry: &Entry, means: impl Fn(&Selector) -> bool) -> bool {
        let Some(history) = &self.history else { return false };
        // The entry was stored after the log was read.
        if entry.judged >= history.now.n {
            return false;
        }
        let Some(barriers) = history.since(entry.judged) else { return true };
        let after = &self.selectors[self.selectors.len() - barriers.len()..];
        after.iter().any(|selector| selector.as_ref().is_none_or(&means))
    }

    fn selector(&self, barrier: &Barrier) -> Option<Selector> {
        let place = barrier_place(self.names.prefix(), &barrier.tag.0, barrier.kind);
        Selector::decode(&self.sealer.open(&place, &barrier.selector)?)
    }

    /// What is wrong with the output of an entry, if anything is. An entry that is replaced meanwhile has no output.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub fn check(&mut self, listed: &Listed) -> Result<Option<&'static str>, ProtocolError> {
        let Listed { id, entry, detail, .. } = listed;
        let mut size = 0;
        if entry.chunks == 0 {
            let mut command = redis::cmd("HMGET");
            command.arg(self.names.entry(*id)).arg("r").arg("b");
            let answers = self.wire.roundtrip(&[command], soon())?;
            let Some(redis::Value::Array(fields)) = answers.first() else { return Ok(Some("its body is missing")) };
            let [redis::Value::BulkString(result), redis::Value::BulkString(body)] = &fields[..] else {
                return Ok(None);
            };
            if result != entry.result.to_string().as_bytes() {
                return Ok(None);
            }
            match self.sealer.open(&entry_place(&self.names, *id, Kind::Body, entry), body) {
                Some(body) => size += body.len() as u64,
                None => return Ok(Some("its body does not open")),
            }
        }
        for index in 0..entry.chunks {
            let Some(sealed) = chunk::fetch(&self.names, &mut self.wire, entry.result, index, soon())? else {
                return Ok(Some("a chunk of it is missing"));
            };
            let place = Place { index, ..entry_place(&self.names, *id, Kind::Chunk, entry) };
            match self.sealer.open(&place, &sealed) {
                Some(chunk) => size += chunk.len() as u64,
                None => return Ok(Some("a chunk of it does not open")),
            }
        }
        Ok((size != detail.summary.size).then_some("its output has another size than its head says"))
    }

    /// Removes an entry that cannot be used, if it has not been replaced. Returns whether it was removed.
    ///
    /// # Errors
    ///
    /// The server does not answer, or does not let this user.
    pub fn remove(&mut self, listed: &Listed) -> Result<bool, ProtocolError> {
        self.unlink(listed.id, &listed.entry)
    }

    /// As [`remove`](Self::remove), for what cannot be used.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove).
    pub fn remove_unusable(&mut self, unusable: &Unusable) -> Result<bool, ProtocolError> {
        match &unusable.entry {
            Some(entry) => self.unlink(unusable.id, entry),
            None => {
                let mut command = redis::cmd("UNLINK");
                command.arg(self.names.entry(unusable.id));
                self.wire.roundtrip(&[command], soon())?;
                Ok(true)
            }
        }
    }

    fn unlink(&mut self, id: SharedId, entry: &Entry) -> Result<bool, ProtocolError> {
        Unlink { id, result: entry.result, below: None }.send(&self.names, &mut self.wire, soon())
    }
}

fn soon() -> Instant {
    Instant::now() + PATIENCE
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
