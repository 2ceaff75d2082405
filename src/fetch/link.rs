//! The link: what the process that the caller waits for and the fetcher say to each other.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::command::StartError;
use crate::codec::record::{Reader, Record};
use crate::codec::seal::Seal;
use crate::model::exit::ExitStatus;
use crate::sys::errno;

/// How often, and with which pauses, telling the caller is tried while the kernel has no memory for it.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(2);

/// One end of the link.
#[derive(Debug)]
pub struct Link {
    stream: UnixStream,
}

/// What the fetcher says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The fetch is over and everything about it is done.
    Ended(Ended),
    /// The output goes nowhere any more, and the capture goes on without a caller: its reader is gone, or it cannot be
    /// written for the reason that has this number of the system's.
    Detached(Option<i32>),
}

/// How a fetch ended, for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How the command ended.
    pub status: ExitStatus,
    /// Whether the result was stored.
    pub stored: bool,
    /// Whether it was not because it is too large.
    pub too_large: bool,
    /// Why the command could not be started, if it could not.
    pub start_error: Option<StartError>,
    /// The fetcher has more to do that the caller need not wait for.
    pub lingers: bool,
    /// The seal of the transcript in the flight's file, where the output was held back.
    pub held: Option<Seal>,
    /// The system's number for why the output could not be printed in full, if it could not.
    pub print_error: Option<i32>,
}

/// What the caller says: this signal came, from this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Relayed {
    pub(crate) signal: i32,
    pub(crate) sender: i32,
}

const DETACHED: u8 = 0;
/// No transcript is that long.
const NOTHING_HELD: Seal = Seal { size: u64::MAX, checksum: 0 };
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

    /// Tells the caller. One that is gone needs no telling.
    pub(crate) fn tell(&self, message: Message) {
        let number = |error: Option<i32>| error.map_or(0, |error| error as u8);
        let record = match message {
            Message::Detached(error) => Record::<SIZE>::default().put([DETACHED, number(error)]),
            Message::Ended(ended) => {
                let start_error = number(ended.start_error.map(|error| error.0));
                let [stored, too_large, lingers] = [ended.stored, ended.too_large, ended.lingers].map(u8::from);
                let held = ended.held.unwrap_or(NOTHING_HELD);
                Record::default()
                    .put(ended.status.to_bytes())
                    .put([stored | too_large << 1, start_error, number(ended.print_error), lingers])
                    .put(held.size.to_le_bytes())
                    .put(held.checksum.to_le_bytes())
            }
        };
        // Without it the caller would take its fetcher for killed: memory may be there again a moment later.
        for _ in 0..ATTEMPTS {
            let sent = (&self.stream).write_all(&record.bytes()).map_err(|error| error.raw_os_error());
            if !matches!(sent, Err(Some(errno::ENOBUFS | errno::ENOMEM))) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// What the fetcher has said, once it is readable; `None` if it died without a word.
    pub(crate) fn hear(&self) -> Option<Message> {
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
            too_large: stored & 2 != 0,
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
    fn what_is_told_is_heard() {
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
                too_large: start_error.is_some(),
                start_error,
                lingers: false,
                held: start_error.map(|_| Seal { size: 1 << 40, checksum: u128::MAX / 3 }),
                print_error: Some(errno::ENOSPC),
            });
            fetcher.tell(message);
            assert_eq!(caller.hear(), Some(message));
        }
        for detached in [None, Some(errno::ENOSPC)].map(Message::Detached) {
            fetcher.tell(detached);
            assert_eq!(caller.hear(), Some(detached));
        }
        drop(fetcher);
        assert_eq!(caller.hear(), None);
    }

    #[test]
    fn a_relayed_signal_arrives_and_a_dead_caller_is_noticed() {
        let (caller, fetcher) = Link::pair().unwrap();
        assert_eq!(fetcher.relayed().unwrap(), None);
        caller.relay(Relayed { signal: 15, sender: 42 });
        assert_eq!(fetcher.relayed().unwrap(), Some(Relayed { signal: 15, sender: 42 }));
        drop(caller);
        assert!(fetcher.relayed().is_err());
    }
}
