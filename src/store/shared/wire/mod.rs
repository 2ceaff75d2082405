//! One exchange with the server of the shared tier: commands out, answers in, before one deadline.
//!
//! [`Wire`] is all that the protocol knows of the network. What is behind it connects when the first command is sent,
//! and again after a failure; name look-up, connecting, TLS, AUTH and all answers have to be done before the deadline.

mod connection;
mod line;
mod lookup;
mod open;
#[cfg(test)]
mod tests;
mod tls;

use std::io::{self, ErrorKind};
use std::time::Instant;

pub use connection::{Connection, Route, Target};

use crate::sys::error::words;

/// A way to the server.
pub trait Wire {
    /// Sends all `commands` at once and returns their answers, in the same order and as many.
    ///
    /// A MOVED is followed before this returns. No answer is, or has in it, a [`redis::Value::ServerError`] at the top.
    ///
    /// # Errors
    ///
    /// [`WireError::Server`] is the first error among the answers; all have been read then, and the connection lives
    /// on. After any other error it is closed, and whether the server has done what it was sent is not known.
    fn roundtrip(&mut self, commands: &[redis::Cmd], deadline: Instant) -> Result<Vec<redis::Value>, WireError>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The deadline came first.
    #[error("no answer in time")]
    Timeout,
    /// No server listens there, or there is no route to it; in the system's words.
    #[error("{0}")]
    Refused(String),
    /// The host's name is not known; the name.
    #[error("no address is known for '{0}'")]
    UnknownHost(String),
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The two sides do not agree on TLS, or the certificate does not fit.
    #[error("TLS: {0}")]
    Tls(String),
    /// User, password, or an access list: WRONGPASS, NOAUTH, or an error in answer to AUTH. The server's words.
    #[error("the server lets nobody in with this user and password: {0}")]
    Denied(String),
    /// It has no database of the number in the URL; the server's words.
    #[error("the server does not have the database that the url names: {0}")]
    NoDatabase(String),
    /// What answers is no Redis or Valkey; what it looks like.
    #[error("that is no Redis or Valkey server: {0}")]
    NotAServer(String),
    /// The server's error in answer to a command, such as OOM, READONLY, NOSCRIPT, NOPERM, LOADING.
    #[error("{code} {text}")]
    Server {
        /// Its first word.
        code: String,
        /// The rest of the line.
        text: String,
    },
}

impl WireError {
    /// The server's error code, if it is that.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Server { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// What an error of the connection means here.
fn of_io(error: io::Error) -> WireError {
    if let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
        return WireError::Tls(tls::explained(error));
    }
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => WireError::Timeout,
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected => WireError::Closed,
        ErrorKind::FileTooLarge => WireError::NotAServer("it sends more than was asked for".to_owned()),
        _ => WireError::Refused(words(&error)),
    }
}
