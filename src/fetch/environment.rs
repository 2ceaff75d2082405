//! What a command finds in its environment that its caller has not put there.

use std::ffi::{OsStr, OsString};

use super::program::RUNNING_LINKS;
use super::sys;

/// Set for the command of a background fetch: nobody waits for it, and nobody can be asked.
pub const BACKGROUND: &str = "CACHEBACK_BACKGROUND";

/// For git in a background fetch: it takes no lock that the user's own git would stumble over, and asks for no password.
/// Whoever has set them has the say.
const GIT: [&str; 2] = ["GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"];

/// Tells the commands that are started from now on that they run in the background.
pub(crate) fn enter_background() {
    sys::set_variable(BACKGROUND, "1");
    for name in GIT.into_iter().filter(|name| std::env::var_os(name).is_none()) {
        sys::set_variable(name, "0");
    }
}

/// A variable as the user has set it, for the key: what we have set ourselves is no part of what the user asks for, and
/// a call from within a background fetch means the same results as any other.
pub fn variable(name: &OsStr) -> Option<OsString> {
    let value = std::env::var_os(name)?;
    let is_ours = [BACKGROUND, RUNNING_LINKS].iter().any(|ours| name == *ours)
        || (value == "0" && GIT.iter().any(|ours| name == *ours) && std::env::var_os(BACKGROUND).is_some());
    (!is_ours).then_some(value)
}
