//! Deadlines that the kernel enforces.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction};

use super::process::exit_now;
use super::system::process::continue_after;

/// The system's clocks cannot count further.
const LONGEST: Duration = Duration::from_secs(1 << 40);

/// What is left until `deadline`, as a timer takes it: zero would stop the timer.
fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).clamp(Duration::from_micros(1), LONGEST)
}

/// Has the kernel continue this process from `deadline` on whenever it is stopped: a stopped process cannot keep to a
/// limit.
///
/// The timer ends with the process, and its children do not inherit it. Without a timer a stopped process stays so
/// until another process continues it.
pub(crate) fn continue_from(deadline: Instant) {
    continue_after(left_until(deadline));
}

static STATUS_WHEN_LATE: AtomicI32 = AtomicI32::new(0);

/// Runs `work`, and ends this process with `status` if the work is not done by `deadline`.
///
/// For work that leaves nothing behind and does not look at the clock itself. A command that is started later finds
/// `SIGALRM` as our own caller left it.
pub fn within<T>(deadline: Instant, status: u8, work: impl FnOnce() -> T) -> T {
    STATUS_WHEN_LATE.store(status.into(), Ordering::Relaxed);
    let action = SigAction::new(SigHandler::Handler(exit_late), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler only ends the process.
    let before = unsafe { sigaction(Signal::SIGALRM, &action) };
    let mask = SigSet::from(Signal::SIGALRM).thread_swap_mask(SigmaskHow::SIG_UNBLOCK);
    set_timer(left_until(deadline));
    let result = work();
    set_timer(Duration::ZERO);
    let _ = mask.and_then(|mask| mask.thread_set_mask());
    // SAFETY: this is what was there before.
    let _ = before.and_then(|before| unsafe { sigaction(Signal::SIGALRM, &before) });
    result
}

extern "C" fn exit_late(_: libc::c_int) {
    exit_now(STATUS_WHEN_LATE.load(Ordering::Relaxed) as u8)
}

/// Starts the timer; zero stops it.
fn set_timer(left: Duration) {
    let value = libc::timeval { tv_sec: left.as_secs() as _, tv_usec: left.subsec_micros() as _ };
    let timer = libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: value };
    // SAFETY: it reads one structure. nix has no such call, and timer_create(2) is not on every system.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
}
