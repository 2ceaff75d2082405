//! A process with all that it has started.

use std::fs;

use super::sys;

/// Tells the process `pid` and its descendants to end. Those are found where the kernel lists them, and where not, the
/// process alone is told.
pub fn end(pid: i32) {
    children(pid).into_iter().for_each(end);
    sys::kill(pid, libc::SIGTERM);
}

fn children(pid: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|child| child.parse().ok()).collect()
}
