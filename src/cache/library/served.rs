//! What a call is served.

use std::time::Duration;

use crate::model::exit::ExitStatus;
use crate::model::time::Timestamp;
use crate::model::transcript::Stream;
use crate::policy::Freshness;
use crate::store::{Entry, Writer};

/// The result of a command, stored or fetched just now.
///
/// ```
/// use std::time::Duration;
/// use cacheback::{Cache, ExitStatus, Invocation, Policy, Source};
///
/// # let home = tempfile::tempdir()?;
/// # let cache = Cache::open(home.path().join("cache.db"))?;
/// let (command, policy) = (Invocation::shell("echo out; echo err >&2"), Policy::fresh_for(Duration::from_secs(60)));
/// let served = cache.get(&command, &policy)?;
/// assert_eq!((served.stdout(), served.stderr()), (&b"out\n"[..], &b"err\n"[..]));
/// assert_eq!((served.status(), served.source()), (ExitStatus::Exited(0), Source::Fetched));
/// assert_eq!(cache.get(&command, &policy)?.source(), Source::Stored);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    output: Output,
    status: ExitStatus,
    age: Duration,
    is_stale: bool,
    is_stored: bool,
    source: Source,
}

/// Where a result came from.
///
/// ```
/// use cacheback::Source;
///
/// let needed_a_run = |source| source != Source::Stored;
/// assert!(needed_a_run(Source::Joined));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was stored.
    Stored,
    /// This call ran the command.
    Fetched,
    /// Another call, perhaps of another process, was running the command, and this one waited for its end.
    Joined,
}

impl Served {
    /// What the command wrote to standard output.
    pub fn stdout(&self) -> &[u8] {
        &self.output.stdout
    }

    /// What it wrote to standard error.
    pub fn stderr(&self) -> &[u8] {
        &self.output.stderr
    }

    /// Both, in the order in which they were read: `(is_stderr, bytes)`.
    ///
    /// Where the library has run the command, the order of what came to both between two reads is not known; standard
    /// output is first then.
    pub fn pieces(&self) -> impl Iterator<Item = (bool, &[u8])> {
        let (mut stdout, mut stderr) = (self.stdout(), self.stderr());
        self.output.order.iter().filter_map(move |(is_stderr, size)| {
            let rest = if *is_stderr { &mut stderr } else { &mut stdout };
            Some((*is_stderr, rest.split_off(..*size)?))
        })
    }

    /// How the command ended.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// How long ago the command ended.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Whether it is stored and no longer fresh.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Whether it is stored, so that another call finds it.
    pub fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// Where it came from.
    pub fn source(&self) -> Source {
        self.source
    }

    pub(super) fn stored(output: Output, entry: &Entry, freshness: Freshness) -> Self {
        let (age, is_stale) = match freshness {
            Freshness::Fresh { age, .. } => (age, false),
            Freshness::Stale { age, .. } => (age, true),
            Freshness::Missing => (Timestamp::now().since(entry.summary.fetched_at).unwrap_or_default(), true),
        };
        let status = ExitStatus::Exited(entry.summary.exit);
        Self { output, status, age, is_stale, is_stored: true, source: Source::Stored }
    }

    pub(super) fn fetched(output: Output, status: ExitStatus, is_stored: bool, source: Source) -> Self {
        Self { output, status, age: Duration::ZERO, is_stale: false, is_stored, source }
    }
}

/// What a command wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// Whether each piece is of standard error, and its size.
    order: Vec<(bool, usize)>,
}

impl Output {
    /// What `replay` hands over; `None` if it is damaged.
    pub(super) fn of<E>(replay: impl FnOnce(&mut Writer<'_>) -> Result<(), E>) -> Option<Self> {
        let mut output = Self::default();
        let replayed = replay(&mut |stream, data| {
            output.push(stream, data);
            Ok(())
        });
        replayed.is_ok().then_some(output)
    }

    pub(super) fn push(&mut self, stream: Stream, data: &[u8]) {
        let is_stderr = stream == Stream::Stderr;
        if is_stderr { &mut self.stderr } else { &mut self.stdout }.extend_from_slice(data);
        match self.order.last_mut() {
            Some((last, size)) if *last == is_stderr => *size += data.len(),
            _ => self.order.push((is_stderr, data.len())),
        }
    }
}
