//! How to fetch an entry again. `invalidate` passes it to a refresh long after the first caller has ended.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::codec::fields::{self, Fields};
use crate::codec::record::Reader;
use crate::codec::{sealed, unsealed};
use crate::model::invocation::{Invocation, WindowSize};
use crate::model::key::KeyParts;
use crate::policy::{CacheExit, FetchPolicy, Jitter, Job, Mode, Policy};

/// The command of an entry as it was given, and the policy of its fetch.
///
/// The environment and standard input are not part of it: values of variables are never stored, and a refresh runs
/// in the environment of the process that starts it. Parameters of jobs are stored as words of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The words of the command.
    pub argv: Vec<OsString>,
    /// The first word is a shell string.
    pub shell: bool,
    /// The size of the terminal to run it on, if it was run on one.
    pub terminal: Option<WindowSize>,
    /// Where to run it.
    pub cwd: PathBuf,
    /// Variables that are set for it in addition to the environment.
    pub variables: Vec<(OsString, OsString)>,
    /// How to run it in the background, and which results to keep. Durations are kept in whole milliseconds.
    pub fetch: FetchPolicy,
    /// The entry is removed when it has not been fetched again for this long; kept in whole milliseconds.
    pub keep: Duration,
    /// The ttl with which it was fetched, which binds no reader; kept in whole milliseconds.
    pub ttl: Option<Duration>,
    /// How much shorter than that the reader who fetched it calls a result fresh; spans are kept in whole milliseconds.
    pub jitter: Jitter,
    /// The exit statuses that are stored.
    pub cache_exit: CacheExit,
    /// The ttl of results with other exit statuses, if they are stored; kept in whole milliseconds.
    pub failure_ttl: Option<Duration>,
}

mod tag {
    /// The words are those of the key.
    pub const KEYED_WORDS: u8 = b'=';
    pub const WORD: u8 = b'a';
    pub const SHELL: u8 = b's';
    /// Rows and columns: two little-endian `u16`.
    pub const TERMINAL: u8 = b'w';
    pub const CWD: u8 = b'd';
    /// `max_size`, `refresh_timeout`, `keep`: three little-endian `u64`, so that they share one header.
    pub const LIMITS: u8 = b'n';
    pub const CACHE_EXIT: u8 = b'x';
    pub const TTL: u8 = b'l';
    pub const FAILURE_TTL: u8 = b'f';
    /// A share in millionths: a little-endian `u32`; or a span: a `u64`.
    pub const JITTER: u8 = b'y';
    pub const DEPENDS_ON: u8 = b'p';
    pub const DEPENDS_ON_PROGRAM: u8 = b'g';
    pub const ON_REFRESH: u8 = b'r';
    pub const STORE_IF: u8 = b'i';
    pub const TAG: u8 = b't';
    pub const JOB: u8 = b'j';
    pub const EXPIRY: u8 = b'e';
    /// The name of a variable, its value in the next field.
    pub const VARIABLE: u8 = b'v';
    pub const HOOK_VARIABLE: u8 = b'h';
    pub const VALUE: u8 = b'u';
}

impl Recipe {
    /// For `invocation` run in `cwd` under `fetch` and `policy`.
    pub fn new(invocation: &Invocation, cwd: &Path, fetch: &FetchPolicy, policy: &Policy) -> Self {
        Self {
            argv: invocation.argv.clone(),
            shell: invocation.shell,
            terminal: invocation.terminal,
            cwd: cwd.to_owned(),
            variables: invocation.variables.clone(),
            fetch: FetchPolicy { timeout: None, ..fetch.clone() },
            keep: policy.keep,
            ttl: Some(policy.ttl),
            jitter: policy.jitter,
            cache_exit: policy.cache_exit,
            failure_ttl: policy.failure_ttl,
        }
    }

    /// What to run.
    pub fn invocation(&self) -> Invocation {
        Invocation {
            variables: self.variables.clone(),
            terminal: self.terminal,
            ..Invocation::new(self.argv.iter().cloned()).as_shell(self.shell).in_dir(&self.cwd)
        }
    }

    /// The policy of a refresh that nobody waits for.
    pub fn policy(&self) -> Policy {
        let built_in = Policy::default();
        let Self { keep, cache_exit, failure_ttl, jitter, .. } = *self;
        let ttl = self.ttl.unwrap_or(built_in.ttl);
        Policy { ttl, keep, cache_exit, failure_ttl, jitter, mode: Mode::Refresh, ..built_in }
    }

