//! Signals: holding them back, reading them from a descriptor, dying of one.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SigSet, SigmaskHow};

use super::{check, exit_now};

static FILE_LIMIT_KILLS: AtomicBool = AtomicBool::new(false);
static CHILDREN_ARE_KEPT: AtomicBool = AtomicBool::new(false);
static CHILDREN_WERE_IGNORED: AtomicBool = AtomicBool::new(false);

/// Makes a file that grows beyond `ulimit -f` an error for us to report, as a full disk is, instead of our end.
/// Commands get the signal back as it was.
pub fn survive_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours.
    let before = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    FILE_LIMIT_KILLS.store(before == libc::SIG_DFL, Ordering::Relaxed);
}

/// Has the kernel keep how a child of ours ended until we ask. A caller that ignores `SIGCHLD` has handed that on to us,
/// and then a child leaves nothing behind when it ends. Commands get the signal back as it was.
///
/// Every way to a child that is waited for comes by here.
pub(crate) fn keep_children() {
    if !CHILDREN_ARE_KEPT.swap(true, Ordering::Relaxed) {
        // SAFETY: SIG_DFL runs no code of ours.
        let before = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        CHILDREN_WERE_IGNORED.store(before == libc::SIG_IGN, Ordering::Relaxed);
    }
}

/// Takes back [`survive_file_size_limit`] and `keep_children`, in a process that is about to become a command.
pub fn restore_dispositions() {
    // SAFETY: system calls; neither disposition runs code of ours.
    unsafe {
        if FILE_LIMIT_KILLS.load(Ordering::Relaxed) {
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
        }
        if CHILDREN_WERE_IGNORED.load(Ordering::Relaxed) {
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        }
    }
}

/// Keeps the signals that a terminal or a group sends from a process that is about to be forked off, until it has left
/// its caller's session.
pub(crate) fn hold_signals() -> io::Result<()> {
    // SAFETY: the set is initialised before use; all pointers are to locals.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        for signal in FORWARDED {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        check(libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr()))?;
        MASK_AT_START.get_or_init(|| before.assume_init());
    }
    Ok(())
}

