//! What a fetch may do, and what of its result is kept.

use std::ffi::OsString;
use std::time::Duration;

/// How long a fetch may run, and what is kept with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPolicy {
    /// Limit of a foreground fetch: TERM, then KILL five seconds later.
    pub timeout: Option<Duration>,
    /// The same for a detached fetch and its whole process group.
    pub refresh_timeout: Duration,
    /// A larger output, in bytes, passes through and is not stored.
    pub max_size: u64,
    /// A shell command that is run after a background fetch whose result was stored.
    pub on_refresh: Option<OsString>,
    /// A shell command that reads the output and says by exit 0 whether it is worth storing.
    pub store_if: Option<OsString>,
    /// Files, or globs, whose change makes the result stale; relative ones are seen from where the command runs.
    pub depends_on: Vec<OsString>,
    /// A result is that of the program that the first word of the command finds, as that is now.
    pub depends_on_program: bool,
    /// Labels to select the entry by.
    pub tags: Vec<OsString>,
    /// The job that the command belongs to.
    pub job: Option<Job>,
}

/// The job of the configuration that a command belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: OsString,
    /// A shell script that is run after a successful fetch, with the result on its standard input; it prints for how
    /// long the result is fresh.
    pub expiry: Option<OsString>,
    /// Variables set for that script: the job's parameters.
    pub variables: Vec<(OsString, OsString)>,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self {
            timeout: None,
            refresh_timeout: Duration::from_secs(60 * 60),
            max_size: 256 * 1024 * 1024,
            on_refresh: None,
            store_if: None,
            depends_on: Vec::new(),
            depends_on_program: false,
            tags: Vec::new(),
            job: None,
        }
    }
}
