//! Processes: started, replaced, signalled, waited for and ended.

use std::convert::Infallible;
use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::ptr;

use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{ForkResult, Pid, getpgid, getpgrp};

use super::launch::environ;
use super::signal::{is_ignored, keep_children, restore_dispositions, set_of};
pub use super::system::process::ends_with_us;
pub(crate) use super::system::process::{end_of, give_way, go_by_another_name, go_by_its_name};
pub(crate) use super::system::spawn::spawn;

/// Which side of a fork this is.
#[derive(Debug)]
pub(crate) enum Fork {
    /// The original, and the number of the new one.
    Parent(i32),
    Child,
}

/// Splits the process in two. The program has one thread when it calls this.
pub(crate) fn fork() -> io::Result<Fork> {
    keep_children();
    // SAFETY: the process is single-threaded here (a thread that waited for a flight has been joined, or is in flock(2)
    // and nowhere else), so the child finds no lock held by a thread that it does not have.
    Ok(match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => Fork::Child,
        ForkResult::Parent { child } => Fork::Parent(child.as_raw()),
    })
}

/// Becomes the program whose file is found as execvp(3) finds it.
///
/// Its signals are as our own caller left them. std's `CommandExt::exec` resets the ignored and the blocked ones.
///
/// # Errors
///
/// The system's; this process goes on.
pub fn exec(file: &CStr, argv: &[CString]) -> io::Result<Infallible> {
    restore_dispositions();
    Ok(nix::unistd::execvp(file, argv)?)
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

/// Ends the process without running destructors, which belong to the process that it was forked from.
pub(crate) fn exit_now(code: u8) -> ! {
    // SAFETY: ending the process is always allowed, in a signal handler as well. nix has no such call.
    unsafe { libc::_exit(code.into()) }
}

/// Ends this process by `signal`, as the command was ended, without a core file of our own.
///
/// Where the signal is ignored, the status is the shell's `128 + signal`.
pub fn die_by(signal: i32) -> ! {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    if !is_ignored(signal) {
        // SAFETY: SIG_DFL runs no code of ours. nix has no real-time signals.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        let _ = set_of([signal]).thread_unblock();
        // SAFETY: it takes an integer. nix has no real-time signals.
        unsafe { libc::raise(signal) };
    }
    exit_now(128u8.wrapping_add(signal as u8))
}

/// Sets a variable for the commands that are started from now on.
pub(crate) fn set_variable(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
    // SAFETY: the process has one thread (see `fork`), so nobody reads the environment meanwhile.
    unsafe { std::env::set_var(name, value) };
}

/// Whether several variables have one name. To copy all of them for that would take longer than to start the command.
pub(crate) fn has_repeated_variables() -> bool {
    let mut names = Vec::new();
    // SAFETY: the process has one thread (see `fork`), so nobody changes the environment meanwhile: a null-terminated
    // array of null-terminated strings, or null.
    let mut next = unsafe { environ };
    while !next.is_null() {
        // SAFETY: as above, and `next` is not past the end.
        let Some(variable) = ptr::NonNull::new(unsafe { *next }) else { break };
        // SAFETY: as above.
        let variable = unsafe { CStr::from_ptr(variable.as_ptr()) }.to_bytes();
        names.push(variable.split(|byte| *byte == b'=').next().unwrap_or(variable));
        // SAFETY: this was not the last one.
        next = unsafe { next.add(1) };
    }
    names.sort_unstable();
    names.array_windows().any(|[one, other]| one == other)
}

/// Removes a variable, however often it is there, for the commands that are started from now on.
pub(crate) fn unset_variable(name: impl AsRef<OsStr>) {
    // SAFETY: as in `set_variable`.
    unsafe { std::env::remove_var(name) };
}

/// Sends `signal` to a process, or to the process group `-pid`. Returns whether there was one.
pub(crate) fn kill(pid: i32, signal: i32) -> bool {
    // SAFETY: a system call on integers. nix has no real-time signals.
    unsafe { libc::kill(pid, signal) == 0 }
}

/// Whether a process is in the process group that this one is in.
pub(crate) fn is_in_our_group(pid: i32) -> bool {
    getpgid(Some(Pid::from_raw(pid))) == Ok(getpgrp())
}

/// How a child of ours ended, if it has.
pub(crate) fn reap(pid: i32) -> Option<ExitStatus> {
    wait(pid, libc::WNOHANG).filter(|(found, _)| *found == pid).map(|(_, status)| status)
}

/// Reaps all children of ours that have ended.
#[cfg(feature = "browse")]
pub fn reap_ended() {
    while wait(-1, libc::WNOHANG).is_some_and(|(found, _)| found > 0) {}
}

/// Waits for the end of a child of ours that is about to end.
pub(crate) fn wait_for(pid: i32) {
    wait(pid, 0);
}

/// Waits until any child of ours has ended; false if there is none.
pub(crate) fn wait_for_any_child() -> bool {
    wait(-1, 0).is_some()
}

/// waitpid(2), called again after an interruption.
fn wait(pid: i32, flags: libc::c_int) -> Option<(i32, ExitStatus)> {
    let mut status = 0;
    loop {
        // SAFETY: the kernel writes one integer. nix fails for a child that a real-time signal has ended.
        let found = unsafe { libc::waitpid(pid, &mut status, flags) };
        if found >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return (found >= 0).then(|| (found, ExitStatus::from_raw(status)));
        }
    }
}
