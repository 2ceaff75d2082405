//! A process: its name, its scheduling, and its end together with another process.

use std::io;
use std::mem;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, parent_id};
use std::process::Command;
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::signal::{SigEvent, SigevNotify, Signal};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;

use crate::sys::check;

/// Gives this process another name, unless the user has started it under a name of their own.
///
/// A signal to all processes called `cacheback` (pkill, killall) then reaches the caller alone, which passes it on. If
/// both got the signal, it would look like one to their group, which the command is in.
pub(crate) fn go_by_another_name() {
    if prctl::get_name().is_ok_and(|name| name.as_c_str() == c"cacheback") {
        let _ = prctl::set_name(c"cb-fetch");
    }
}

/// Takes back [`go_by_another_name`].
pub(crate) fn go_by_its_name() {
    if prctl::get_name().is_ok_and(|name| name.as_c_str() == c"cb-fetch") {
        let _ = prctl::set_name(c"cacheback");
    }
}

/// Lets processes that somebody waits for go first: this one keeps its share of the processor, but does not interrupt
/// others when it wakes up (`SCHED_BATCH`, sched(7)). A policy that the user has chosen stays.
pub(crate) fn give_way() {
    // SAFETY: system calls on integers and on a structure of which zeroes are a value. nix has none of them, and musl's
    // functions only say that there is no such call.
    unsafe {
        let scheduler = libc::syscall(libc::SYS_sched_getscheduler, 0);
        if scheduler == libc::c_long::from(libc::SCHED_OTHER) {
            let parameters: libc::sched_param = mem::zeroed();
            libc::syscall(libc::SYS_sched_setscheduler, 0, libc::SCHED_BATCH, &raw const parameters);
        }
    }
}

/// Has the program that `command` starts ended by `SIGTERM` when this process ends before it.
pub fn ends_with_us(command: &mut Command) {
    let parent = std::process::id();
    let set = move || {
        prctl::set_pdeathsig(Signal::SIGTERM)?;
        // The parent may have ended before that call.
        if parent_id() == parent { Ok(()) } else { Err(nix::Error::ESRCH.into()) }
    };
    // SAFETY: two system calls, which a forked process may make.
    unsafe { command.pre_exec(set) };
}

/// A descriptor to poll for the end of the process `pid`, a child of ours that has not been reaped.
pub(crate) fn end_of(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: a system call on integers; the descriptor that it returns is new and ours. nix has no such call.
    unsafe {
        let fd = check(libc::syscall(libc::SYS_pidfd_open, pid, 0) as libc::c_int)?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}

/// How often a process that is stopped is continued.
const AGAIN: Duration = Duration::from_secs(1);

/// After `left`, has the kernel continue this process whenever it is stopped.
pub(crate) fn continue_after(left: Duration) {
    let notify = SigevNotify::SigevSignal { signal: Signal::SIGCONT, si_value: 0 };
    if let Ok(mut timer) = Timer::new(ClockId::CLOCK_MONOTONIC, SigEvent::new(notify)) {
        let times = Expiration::IntervalDelayed(left.into(), AGAIN.into());
        let _ = timer.set(times, TimerSetTimeFlags::empty());
        // Dropping it would stop it.
        mem::forget(timer);
    }
}