    /// Encodes it without what `parts` say already, and with a checksum.
    pub fn encode(&self, parts: &KeyParts) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        if self.argv == parts.argv {
            fields::put(&mut out, tag::KEYED_WORDS, b"");
        } else {
            fields::put_each(&mut out, tag::WORD, &self.argv);
        }
        fields::put_flag(&mut out, tag::SHELL, self.shell);
        if let Some(WindowSize { rows, columns }) = self.terminal {
            fields::put(&mut out, tag::TERMINAL, [rows, columns].map(u16::to_le_bytes).as_flattened());
        }
        if parts.cwd.as_ref() != Some(&self.cwd) {
            fields::put_each(&mut out, tag::CWD, [&self.cwd]);
        }
        let limits = [self.fetch.max_size, millis(self.fetch.refresh_timeout), millis(self.keep)];
        fields::put(&mut out, tag::LIMITS, limits.map(u64::to_le_bytes).as_flattened());
        fields::put(&mut out, tag::CACHE_EXIT, self.cache_exit.to_string());
        for (tag, ttl) in [(tag::TTL, self.ttl), (tag::FAILURE_TTL, self.failure_ttl)] {
            ttl.into_iter().for_each(|ttl| fields::put(&mut out, tag, millis(ttl).to_le_bytes()));
        }
        match self.jitter {
            Jitter::NONE => {}
            Jitter::Share(share) => fields::put(&mut out, tag::JITTER, share.to_le_bytes()),
            Jitter::Span(span) => fields::put(&mut out, tag::JITTER, millis(span).to_le_bytes()),
        }
        fields::put_each(&mut out, tag::DEPENDS_ON, &self.fetch.depends_on);
        fields::put_flag(&mut out, tag::DEPENDS_ON_PROGRAM, self.fetch.depends_on_program);
        fields::put_each(&mut out, tag::ON_REFRESH, &self.fetch.on_refresh);
        fields::put_each(&mut out, tag::STORE_IF, &self.fetch.store_if);
        fields::put_each(&mut out, tag::TAG, &self.fetch.tags);
        put_variables(&mut out, tag::VARIABLE, &self.variables);
        if let Some(job) = &self.fetch.job {
            fields::put_each(&mut out, tag::JOB, [&job.name]);
            fields::put_each(&mut out, tag::EXPIRY, &job.expiry);
            put_variables(&mut out, tag::HOOK_VARIABLE, &job.variables);
        }
        sealed(out, 0)
    }

    /// Decodes what [`encode`](Self::encode) returned; `None` if it is damaged.
    pub fn decode(bytes: &[u8], parts: &KeyParts) -> Option<Self> {
        let mut fields = Fields::new(unsealed(bytes, 0)?);
        let mut recipe = Self::new(&Invocation::default(), Path::new(""), &FetchPolicy::default(), &Policy::default());
        recipe.ttl = None;
        let mut cwd = parts.cwd.clone();
        let (mut has_limits, mut cache_exit) = (false, None);
        while let Some((tag, bytes)) = fields.next() {
            let text = || OsString::from_vec(bytes.to_vec());
            match tag {
                tag::KEYED_WORDS => recipe.argv.clone_from(&parts.argv),
                tag::WORD => recipe.argv.push(text()),
                tag::SHELL => recipe.shell = true,
                tag::TERMINAL => recipe.terminal = Some(window_size(bytes)?),
                tag::CWD => cwd = Some(text().into()),
                tag::LIMITS => {
                    let mut limits = Reader::new(bytes);
                    recipe.fetch.max_size = limits.u64()?;
                    recipe.fetch.refresh_timeout = limits.millis()?;
                    recipe.keep = limits.millis()?;
                    has_limits = true;
                }
                tag::CACHE_EXIT => cache_exit = Some(str::from_utf8(bytes).ok()?.parse().ok()?),
                tag::TTL => recipe.ttl = Some(Reader::new(bytes).millis()?),
                tag::FAILURE_TTL => recipe.failure_ttl = Some(Reader::new(bytes).millis()?),
                tag::JITTER => recipe.jitter = jitter(bytes)?,
                tag::DEPENDS_ON => recipe.fetch.depends_on.push(text()),
                tag::DEPENDS_ON_PROGRAM => recipe.fetch.depends_on_program = true,
                tag::ON_REFRESH => recipe.fetch.on_refresh = Some(text()),
                tag::STORE_IF => recipe.fetch.store_if = Some(text()),
                tag::TAG => recipe.fetch.tags.push(text()),
                tag::JOB => recipe.fetch.job = Some(Job { name: text(), ..Job::default() }),
                tag::EXPIRY => recipe.fetch.job.as_mut()?.expiry = Some(text()),
                tag::VARIABLE => recipe.variables.push((text(), value(&mut fields)?)),
                tag::HOOK_VARIABLE => recipe.fetch.job.as_mut()?.variables.push((text(), value(&mut fields)?)),
                _ => return None,
            }
        }
        recipe.cache_exit = cache_exit?;
        recipe.cwd = cwd?;
        (has_limits && fields.is_exhausted()).then_some(recipe)
    }
}

fn window_size(bytes: &[u8]) -> Option<WindowSize> {
    let mut size = Reader::new(bytes);
    Some(WindowSize { rows: size.u16()?, columns: size.u16()? })
}

fn jitter(bytes: &[u8]) -> Option<Jitter> {
    let mut reader = Reader::new(bytes);
    let jitter = if bytes.len() == 4 { Jitter::Share(reader.u32()?) } else { Jitter::Span(reader.millis()?) };
    reader.is_exhausted().then_some(jitter)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn put_variables(out: &mut Vec<u8>, tag: u8, variables: &[(OsString, OsString)]) {
    for (name, value) in variables {
        fields::put_each(out, tag, [name]);
        fields::put_each(out, tag::VALUE, [value]);
    }
}

fn value(fields: &mut Fields<'_>) -> Option<OsString> {
    let (tag, bytes) = fields.next()?;
    (tag == tag::VALUE).then(|| OsString::from_vec(bytes.to_vec()))
}

#[cfg(test)]
#[path = "tests/recipe.rs"]
mod tests;
