//! Handlers of the signals in the inbox: none. The signals are blocked, and read from a descriptor.

use nix::sys::signal::Signal;

/// Delivers the signals during `wait`.
#[inline]
pub(in crate::sys) fn deliver_during<T>(wait: impl FnOnce() -> T) -> T {
    wait()
}

/// Whether `signal` has a handler of the inbox.
pub(in crate::sys) fn handles(_signal: Signal) -> bool {
    false
}

/// Gives the dispositions back.
#[inline]
pub(in crate::sys) fn stop() {}
