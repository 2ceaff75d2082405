//! Terminals: their size, their line, and a new one.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction, signal};
use nix::sys::termios::{OutputFlags, SetArg, tcgetattr, tcsetattr};

use super::descriptor::{standard, write};
use super::file::{NO_TERMINAL, opened_again_for_writing};
use super::signal::{FORWARDED, ends_by_default, is_ignored};
use super::system::handlers;

/// Erases the line from the cursor to its end.
pub(crate) const ERASE: &[u8] = b"\x1b[K";

/// The rows and columns of the terminal that is open as `fd`, if it is a terminal and knows them.
pub fn window_size(fd: impl AsFd) -> Option<(u16, u16)> {
    let mut size = winsize(0, 0);
    // SAFETY: TIOCGWINSZ writes one `winsize`. nix has no such call.
    let result = unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::TIOCGWINSZ, &mut size) };
    (result == 0 && size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Gives the terminal whose screen or command end is open as `fd` another size.
pub(crate) fn set_window_size(fd: impl AsFd, rows: u16, columns: u16) {
    // SAFETY: TIOCSWINSZ reads one `winsize`. nix has no such call.
    unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::TIOCSWINSZ, &winsize(rows, columns)) };
}

fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// A new terminal: the screen's end, whose reads never wait, and the command's end, which is open for writing only.
///
/// It passes on what is written to it as it is.
pub(crate) fn open(rows: u16, columns: u16) -> io::Result<(OwnedFd, OwnedFd)> {
    let pair = openpty(&winsize(rows, columns), None)?;
    for end in [pair.master.as_fd(), pair.slave.as_fd()] {
        fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    }
    fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let mut modes = tcgetattr(&pair.slave)?;
    modes.output_flags.remove(OutputFlags::OPOST | OutputFlags::ONLCR);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &modes)?;
    // If that fails, it stays open for reading, too: a program that reads its standard error waits until its time is up.
    let write_only = opened_again_for_writing(&pair.slave, NO_TERMINAL);
    Ok((pair.master, write_only.map_or(pair.slave, OwnedFd::from)))
}

/// The signals that end or stop this process.
pub(super) fn ending_or_stopping() -> impl Iterator<Item = Signal> {
    let ending = FORWARDED.into_iter().filter(|signal| ends_by_default(*signal as i32));
    ending.chain([Signal::SIGTSTP]).filter(|signal| !is_ignored(*signal as i32))
}

/// Has the line at the terminal erased before a signal ends or stops this process; once for each signal.
pub(crate) fn erase_line_on_signals() {
    // After a stop, waiting for a lock goes on.
    let flags = SaFlags::SA_RESETHAND | SaFlags::SA_NODEFER | SaFlags::SA_RESTART;
    let action = SigAction::new(SigHandler::Handler(erase_line_and_raise), flags, SigSet::empty());
    for signal in ending_or_stopping().filter(|signal| !handlers::handles(*signal)) {
        // SAFETY: the handler makes system calls only.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

/// Takes back [`erase_line_on_signals`].
pub(crate) fn erase_nothing_on_signals() {
    for number in ending_or_stopping().filter(|signal| !handlers::handles(*signal)) {
        // SAFETY: SIG_DFL runs no code of ours, and is what was there before.
        let _ = unsafe { signal(number, SigHandler::SigDfl) };
    }
}

/// Everything that it calls is safe in a signal handler. The kernel has reset the disposition, so that the raised
/// signal has its default effect.
extern "C" fn erase_line_and_raise(signal: libc::c_int) {
    let errno = Errno::last_raw();
    let _ = write(standard(2), ERASE);
    let _ = Signal::try_from(signal).and_then(raise);
    Errno::set_raw(errno);
}

#[cfg(test)]
mod tests {
    use std::io::IsTerminal;

    use super::*;
    use crate::sys::descriptor::read;

    #[test]
    fn what_is_written_to_a_new_terminal_comes_out_as_it_is_and_it_has_its_size() {
        let (screen, command_end) = open(7, 133).unwrap();
        assert_eq!(window_size(&command_end), Some((7, 133)));
        assert!(command_end.is_terminal());
        write(&command_end, b"a\tb\r\nc\n\x04\x03\xff").unwrap();
        let mut buffer = [0; 64];
        let size = read(&screen, &mut buffer).unwrap();
        assert_eq!(&buffer[..size], b"a\tb\r\nc\n\x04\x03\xff");
        assert_eq!(read(&screen, &mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(read(&command_end, &mut buffer).is_err(), "nobody types on it");
    }
}
