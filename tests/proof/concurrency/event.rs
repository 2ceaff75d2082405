//! One call and what its caller saw.

use super::super::output::{Run, Seen};
use super::super::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Takes a result that is younger than an hour.
    Plain,
    /// Takes nothing that was fetched before the call.
    TtlZero,
    /// Takes a stale result.
    Async,
    Refresh,
    Warm,
    OnlyIfCached,
    Invalidate,
    Delete,
    /// For all commands that are called in any way.
    InvalidateAll,
}

#[derive(Clone, Debug)]
pub struct Event {
    /// The number of its command; `None` for all of them.
    pub name: Option<u64>,
    pub kind: Kind,
    /// In nanoseconds since boot: before the caller was started, and after it had ended.
    pub asked: u64,
    pub answered: u64,
    pub seen: Seen,
    /// `None` if the caller was killed.
    pub status: Option<i32>,
    /// Whether cacheback wrote a message.
    pub warned: bool,
}

impl Kind {
    pub fn any(name: u64, random: &mut Random) -> Self {
        let number = random.within(0..100);
        if is_calm(name) {
            return Self::Plain;
        }
        if is_plain_or_changed(name) {
            return match number {
                0..80 => Self::Plain,
                80..90 => Self::Invalidate,
                _ => Self::Delete,
            };
        }
        match number {
            0..35 => Self::Plain,
            35..43 => Self::TtlZero,
            43..60 => Self::Async,
            60..70 => Self::Refresh,
            70..75 => Self::Warm,
            75..80 => Self::OnlyIfCached,
            80..89 => Self::Invalidate,
            89..99 => Self::Delete,
            _ => Self::InvalidateAll,
        }
    }

    pub fn words(self, name: u64, command: &[String]) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Plain => &["run", "--ttl", "1h", "--"],
            Self::TtlZero => &["run", "--ttl", "0", "--"],
            Self::Async => &["run", "--async", "--ttl", "2ms", "--"],
            Self::Refresh => &["run", "--refresh", "--"],
            Self::Warm => &["run", "--warm", "--"],
            Self::OnlyIfCached => &["run", "--only-if-cached", "--ttl", "1h", "--"],
            Self::Invalidate => &["invalidate", "-q", "--"],
            Self::Delete => &["delete", "-q", "--"],
            Self::InvalidateAll => return own(&["invalidate", "-q", "--scope", "any"]),
        };
        let (call, dashes) = words.split_at(words.len() - 1);
        let scope: &[&str] = if is_called_in_any_way(name) { &["--scope", "any"] } else { &[] };
        [own(call), own(scope), own(dashes), command.to_vec()].concat()
    }

    pub fn is_for_all(self) -> bool {
        self == Self::InvalidateAll
    }

    /// Whether it prints the command's output.
    pub fn prints(self) -> bool {
        matches!(self, Self::Plain | Self::TtlZero | Self::Async | Self::Refresh | Self::OnlyIfCached)
    }

    pub fn takes_stale(self) -> bool {
        self == Self::Async
    }
}

/// Every fourth command is only called plainly.
pub fn is_calm(name: u64) -> bool {
    name.is_multiple_of(4)
}

/// Another fourth is called plainly, invalidated and deleted.
pub fn is_plain_or_changed(name: u64) -> bool {
    name % 4 == 1
}

/// The others are called in any way, and share a scope.
pub fn is_called_in_any_way(name: u64) -> bool {
    !is_calm(name) && !is_plain_or_changed(name)
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Event {
    /// The run whose whole result the caller got, without a kill or a warning.
    pub fn run(&self) -> Option<Run> {
        match self.seen {
            Seen::Whole(run) if self.status == Some(0) && !self.warned => Some(run),
            _ => None,
        }
    }
}
