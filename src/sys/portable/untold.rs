//! What a system with POSIX alone says of processes: nothing.

use super::proc::Process;

/// What is known of a process.
pub(super) fn process(_pid: u32) -> Option<Process> {
    None
}

/// Its children.
pub(super) fn children(_pid: i32) -> Vec<i32> {
    Vec::new()
}

/// The device and the number of each file that it has open.
pub(super) fn open_files(_pid: u32) -> Vec<(u64, u64)> {
    Vec::new()
}
