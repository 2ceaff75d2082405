//! Which system calls can fail, and how.

use std::collections::BTreeMap;
use std::fmt;

/// The `number`th call of `call` in each process fails with `error`.
#[derive(Clone, Debug)]
pub struct Fault {
    pub call: &'static str,
    pub error: &'static str,
    pub number: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:error={}:when={}", self.call, self.error, self.number)
    }
}

/// System calls of this architecture, and the errors that each may return. C libraries differ in which of several calls
/// they make.
const ERRORS: &[(&str, &[&str])] = &[
    ("write", &["ENOSPC", "EIO", "EINTR"]),
    ("pwrite64", &["ENOSPC", "EIO", "EINTR"]),
    ("read", &["EIO", "EINTR"]),
    ("pread64", &["EIO", "EINTR"]),
    ("fsync", &["EIO"]),
    ("fdatasync", &["EIO"]),
    ("ftruncate", &["ENOSPC", "EIO"]),
    ("openat", &["EACCES", "EMFILE", "ENOMEM", "EIO", "ENOSPC", "EINTR"]),
    ("open", &["EACCES", "EMFILE", "ENOMEM", "EIO", "ENOSPC", "EINTR"]),
    ("stat", &["EACCES", "EIO", "ENOMEM"]),
    ("lstat", &["EACCES", "EIO", "ENOMEM"]),
    ("fstat", &["EIO", "ENOMEM"]),
    ("newfstatat", &["EACCES", "EIO", "ENOMEM"]),
    ("statx", &["EACCES", "EIO", "ENOMEM"]),
    ("flock", &["ENOLCK", "EIO", "EINTR"]),
    ("fcntl", &["EAGAIN", "EIO", "ENOLCK", "EMFILE"]),
    ("clone", &["EAGAIN", "ENOMEM"]),
    ("clone3", &["EAGAIN", "ENOMEM"]),
    ("fork", &["EAGAIN", "ENOMEM"]),
    ("vfork", &["EAGAIN", "ENOMEM"]),
    ("pipe2", &["EMFILE", "ENFILE"]),
    ("socketpair", &["EMFILE", "ENOMEM"]),
    ("signalfd4", &["EMFILE", "ENOMEM"]),
    ("memfd_create", &["EMFILE", "ENOMEM"]),
    ("mkdir", &["ENOSPC", "EACCES", "EIO"]),
    ("mknod", &["ENOSPC", "EACCES", "EIO"]),
    ("mknodat", &["ENOSPC", "EACCES", "EIO"]),
    ("unlink", &["EACCES", "EIO"]),
    ("rename", &["EACCES", "EIO"]),
    ("chmod", &["EPERM", "EIO"]),
    ("fchmod", &["EPERM", "EIO"]),
    ("fchown", &["EPERM", "EIO"]),
    ("poll", &["EINTR", "ENOMEM"]),
    ("recvfrom", &["EINTR"]),
    ("sendto", &["EINTR", "ENOBUFS"]),
    ("wait4", &["EINTR"]),
    ("close", &["EIO", "EINTR"]),
    ("mmap", &["ENOMEM"]),
    ("ioctl", &["EIO", "EINTR"]),
    ("getcwd", &["ENOENT", "EACCES"]),
    ("getdents64", &["EIO"]),
];

/// Every possible fault of a run; `trace` is what strace wrote about it.
pub fn all(trace: &str) -> Vec<Fault> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in trace.lines() {
        // `1234  openat(AT_FDCWD, …`, and not `1234 <... openat resumed>`.
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        *counts.entry((pid, call)).or_default() += 1;
    }
    let mut faults = Vec::new();
    for (call, errors) in ERRORS {
        let most = counts.iter().filter(|((_, counted), _)| counted == call).map(|(_, count)| *count).max();
        // The start-up code of musl makes the first one before `main`; if it fails, the process ends.
        let first = if cfg!(target_env = "musl") && *call == "mmap" { 2 } else { 1 };
        for number in first..=most.unwrap_or(0) {
            faults.extend(errors.iter().map(|error| Fault { call, error, number }));
        }
    }
    faults
}

/// Whether the call in this line of strace can never fail with its error: a pipe has no device, only locks are refused.
pub fn is_impossible(line: &str) -> bool {
    let is_lock = line.contains("SETLK") || line.contains("GETLK");
    let is_new_descriptor = line.contains("F_DUPFD");
    (line.contains("<pipe:") && line.contains("EIO"))
        || (line.contains(" fcntl(") && line.contains("EMFILE") != is_new_descriptor)
        || (line.contains(" fcntl(") && !line.contains("EMFILE") && !is_lock)
}

/// Whether this line of strace leaves the end of a pipe or socket open. A real close(2) that fails closes the descriptor
/// all the same; strace makes no call at all, and who waits until nobody has that end waits for ever.
pub fn is_unclosed_end(line: &str) -> bool {
    line.contains(" close(") && (line.contains("<pipe:") || line.contains("<socket:"))
}

/// Whether the call in this line of strace is the only way of the allocator to memory, without which Rust ends a
/// program: glibc's allocator has a second way, musl's has not.
pub fn is_out_of_memory(line: &str) -> bool {
    cfg!(target_env = "musl") && line.contains(" mmap(NULL") && line.contains("MAP_PRIVATE|MAP_ANONYMOUS")
}

/// The calls that are traced.
pub fn calls() -> String {
    // With a question mark, strace accepts a call that it does not know.
    ERRORS.iter().map(|(call, _)| format!("?{call}")).collect::<Vec<_>>().join(",")
}
