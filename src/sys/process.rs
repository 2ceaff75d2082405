//! Processes: forking, leaving a session, ending, waiting.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::{CommandExt, parent_id};
use std::process::Command;

use nix::sys::signal::Signal;

use super::proc;
use super::{check, keep_children, null, restore_dispositions};

/// Which side of a fork this is.
#[derive(Debug)]
pub(crate) enum Fork {
    /// The original, and the number of the new one.
    Parent(i32),
    Child,
}

/// Splits the process in two. The engine never has a second thread when it calls this.
pub(crate) fn fork() -> io::Result<Fork> {
    keep_children();
    // SAFETY: the process is single-threaded here (a thread that waited for a flight has been joined, or is in flock(2)
    // and nowhere else), so the child finds no lock held by a thread that it does not have.
    match check(unsafe { libc::fork() })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// Takes this process out of the reach of who sends a signal to every process called `cacheback` (pkill, killall): the
/// caller gets it, and passes it on. If both of us got it, it would look like a signal to our group, which the command is
/// in. A process that was started by the name of its command keeps that: the command has it, too.
pub(crate) fn go_by_another_name() {
    if nix::sys::prctl::get_name().is_ok_and(|name| name.as_c_str() == c"cacheback") {
        let _ = nix::sys::prctl::set_name(c"cb-fetch");
    }
}

/// Has the name that its program has again.
pub(crate) fn go_by_its_name() {
    if nix::sys::prctl::get_name().is_ok_and(|name| name.as_c_str() == c"cb-fetch") {
        let _ = nix::sys::prctl::set_name(c"cacheback");
    }
}

/// Lets processes that somebody waits for go first: no share of the processor is given up, but this one does not
/// interrupt others when it wakes up (`SCHED_BATCH`, sched(7)). Whoever has chosen a policy keeps it.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: system calls on integers and on a structure of which zeroes are a value. musl's functions of these names
    // only say that there is no such call.
    unsafe {
        let scheduler = libc::syscall(libc::SYS_sched_getscheduler, 0);
        if scheduler == libc::c_long::from(libc::SCHED_OTHER) {
            let parameters: libc::sched_param = std::mem::zeroed();
            libc::syscall(libc::SYS_sched_setscheduler, 0, libc::SCHED_BATCH, &raw const parameters);
        }
    }
}

/// Has the program that `command` starts find its signals as our own caller left them.
pub fn like_a_command(command: &mut Command) {
    let restore = || {
        restore_dispositions();
        Ok(())
    };
    // SAFETY: two system calls, which a forked process may make.
    unsafe { command.pre_exec(restore) };
}

/// Has the program that `command` starts told to end when this process ends before it (prctl(2)).
pub fn ends_with_us(command: &mut Command) {
    let parent = std::process::id();
    let ask = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
        // This process may have ended before it was asked.
        if parent_id() == parent { Ok(()) } else { Err(nix::Error::ESRCH.into()) }
    };
    // SAFETY: two system calls, which a forked process may make.
    unsafe { command.pre_exec(ask) };
}

/// Ends the process without running destructors, which belong to the process that it was forked from.
pub(crate) fn exit_now(code: u8) -> ! {
    // SAFETY: ending the process is always allowed.
    unsafe { libc::_exit(code.into()) }
}

/// Leaves the caller's session and lets go of every descriptor that was inherited from it.
pub(crate) fn leave_session() {
    leave_session_but_for_errors();
    let_go_of_errors();
}

/// The same, but for standard error.
pub(crate) fn leave_session_but_for_errors() {
    go_by_its_name();
    // SAFETY: takes nothing.
    unsafe { libc::setsid() };
    to_null(&[0, 1]);
    open_descriptors().into_iter().filter(|fd| *fd > 2).for_each(close_if_inherited);
}

/// Lets go of all that whoever waits for our output waits for.
pub(crate) fn let_go_of_outputs() {
    to_null(&[1, 2]);
    open_descriptors().into_iter().filter(|fd| *fd > 2).for_each(close_if_inherited);
}

/// Lets go of the caller's standard error.
pub(crate) fn let_go_of_errors() {
    to_null(&[2]);
}

fn to_null(standard: &[RawFd]) {
    if let Ok(null) = null() {
        for fd in standard {
            // SAFETY: a system call on integers; the descriptor stays open.
            unsafe { libc::dup2(null.as_raw_fd(), *fd) };
        }
    }
}

/// What has come through our own exec is not marked close-on-exec; everything that this program opens is.
fn close_if_inherited(fd: RawFd) {
    // SAFETY: nothing in this process owns a descriptor that it did not open itself.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFD);
        if flags >= 0 && flags & libc::FD_CLOEXEC == 0 {
            libc::close(fd);
        }
    }
}

/// The numbers of the open descriptors, or of all that are likely to be where /proc does not tell.
fn open_descriptors() -> Vec<RawFd> {
    const LIKELY: RawFd = 1024;
    proc::open_descriptors().unwrap_or_else(|_| (0..LIKELY).collect())
}

/// Sets a variable for the commands that are started from now on.
pub(crate) fn set_variable(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
    // SAFETY: the process has one thread (see `fork`), so nobody reads the environment meanwhile.
    unsafe { std::env::set_var(name, value) };
}

/// Removes a variable, however often it is there, for the commands that are started from now on.
pub(crate) fn unset_variable(name: impl AsRef<OsStr>) {
    // SAFETY: as in `set_variable`.
    unsafe { std::env::remove_var(name) };
}

/// Sends `signal` to a process, or to the process group `-pid`; whether it was there to be sent to.
pub(crate) fn kill(pid: i32, signal: i32) -> bool {
    // SAFETY: a system call on integers.
    unsafe { libc::kill(pid, signal) == 0 }
}

/// Whether a process is in the process group that this one is in.
pub(crate) fn is_in_our_group(pid: i32) -> bool {
    // SAFETY: system calls on integers.
    unsafe { libc::getpgid(pid) == libc::getpgrp() }
}

/// The state of a child of ours that has ended, if it has.
pub(crate) fn reap(pid: i32) -> Option<i32> {
    let mut status = 0;
    loop {
        // SAFETY: the kernel writes one integer.
        let found = unsafe { libc::waitpid(pid, &mut status, libc::WNOHANG) };
        // Who asks was told of an end, and is not told again.
        if found >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return (found == pid).then_some(status);
        }
    }
}

/// Waits for the end of a child of ours that is about to end.
pub(crate) fn wait_for(pid: i32) {
    // SAFETY: a null pointer asks for no status.
    while unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}

/// Waits until a child of ours has ended; whether there was one to wait for.
pub(crate) fn wait_for_any_child() -> bool {
    loop {
        // SAFETY: a null pointer asks for no status.
        if unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) } > 0 {
            return true;
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return false;
        }
    }
}

/// A descriptor that can be read once the process `pid` has ended, a child of ours that has not been reaped; for poll(2).
pub(crate) fn end_of(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: a system call on integers; the descriptor that it returns is new, and nobody else's.
    unsafe {
        let fd = check(libc::syscall(libc::SYS_pidfd_open, pid, 0) as libc::c_int)?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}
