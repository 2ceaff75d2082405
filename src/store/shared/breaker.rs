//! Keeps calls away from a server that does not answer, and remembers the route to the server.
//!
//! Processes live for a millisecond, so what they know of the server is in a file beside the database. After a failure
//! no process tries the server for a time that doubles with each further failure. Then one process tries it, under a
//! lock that the kernel releases when the process dies, while the others do without the server. A file that cannot be
//! read or written counts as missing. It is about one server: with another URL or login, nothing is known of it.

mod record;
mod warnings;

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::wire::{Route, WireError};
use crate::sys::clock;
use crate::sys::file::{NO_LINK, NO_WAIT};
use crate::sys::trust::{distrust_directory, distrust_file};

pub use record::Record;

/// The first wait, and the longest, which is also the wait after a mistake that somebody has to mend.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);

/// The least time between two warnings of a mistake that somebody has to mend.
const WARNED: Duration = Duration::from_hours(1);

/// How long a route is used: the address of a name may change.
const ROUTE_KEPT: Duration = Duration::from_mins(5);

/// What is wrong with the server, as far as it matters for trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It may be back in a moment.
    Unreachable,
    /// User, password, rights or TLS are wrong, or another kind of server answers: somebody has to mend that.
    Misconfigured,
}

impl Trouble {
    /// What an error means; `None` if it is the server's answer: the server can be asked again.
    pub fn of(error: &WireError) -> Option<Self> {
        match error {
            WireError::Timeout | WireError::Refused(_) | WireError::UnknownHost(_) | WireError::Closed => {
                Some(Self::Unreachable)
            }
            WireError::Tls(_) | WireError::Denied(_) | WireError::NoDatabase(_) | WireError::NotAServer(_) => {
                Some(Self::Misconfigured)
            }
            WireError::Server { code, .. } => match code.as_str() {
                "LOADING" | "BUSY" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" => Some(Self::Unreachable),
                "NOAUTH" | "NOPERM" => Some(Self::Misconfigured),
                _ => None,
            },
        }
    }
}

/// Whether to try the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Every process may try it.
    Go,
    /// One process may try it: the wait after the last failure is over.
    Probe,
    /// No process may try it before this much time has passed.
    Wait(Duration),
}

/// What `record` means at `now` on the boot clock. A wait beyond [`LONGEST`] is of another boot, and is over.
pub fn decide(record: &Record, now: Duration) -> Decision {
    if record.failures == 0 {
        return Decision::Go;
    }
    match record.until.checked_sub(now) {
        Some(left) if !left.is_zero() && left <= LONGEST => Decision::Wait(left),
        _ => Decision::Probe,
    }
}

/// The record after a failure at `now`, and whether to warn of it. `random` spreads the waits of several hosts.
///
/// An attempt that had begun when another failure was recorded adds nothing: many processes that fail together are one
/// failure.
pub fn after_failure(record: &Record, begun: Duration, now: Duration, trouble: Trouble, random: u64) -> (Record, bool) {
    let is_of_this_boot = record.failed_at <= now;
    if record.failures > 0 && is_of_this_boot && record.failed_at >= begun && record.trouble == trouble {
        return (record.clone(), false);
    }
    let failures = if is_of_this_boot { record.failures.saturating_add(1) } else { 1 };
    let wait = match trouble {
        Trouble::Unreachable => FIRST.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST),
        Trouble::Misconfigured => LONGEST,
    };
    // Three quarters of it, and up to a quarter more.
    let wait = wait * 3 / 4 + wait / 4 * u32::from(random as u8) / 255;
    let was_warned = record.warned_at.is_some_and(|at| at <= now && now - at < WARNED);
    let warns = trouble == Trouble::Misconfigured && !was_warned;
    let warned_at = if warns { Some(now) } else { record.warned_at };
    let after =
        Record { failures, trouble, failed_at: now, until: now + wait, warned_at, route: None, ..record.clone() };
    (after, warns)
}

/// The breaker's file.
#[derive(Clone, Debug)]
pub struct Breaker {
    path: PathBuf,
    /// The server that it is about, and the login there. What is known of another one is not used, and is replaced.
    /// `None` is whichever server was used last.
    server: Option<u64>,
}

/// Permission to try the server. [`succeed`](Self::succeed) or [`fail`](Self::fail) records the result; if neither is
/// called, nothing is recorded.
#[derive(Debug)]
pub struct Attempt {
    breaker: Breaker,
    seen: Record,
    begun: Duration,
    /// The lock of the only process that may try.
    _probe: Option<File>,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// It is worth a warning.
    pub warns: bool,
    /// For how long no process tries the server because of it; zero for a failure that is recorded already.
    pub pause: Duration,
}

/// Why the server may not be tried now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// What the last failure was.
    pub trouble: Trouble,
    /// In words, without a password.
    pub reason: String,
}

impl Breaker {
    /// The breaker whose file is beside `database`, which may be a link to the real database and need not exist.
    pub fn beside(database: &Path) -> Self {
        let mut name = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
        name.push("-shared");
        Self { path: name.into(), server: None }
    }

    /// The same for one server, or one login there, that has this digest.
    #[must_use]
    pub fn of(self, server: u64) -> Self {
        Self { server: Some(server), ..self }
    }

