//! Connects if the breaker allows it, and records the result in the breaker.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Exchange;
use crate::store::shared::breaker::{Attempt, Failed, Trouble};
use crate::store::shared::down::Down;
use crate::store::shared::protocol::ProtocolError;
use crate::store::shared::tier::Tier;
use crate::store::shared::wire::{Connection, WireError};

impl Exchange<'_> {
    /// As [`Tier::with_connection`], on the connection that the last talk has left. While there is one, the breaker is
    /// not asked.
    pub(super) fn talk<T>(
        &self,
        budget: Duration,
        work: impl FnOnce(&mut Connection, Instant) -> Result<T, ProtocolError>,
    ) -> Result<T, Down> {
        let mut kept = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        self.tier.with_kept(&mut kept, budget, work)
    }
}

impl Tier {
    /// Has `work` talk to the server, if the breaker allows it, and records the result in the breaker.
    pub(super) fn with_connection<T>(
        &self,
        budget: Duration,
        work: impl FnOnce(&mut Connection, Instant) -> Result<T, ProtocolError>,
    ) -> Result<T, Down> {
        self.with_kept(&mut None, budget, work)
    }

    fn with_kept<T>(
        &self,
        kept: &mut Option<Connection>,
        budget: Duration,
        work: impl FnOnce(&mut Connection, Instant) -> Result<T, ProtocolError>,
    ) -> Result<T, Down> {
        let attempt = match (&self.breaker, &kept) {
            (Some(breaker), Some(_)) => Some(breaker.pass_by()),
            (Some(breaker), None) => match breaker.attempt() {
                Ok(attempt) => Some(attempt),
                Err(open) => return Err(Down::quietly("back-off", format!("it failed a moment ago: {}", open.reason))),
            },
            (None, _) => None,
        };
        let mut wire = kept.take().unwrap_or_else(|| self.connection(attempt.as_ref()));
        match work(&mut wire, Instant::now() + budget) {
            Ok(result) => {
                attempt.into_iter().for_each(|attempt| attempt.succeed(wire.route()));
                *kept = Some(wire);
                Ok(result)
            }
            Err(error) => Err(self.down(attempt, &error, &wire)),
        }
    }

    fn down(&self, attempt: Option<Attempt>, error: &ProtocolError, wire: &Connection) -> Down {
        let trouble = match error {
            ProtocolError::Wire(error) => Trouble::of(error),
            // Something else stands under our names; that is no reason to leave the server alone.
            ProtocolError::Malformed(_) => None,
        };
        let Failed { warns, pause } = match (attempt, trouble) {
            (Some(attempt), Some(trouble)) => attempt.fail(trouble, &error.to_string()),
            (Some(attempt), None) => {
                attempt.succeed(wire.route());
                Failed::default()
            }
            (None, _) => Failed::default(),
        };
        Down { word: word(error), reason: error.to_string(), warns, failure: Some(pause) }
    }
}

/// For the Cache-Status line: a token of RFC 9651.
fn word(error: &ProtocolError) -> &'static str {
    match error {
        ProtocolError::Malformed(_) => "malformed",
        ProtocolError::Wire(WireError::Timeout) => "timeout",
        ProtocolError::Wire(WireError::Refused(_)) => "refused",
        ProtocolError::Wire(WireError::UnknownHost(_)) => "unknown-host",
        ProtocolError::Wire(WireError::Closed) => "closed",
        ProtocolError::Wire(WireError::Tls(_)) => "tls",
        ProtocolError::Wire(WireError::Denied(_)) => "denied",
        ProtocolError::Wire(WireError::NoDatabase(_)) => "no-database",
        ProtocolError::Wire(WireError::NotAServer(_)) => "no-server",
        ProtocolError::Wire(WireError::Server { code, .. }) => match code.as_str() {
            "LOADING" => "loading",
            "BUSY" => "busy",
            "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" => "cluster-down",
            "OOM" => "out-of-memory",
            "READONLY" | "NOREPLICAS" => "replica",
            "NOAUTH" => "denied",
            "NOPERM" => "no-permission",
            _ => "server-error",
        },
    }
}
