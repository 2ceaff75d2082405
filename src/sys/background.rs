//! Leaving the caller's session, with all that the caller may wait for.

use std::os::fd::RawFd;

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::descriptor::null;
use super::proc;
use super::process::go_by_its_name;

/// Leaves the caller's session and closes every descriptor that was inherited from it.
pub(crate) fn leave_session() {
    leave_session_but_for_errors();
    close_errors();
}

/// The same, but for standard error.
pub(crate) fn leave_session_but_for_errors() {
    go_by_its_name();
    let _ = setsid();
    if let Ok(null) = null() {
        let _ = dup2_stdin(&null);
        let _ = dup2_stdout(&null);
    }
    close_inherited();
}

/// Closes both outputs, so that their readers see the end.
pub(crate) fn close_outputs() {
    if let Ok(null) = null() {
        let _ = dup2_stdout(&null);
        let _ = dup2_stderr(&null);
    }
    close_inherited();
}

/// Closes the caller's standard error.
pub(crate) fn close_errors() {
    if let Ok(null) = null() {
        let _ = dup2_stderr(&null);
    }
}

/// Closes what has come through our own exec: that is not marked close-on-exec, and everything that this program opens is.
fn close_inherited() {
    /// Where /proc does not list the open ones, those below this one are tried.
    const LIKELY: RawFd = 1024;
    let open = proc::open_descriptors().unwrap_or_else(|_| (0..LIKELY).collect());
    for fd in open.into_iter().filter(|fd| *fd > 2) {
        // SAFETY: nothing in this process owns a descriptor that it did not open itself. nix takes only descriptors that
        // are known to be open.
        unsafe {
            let flags = libc::fcntl(fd, libc::F_GETFD);
            if flags >= 0 && flags & libc::FD_CLOEXEC == 0 {
                libc::close(fd);
            }
        }
    }
}
