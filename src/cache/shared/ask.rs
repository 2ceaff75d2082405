//! Asks the server for a result before the command runs.

use std::time::Duration;

use super::{Answer, exchange, seconds};
use crate::cache::{Call, Engine, Sharing};
use crate::model::status::{Shared, Why};
use crate::policy::Mode;
use crate::store::shared::{Asked, Down, Question, Tier};
use crate::store::{Backend, Condition, Mark};

impl<B: Backend> Engine<B> {
    /// Asks the server for the result of `call`, if that is shared, and copies it to the database: it is a [`Shared::Hit`]
    /// then. An entry that `is_invalidated` here is not replaced by what others have fetched before.
    pub(in crate::cache) fn ask_server(
        &self,
        call: &Call<'_>,
        since: Mark,
        before: &Condition,
        is_invalidated: bool,
        in_background: bool,
    ) -> Answer {
        let Some(sharing) = call.sharing else { return Answer::default() };
        let why = match call.policy.mode {
            Mode::Refresh => Why::Request,
            _ if is_invalidated => Why::Stale,
            _ => Why::Missing,
        };
        // What is copied is to be fresh here as well, however much shorter than the ttl that is.
        let ttl = || call.policy.ttl.saturating_sub(call.policy.jitter.off(call.policy.ttl, u32::MAX));
        let fresh = if why == Why::Missing { ttl() } else { Duration::ZERO };
        let asked = self.tier(sharing).and_then(|tier| {
            let exchange = exchange(&tier, sharing, call.key, before);
            Ok(match exchange.ask(Question { fresh, in_background })? {
                Asked::Fresh(copied) => match self.copy(call, &exchange, &copied, since, before) {
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

    pub(super) fn tier(&self, sharing: &Sharing) -> Result<Tier, Down> {
        let tier = Tier::open(&sharing.settings, &sharing.database, &|name| std::env::var_os(name))?;
        if tier.warns_of_password() {
            self.warn("a password stands in the url of [shared], where others may see it; put it into a password_file");
        }
        Ok(tier)
    }
}
