//! A process with its descendants.

use crate::sys::proc;
use crate::sys::process::kill;
use crate::sys::signal::SIGTERM;

/// Sends TERM to the process `pid` and to its descendants, as far as the kernel lists them.
pub fn end(pid: i32) {
    let children = proc::children(pid);
    // A shell whose children end first prints a message about them.
    kill(pid, SIGTERM);
    children.into_iter().for_each(end);
}
