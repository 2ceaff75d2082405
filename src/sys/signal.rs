//! Signals: what this process does about them, and what the commands that it starts find.

use std::io;
use std::os::fd::RawFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

pub use libc::{SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGTERM, SIGUSR1, SIGWINCH};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, signal};

use super::system::handlers;

static FILE_LIMIT_KILLS: AtomicBool = AtomicBool::new(false);
static CHILDREN_ARE_KEPT: AtomicBool = AtomicBool::new(false);
static CHILDREN_WERE_IGNORED: AtomicBool = AtomicBool::new(false);

/// Makes a write beyond `ulimit -f` an error, as on a full disk, instead of the end of this process. Commands get the
/// signal back as it was.
pub fn survive_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours.
    let before = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
    FILE_LIMIT_KILLS.store(matches!(before, Ok(SigHandler::SigDfl)), Ordering::Relaxed);
}

/// Has the kernel keep the status of a child of ours until the child is reaped. Our caller may ignore `SIGCHLD`; we
/// inherit that, and then the kernel keeps no status. Commands get the signal back as it was.
///
/// Every function that starts a child calls this.
pub(crate) fn keep_children() {
    if !CHILDREN_ARE_KEPT.swap(true, Ordering::Relaxed) {
        // SAFETY: SIG_DFL runs no code of ours.
        let before = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) };
        CHILDREN_WERE_IGNORED.store(matches!(before, Ok(SigHandler::SigIgn)), Ordering::Relaxed);
    }
}

/// Takes back [`survive_file_size_limit`] and `keep_children`, in a process that is about to become a command.
pub fn restore_dispositions() {
    handlers::stop();
    // SAFETY: neither disposition runs code of ours.
    unsafe {
        if FILE_LIMIT_KILLS.load(Ordering::Relaxed) {
            let _ = signal(Signal::SIGXFSZ, SigHandler::SigDfl);
        }
        if CHILDREN_WERE_IGNORED.load(Ordering::Relaxed) {
            let _ = signal(Signal::SIGCHLD, SigHandler::SigIgn);
        }
    }
}

/// The signals that ask a command to end.
pub(crate) const ENDING: [i32; 4] = [SIGINT, SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// The signals that are passed on to a command; the [inbox](super::inbox) adds the real-time ones.
pub(super) const FORWARDED: [Signal; 9] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
    Signal::SIGWINCH,
    Signal::SIGCONT,
];

/// What a signal in the inbox means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Received {
    /// A signal that is passed on to commands.
    Signal {
        signal: i32,
        /// The sending process; zero where the kernel itself sent it (a key typed at the terminal).
        sender: i32,
    },
    /// A child has ended.
    ChildEnded,
    #[cfg_attr(portable_sys, expect(dead_code, reason = "no write is announced"))]
    /// The [announced](super::ordered) pipe that is read from this descriptor was written to.
    Written(RawFd),
    #[cfg_attr(portable_sys, expect(dead_code, reason = "no write is announced"))]
    /// There was no room for the announcements of some writes.
    AnnouncementsLost,
}

/// Whether one of the forwarded signals ends a process that does not handle it.
pub(crate) fn ends_by_default(signal: i32) -> bool {
    !matches!(signal, SIGWINCH | SIGCONT)
}

/// The mask that our own caller gave us, and that the command has to get.
static MASK_AT_START: OnceLock<SigSet> = OnceLock::new();

/// [`MASK_AT_START`], once it has been changed.
pub(super) fn mask_at_start() -> Option<&'static SigSet> {
    MASK_AT_START.get()
}

/// A set of any signals. [`SigSet`] itself takes no real-time ones.
pub(super) fn set_of(signals: impl IntoIterator<Item = i32>) -> SigSet {
    let mut set = *SigSet::empty().as_ref();
    // SAFETY: the set is initialised.
    unsafe {
        for signal in signals {
            libc::sigaddset(&mut set, signal);
        }
        SigSet::from_sigset_t_unchecked(set)
    }
}

/// Blocks `signals` until [`let_signals_through`].
pub(super) fn block(signals: impl IntoIterator<Item = i32>) -> io::Result<()> {
    let before = set_of(signals).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    MASK_AT_START.get_or_init(|| before);
    Ok(())
}

/// Holds back the signals that may be sent to the whole group, until a process that is about to be forked has left its
/// caller's session.
pub(crate) fn hold_signals() -> io::Result<()> {
    block(FORWARDED.map(|signal| signal as i32))
}

/// Takes back [`hold_signals`] and [`inbox`](super::inbox::Inbox).
pub(crate) fn let_signals_through() {
    handlers::stop();
    if let Some(mask) = MASK_AT_START.get() {
        let _ = mask.thread_set_mask();
    }
}

/// The signals that are blocked and wait for this thread or process.
pub(super) fn pending() -> SigSet {
    let mut pending = *SigSet::empty().as_ref();
    // SAFETY: the set is initialised. nix has no sigpending(2).
    unsafe {
        libc::sigpending(&mut pending);
        SigSet::from_sigset_t_unchecked(pending)
    }
}

/// Takes back [`hold_signals`] and discards what was held back: it was for the session that this process has left.
pub(crate) fn discard_held_signals() {
    let pending = pending();
    for number in FORWARDED.into_iter().filter(|number| pending.contains(*number) && !is_ignored(*number as i32)) {
        // SAFETY: ignoring a signal discards it where it is pending; no handler is ever installed.
        unsafe {
            let _ = signal(number, SigHandler::SigIgn);
            let _ = signal(number, SigHandler::SigDfl);
        }
    }
    let_signals_through();
}

/// Runs `start` with all signals blocked: a thread that it starts gets no signals.
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> io::Result<T> {
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started = start();
    before.thread_set_mask()?;
    Ok(started)
}

/// Whether a write without a reader is an error, and does not end this process.
pub fn ignores_sigpipe() -> bool {
    is_ignored(SIGPIPE)
}

pub(super) fn is_ignored(signal: i32) -> bool {
    // SAFETY: the structure is plain data, and the kernel writes it. nix cannot ask without setting.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

/// Runs `work`, whose reader may stop reading: a filter, or a user. Then its writes fail, but this process goes on.
pub fn without_sigpipe<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: neither SIG_IGN nor what was there before, if that is a handler of ours, runs other code than before.
    let before = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    let result = work();
    // SAFETY: the same.
    let _ = before.and_then(|before| unsafe { signal(Signal::SIGPIPE, before) });
    result
}