/// Forgets the signals that were held back: they were meant for a session that this process is no longer part of.
pub(crate) fn forget_held_signals() {
    let pending = pending();
    for signal in FORWARDED {
        // SAFETY: the set is initialised.
        let is_pending = unsafe { libc::sigismember(&pending, signal) == 1 };
        if is_pending && !is_ignored(signal) {
            // SAFETY: ignoring a signal discards it where it is pending; no handler is ever installed.
            unsafe {
                libc::signal(signal, libc::SIG_IGN);
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
    let_signals_through();
}

/// Runs `start` with all signals blocked: what it starts leaves them to this thread, which does what they ask for.
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> io::Result<T> {
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let started = start();
    before.thread_set_mask()?;
    Ok(started)
}

/// Takes back [`hold_signals`].
pub(crate) fn let_signals_through() {
    if let Some(mask) = MASK_AT_START.get() {
        // SAFETY: the mask is one that the kernel gave us.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, mask, std::ptr::null_mut()) };
    }
}

/// The signals that ask a command to end.
pub(crate) const ENDING: [i32; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// The signals that reach a command through us, but for the real-time ones, which do as well.
const FORWARDED: [i32; 9] = [
    libc::SIGINT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGWINCH,
    libc::SIGCONT,
];

/// Whether a signal ends a process that has not asked for it, and so may have changed what one does that has.
pub(crate) fn disturbs(signal: i32) -> bool {
    !matches!(signal, libc::SIGWINCH | libc::SIGCONT)
}

/// The signal by which the kernel announces each write to a pipe.
pub(crate) fn write_signal() -> i32 {
    libc::SIGRTMIN() + 4
}

pub(crate) static MASK_AT_START: OnceLock<libc::sigset_t> = OnceLock::new();

/// Signals taken out of delivery and read from a descriptor instead.
#[derive(Debug)]
pub(crate) struct Signals {
    fd: OwnedFd,
}

/// A signal that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) signal: i32,
    /// The sending process; zero where the kernel itself sent it (a key typed at the terminal).
    pub(crate) sender: i32,
    /// The pipe that was written to: the kernel sent [`write_signal`]. Others may send the same number.
    pub(crate) written: Option<RawFd>,
}

impl Signals {
    /// Blocks the signals that are passed on, `SIGPIPE`, and `more`.
    pub(crate) fn watch(more: &[i32]) -> io::Result<Self> {
        let forwarded = FORWARDED.into_iter().chain(libc::SIGRTMIN()..=libc::SIGRTMAX());
        // SAFETY: the sets are initialised by sigemptyset before use; all pointers are to locals.
        unsafe {
            let mut set = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            let mut set = set.assume_init();
            for signal in forwarded.chain(more.iter().copied()) {
                libc::sigaddset(&mut set, signal);
            }
            let fd = check(libc::signalfd(-1, &set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC))?;
            let fd = OwnedFd::from_raw_fd(fd);
            libc::sigaddset(&mut set, libc::SIGPIPE);
            let mut before = MaybeUninit::<libc::sigset_t>::uninit();
            check(libc::sigprocmask(libc::SIG_BLOCK, &set, before.as_mut_ptr()))?;
            // The first time this is the mask that our own caller gave us, and the command has to get.
            MASK_AT_START.get_or_init(|| before.assume_init());
            Ok(Self { fd })
        }
    }

    /// Appends what has arrived to `out`, in the order of its arrival within each signal, but for what our caller has us
    /// ignore: a blocked signal arrives all the same.
    pub(crate) fn read(&self, out: &mut Vec<Received>) {
        const BATCH: usize = 32;
        loop {
            let mut buffer = MaybeUninit::<[libc::signalfd_siginfo; BATCH]>::uninit();
            let size = size_of::<libc::signalfd_siginfo>();
            // SAFETY: the kernel fills whole records of plain integers into a buffer of that size; only the records
            // that it says it wrote are read.
            let records = unsafe {
                let read = libc::read(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), size * BATCH);
                let count = usize::try_from(read).unwrap_or(0) / size;
                std::slice::from_raw_parts(buffer.as_ptr().cast::<libc::signalfd_siginfo>(), count)
            };
            out.extend(records.iter().filter_map(received));
            if records.len() < BATCH {
                return;
            }
        }
    }

    pub(crate) fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// What a record says, unless that is nothing to us.
fn received(info: &libc::signalfd_siginfo) -> Option<Received> {
    let (signal, code) = (info.ssi_signo as i32, info.ssi_code);
    // Who sends a signal by kill(2) or sigqueue(3) cannot give it such a code.
    let written = (signal == write_signal() && code > 0 && code != libc::SI_KERNEL).then_some(info.ssi_fd);
    let is_ours = written.is_some() || signal == libc::SIGCHLD || signal == libc::SIGIO;
    let is_our_timer = signal == libc::SIGCONT && code == libc::SI_TIMER;
    if is_our_timer || (!is_ours && is_ignored(signal)) {
        return None;
    }
    Some(Received { signal, sender: if code == libc::SI_KERNEL { 0 } else { info.ssi_pid as i32 }, written })
}

/// The signals that wait because they are blocked.
fn pending() -> libc::sigset_t {
    // SAFETY: the set is a local that is initialised before use.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigpending(set.as_mut_ptr());
        set.assume_init()
    }
}

/// Whether a write that nobody reads is an error, and does not end this process.
pub fn ignores_sigpipe() -> bool {
    is_ignored(libc::SIGPIPE)
}

fn is_ignored(signal: i32) -> bool {
    // SAFETY: a query; the struct is written by the kernel before it is read.
    unsafe {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// The signals that leave a terminal to somebody else.
const PARTING: [i32; 8] = [
    libc::SIGINT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGTSTP,
];

/// Has the line at the terminal erased before one of [`PARTING`] does what it does; once for each.
pub(crate) fn erase_line_on_signals() {
    for signal in PARTING.into_iter().filter(|signal| !is_ignored(*signal)) {
        // SAFETY: the struct is plain data, zeroed where not set; the handler makes system calls only.
        unsafe {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            action.sa_sigaction = erase_line_and_part as extern "C" fn(libc::c_int) as usize;
            // Waiting for a lock goes on after a stop.
            action.sa_flags = libc::SA_RESETHAND | libc::SA_NODEFER | libc::SA_RESTART;
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}

/// Takes back [`erase_line_on_signals`].
pub(crate) fn erase_nothing_on_signals() {
    for signal in PARTING.into_iter().filter(|signal| !is_ignored(*signal)) {
        // SAFETY: SIG_DFL runs no code of ours, and is what was there before.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

extern "C" fn erase_line_and_part(signal: libc::c_int) {
    // SAFETY: both are safe in a signal handler; the disposition has been reset, so that the signal is the default.
    unsafe {
        let errno = *libc::__errno_location();
        libc::write(2, crate::fetch::line::ERASE.as_ptr().cast(), crate::fetch::line::ERASE.len());
        libc::raise(signal);
        *libc::__errno_location() = errno;
    }
}

/// Ends this process by `signal`, as the command was ended, without a core file of our own.
///
/// Where the signal cannot be had (it is ignored), the status is the shell's `128 + signal`.
pub fn die_by(signal: i32) -> ! {
    // SAFETY: only our own limits, dispositions and mask are changed, on the way out.
    unsafe {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &none);
        if !is_ignored(signal) {
            libc::signal(signal, libc::SIG_DFL);
            let mut set = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), signal);
            libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), std::ptr::null_mut());
            libc::raise(signal);
        }
    }
    exit_now(128u8.wrapping_add(signal as u8))
}

/// Runs `work`, whose output goes where nobody need read it: to a program of ours, or to people. A lost reader is an error
/// of its writes then, and does not end this process.
pub fn without_sigpipe<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: neither SIG_IGN nor what was there before, if that is a handler of ours, runs other code than before.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let result = work();
    // SAFETY: the same.
    unsafe { libc::signal(libc::SIGPIPE, before) };
    result
}
