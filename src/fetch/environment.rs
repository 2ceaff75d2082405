//! What a command finds in its environment that its caller has not put there.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::program::RUNNING_LINKS;
use crate::model::invocation::Invocation;
use crate::model::key::{Key, Variables};
use crate::sys::process::{set_variable, unset_variable};

/// Set for the command of every run: the runs that led to it, from the outermost to the innermost, with `/` between them,
/// each as its key, `:` and the name of its program. A call that asks for one of the keys anew is part of what it would
/// run; many runs of one program within each other are a wrapper that changes its arguments.
pub const RUNNING_KEYS: &str = "CACHEBACK_RUNNING";

/// Set for the command of a background fetch: nobody waits for it, and nobody can be asked.
pub const BACKGROUND: &str = "CACHEBACK_BACKGROUND";

/// For git in a background fetch: it takes no lock that the user's own git would stumble over, and asks for no password.
/// Whoever has set them has the say.
const GIT: [&str; 2] = ["GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"];

/// So many runs of one program within each other are taken for a loop, whatever their arguments are.
const DEEPEST_OF_ONE_PROGRAM: usize = 8;

/// So many runs of any programs within each other are.
const DEEPEST: usize = 20;

/// Why a call would go on without end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loop {
    /// It is part of the run that it asks for.
    Itself,
    /// It is within so many runs of its program.
    OfOneProgram(usize),
    /// It is within so many runs, of the programs with these names.
    OfMany(usize, Vec<OsString>),
}

impl Loop {
    /// The loop that a call of `invocation` for `key` would be a round of, if it is one.
    pub fn around(invocation: &Invocation, key: &Key) -> Option<Self> {
        let running = std::env::var_os(RUNNING_KEYS)?;
        let (key, name) = (key.to_string(), name(invocation));
        if runs(&running).any(|(other, _)| other == key.as_bytes()) {
            return Some(Self::Itself);
        }
        let of_program = runs(&running).filter(|(_, other)| !name.is_empty() && *other == name.as_bytes()).count();
        if of_program >= DEEPEST_OF_ONE_PROGRAM {
            return Some(Self::OfOneProgram(of_program));
        }
        Self::too_deep()
    }

    /// The same where a command may run itself, because nothing is stored.
    pub fn too_deep() -> Option<Self> {
        let running = std::env::var_os(RUNNING_KEYS)?;
        let depth = runs(&running).count();
        let mut seen = HashSet::new();
        let names = runs(&running).map(|(_, name)| name).filter(|name| !name.is_empty() && seen.insert(*name));
        (depth >= DEEPEST).then(|| Self::OfMany(depth, names.map(|name| OsStr::from_bytes(name).to_owned()).collect()))
    }
}

/// Tells the commands that are started from now on that they run for `key`, of `invocation`.
pub fn enter(invocation: &Invocation, key: &Key) {
    set_variable(RUNNING_KEYS, running_with(invocation, key));
}

/// The value of [`RUNNING_KEYS`] for a command that this process runs for `key`.
pub(crate) fn running_with(invocation: &Invocation, key: &Key) -> OsString {
    let mut running = std::env::var_os(RUNNING_KEYS).unwrap_or_default();
    if !running.is_empty() {
        running.push("/");
    }
    running.push(key.to_string());
    running.push(":");
    running.push(name(invocation));
    running
}

/// The keys and names of the runs in the value of [`RUNNING_KEYS`].
fn runs(running: &OsStr) -> impl Iterator<Item = (&[u8], &[u8])> {
    running.as_bytes().split(|byte| *byte == b'/').filter(|run| !run.is_empty()).map(|run| {
        let end = run.iter().position(|byte| *byte == b':').unwrap_or(run.len());
        (&run[..end], run.get(end + 1..).unwrap_or_default())
    })
}

/// What a program is called, without its directory; of a shell function, its name. A shell string has none.
fn name(invocation: &Invocation) -> OsString {
    if invocation.shell {
        return OsString::new();
    }
    let called = invocation.function().and_then(|function| function.words().into_iter().next());
    let program = called.unwrap_or_else(|| invocation.program().to_owned());
    Path::new(&program).file_name().unwrap_or_default().to_owned()
}

/// Tells the commands that are started from now on that they run in the background.
pub(crate) fn enter_background() {
    background().for_each(|(name, value)| set_variable(name, value));
}

/// What is set for a command that runs in the background.
pub(crate) fn background() -> impl Iterator<Item = (&'static str, &'static str)> {
    let git = GIT.into_iter().filter(|name| std::env::var_os(name).is_none());
    std::iter::once((BACKGROUND, "1")).chain(git.map(|name| (name, "0")))
}

/// The environment as the user has set it, for the key: what we have set ourselves is no part of what the user asks for,
/// and a call from within a background fetch means the same results as any other.
pub struct Surroundings;

impl Variables for Surroundings {
    fn value(&self, name: &OsStr) -> Option<OsString> {
        let value = std::env::var_os(name)?;
        let is_ours = [BACKGROUND, RUNNING_LINKS, RUNNING_KEYS].iter().any(|ours| name == *ours)
            || (value == "0" && GIT.iter().any(|ours| name == *ours) && std::env::var_os(BACKGROUND).is_some());
        (!is_ours).then_some(value)
    }

    fn names(&self) -> Vec<OsString> {
        std::env::vars_os().map(|(name, _)| name).filter(|name| self.value(name).is_some()).collect()
    }
}

/// Leaves only the first of several variables with one name, for the commands that are started from now on: that is the
/// one that getenv(3) finds and that keys are made of, while shells take the last one.
pub(crate) fn keep_first_of_each_name() {
    let mut seen = HashSet::new();
    let repeated: Vec<OsString> =
        std::env::vars_os().map(|(name, _)| name).filter(|name| !seen.insert(name.clone())).collect();
    for name in repeated {
        if let Some(value) = std::env::var_os(&name) {
            unset_variable(&name);
            set_variable(&name, value);
        }
    }
}
