//! An end to what takes too long, by the kernel's timers.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// The kernel counts on, but not for longer than its clock is wide.
const LONGEST: Duration = Duration::from_secs(1 << 40);

static STATUS_WHEN_LATE: AtomicI32 = AtomicI32::new(0);

/// Runs `work`, and ends this process with `status` if that is not done by `deadline`.
///
/// For work that leaves nothing behind and does not look at the clock itself. The command finds the alarm's signal as
/// our own caller left it.
pub fn within<T>(deadline: Instant, status: u8, work: impl FnOnce() -> T) -> T {
    STATUS_WHEN_LATE.store(status.into(), Ordering::Relaxed);
    // SAFETY: the structures are plain data, zeroed where not set; the handler only ends the process.
    let before = unsafe {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
        action.sa_sigaction = end as extern "C" fn(libc::c_int) as usize;
        let mut before = MaybeUninit::<libc::sigaction>::zeroed();
        libc::sigaction(libc::SIGALRM, &action, before.as_mut_ptr());
        before.assume_init()
    };
    let mask = unblock();
    set(deadline.saturating_duration_since(Instant::now()).clamp(Duration::from_micros(1), LONGEST));
    let result = work();
    set(Duration::ZERO);
    // SAFETY: both are what the kernel gave us, and no handler of ours.
    unsafe {
        libc::sigprocmask(libc::SIG_SETMASK, &mask, std::ptr::null_mut());
        libc::sigaction(libc::SIGALRM, &before, std::ptr::null_mut());
    }
    result
}

/// How often a process that is stopped all the same is continued.
const AGAIN: Duration = Duration::from_secs(1);

/// Has the kernel continue this process from `deadline` on, whoever stops it: what is stopped cannot keep to a limit.
///
/// The timer goes with the process, and is not handed on to what it starts. Where there is none to be had, a stopped
/// process stays so until somebody continues it.
pub(crate) fn continue_from(deadline: Instant) {
    let seconds = |time: Duration| [time.as_secs() as libc::c_long, time.subsec_nanos() as libc::c_long];
    let left = deadline.saturating_duration_since(Instant::now()).clamp(Duration::from_micros(1), LONGEST);
    let mut timer: libc::c_int = 0;
    // SAFETY: the kernel reads one `sigevent`, of which zeroes are a value, and one `itimerspec` of four numbers, and
    // writes one number. The signal only ever continues the process.
    unsafe {
        let mut event = MaybeUninit::<libc::sigevent>::zeroed().assume_init();
        event.sigev_notify = libc::SIGEV_SIGNAL;
        event.sigev_signo = libc::SIGCONT;
        let clock = libc::CLOCK_MONOTONIC;
        if libc::syscall(libc::SYS_timer_create, clock, &raw mut event, &raw mut timer) == 0 {
            let times = [seconds(AGAIN), seconds(left)];
            libc::syscall(libc::SYS_timer_settime, timer, 0, times.as_ptr(), std::ptr::null_mut::<libc::c_void>());
        }
    }
}

extern "C" fn end(_: libc::c_int) {
    // SAFETY: _exit is safe in a signal handler.
    unsafe { libc::_exit(STATUS_WHEN_LATE.load(Ordering::Relaxed)) }
}

/// Zero stops the timer.
fn set(left: Duration) {
    let value = libc::timeval { tv_sec: left.as_secs() as _, tv_usec: left.subsec_micros().into() };
    let timer = libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: value };
    // SAFETY: reads a structure of ours.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
}

/// Lets the alarm's signal through; returns the mask before.
fn unblock() -> libc::sigset_t {
    // SAFETY: the sets are initialised by sigemptyset before use; all pointers are to locals.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGALRM);
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(before.as_mut_ptr());
        libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}
