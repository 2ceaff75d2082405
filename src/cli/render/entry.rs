//! The state of an entry at a moment, in words and as a JSON object, for `peek`, `list` and `show`.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

use cacheback::Key;
use serde_json::{Map, Value, json};

use super::{color::Color, figures, object, quote};
use crate::dependencies::Program;
use crate::flight::Leader;
use crate::model::key::{Digest, KeyParts, digest};
use crate::model::time::Timestamp;
#[cfg(feature = "browse")]
use crate::policy::reason::{Reason, reasons};
use crate::policy::{CacheExit, EntryFacts, Freshness, Policy, freshness};
use crate::store::{Detail, Failure};

/// What an entry is assessed by.
pub struct Criteria {
    pub policy: Policy,
    /// Whether the ttl of `policy` was given for this call. Otherwise the ttl of the entry's last fetch counts.
    pub ttl_is_said: bool,
    /// The files that the entry depends on; if there are none here, those that it was stored with.
    pub depends_on: Vec<OsString>,
    /// The fetches in progress.
    pub in_progress: HashMap<Key, Leader>,
    pub now: Timestamp,
}

/// The state of an entry under some criteria.
pub struct Assessment<'a> {
    pub detail: &'a Detail,
    pub state: State,
    /// For how long it is fresh after its fetch.
    pub ttl: Duration,
    pub age: Duration,
    pub is_fresh: bool,
    /// Whether the files that it depends on are as they were; `None` if there are none.
    pub unchanged: Option<bool>,
    pub progress: Option<Leader>,
}

/// The state of an entry in one word. If several hold, [`Criteria::assess`] says which one comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Fresh,
    Stale,
    /// Marked stale.
    Invalidated,
    /// The last fetches in the background have failed.
    Failing {
        count: u32,
        status: u8,
    },
    /// A fetch is in progress.
    Refreshing,
    /// It is no longer served.
    Expired,
}

impl Criteria {
    /// The state of `detail` under these criteria.
    pub fn assess<'a>(&self, detail: &'a Detail) -> Assessment<'a> {
        let (facts, policy, unchanged) = self.basis(detail);
        let ttl = policy.ttl_of(&facts).unwrap_or_default();
        let freshness = freshness(Some(&facts), &policy, self.now);
        let progress = self.in_progress.get(&detail.summary.key).copied();
        let state = match (&detail.failure, freshness) {
            _ if progress.is_some() => State::Refreshing,
            (_, Freshness::Missing) => State::Expired,
            (Some(Failure { count, status, .. }), _) => State::Failing { count: *count, status: *status },
            _ if detail.summary.invalidated => State::Invalidated,
            (None, Freshness::Fresh { .. }) => State::Fresh,
            (None, Freshness::Stale { .. }) => State::Stale,
        };
        let age = self.now.since(detail.summary.fetched_at).unwrap_or_default();
        let is_fresh = matches!(freshness, Freshness::Fresh { .. });
        Assessment { detail, state, ttl, age, is_fresh, unchanged, progress }
    }

    /// Why `detail` is not fresh under these criteria; nothing if it is.
    #[cfg(feature = "browse")]
    pub fn reasons(&self, detail: &Detail) -> Vec<Reason> {
        let (facts, policy, _) = self.basis(detail);
        reasons(&facts, &policy, self.now)
    }

    /// What decides about freshness, and whether the files that `detail` depends on are as they were.
    fn basis(&self, detail: &Detail) -> (EntryFacts, Policy, Option<bool>) {
        let recipe = &detail.recipe;
        let patterns = if self.depends_on.is_empty() { &recipe.fetch.depends_on } else { &self.depends_on };
        let known = detail.condition.dependencies.as_ref();
        let unchanged = (!patterns.is_empty()).then(|| known.is_some_and(|known| known.hold(patterns, &recipe.cwd)));
        // The PATH of the callers is not known: the program may be the one that was found.
        let program = detail.condition.program.as_ref();
        let program_changed = recipe.fetch.depends_on_program && !program.is_some_and(Program::is_untouched);
        let facts = detail.summary.facts(detail.condition.lifetime, unchanged == Some(false));
        let facts = EntryFacts { program_changed, ..facts };
        let failure_ttl = self.policy.failure_ttl.or(recipe.failure_ttl);
        let policy = Policy {
            ttl: recipe.ttl.filter(|_| !self.ttl_is_said).unwrap_or(self.policy.ttl),
            jitter: if self.ttl_is_said { self.policy.jitter } else { recipe.jitter },
            cache_exit: if detail.summary.is_failure { recipe.cache_exit } else { CacheExit::ANY },
            failure_ttl,
            keep: recipe.keep,
            honours_expiry: recipe.fetch.job.as_ref().is_some_and(|job| job.expiry.is_some()),
            ..self.policy.clone()
        };
        (facts, policy, unchanged)
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Invalidated => "invalidated",
            Self::Failing { .. } => "failing",
            Self::Refreshing => "refreshing",
            Self::Expired => "expired",
        }
    }

    pub fn color(self) -> Color {
        match self {
            Self::Fresh => Color::Green,
            Self::Stale => Color::Yellow,
            Self::Invalidated => Color::Magenta,
            Self::Failing { .. } => Color::Red,
            Self::Refreshing => Color::Cyan,
            Self::Expired => Color::Grey,
        }
    }
}

