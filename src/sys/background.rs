//! Leaving the caller's session, and closing everything whose end the caller may wait for.

use std::os::fd::RawFd;

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::descriptor::null;
use super::proc;
use super::process::go_by_its_name;

/// Leaves the caller's session and closes every descriptor that was inherited from it.
pub(crate) fn leave_session() {
    leave_session_except_stderr();
    close_stderr();
}

/// The same, except that standard error stays open.
pub(crate) fn leave_session_except_stderr() {
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
pub(crate) fn close_stderr() {
    if let Ok(null) = null() {
        let _ = dup2_stderr(&null);
    }
}

/// Closes what was inherited from the caller: it is not marked close-on-exec, and all that this program opens is.
fn close_inherited() {
    /// Where the system does not list the open descriptors, all numbers below this one are tried.
    const LIKELY: RawFd = 1024;
    let open = proc::open_descriptors().unwrap_or_else(|_| (0..LIKELY).collect());
    for fd in open.into_iter().filter(|fd| *fd > 2) {
        // SAFETY: nothing in this process owns a descriptor that it did not open itself. nix takes only descriptors
        // that are known to be open.
        unsafe {
            let flags = libc::fcntl(fd, libc::F_GETFD);
            if flags >= 0 && flags & libc::FD_CLOEXEC == 0 {
                libc::close(fd);
            }
        }
    }
}
