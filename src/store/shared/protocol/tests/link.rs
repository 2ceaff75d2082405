//! A connection to a server that does nothing but send commands and read answers.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use redis::{Cmd, Value};

use crate::store::shared::testing::Server;
use crate::store::shared::wire::{Wire, WireError};

/// A connection.
pub struct Link(UnixStream);

impl Link {
    pub fn to(server: &Server) -> Self {
        Self(UnixStream::connect(server.socket()).unwrap())
    }
}

impl Wire for Link {
    fn roundtrip(&mut self, commands: &[Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.0.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
        let packed: Vec<u8> = commands.iter().flat_map(Cmd::get_packed_command).collect();
        self.0.write_all(&packed).map_err(|_| WireError::Closed)?;
        let mut parser = redis::Parser::new();
        let answers: Vec<_> = commands
            .iter()
            .map(|_| parser.parse_value(&mut self.0 as &mut dyn Read).map_err(|_| WireError::Timeout))
            .collect::<Result<_, _>>()?;
        answers.into_iter().map(no_error).collect()
    }
}

fn no_error(value: Value) -> Result<Value, WireError> {
    match value {
        Value::ServerError(error) => {
            Err(WireError::Server { code: error.code().into(), text: error.details().unwrap_or_default().into() })
        }
        value => Ok(value),
    }
}
