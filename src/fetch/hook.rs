//! Hooks: shell commands that this process runs for an answer, and waits for.

use std::ffi::OsStr;
use std::process::Command;

use crate::sys::signal::keep_children;

/// `script`, to be run by sh(1) without arguments.
pub fn hook(script: impl AsRef<OsStr>) -> Command {
    keep_children();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg("--").arg(script).arg("sh");
    shell
}
