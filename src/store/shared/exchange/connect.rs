//! Connects if that is worth a try, and remembers what came of it.

use std::time::{Duration, Instant};

use crate::store::shared::breaker::{Attempt, Trouble};
use crate::store::shared::down::Down;
use crate::store::shared::protocol::ProtocolError;
use crate::store::shared::tier::Tier;
use crate::store::shared::wire::{Connection, WireError};

impl Tier {
    /// Has `work` talk to the server, if that is worth a try, and remembers what came of it.
    pub(super) fn with_connection<T>(
        &self,
        budget: Duration,
        work: impl FnOnce(&mut Connection, Instant) -> Result<T, ProtocolError>,
    ) -> Result<T, Down> {
        let attempt = match self.breaker.as_ref().map(|breaker| breaker.attempt()).transpose() {
            Ok(attempt) => attempt,
            Err(open) => return Err(Down::quietly("back-off", format!("it failed a moment ago: {}", open.reason))),
        };
        let mut wire = self.connection(attempt.as_ref());
        match work(&mut wire, Instant::now() + budget) {
            Ok(result) => {
                attempt.into_iter().for_each(|attempt| attempt.succeed(wire.route()));
                Ok(result)
            }
            Err(error) => Err(self.down(attempt, &error, &wire)),
        }
    }

    fn down(&self, attempt: Option<Attempt>, error: &ProtocolError, wire: &Connection) -> Down {
        let trouble = match error {
            ProtocolError::Wire(error) => Trouble::of(error),
            // Somebody has written something else under our names; that is no reason to leave the server alone.
            ProtocolError::Malformed(_) => None,
        };
        let warns = match (attempt, trouble) {
            (Some(attempt), Some(trouble)) => attempt.fail(trouble, &error.to_string()),
            (Some(attempt), None) => {
                attempt.succeed(wire.route());
                false
            }
            (None, _) => false,
        };
        Down { word: word(error), reason: error.to_string(), warns }
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
