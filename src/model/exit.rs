//! How a command ended, and the exit status of cacheback that follows from it.

use std::os::unix::process::ExitStatusExt;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It exited by itself with this status.
    Exited(u8),
    /// It was killed by this signal.
    Killed(i32),
    /// It was ended because it ran for longer than its time limit.
    TimedOut,
    /// It could not be started: found, but not executable.
    NotExecutable,
    /// It could not be started: no such program.
    NotFound,
    /// cacheback itself failed before it could run anything.
    Failed,
}

impl From<std::process::ExitStatus> for ExitStatus {
    fn from(status: std::process::ExitStatus) -> Self {
        match status.code() {
            Some(code) => Self::Exited(code as u8),
            None => Self::Killed(status.signal().unwrap_or_default()),
        }
    }
}

impl ExitStatus {
    /// The status as a shell's `$?` shows it, with the numbers of GNU env and timeout.
    ///
    /// ```
    /// use cacheback::ExitStatus;
    ///
    /// assert_eq!(ExitStatus::Exited(3).code(), 3);
    /// assert_eq!(ExitStatus::Killed(15).code(), 143);
    /// assert_eq!(ExitStatus::NotFound.code(), 127);
    /// ```
    pub const fn code(self) -> u8 {
        match self {
            Self::Exited(code) => code,
            Self::Killed(signal) => 128u8.wrapping_add(signal as u8),
            Self::TimedOut => 124,
            Self::Failed => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
        }
    }

    /// The two bytes that stand for it in the file of a flight.
    pub(crate) const fn to_bytes(self) -> [u8; 2] {
        match self {
            Self::Exited(code) => [1, code],
            Self::Killed(signal) => [2, signal as u8],
            Self::TimedOut => [3, 0],
            Self::NotExecutable => [4, 0],
            Self::NotFound => [5, 0],
            Self::Failed => [6, 0],
        }
    }

    /// Decodes what [`to_bytes`](Self::to_bytes) returned.
    pub(crate) fn from_bytes(bytes: [u8; 2]) -> Option<Self> {
        Some(match bytes {
            [1, code] => Self::Exited(code),
            [2, signal] => Self::Killed(signal.into()),
            [3, _] => Self::TimedOut,
            [4, _] => Self::NotExecutable,
            [5, _] => Self::NotFound,
            [6, _] => Self::Failed,
            _ => return None,
        })
    }
}
