//! What needs more than POSIX of a process.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::time::Duration;

use super::unsupported;

/// Gives this process another name. It has none here but that of its program: a signal to all processes called
/// `cacheback` reaches both the caller and the fetcher.
pub(crate) fn go_by_another_name() {}

/// Takes back [`go_by_another_name`].
pub(crate) fn go_by_its_name() {}

/// Lets processes that somebody waits for go first. The only way here would be a lower priority, which takes away from
/// the share of this one.
pub(crate) fn give_way() {}

/// Has the program that `command` starts ended when this process ends before it. Here it ends when it finds out.
pub fn ends_with_us(_command: &mut Command) {}

/// A descriptor to poll for the end of a child of ours.
pub(crate) fn end_of(_pid: u32) -> io::Result<OwnedFd> {
    unsupported()
}

/// After `left`, has this process continued whenever it is stopped. Here nobody does that.
pub(crate) fn continue_after(_left: Duration) {}
