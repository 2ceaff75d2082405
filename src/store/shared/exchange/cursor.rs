//! Replays the barriers of an answer, and moves this host's cursor in the log of barriers.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use super::{Down, Exchange, barrier_place, log_id, random};
use crate::model::key::{Key, KeyParts};
use crate::store::fleet::{Contact, Known, LogAnswer, Missed, ServerId};
use crate::store::log::{BarrierKind, Epoch, Position};
use crate::store::shared::protocol::{Accept, Ask, Barrier, History, Names, Replay, SharedId, look};
use crate::store::shared::seal::Sealer;
use crate::store::shared::settings::{Access, Settings};
use crate::store::shared::tier::Tier;
use crate::store::{Recipe, Selector};

/// The position that this host has reached in a log of barriers, kept from one question to the next.
pub trait LogCursor: fmt::Debug {
    /// What is known of it now.
    fn known(&self) -> Known;

    /// Replays the barriers of `answer`; false if that failed: then nothing of the answer may be used.
    fn catch_up(&self, answer: &LogAnswer<'_>) -> bool;
}

impl Settings {
    /// Identifies the server, without reading the team's key.
    pub fn server_id(&self) -> ServerId {
        let url = self.url.as_ref().map(ToString::to_string).unwrap_or_default();
        let path = self.secret_file.as_deref().unwrap_or("".as_ref()).display();
        ServerId(xxh3_64(format!("{url}\n{}\n{path}", self.namespace).as_bytes()).cast_signed())
    }
}

impl Exchange<'_> {
    /// The last barrier that has been replayed here.
    pub(super) fn seen(&self) -> Option<Position> {
        self.cursor.and_then(|cursor| cursor.known().position)
    }

    /// Replays the answer to a question that was sent at `asked_at`; false if nothing of the answer may be used.
    pub(super) fn catch_up(&self, history: &History, asked_at: Contact, is_primary: bool) -> bool {
        let catch_up = |cursor| catch_up(self.tier, &self.names, &self.sealer, cursor, history, asked_at, is_primary);
        self.cursor.is_none_or(catch_up)
    }

    /// Whether a change of this host that the server does not have yet means a result of these parts and this recipe.
    pub(super) fn is_queued(&self, key: &Key, parts: &KeyParts, recipe: &Recipe) -> bool {
        let is_meant = |cursor: &dyn LogCursor| {
            cursor.known().queued.iter().any(|queued| queued.selector.matches(key, parts, recipe))
        };
        self.cursor.is_some_and(is_meant)
    }
}

impl Tier {
    /// Asks only for the barriers that this host does not have; returns whether they were replayed.
    ///
    /// # Errors
    ///
    /// [`Down`]: it is not known what others have invalidated or deleted.
    pub fn catch_up(&self, cursor: &dyn LogCursor) -> Result<bool, Down> {
        let Ok([epoch]) = random() else {
            return Err(Down::quietly("no-randomness", "the system gives no random bytes"));
        };
        let (names, sealer) = (self.names(), self.sealer());
        let id = SharedId([0; 16]);
        let seen = cursor.known().position;
        self.with_connection(self.settings.connect_timeout + self.settings.timeout, |wire, deadline| {
            let asked_at = Contact::now();
            let (history, is_primary) = if self.settings.mode == Access::ReadWrite {
                let accept = Accept::default();
                let (new_epoch, lease) = (Epoch(epoch), None);
                let ask = Ask { id, accept, wants_entry: false, seen, new_epoch, lease, is_counted: false };
                let answered = ask.send(&names, wire, deadline)?;
                (answered.history, answered.is_primary)
            } else {
                let seen = look(&names, wire, id, seen.as_ref(), deadline)?;
                (seen.history, seen.is_primary)
            };
            // Without a log there are neither entries nor barriers.
            let catch_up = |history: &History| catch_up(self, &names, &sealer, cursor, history, asked_at, is_primary);
            Ok(history.as_ref().is_some_and(catch_up))
        })
    }
}

fn catch_up(
    tier: &Tier,
    names: &Names,
    sealer: &Sealer,
    cursor: &dyn LogCursor,
    history: &History,
    asked_at: Contact,
    is_primary: bool,
) -> bool {
    let missed = |stored: Option<&Position>| match history.replay(stored) {
        Replay::Nothing => Missed::Nothing,
        Replay::Barriers(barriers) => {
            Missed::Barriers(barriers.iter().map(|barrier| opened(names, sealer, barrier)).collect())
        }
        Replay::Everything => Missed::Everything,
    };
    let contact = is_primary.then(|| (tier.settings.server_id(), asked_at));
    let since = cursor.known().mark;
    cursor.catch_up(&LogAnswer { log: log_id(names), now: history.now, missed: &missed, since, contact })
}

/// The kind and the selector of a barrier. If its seal does not open, it might mean any entry, and all become stale. It
/// deletes nothing: otherwise everybody who can write to the server could have every host delete everything.
fn opened(names: &Names, sealer: &Sealer, barrier: &Barrier) -> (BarrierKind, Selector) {
    let place = barrier_place(names.prefix(), &barrier.tag.0, barrier.kind);
    let selector = sealer.open(&place, &barrier.selector).and_then(|selector| Selector::decode(&selector));
    selector.map_or((BarrierKind::Invalidate, Selector::All), |selector| (barrier.kind, selector))
}
