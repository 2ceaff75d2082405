//! The variables that cacheback sets for a command, and the environment without them.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::model::invocation::Invocation;
use crate::model::key::{Key, Variables};
use crate::sys::process::{self, set_variable, unset_variable};

/// Set for the command of every run: the runs that led to it, from the outermost to the innermost, with `/` between
/// them, each as its key, `:` and the name of its program. A call for one of these keys would run itself. Many runs of
/// one program within each other are a wrapper that changes its arguments.
pub const RUNNING_KEYS: &str = "CACHEBACK_RUNNING";

/// Set for the command of a link: the names of the links whose commands are running, from the outermost to the
/// innermost, with `/` between them.
pub const RUNNING_LINKS: &str = "CACHEBACK_SHIM";

/// Set for the command of a background fetch: nobody waits for it, and nobody can answer it.
pub const BACKGROUND: &str = "CACHEBACK_BACKGROUND";

/// For git in a background fetch: it takes no lock that the user's own git would meet, and asks for no password. Values
/// that are set already stay.
const GIT: [&str; 2] = ["GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"];

/// This many runs of one program within each other are a loop, whatever their arguments are.
const DEEPEST_OF_ONE_PROGRAM: usize = 8;

/// This many runs of any programs within each other are a loop.
const DEEPEST: usize = 20;

/// Why a call would never end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loop {
    /// It is part of a run for its own key.
    Itself,
    /// It is within this many runs of its program.
    OfOneProgram(usize),
    /// It is within this many runs, of the programs with these names.
    OfMany(usize, Vec<OsString>),
}

impl Loop {
    /// The loop that a call of `invocation` for `key` is part of, if it is.
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

    /// The same for a call that stores nothing, and so may run its own command again.
    pub fn too_deep() -> Option<Self> {
        let running = std::env::var_os(RUNNING_KEYS)?;
        let depth = runs(&running).count();
        let mut seen = HashSet::new();
        let names = runs(&running).map(|(_, name)| name).filter(|name| !name.is_empty() && seen.insert(*name));
        (depth >= DEEPEST).then(|| Self::OfMany(depth, names.map(|name| OsStr::from_bytes(name).to_owned()).collect()))
    }
}

/// Sets [`RUNNING_KEYS`], for the commands that are started from now on, to a run of `invocation` for `key`.
pub fn enter(invocation: &Invocation, key: &Key) {
    set_variable(RUNNING_KEYS, running_with(invocation, key));
}

/// The value of [`RUNNING_KEYS`] for a command that this process runs for `key`.
pub(crate) fn running_with(invocation: &Invocation, key: &Key) -> OsString {
    let mut run = OsString::from(key.to_string());
    run.push(":");
    run.push(name(invocation));
    appended(RUNNING_KEYS, &run)
}

/// The value of `variable`, a list with `/` between its parts, with one more.
pub(crate) fn appended(variable: &str, part: &OsStr) -> OsString {
    let mut list = std::env::var_os(variable).unwrap_or_default();
    if !list.is_empty() {
        list.push("/");
    }
    list.push(part);
    list
}

/// The keys and names of the runs in the value of [`RUNNING_KEYS`].
fn runs(running: &OsStr) -> impl Iterator<Item = (&[u8], &[u8])> {
    running.as_bytes().split(|byte| *byte == b'/').filter(|run| !run.is_empty()).map(|run| {
        let end = run.iter().position(|byte| *byte == b':').unwrap_or(run.len());
        (&run[..end], run.get(end + 1..).unwrap_or_default())
    })
}

/// The name of the program, without its directory, or of the shell function. A shell string has none.
fn name(invocation: &Invocation) -> OsString {
    if invocation.shell {
        return OsString::new();
    }
    let called = invocation.function().and_then(|function| function.words().into_iter().next());
    let program = called.unwrap_or_else(|| invocation.program().to_owned());
    Path::new(&program).file_name().unwrap_or_default().to_owned()
}

/// Sets the variables of [`background`] for the commands that are started from now on.
pub(crate) fn enter_background() {
    background().for_each(|(name, value)| set_variable(name, value));
}

/// The variables that are set for a command in the background.
pub(crate) fn background() -> impl Iterator<Item = (&'static str, &'static str)> {
    let git = GIT.into_iter().filter(|name| std::env::var_os(name).is_none());
    std::iter::once((BACKGROUND, "1")).chain(git.map(|name| (name, "0")))
}

/// The environment as the user has set it, for the key: without the variables of this module. A call from within a
/// background fetch has the same key as any other.
pub struct UserVariables;

impl Variables for UserVariables {
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
    if !process::has_repeated_variables() {
        return;
    }
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
