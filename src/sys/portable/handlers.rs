//! Signals that a handler writes to a pipe: see the inbox.
//!
//! They stay blocked, and are delivered only while the process waits or reads the inbox. So no other system call is
//! interrupted. A forked child has the handlers and the pipe as well, but nothing is delivered to it before it opens an
//! inbox of its own or has given the dispositions back.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, signal};

/// A signal in the pipe: its number, and the process that sent it; zero where the kernel itself did.
pub(super) type Note = [i32; 2];
pub(super) const NOTE_SIZE: usize = size_of::<Note>();

/// The process whose inbox is open; zero if there is none.
static OWNER: AtomicI32 = AtomicI32::new(0);
/// What its notes are written to.
static PIPE: AtomicI32 = AtomicI32::new(-1);
/// A bit for each signal with the handler.
static HANDLED: AtomicU64 = AtomicU64::new(0);

fn handled() -> impl Iterator<Item = Signal> {
    let handled = HANDLED.load(Ordering::Relaxed);
    Signal::iterator().filter(move |signal| handled >> *signal as i32 & 1 == 1)
}

/// Has the handler of `signals`, which are blocked, write to `pipe`, whose writes do not wait.
pub(super) fn start(signals: impl Iterator<Item = Signal>, pipe: BorrowedFd<'_>) {
    PIPE.store(pipe.as_raw_fd(), Ordering::Relaxed);
    let action = SigAction::new(SigHandler::SigAction(note), SaFlags::SA_RESTART, SigSet::all());
    for signal in signals {
        // SAFETY: the handler writes to a pipe, and uses atomic variables.
        if unsafe { sigaction(signal, &action) }.is_ok() {
            HANDLED.fetch_or(1 << signal as i32, Ordering::Relaxed);
        }
    }
    OWNER.store(this(), Ordering::Relaxed);
}

/// Nothing is delivered any more. What arrives waits, blocked.
pub(super) fn pause(pipe: BorrowedFd<'_>) {
    if PIPE.load(Ordering::Relaxed) == pipe.as_raw_fd() {
        OWNER.store(0, Ordering::Relaxed);
    }
}

/// Gives the dispositions back. The signals are blocked.
pub(in crate::sys) fn stop() {
    for number in handled() {
        // SAFETY: SIG_DFL runs no code of ours, and is what was there before.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
    }
    HANDLED.store(0, Ordering::Relaxed);
    OWNER.store(0, Ordering::Relaxed);
}

/// Whether `signal` has the handler.
pub(in crate::sys) fn handles(signal: Signal) -> bool {
    handled().any(|handled| handled == signal)
}

/// Delivers the signals during `wait`.
pub(in crate::sys) fn deliver_during<T>(wait: impl FnOnce() -> T) -> T {
    if OWNER.load(Ordering::Relaxed) != this() {
        return wait();
    }
    let before = handled().collect::<SigSet>().thread_swap_mask(SigmaskHow::SIG_UNBLOCK);
    let result = wait();
    let _ = before.and_then(|before| before.thread_set_mask());
    result
}

fn this() -> i32 {
    nix::unistd::getpid().as_raw()
}

/// How often the handler tries to write a note.
const TRIES: usize = 3;

/// The handler. A pipe that is full loses the signal: it holds some thousand.
extern "C" fn note(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let errno = Errno::last_raw();
    // SAFETY: the system gives the handler a record of the signal. All that are handled have a sender, or zero.
    let sender = unsafe { (*info).si_pid() };
    let note: Note = [signal, sender];
    for _ in 0..TRIES {
        // SAFETY: the pipe is open as long as signals are delivered, and the array is alive for the call.
        if unsafe { libc::write(PIPE.load(Ordering::Relaxed), (&raw const note).cast(), NOTE_SIZE) } >= 0 {
            break;
        }
    }
    Errno::set_raw(errno);
}
