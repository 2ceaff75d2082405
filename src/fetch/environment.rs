//! What a command finds in its environment that its caller has not put there.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::program::RUNNING_LINKS;
use crate::model::key::{Key, Variables};
use crate::sys;

/// Set for the command of every run: the keys of the runs that led to it, from the outermost to the innermost, with `/`
/// between them. A call that asks for one of them anew is part of what it would run.
pub const RUNNING_KEYS: &str = "CACHEBACK_RUNNING";

/// Set for the command of a background fetch: nobody waits for it, and nobody can be asked.
pub const BACKGROUND: &str = "CACHEBACK_BACKGROUND";

/// For git in a background fetch: it takes no lock that the user's own git would stumble over, and asks for no password.
/// Whoever has set them has the say.
const GIT: [&str; 2] = ["GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"];

/// How many of the runs that led to this process are runs for `key`.
pub fn nesting(key: &Key) -> usize {
    let Some(running) = std::env::var_os(RUNNING_KEYS) else { return 0 };
    let key = key.to_string();
    running.as_bytes().split(|byte| *byte == b'/').filter(|other| *other == key.as_bytes()).count()
}

/// Tells the commands that are started from now on that they run for `key`.
pub fn enter(key: &Key) {
    let mut keys = std::env::var_os(RUNNING_KEYS).unwrap_or_default();
    if !keys.is_empty() {
        keys.push("/");
    }
    keys.push(key.to_string());
    sys::set_variable(RUNNING_KEYS, &keys);
}

/// Tells the commands that are started from now on that they run in the background.
pub(crate) fn enter_background() {
    sys::set_variable(BACKGROUND, "1");
    for name in GIT.into_iter().filter(|name| std::env::var_os(name).is_none()) {
        sys::set_variable(name, "0");
    }
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
            sys::unset_variable(&name);
            sys::set_variable(&name, value);
        }
    }
}
