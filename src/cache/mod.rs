//! The cache: what a caller gets, put together from key, policy, store, flight and fetch.
//!
//! One short method for each thing that django-cacheback's `Job` can do. Each method does its work for the process
//! that calls it: output goes to that process's standard descriptors, and refreshes are forked from it.

mod answer;
mod care;
mod conduct;
mod database;
mod expiry;
mod explain;
mod failing;
mod freshness;
mod lead;
pub mod library;
mod overflow;
mod refresh;
mod spare;
mod stored;
mod uncached;
mod verify;

use std::cell::OnceCell;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use answer::{Answer, Ended};
pub use explain::{Explanation, Found, Near};
pub use stored::{Setting, StoredResult};
pub use uncached::run_uncached;
pub use verify::Inspector;

use crate::dependencies::TooMuch;
use crate::fetch::environment::{self, Loop};
use crate::fetch::{self, Printed, Printer};
use crate::flight::Leader;
use crate::model::invocation::Invocation;
use crate::model::key::{Key, KeyOptions, KeyParts};
use crate::model::key_file::KeyFileError;
use crate::model::status::{How, Why};
use crate::model::time::{Moment, Timestamp};
use crate::policy::{Decision, FetchPolicy, Freshness, Mode, Policy, decide, freshness};
use crate::store::{Event, EventKind, Selected, Selector, Store, StoreError};
use crate::sys::error::words;
use crate::sys::signal::without_sigpipe;
use refresh::Refresh;

/// The results in one database, served to the process that calls: what the program is built on.
pub struct Engine {
    path: PathBuf,
    notices: Notices,
    max_db_size: u64,
    /// Where hits are noted, once the database has been looked at: a hit does not look again.
    tally: OnceCell<PathBuf>,
    /// It works in a program of somebody else's: it forks nothing.
    is_in_host: bool,
}

/// The database is kept below this size, in bytes, unless said otherwise.
pub const MAX_DB_SIZE: u64 = 1024 * 1024 * 1024;

/// What the engine has to say to a person, as opposed to what it returns.
pub struct Notices {
    /// Something went wrong without harm to the command.
    pub warn: Box<dyn Fn(&str)>,
    /// This caller waits for another one's flight. Returns when it wants to be told so again.
    pub waiting: Box<dyn Fn(Wait) -> Duration>,
}

/// A caller waits for another one's flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It has been waiting for a second, or for longer; for this process, if that is known.
    Goes(Option<Leader>),
    /// It waits no longer; said if it has been said that it waits.
    Over,
}

/// One call: what is asked for, and how.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// What to run.
    pub invocation: &'a Invocation,
    /// What else is part of its key.
    pub key: &'a KeyOptions,
    /// When a stored result may be served.
    pub policy: &'a Policy,
    /// How to run it and what to keep.
    pub fetch: &'a FetchPolicy,
    /// What to print where the policy serves an empty result.
    pub empty: &'a [u8],
    /// When the caller asked.
    pub asked: Moment,
    /// What the caller wants to be asked on the way.
    pub hooks: Hooks<'a>,
}

/// What a caller wants to be asked, or told, while it is served.
#[derive(Clone, Copy, Default)]
pub struct Hooks<'a> {
    /// Whether to wait for a fetch: asked only if nothing fresh is stored. Without it the policy's mode says so.
    pub waits: Option<&'a dyn Fn(Freshness) -> bool>,
    /// Told what the output is, once, before its first byte is written; it may give standard output another target.
    pub before_output: Option<&'a dyn Fn(&Source)>,
    /// Whether a terminal at standard error is to show how a fetch gets on, as long as the command writes nothing.
    pub shows_progress: bool,
}

/// What the output of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key.
    pub key: Key,
    /// Where it came from.
    pub output: OutputOf,
}

/// Where the output of a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputOf {
    /// A stored result of this age, which is fresh.
    Hit(Duration),
    /// A stored result of this age, which is stale.
    Stale(Duration),
    /// The command, which was run because what is stored is stale.
    Refetch,
    /// The command, because nothing is stored or because it was asked for; or nothing at all.
    Miss,
}

impl Source {
    /// From the store.
    fn stored(key: Key, freshness: Freshness) -> Self {
        let output = match freshness {
            Freshness::Fresh { age, .. } => OutputOf::Hit(age),
            Freshness::Stale { age, .. } => OutputOf::Stale(age),
            Freshness::Missing => OutputOf::Miss,
        };
        Self { key, output }
    }

    /// From the command.
    fn fetched(key: Key, is_refetch: bool) -> Self {
        Self { key, output: if is_refetch { OutputOf::Refetch } else { OutputOf::Miss } }
    }
}

