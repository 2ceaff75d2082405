//! What the kernel says of another process.

use std::fs;

/// The third field of `/proc/PID/stat` and those after it, proc(5). The name before them may hold anything, spaces and
/// brackets included.
pub(super) fn fields(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    Some(rest.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Whether a signal has stopped it (Ctrl-Z, SIGSTOP). One that a debugger or strace holds for a moment (`t`) is not meant.
pub(super) fn is_stopped(pid: u32) -> bool {
    fields(pid).is_some_and(|fields| fields.first().is_some_and(|state| state == "T"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_not_stopped_and_has_a_parent() {
        let this = std::process::id();
        assert!(!is_stopped(this));
        assert_eq!(fields(this).unwrap()[1], std::os::unix::process::parent_id().to_string());
        assert_eq!(fields(u32::MAX), None);
    }
}
