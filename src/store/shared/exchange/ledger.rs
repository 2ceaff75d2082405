//! What an answer says of the log of barriers, and where this host keeps how far it has followed it.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use super::{Down, Exchange, barrier_place, log_id, random};
use crate::model::key::{Key, KeyParts};
use crate::store::fleet::{Contact, Known, Missed, News, ServerId};
use crate::store::shared::protocol::{
    Accept, Ask, Barrier, BarrierKind, Epoch, History, Names, Position, Replay, SharedId, look,
};
use crate::store::shared::seal::Sealer;
use crate::store::shared::settings::{Access, Settings};
use crate::store::shared::tier::Tier;
use crate::store::{Recipe, Selector};

/// Where this host keeps how far it has followed a log of barriers.
pub trait Ledger: fmt::Debug {
    /// What is known of it now.
    fn known(&self) -> Known;

    /// Follows it further; false if that was not possible. Then nothing of the answer may be used.
    fn hear(&self, news: &News<'_>) -> bool;
}

impl Settings {
    /// Which server that is, without a look at the team's key.
    pub fn server_id(&self) -> ServerId {
        let url = self.url.as_ref().map(ToString::to_string).unwrap_or_default();
        let path = self.secret_file.as_deref().unwrap_or("".as_ref()).display();
        ServerId(xxh3_64(format!("{url}\n{}\n{path}", self.namespace).as_bytes()).cast_signed())
    }
}

impl Exchange<'_> {
    /// The last barrier that has been replayed here.
    pub(super) fn seen(&self) -> Option<Position> {
        self.ledger.and_then(|ledger| ledger.known().position)
    }

    /// Replays what an answer says to a question that was sent then; false if nothing of the answer may be used.
    pub(super) fn hear(&self, history: &History, asked_at: Contact, is_primary: bool) -> bool {
        let hear = |ledger| hear(self.tier, &self.names, &self.sealer, ledger, history, asked_at, is_primary);
        self.ledger.is_none_or(hear)
    }

    /// Whether an invalidation or deletion of this host, which the server does not know yet, means what is fetched so.
    pub(super) fn is_queued(&self, key: &Key, parts: &KeyParts, recipe: &Recipe) -> bool {
        let is_meant = |ledger: &dyn Ledger| {
            ledger.known().queued.iter().any(|queued| queued.selector.matches(key, parts, recipe))
        };
        self.ledger.is_some_and(is_meant)
    }
}

impl Tier {
    /// Asks for nothing but the barriers that this host does not know; whether it has followed them.
    ///
    /// # Errors
    ///
    /// [`Down`]: it is not known what others have invalidated or deleted.
    pub fn listen(&self, ledger: &dyn Ledger) -> Result<bool, Down> {
        let Ok([epoch]) = random() else {
            return Err(Down::quietly("no-randomness", "the system gives no random bytes"));
        };
        let (names, sealer) = (self.names(), self.sealer());
        let id = SharedId([0; 16]);
        let seen = ledger.known().position;
        self.with_connection(self.settings.connect_timeout + self.settings.timeout, |wire, deadline| {
            let asked_at = Contact::now();
            let (history, is_primary) = if self.settings.mode == Access::ReadWrite {
                let accept = Accept::default();
                let ask = Ask { id, accept, wants_entry: false, seen, new_epoch: Epoch(epoch), lease: None };
                let answered = ask.send(&names, wire, deadline)?;
                (answered.history, answered.is_primary)
            } else {
                let seen = look(&names, wire, id, seen.as_ref(), deadline)?;
                (seen.history, seen.is_primary)
            };
            // Without a log there are neither entries nor barriers.
            let hear = |history: &History| hear(self, &names, &sealer, ledger, history, asked_at, is_primary);
            Ok(history.as_ref().is_some_and(hear))
        })
    }
}

fn hear(
    tier: &Tier,
    names: &Names,
    sealer: &Sealer,
    ledger: &dyn Ledger,
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
    let since = ledger.known().mark;
    ledger.hear(&News { log: log_id(names), now: history.now, missed: &missed, since, contact })
}

/// What a barrier says. One whose seal does not open is nobody's, and might mean anything: all is stale then. It does not
/// delete anything, or whoever can write to the server could have everybody delete everything.
fn opened(names: &Names, sealer: &Sealer, barrier: &Barrier) -> (BarrierKind, Selector) {
    let place = barrier_place(names.prefix(), &barrier.tag.0, barrier.kind);
    let selector = sealer.open(&place, &barrier.selector).and_then(|selector| Selector::decode(&selector));
    selector.map_or((BarrierKind::Invalidate, Selector::All), |selector| (barrier.kind, selector))
}
