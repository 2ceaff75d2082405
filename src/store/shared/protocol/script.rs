//! Runs a script on the server by its digest, and with its text where the server does not know it yet.

use std::time::Instant;

use redis::{Cmd, ToRedisArgs, Value};

use super::error::ProtocolError;
use crate::store::log::Position;
use crate::store::shared::wire::{Wire, WireError};

/// A script; its text is sent once to each server.
#[derive(Debug)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
    /// SHA-1 of the text, in hexadecimal digits: what the server knows it by. A test compares it.
    pub digest: &'static str,
}

impl Script {
    /// Runs it; `keys` are all that it touches.
    pub fn run(
        &self,
        wire: &mut dyn Wire,
        keys: &[String],
        arguments: &Arguments,
        deadline: Instant,
    ) -> Result<Value, ProtocolError> {
        let call = |how: &str, which: &str| {
            let mut command = redis::cmd(how);
            command.arg(which).arg(keys.len()).arg(keys).arg(&arguments.0);
            command
        };
        let answer = match one(wire, call("EVALSHA", self.digest), deadline) {
            Err(error) if error.code() == Some("NOSCRIPT") => one(wire, call("EVAL", self.text), deadline),
            answer => answer,
        };
        answer?.ok_or(ProtocolError::Malformed(self.name))
    }
}

fn one(wire: &mut dyn Wire, command: Cmd, deadline: Instant) -> Result<Option<Value>, WireError> {
    Ok(wire.roundtrip(&[command], deadline)?.into_iter().next())
}

/// What a script is given, in the order of its ARGV.
#[derive(Debug, Default)]
pub struct Arguments(Vec<Vec<u8>>);

impl Arguments {
    /// Adds an argument.
    pub fn with(mut self, argument: impl ToRedisArgs) -> Self {
        self.0.extend(argument.to_redis_args());
        self
    }

    /// Adds an argument as it is displayed.
    pub fn with_text(self, argument: impl std::fmt::Display) -> Self {
        self.with(argument.to_string())
    }

    /// Adds three arguments: epoch, number and tag, empty where there are none.
    pub fn with_position(self, position: Option<&Position>) -> Self {
        self.with_optional(position.map(|position| position.epoch))
            .with_optional(position.map(|position| position.n))
            .with_optional(position.and_then(|position| position.tag))
    }

    /// One more, or an empty one.
    pub fn with_optional(self, argument: Option<impl std::fmt::Display>) -> Self {
        self.with(argument.map(|argument| argument.to_string()).unwrap_or_default())
    }
}
