//! The caller's side of a fetch: fork the fetcher, relay signals to it, and learn from its message how to end.
//!
//! The fetcher is a process of its own because the caller must be able to end before the command does (a lost reader)
//! while somebody still has to be the command's parent to learn its exit status.

use std::io;
use std::os::fd::AsFd;

use super::link::{Ended, Link, Message, Relayed};
use crate::model::exit::ExitStatus;
use crate::sys::inbox::{Inbox, Received};
use crate::sys::poll::{end, input, poll};
use crate::sys::process::{self, Fork};
use crate::sys::signal::{self, SIGCONT, SIGPIPE};

/// How the caller is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As the fetcher's message says.
    Reported(Ended),
    /// By this signal.
    BySignal(i32),
    /// The fetcher was killed; nothing is known of the command.
    FetcherLost,
}

/// Runs `fetcher` in a forked process and waits until the fetch is over for this process.
///
/// `fetcher` streams to the standard descriptors that both processes share. `release` runs here after the fork, and
/// closes what only the fetcher may hold.
///
/// # Errors
///
/// The process cannot be forked; neither function has been called.
pub fn in_child(fetcher: impl FnOnce(Link), release: impl FnOnce()) -> io::Result<Ending> {
    let inbox = Inbox::open()?;
    let (caller_end, fetcher_end) = Link::pair()?;
    match process::fork()? {
        Fork::Child => {
            drop(caller_end);
            drop(inbox);
            process::go_by_another_name();
            fetcher(fetcher_end);
            process::exit_now(0)
        }
        Fork::Parent(pid) => {
            drop(fetcher_end);
            release();
            let (ending, lingers) = wait_for_end(&caller_end, &inbox, pid);
            // In a container without an init nobody reaps orphans.
            if !lingers {
                process::wait_for(pid);
            }
            Ok(ending)
        }
    }
}

/// Lets signals reach this process itself again: no command is left to pass them on to.
pub fn stop_relaying() {
    signal::let_signals_through();
}

/// Returns how the caller is to end, and whether the fetcher goes on.
fn wait_for_end(link: &Link, inbox: &Inbox, fetcher: i32) -> (Ending, bool) {
    let mut received = Vec::new();
    let mut seen = Vec::new();
    loop {
        // The fetcher closes its end after its message. To be woken up by the message, too, takes longer for both.
        let [message, _] = poll([end(link.as_fd()), input(inbox.as_fd())], None);
        inbox.read(&mut received);
        for received in received.drain(..) {
            let Received::Signal { signal, sender } = received else { continue };
            if signal::ends_by_default(signal) {
                seen.push(signal);
            }
            if signal == SIGCONT {
                // The fetcher may have been stopped together with this process, and reads the link only when it runs.
                process::kill(fetcher, SIGCONT);
            }
            link.relay(Relayed { signal, sender });
        }
        if !message.is_ready() {
            continue;
        }
        return match link.receive() {
            // A signal that this process has not received becomes an exit status.
            Some(Message::Ended(Ended { status: ExitStatus::Killed(signal), lingers, .. }))
                if seen.contains(&signal) =>
            {
                (Ending::BySignal(signal), lingers)
            }
            Some(Message::Ended(ended)) => (Ending::Reported(ended), ended.lingers),
            Some(Message::Detached(None)) => (Ending::BySignal(SIGPIPE), true),
            // As most programs end if they cannot write their output.
            Some(Message::Detached(print_error)) => {
                let ended = Ended {
                    status: ExitStatus::Exited(1),
                    stored: false,
                    not_stored: None,
                    start_error: None,
                    lingers: true,
                    held: None,
                    print_error,
                };
                (Ending::Reported(ended), true)
            }
            None => (seen.last().map_or(Ending::FetcherLost, |signal| Ending::BySignal(*signal)), false),
        };
    }
}