/// The cache cannot be used for this call. Nothing has been printed and nothing has been run.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The database or its place.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The working directory, which is part of the key.
    #[error("the working directory cannot be read: {}", words(.0))]
    Cwd(std::io::Error),
    /// The file by which callers find out about each other.
    #[error("{path}: {}", words(source))]
    Flight {
        /// The file's directory.
        path: PathBuf,
        /// The system's word on it.
        source: std::io::Error,
    },
    /// A file that is part of the key.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The files that the result depends on.
    #[error(transparent)]
    Dependencies(#[from] TooMuch),
    /// This call is a round of a loop: without a cache the command would run itself without end.
    #[error("the command would run itself without end")]
    InItself(Loop),
    /// Another process, to watch over the command.
    #[error("no process can be started to watch over the command: {}", words(.0))]
    Process(std::io::Error),
}

impl Call<'_> {
    /// The parts of its key, and the key.
    fn identity(&self) -> Result<(KeyParts, Key), Unusable> {
        let cwd = if self.depends_on_cwd() { std::env::current_dir().map_err(Unusable::Cwd)? } else { PathBuf::new() };
        let parts = KeyParts::new(self.invocation, self.key, &cwd, environment::Surroundings);
        // Their relative paths begin where this process is.
        let parts = parts.with_files(&self.key.files, Path::new(""))?;
        let key = parts.to_key();
        Ok((parts, key))
    }

    /// What prints a result that is not just being fetched for this call.
    fn printer(&self) -> Printer {
        Printer::new(self.hooks.before_output.is_some()).of_terminal(self.invocation.terminal.is_some())
    }

    /// The policy of this call, which finds an entry so fresh.
    fn policy_for(&self, freshness: Freshness) -> Policy {
        let is_fresh = matches!(freshness, Freshness::Fresh { .. });
        match (self.hooks.waits, self.policy.mode) {
            (Some(waits), Mode::Plain | Mode::Async | Mode::EmptyOnMiss | Mode::AsyncEmptyOnMiss) if !is_fresh => {
                let mode = if waits(freshness) { Mode::Plain } else { Mode::AsyncEmptyOnMiss };
                // The threshold is the answer of those who do not ask.
                Policy { mode, fetch_on_stale_threshold: None, ..self.policy.clone() }
            }
            _ => self.policy.clone(),
        }
    }

    /// Tells the caller what is about to be written.
    fn announce(&self, source: Source) {
        if let Some(tell) = self.hooks.before_output {
            tell(&source);
        }
    }

    /// Runs `print`, which writes output from this process.
    fn deliver<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.hooks.before_output {
            Some(_) => without_sigpipe(print),
            None => print(),
        }
    }

    /// Looking the working directory up costs a system call.
    fn depends_on_cwd(&self) -> bool {
        let program = self.invocation.program().as_bytes();
        self.key.cwd || (!program.starts_with(b"/") && program.contains(&b'/'))
    }
}

impl Engine {
    /// The cache in the database at `path`, which need not exist.
    pub fn at(path: impl Into<PathBuf>, notices: Notices) -> Self {
        Self { path: path.into(), notices, max_db_size: MAX_DB_SIZE, tally: OnceCell::new(), is_in_host: false }
    }

