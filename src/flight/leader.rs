//! The leader of a flight.

use std::time::Duration;

use crate::model::time::Moment;

/// The process that fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its process number. A signal to this process reaches the command.
    pub pid: u32,
    /// When it began.
    pub began: Moment,
    /// Whether a signal had stopped it (Ctrl-Z) when it was looked at.
    pub is_stopped: bool,
}

impl Leader {
    /// This process, beginning now.
    pub fn this() -> Self {
        Self { pid: std::process::id(), began: Moment::now(), is_stopped: false }
    }

    /// For how long it has been fetching.
    pub fn elapsed(&self) -> Duration {
        since(self.began)
    }
}

/// The process of another host that runs the same command, while the leader waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteLeader {
    /// The name of that host.
    pub host: String,
    /// Its process number there.
    pub pid: u32,
    /// When it began, by the clock of this host.
    pub began: Moment,
}

impl RemoteLeader {
    /// For how long it has been running it.
    pub fn elapsed(&self) -> Duration {
        since(self.began)
    }
}

fn since(began: Moment) -> Duration {
    Duration::from_nanos(Moment::now().as_nanos().saturating_sub(began.as_nanos()))
}
