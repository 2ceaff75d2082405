//! A process with all that it has started.

use std::fs;

use crate::sys;

/// Tells the process `pid` and its descendants to end. Those are found where the kernel lists them, and where not, the
/// process alone is told.
pub fn end(pid: i32) {
    let children = children(pid);
    // A shell that outlives its children says what has become of them.
    sys::kill(pid, libc::SIGTERM);
    children.into_iter().for_each(end);
}

fn children(pid: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect()
}
