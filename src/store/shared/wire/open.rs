//! A connection that is open: commands out, answers in, until the deadline of its line.

use std::io::{self, Read, Write};

use redis::{Arg, Cmd, Parser, Value};
use rustls::{ClientConnection, StreamOwned};

use super::line::Line;
use super::{WireError, of_io};

/// An open connection.
pub(super) struct Open {
    pub(super) stream: Stream,
    parser: Parser,
    /// AUTH has been sent, and SELECT.
    pub(super) is_greeted: bool,
}

/// With TLS or without.
pub(super) enum Stream {
    Plain(Line),
    Tls(Box<StreamOwned<ClientConnection, Line>>),
}

impl Open {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, parser: Parser::new(), is_greeted: false }
    }

    /// Sends the greeting and the commands, and returns the answers to the commands.
    pub(super) fn exchange(&mut self, greeting: &[Cmd], commands: &[Cmd]) -> Result<Vec<Value>, WireError> {
        let mut packed = Vec::new();
        greeting.iter().chain(commands).for_each(|command| command.write_packed_command(&mut packed));
        // A server may refuse what it has not read to the end: it answers, and then it closes the connection.
        let written = self.stream.write_all(&packed).and_then(|()| self.stream.flush()).map_err(of_io);
        if let Err(error @ (WireError::Timeout | WireError::Tls(_))) = written {
            return Err(error);
        }
        for command in greeting {
            if let Value::ServerError(error) = self.answer()? {
                return Err(refusal(command, error.code(), error.details().unwrap_or_default()));
            }
        }
        let mut failure = None;
        let mut answers = Vec::with_capacity(commands.len());
        for _ in commands {
            match self.answer()? {
                Value::ServerError(error) => failure = failure.or(Some(error)),
                answer => answers.push(answer),
            }
        }
        let Some(error) = failure else { return written.map(|()| answers) };
        let (code, text) = (error.code().to_owned(), error.details().unwrap_or_default().to_owned());
        Err(match code.as_str() {
            "NOAUTH" | "WRONGPASS" => WireError::Denied(format!("{code} {text}")),
            // A command of more than ten words is refused in these words before its user is looked at.
            "ERR" if text.contains("unauthenticated") => WireError::Denied(format!("{code} {text}")),
            _ => WireError::Server { code, text },
        })
    }

    fn answer(&mut self) -> Result<Value, WireError> {
        let mut source = Source { stream: &mut self.stream, failure: None };
        let parsed = self.parser.parse_value(&mut source);
        let failure = source.failure;
        parsed.map_err(|error| {
            let is_plain = matches!(self.stream, Stream::Plain(_));
            let beginning = self.stream.line().beginning();
            match (failure, beginning) {
                (_, [b'H', b'T', b'T', b'P', ..]) if is_plain => WireError::NotAServer("it speaks HTTP".to_owned()),
                // An alert of TLS.
                (_, [0x15, 0x03, ..]) if is_plain => {
                    WireError::Tls("the server speaks TLS; expected rediss:// in place of redis://".to_owned())
                }
                (Some(failure), _) => failure,
                (None, _) if error.is_io_error() => WireError::Closed,
                (None, _) => WireError::NotAServer("what it answers cannot be read".to_owned()),
            }
        })
    }
}

/// Why the server does not take a command of the greeting.
fn refusal(command: &Cmd, code: &str, text: &str) -> WireError {
    let is_select = matches!(command.args_iter().next(), Some(Arg::Simple(b"SELECT")));
    match code {
        "NOPERM" if is_select => WireError::Server { code: code.to_owned(), text: text.to_owned() },
        "ERR" if is_select => WireError::NoDatabase(text.to_owned()),
        _ => WireError::Denied(format!("{code} {text}")),
    }
}

/// What the parser reads from. The parser's own error does not tell why reading failed.
struct Source<'a> {
    stream: &'a mut Stream,
    failure: Option<WireError>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).map_err(|error| {
            let kind = error.kind();
            // The parser takes this one for the end of what is there, and tries again.
            if kind != io::ErrorKind::Interrupted {
                self.failure = Some(of_io(error));
            }
            kind.into()
        })
    }
}

impl Stream {
    pub(super) fn line(&mut self) -> &mut Line {
        match self {
            Self::Plain(line) => line,
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(line) => line.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(line) => line.write(data),
            Self::Tls(stream) => stream.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(line) => line.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
