//! A process with all that it has started.

use crate::sys::proc;
use crate::sys::process::kill;
use crate::sys::signal::SIGTERM;

/// Tells the process `pid` and its descendants to end. Those are found where the kernel lists them, and where not, the
/// process alone is told.
pub fn end(pid: i32) {
    let children = proc::children(pid);
    // A shell that outlives its children says what has become of them.
    kill(pid, SIGTERM);
    children.into_iter().for_each(end);
}