    /// The same, with another limit in bytes on the size of the database.
    #[must_use]
    pub fn with_max_db_size(mut self, limit: u64) -> Self {
        self.max_db_size = limit;
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves or fetches, as the policy decides.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been run, and the caller is free to run the command without a cache.
    pub fn get(&self, call: &Call<'_>) -> Result<Answer, Unusable> {
        let (parts, key) = call.identity()?;
        let (store, entry) = self.look_up(&key)?;
        let now = Timestamp::now();
        let deadline = deadline(call.fetch.timeout);
        let facts = self.facts(store.as_ref(), entry.as_ref(), call, deadline);
        let freshness = freshness(facts.as_ref(), call.policy, now);
        let policy = call.policy_for(freshness);
        let call = &Call { policy: &policy, ..*call };
        let decision = decide(facts.as_ref(), call.policy, now);
        if !matches!(decision, Decision::Serve | Decision::NotCached) {
            refuse_in_itself(call, &key)?;
        }
        match (decision, entry, store) {
            (Decision::Serve, Some(entry), store) => {
                match self.replay(call, store.as_ref(), &entry, Source::stored(key, freshness)) {
                    Some(printed) => {
                        drop(store);
                        self.note(Event::now(EventKind::Hit, &key, entry.took));
                        Ok(Answer::hit(key, &entry, freshness, Refresh::default(), printed))
                    }
                    None => self.fetch_anew(call, &parts, key, deadline),
                }
            }
            (Decision::ServeAndRefresh, Some(entry), store) => {
                let flights = self.flights_dir()?;
                match self.replay(call, store.as_ref(), &entry, Source::stored(key, freshness)) {
                    Some(printed) => {
                        drop(store);
                        let served = Event::now(EventKind::StaleHit, &key, entry.took);
                        let refresh = self.start_refresh(call, &parts, key, &flights, Some(served));
                        Ok(Answer::hit(key, &entry, freshness, refresh, printed))
                    }
                    None => self.fetch_anew(call, &parts, key, deadline),
                }
            }
            (Decision::ServeEmptyAndFetch, _, store) => {
                let flights = self.flights_dir()?;
                call.announce(Source::fetched(key, false));
                let printed = call.deliver(|| fetch::print(call.empty));
                drop(store);
                let refreshing = self.start_refresh(call, &parts, key, &flights, None).is_in_progress;
                let how = if refreshing { How::Refreshing(Why::Missing) } else { How::NotCached };
                Ok(Answer::printed(how, key, 0, printed))
            }
            (Decision::NotCached, ..) => Ok(Answer::printed(How::NotCached, key, 1, Printed::All)),
            (_, _, store) => {
                drop(store);
                self.fetch(call, &parts, key, why(call.policy, freshness), deadline)
            }
        }
    }

    /// Starts a detached fetch, unless one is in progress, and prints nothing.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been started.
    pub fn warm(&self, call: &Call<'_>) -> Result<Answer, Unusable> {
        let (parts, key) = call.identity()?;
        refuse_in_itself(call, &key)?;
        // A file that is not ours gets nothing put beside it.
        drop(self.glance(&key)?);
        let flights = self.flights_dir()?;
        let call = Call { policy: &Policy { mode: Mode::Refresh, ..call.policy.clone() }, ..*call };
        let how = if self.start_refresh(&call, &parts, key, &flights, None).is_in_progress {
            How::Refreshing(Why::Request)
        } else {
            How::NotCached
        };
        Ok(Answer::printed(how, key, 0, Printed::All))
    }

    /// Marks what is selected stale and refreshes it in the background; returns how many entries that were.
    ///
    /// An entry whose key depends on standard input, or on a variable or a file that is another one now, is only marked:
    /// the command would not be the one that the key stands for. So is one whose command would run in a directory that
    /// somebody else owns by now: what it finds there is that user's choice.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been marked.
    pub fn invalidate(&self, selector: &Selector) -> Result<u64, Unusable> {
        let Some(store) = self.open_for_change()? else { return Ok(0) };
        let asked_at = store.mark()?;
        let selected = store.invalidate(selector)?;
        let count = selected.len() as u64;
        let mut selected: Vec<Selected> = selected.into_iter().filter(refresh::is_repeatable).collect();
        drop(store);
        self.leave_out_foreign_directories(&mut selected);
        self.refresh_all(selected, asked_at);
        Ok(count)
    }

    /// Forgets what is selected; returns how many entries that were.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: nothing has been forgotten.
    pub fn delete(&self, selector: &Selector) -> Result<u64, Unusable> {
        let Some(store) = self.open_for_change()? else { return Ok(0) };
        // What is noted already belongs to the entries that go, not to those that come after them.
        self.fold_into(&store);
        match store.delete(selector) {
            Err(error) if error.is_full() && *selector == Selector::All => Ok(Self::start_over(store)?),
            count => Ok(count?),
        }
    }

    /// What the key of an invocation is made of under key options.
    ///
    /// # Errors
    ///
    /// The working directory or a file is part of the key and cannot be read.
    pub fn parts_of(invocation: &Invocation, key: &KeyOptions) -> Result<KeyParts, Unusable> {
        let policy = Policy::default();
        let fetch = FetchPolicy::default();
        let hooks = Hooks::default();
        let call = Call { invocation, key, policy: &policy, fetch: &fetch, empty: b"", asked: Moment::now(), hooks };
        call.identity().map(|(parts, _)| parts)
    }

    /// The keys that begin with these hexadecimal digits, two at most.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database cannot be read.
    pub fn keys_with_prefix(&self, prefix: &str) -> Result<Vec<Key>, Unusable> {
        match self.open_readable()? {
            Some(store) => Ok(store.keys_with_prefix(prefix)?),
            None => Ok(Vec::new()),
        }
    }
}

/// What was stored before may be served to a command that runs for `key` and asks for that; a new run would be its own.
fn refuse_in_itself(call: &Call<'_>, key: &Key) -> Result<(), Unusable> {
    Loop::around(call.invocation, key).map_or(Ok(()), |around| Err(Unusable::InItself(around)))
}

/// When a fetch has to be over that begins now.
fn deadline(limit: Option<Duration>) -> Option<Instant> {
    // A hit has none, and does not ask for the time.
    limit.and_then(|limit| Instant::now().checked_add(limit))
}

fn why(policy: &Policy, freshness: Freshness) -> Why {
    match freshness {
        _ if policy.mode == Mode::Refresh => Why::Request,
        Freshness::Missing => Why::Missing,
        Freshness::Stale { .. } | Freshness::Fresh { .. } => Why::Stale,
    }
}

/// Whole seconds of freshness left, rounded towards what has passed.
fn seconds_left(freshness: Freshness) -> (Duration, i64) {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match freshness {
        Freshness::Fresh { age, left } => (age, seconds(left)),
        Freshness::Stale { age, over } => (age, -seconds(over).max(1)),
        Freshness::Missing => (Duration::ZERO, 0),
    }
}