impl Assessment<'_> {
    /// The state in words: `refreshing (pid 4711, 3s)`, `failing ×3 (status 7)`.
    pub fn state_in_words(&self) -> String {
        match (self.state, self.progress) {
            (State::Refreshing, Some(leader)) => {
                let stopped = if leader.is_stopped { ", stopped" } else { "" };
                format!("refreshing (pid {}, {}{stopped})", leader.pid, figures::span(leader.elapsed()))
            }
            (State::Failing { count, status: 0 }, _) => format!("failing ×{count} (not stored)"),
            (State::Failing { count, status }, _) => format!("failing ×{count} (status {status})"),
            (state, _) => state.name().to_owned(),
        }
    }

    /// What is left of its ttl, in seconds; below zero, the time since the ttl was over.
    pub fn ttl_left(&self) -> f64 {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        millis(self.ttl).saturating_sub(millis(self.age)) as f64 / 1e3
    }

    /// The command as one would type it.
    pub fn command(&self) -> String {
        command(self.detail)
    }

    /// What is known of it, without its output.
    pub fn object(&self) -> Map<String, Value> {
        let Detail { summary, usage, .. } = self.detail;
        let mut object = object::result(summary, self.age, Some(self.ttl), Some(&self.detail.recipe));
        object.extend(object::fields(json!({
            "key": summary.key.to_string(),
            "command": self.command(),
            "state": self.state.name(),
            "fresh": self.is_fresh,
            "ttl_left": self.ttl_left(),
            "hits": usage.hits,
            "stale_hits": usage.stale_hits,
            "saved": figures::seconds(usage.saved),
            "last_used": usage.last.and_then(figures::instant),
            "refreshing": self.progress.map(object::in_progress),
            "failure": self.detail.failure.as_ref().map(object::failure),
        })));
        object
    }
}

/// The command of an entry as one would type it.
pub fn command(detail: &Detail) -> String {
    match &detail.parts.key {
        // Stored by `set` under a name of its own.
        Some(key) if detail.recipe.argv.is_empty() => format!("--key {}", quote::word(key)),
        _ => quote::command(&detail.recipe.invocation()),
    }
}

/// The same, with what distinguishes it from other entries of that command.
pub fn distinct_command(detail: &Detail) -> String {
    format!("{}{}", command(detail), distinction(detail))
}

/// What distinguishes an entry from others of its command, as a shell comment to put behind the command; may be empty.
pub fn distinction(detail: &Detail) -> String {
    let KeyParts { key, scope, cwd, env, files, stdin, pty, argv, .. } = &detail.parts;
    let function = detail.parts.function();
    let key = key.as_ref().filter(|_| !detail.recipe.argv.is_empty());
    let program = argv.first().filter(|program| cwd.is_none() && detail.recipe.argv.first() != Some(program));
    let short = |digest: &Digest| figures::sha256(digest)[..15].to_owned();
    let part = |name: &str, value: &OsStr| format!("{name} {}", quote::word(value));
    let parts = [
        // Versions of one function are different commands.
        function.map(|function| format!("function {}", short(&function.source()))),
        key.map(|key| part("key", key)),
        scope.as_ref().map(|scope| part("scope", scope)),
        cwd.as_ref().map(|cwd| part("cwd", cwd.as_os_str())),
        // A relative path names another program in another directory.
        program.map(|program| part("program", program)),
        stdin.as_ref().map(|digest| format!("stdin {}", short(digest))),
        pty.then(|| "pty".to_owned()),
    ];
    let value = |name: &OsStr| match env.iter().find(|(known, _)| known == name) {
        Some((_, Some(value))) => short(value),
        Some((_, None)) => "unset".to_owned(),
        // A glob stands for all variables.
        None => short(&all_of(env)),
    };
    let variables = detail.parts.variables().map(|name| format!("{} {}", part("env", name), value(name)));
    let content = |digest: &Option<Digest>| digest.as_ref().map_or_else(|| "missing".to_owned(), short);
    let files = files.iter().map(|(path, digest)| format!("{} {}", part("file", path), content(digest)));
    let parts: Vec<String> = parts.into_iter().flatten().chain(variables).chain(files).collect();
    if parts.is_empty() { String::new() } else { format!("  # {}", parts.join(", ")) }
}

/// A digest of variables, by names and values.
fn all_of(env: &[(OsString, Option<Digest>)]) -> Digest {
    let mut all = Vec::new();
    for (name, value) in env {
        all.extend_from_slice(name.as_encoded_bytes());
        all.push(0);
        all.extend_from_slice(value.as_ref().map_or(&[], |value| &value[..]));
    }
    digest(&all)
}