    /// What is known now.
    pub fn record(&self) -> Record {
        self.open().map(|file| self.read(&file)).unwrap_or_default()
    }

    /// The record, and what follows from it.
    pub fn state(&self) -> (Record, Decision) {
        let record = self.record();
        let decision = decide(&record, clock::since_boot());
        (record, decision)
    }

    /// Permission to try the server, unless it failed a moment ago.
    ///
    /// # Errors
    ///
    /// [`Open`]: it did not answer a moment ago, or another process is trying just now.
    pub fn attempt(&self) -> Result<Attempt, Open> {
        let begun = clock::since_boot();
        let Ok(file) = self.open() else { return Ok(self.permit(Record::default(), begun, None)) };
        let seen = self.read(&file);
        let refuse = |record: Record| Err(Open { trouble: record.trouble, reason: record.reason });
        match decide(&seen, begun) {
            Decision::Go => Ok(self.permit(seen, begun, None)),
            Decision::Wait(_) => refuse(seen),
            // Where locks do not work, every process may try.
            Decision::Probe => match file.try_lock() {
                Err(std::fs::TryLockError::WouldBlock) => refuse(seen),
                // Another process may have tried between the reading and the locking.
                _ => match (self.read(&file), clock::since_boot()) {
                    (now, at) if matches!(decide(&now, at), Decision::Wait(_)) => refuse(now),
                    (now, _) => Ok(self.permit(now, begun, Some(file))),
                },
            },
        }
    }

    /// Permission to try the server in any case, to find out what is wrong.
    pub fn pass_by(&self) -> Attempt {
        self.permit(self.record(), clock::since_boot(), None)
    }

    fn permit(&self, seen: Record, begun: Duration, probe: Option<File>) -> Attempt {
        Attempt { breaker: self.clone(), seen, begun, _probe: probe }
    }

    /// Writes the changed record, if it has changed.
    fn update<T>(&self, change: impl FnOnce(&Record) -> (Record, T)) -> io::Result<T> {
        let file = match self.open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.make()?,
            file => file?,
        };
        let before = self.read(&file);
        let (after, result) = change(&before);
        if after != before {
            file.write_all_at(&after.encode(), 0)?;
        }
        Ok(result)
    }

    /// The record in `file`; a damaged one counts as empty, and so does one of another server, but for the warnings.
    fn read(&self, file: &File) -> Record {
        let mut bytes = [0; Record::SIZE];
        let record = match file.read_at(&mut bytes, 0) {
            Ok(Record::SIZE) => Record::decode(&bytes).unwrap_or_default(),
            _ => Record::default(),
        };
        match self.server {
            server @ Some(_) if record.server != server => {
                let Record { warned_password_at, mistake, .. } = record;
                Record { server, warned_password_at, mistake, ..Record::default() }
            }
            _ => record,
        }
    }

    fn open(&self) -> io::Result<File> {
        // Opening a pipe in its place would wait.
        let file = OpenOptions::new().read(true).write(true).custom_flags(NO_LINK | NO_WAIT).open(&self.path)?;
        // Another user could send us to another server.
        match distrust_file(&file.metadata()?) {
            None => Ok(file),
            Some(_) => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    fn make(&self) -> io::Result<File> {
        let directory = fs::metadata(self.path.parent().unwrap_or(Path::new("/")))?;
        if distrust_directory(&directory).is_some() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600).custom_flags(NO_LINK | NO_WAIT).open(&self.path)
    }
}

impl Attempt {
    /// The route to the server that an earlier process has found, if it is still used.
    pub fn route(&self) -> Option<Route> {
        let (found_at, route) = self.seen.route.as_ref()?;
        let age = self.begun.checked_sub(*found_at)?;
        (age < ROUTE_KEPT).then(|| route.clone())
    }

    /// The server has answered; `route` is the route to it.
    pub fn succeed(self, route: Option<&Route>) {
        let is_known = match (&self.seen.route, route) {
            (Some((_, known)), Some(route)) => known == route && self.route().is_some(),
            (None, None) => true,
            _ => false,
        };
        // The usual case: the file is not touched.
        if self.seen.failures == 0 && is_known {
            return;
        }
        let route = route.map(|route| (self.begun, route.clone()));
        // A file that cannot be written costs the next process a lookup, or a failure of its own.
        let _ = self.breaker.update(|record| {
            // The trouble is over: the next one is to be a warning again.
            let Record { server, warned_password_at, .. } = *record;
            (Record { server, route, warned_password_at, ..Record::default() }, ())
        });
    }

    /// The server has not answered; `reason` says why, without a password.
    pub fn fail(self, trouble: Trouble, reason: &str) -> Failed {
        let random = RandomState::new().hash_one(0);
        let change = |record: &Record| {
            let now = clock::since_boot();
            let (after, warns) = after_failure(record, self.begun, now, trouble, random);
            let pause = if after == *record { Duration::ZERO } else { after.until.saturating_sub(now) };
            (Record { reason: reason.to_owned(), ..after }, Failed { warns, pause })
        };
        // Without a record of the warning, every call would warn.
        self.breaker.update(change).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
