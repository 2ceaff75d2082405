//! Counts what the server has done for this host.
//!
//! The counts are noted in the tally, which takes no lock; a count that cannot be noted is lost. A call is a hit, a
//! miss or a wait; it is a wait and a miss if it has waited and then runs the command. If the server has failed, it is
//! an error instead.

use std::io;
use std::time::Duration;

use crate::cache::Engine;
use crate::cache::answer::Answer;
use crate::model::status::Shared;
use crate::store::shared::Down;
use crate::store::{Backend, Event, EventKind};

impl<B: Backend> Engine<B> {
    /// Counts the result of asking; `waited` is how long another host's run was waited for.
    pub(super) fn count_answer(&self, answer: &Answer<B>, waited: Option<Duration>) {
        if let Some(waited) = waited {
            self.count_with_time(EventKind::SharedWait, waited);
        }
        match answer {
            Answer::Copied(_) | Answer::Landed(..) if waited.is_none() => {
                self.count_with_time(EventKind::SharedHit, Duration::ZERO);
            }
            Answer::Run { shared: Some(Shared::Fetch(_)), .. } => {
                self.count_with_time(EventKind::SharedMiss, Duration::ZERO)
            }
            _ => {}
        }
    }

    /// Counts a failure of the server. A call that leaves the server alone after an earlier failure is not counted.
    pub(super) fn count_failure(&self, down: &Down) {
        if let Some(pause) = down.failure {
            self.count_with_time(EventKind::SharedError, pause);
        }
    }

    /// Counts a result that the server has and that cannot be copied.
    pub(super) fn count_uncopied(&self, error: &io::Error) {
        let down = error.get_ref().and_then(|error| error.downcast_ref::<Down>());
        self.count_with_time(EventKind::SharedError, down.and_then(|down| down.failure).unwrap_or_default());
    }

    /// Counts an event without a time.
    pub(super) fn count_once(&self, kind: EventKind) {
        self.count_with_time(kind, Duration::ZERO);
    }

    fn count_with_time(&self, kind: EventKind, time: Duration) {
        // Calls that store a result fold the counts now and then.
        let _ = self.note(Event::with_server(kind, time));
    }
}
