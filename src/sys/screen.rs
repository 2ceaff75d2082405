//! The alternate screen of a terminal, which is left again whatever ends or stops this process.
//!
//! Signals are handled in their handler, and not by the program later: it may be waiting for a lock just then. The
//! handler leaves the screen and raises the signal again, so that the process ends or stops as without a handler. After
//! a stop it enters the screen again. Ctrl-C, Ctrl-Z and Ctrl-\ still make signals. A child has the handler until it
//! becomes a command, but the screen is not its own.

use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction, signal};
use nix::unistd::getpid;

use super::check;
use super::descriptor::{read, standard, write};
use super::poll::{input, poll};
use super::signal::is_ignored;
use super::terminal::ending_or_stopping;

/// The alternate screen, no cursor, and marks around what is pasted.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// The opposite.
const LEAVE: &[u8] = b"\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l";

/// The modes of the terminal before the first screen, and those of a screen. [`OnceLock`] is read without a lock.
static MODES: OnceLock<(libc::termios, libc::termios)> = OnceLock::new();
/// The process whose screen it is; 0 as long as there is none.
static OWNER: AtomicI32 = AtomicI32::new(0);
/// The terminal shows the screen.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);
/// It may have shown something else meanwhile.
static WAS_LEFT: AtomicBool = AtomicBool::new(false);

/// A terminal's alternate screen, and its keyboard without echo, key by key. The terminal is as before when it is
/// dropped.
#[derive(Debug)]
pub struct Screen(());

impl Screen {
    /// Takes the terminal that standard input and standard output are.
    ///
    /// # Errors
    ///
    /// It is no terminal.
    pub fn enter() -> io::Result<Self> {
        if MODES.get().is_none() {
            let before = modes()?;
            let _ = MODES.set((before, without_echo(before)));
        }
        OWNER.store(getpid().as_raw(), Ordering::Relaxed);
        for signal in ending_or_stopping() {
            handle(signal, leave_and_raise);
        }
        handle(Signal::SIGCONT, show_again);
        handle(Signal::SIGWINCH, interrupt);
        show();
        Ok(Self(()))
    }

    /// Whether the terminal may have shown something else since the last call: then the whole screen has to be drawn.
    pub fn was_left(&self) -> bool {
        WAS_LEFT.swap(false, Ordering::Relaxed)
    }

    /// The whole screen has to be drawn.
    pub fn redraw(&self) {
        WAS_LEFT.store(true, Ordering::Relaxed);
    }

    /// Reads what was typed, after waiting for it for at most `timeout`; 0 bytes at the end, when the terminal is gone.
    /// `None` if nothing was typed, or if a signal has come: the size of the terminal may be another one then.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn read(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        let [ready] = poll([input(standard(0))], Some(timeout));
        if !ready.is_ready() {
            return Ok(None);
        }
        match read(standard(0), buffer) {
            Err(error) if error.raw_os_error() == Some(libc::EIO) => Ok(Some(0)),
            read => read.map(Some),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
        OWNER.store(0, Ordering::Relaxed);
        for number in ending_or_stopping().chain([Signal::SIGCONT, Signal::SIGWINCH]) {
            // SAFETY: SIG_DFL runs no code of ours, and is what was there before.
            let _ = unsafe { signal(number, SigHandler::SigDfl) };
        }
    }
}

/// Leaves the screen if this process shows one, so that a message can be read.
pub fn leave() {
    if is_ours() && IS_SHOWN.swap(false, Ordering::Relaxed) {
        let _ = write(standard(1), LEAVE);
        if let Some((before, _)) = MODES.get() {
            set(before);
        }
    }
}

fn is_ours() -> bool {
    OWNER.load(Ordering::Relaxed) == getpid().as_raw()
}

fn show() {
    IS_SHOWN.store(true, Ordering::Relaxed);
    if let Some((_, screen)) = MODES.get() {
        set(screen);
    }
    let _ = write(standard(1), ENTER);
    WAS_LEFT.store(true, Ordering::Relaxed);
}

fn handle(signal: Signal, handler: extern "C" fn(libc::c_int)) {
    if !is_ignored(signal as i32) {
        let flags = match signal {
            Signal::SIGCONT | Signal::SIGWINCH => SaFlags::SA_RESTART,
            // The raised signal has its default effect.
            _ => SaFlags::SA_RESETHAND | SaFlags::SA_NODEFER,
        };
        let action = SigAction::new(SigHandler::Handler(handler), flags, SigSet::empty());
        // SAFETY: the handlers make system calls and use atomic variables only.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

extern "C" fn leave_and_raise(signal: libc::c_int) {
    let errno = Errno::last_raw();
    leave();
    if let Ok(signal) = Signal::try_from(signal) {
        let _ = raise(signal);
        // Only a stop comes back.
        if is_ours() {
            handle(signal, leave_and_raise);
            show();
        }
    }
    Errno::set_raw(errno);
}

/// After a stop that cannot be handled, the shell has set its own modes.
extern "C" fn show_again(_: libc::c_int) {
    let errno = Errno::last_raw();
    if is_ours() && IS_SHOWN.load(Ordering::Relaxed) {
        show();
    }
    Errno::set_raw(errno);
}

/// A wait for keys ends.
extern "C" fn interrupt(_: libc::c_int) {}

fn modes() -> io::Result<libc::termios> {
    let mut modes = MaybeUninit::<libc::termios>::uninit();
    // SAFETY: it writes one structure if it succeeds. nix keeps its copy in a cell, which a handler may not read.
    unsafe {
        check(libc::tcgetattr(0, modes.as_mut_ptr()))?;
        Ok(modes.assume_init())
    }
}

fn set(modes: &libc::termios) {
    // SAFETY: it reads one structure, and may be called in a handler.
    unsafe { libc::tcsetattr(0, libc::TCSADRAIN, modes) };
}

/// Keys are read as they are typed. Those that make signals still do.
fn without_echo(mut modes: libc::termios) -> libc::termios {
    modes.c_iflag &= !(libc::BRKINT | libc::ICRNL | libc::INLCR | libc::IGNCR | libc::ISTRIP | libc::IXON);
    modes.c_lflag &= !(libc::ECHO | libc::ECHONL | libc::ICANON | libc::IEXTEN);
    modes.c_cc[libc::VMIN] = 1;
    modes.c_cc[libc::VTIME] = 0;
    modes
}
