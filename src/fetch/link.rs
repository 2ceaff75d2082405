//! The link: the messages between the fetcher and its caller, which waits for it.
//!
//! The caller waits for the end of the link, and not for the message before it: to be woken up twice takes both sides
//! longer. The kernel closes the fetcher's end with the fetcher, so that end always comes. What came before it says how
//! the fetch ended; nothing came if the fetcher was killed. A fetcher that goes on after its message closes its end at
//! once. No other process has that end: it is closed when the command becomes a program.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::command::StartError;
use crate::codec::record::{Reader, Record};
use crate::codec::seal::Seal;
use crate::model::exit::ExitStatus;
use crate::model::status::NotStored;
use crate::sys::errno;

/// How often, and with which pauses, a message is tried again while the kernel has no memory for it.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(2);

/// One end of the link.
#[derive(Debug)]
pub struct Link {
    stream: UnixStream,
}

/// A message of the fetcher, which closes its end then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The fetch is over and everything about it is done.
    Ended(Ended),
    /// The output goes nowhere any more, and the capture goes on without a caller: the reader is gone, or writing
    /// failed with the system's error of this number.
    Detached(Option<i32>),
}

/// How a fetch ended, for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How the command ended.
    pub status: ExitStatus,
    /// Whether the result was stored.
    pub stored: bool,
    /// Why its output was kept from being stored.
    pub not_stored: Option<NotStored>,
    /// Why the command could not be started, if it could not.
    pub start_error: Option<StartError>,
    /// The fetcher has more to do, for which the caller need not wait.
    pub lingers: bool,
    /// The seal of the transcript in the flight's file, where the output was held back.
    pub held: Option<Seal>,
    /// The number of the system's error because of which not all of the output was printed.
    pub print_error: Option<i32>,
}

/// A message of the caller: it has received this signal, from this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relayed {
    pub(crate) signal: i32,
    pub(crate) sender: i32,
}

const DETACHED: u8 = 0;
/// Stands for no seal: no transcript is that long.
const NOTHING_HELD: Seal = Seal { size: u64::MAX, checksum: 0 };
/// Each in a message is the number of its place here.
const NOT_STORED: [Option<NotStored>; 3] = [None, Some(NotStored::TooLarge), Some(NotStored::Refused)];
/// Bytes of a message.
const SIZE: usize = 30;

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Link {
    /// Both ends: the caller's, the fetcher's. Neither blocks.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (caller, fetcher) = UnixStream::pair()?;
        caller.set_nonblocking(true)?;
        fetcher.set_nonblocking(true)?;
        Ok((Self { stream: caller }, Self { stream: fetcher }))
    }

    /// Sends a message to the caller, unless the caller is gone.
    pub(crate) fn send(&self, message: Message) {
        let number = |error: Option<i32>| error.map_or(0, |error| error as u8);
        let record = match message {
            Message::Detached(error) => Record::<SIZE>::default().put([DETACHED, number(error)]),
            Message::Ended(ended) => {
                let start_error = number(ended.start_error.map(|error| error.0));
                let [stored, lingers] = [ended.stored, ended.lingers].map(u8::from);
                let not_stored =
                    NOT_STORED.iter().position(|reason| *reason == ended.not_stored).unwrap_or_default() as u8;
                let held = ended.held.unwrap_or(NOTHING_HELD);
                Record::default()
                    .put(ended.status.to_bytes())
                    .put([stored | not_stored << 1, start_error, number(ended.print_error), lingers])
                    .put(held.size.to_le_bytes())
                    .put(held.checksum.to_le_bytes())
            }
        };
        // Without the message the caller would take its fetcher for killed. Memory may be free again a moment later.
        for _ in 0..ATTEMPTS {
            let sent = (&self.stream).write_all(&record.bytes()).map_err(|error| error.raw_os_error());
            if !matches!(sent, Err(Some(errno::ENOBUFS | errno::ENOMEM))) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The fetcher's message, once its end is closed; `None` if the fetcher ended without one.
    pub(crate) fn receive(&self) -> Option<Message> {
        let mut bytes = [0; SIZE];
        (&self.stream).read_exact(&mut bytes).ok()?;
        let mut record = Reader::new(&bytes);
        let number = |number: u8| (number != 0).then_some(number.into());
        let [kind, value] = record.take()?;
        if kind == DETACHED {
            return Some(Message::Detached(number(value)));
        }
        let [stored, start_error, print_error, lingers] = record.take()?;
        let held = Seal { size: record.u64()?, checksum: record.u128()? };
        Some(Message::Ended(Ended {
            status: ExitStatus::from_bytes([kind, value])?,
            stored: stored & 1 != 0,
            not_stored: NOT_STORED.get(usize::from(stored >> 1)).copied().flatten(),
            start_error: number(start_error).map(StartError),
            lingers: lingers != 0,
            held: Some(held).filter(|held| *held != NOTHING_HELD),
            print_error: number(print_error),
        }))
    }

    /// Passes a signal on to the fetcher.
    pub(crate) fn relay(&self, relayed: Relayed) {
        let record = Record::<8>::default().put(relayed.signal.to_le_bytes()).put(relayed.sender.to_le_bytes());
        let _ = (&self.stream).write_all(&record.bytes());
    }

    /// The next relayed signal; `Ok(None)` when there is none now.
    ///
    /// # Errors
    ///
    /// The caller is gone.
    pub(crate) fn relayed(&self) -> io::Result<Option<Relayed>> {
        let mut bytes = [0; 8];
        match (&self.stream).read_exact(&mut bytes) {
            Ok(()) => {
                let mut record = Reader::new(&bytes);
                Ok(record.i32().zip(record.i32()).map(|(signal, sender)| Relayed { signal, sender }))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        let (caller, fetcher) = Link::pair().unwrap();
        for status in [
            ExitStatus::Exited(0),
            ExitStatus::Exited(255),
            ExitStatus::Killed(9),
            ExitStatus::TimedOut,
            ExitStatus::NotExecutable,
            ExitStatus::NotFound,
            ExitStatus::Failed,
        ] {
            let start_error = (status == ExitStatus::NotFound).then_some(StartError(errno::ENOENT));
            let message = Message::Ended(Ended {
                status,
                stored: start_error.is_none(),
                not_stored: start_error.map(|_| NotStored::TooLarge),
                start_error,
                lingers: false,
                held: start_error.map(|_| Seal { size: 1 << 40, checksum: u128::MAX / 3 }),
                print_error: Some(errno::ENOSPC),
            });
            fetcher.send(message);
            assert_eq!(caller.receive(), Some(message));
        }
        for detached in [None, Some(errno::ENOSPC)].map(Message::Detached) {
            fetcher.send(detached);
            assert_eq!(caller.receive(), Some(detached));
        }
        drop(fetcher);
        assert_eq!(caller.receive(), None);
    }

    #[test]
    fn a_relayed_signal_arrives_and_the_end_of_a_caller_is_an_error() {
        let (caller, fetcher) = Link::pair().unwrap();
        assert_eq!(fetcher.relayed().unwrap(), None);
        caller.relay(Relayed { signal: 15, sender: 42 });
        assert_eq!(fetcher.relayed().unwrap(), Some(Relayed { signal: 15, sender: 42 }));
        drop(caller);
        assert!(fetcher.relayed().is_err());
    }
}
