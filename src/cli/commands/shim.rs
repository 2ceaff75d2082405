//! Called by another name: a link to cacheback that is named like a command memoises that command.
//!
//! All words belong to the command. It is keyed by its name and words, as for `cacheback run NAME …`, so that both
//! share results and `invalidate` finds them; what is executed is the program that PATH finds behind the link.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use cacheback::ExitStatus;

use crate::cli::args::{GlobalArgs, RunArgs};
use crate::cli::render::{message, quote};
use crate::cli::resolve::{Request, UsageError};
use crate::cli::serve::{self, bypass};
use crate::fetch::program;
use crate::model::invocation::Invocation;
use crate::runner::exec::StandardInput;
use crate::sys::proc;

/// A command that has run itself through its own link this many times never ends.
const DEEPEST: usize = 20;

/// The command that this process was called as; `None` if that is `cacheback`, or the name of this program's file.
pub fn name(program: Option<&OsStr>) -> Option<&OsStr> {
    name_besides(program, || proc::own_program().ok())
}

/// A copy of the program under another name is no link. `file` gives the name of the copy, and costs a system call.
fn name_besides(program: Option<&OsStr>, file: impl FnOnce() -> Option<PathBuf>) -> Option<&OsStr> {
    let base = base(program?);
    match base.strip_prefix(b"cacheback") {
        Some([] | [b'-' | b'.', ..]) => None,
        _ if base.is_empty() => None,
        _ => {
            let file = file().unwrap_or_default();
            let own = base_of_file(file.as_os_str());
            (own != base).then(|| OsStr::from_bytes(base))
        }
    }
}

fn base(path: &OsStr) -> &[u8] {
    path.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// The kernel adds `(deleted)` to the path of a file that has been removed or replaced.
fn base_of_file(path: &OsStr) -> &[u8] {
    let base = base(path);
    base.strip_suffix(b" (deleted)").unwrap_or(base)
}

/// Runs the command called `name` with the words of `argv` through the cache.
///
/// Within a run of the same command, the command runs without the cache. That run has one result, which must not be
/// made of older results; and with the same words, the run would wait for itself.
pub fn run(name: &OsStr, argv: &[OsString]) -> Result<ExitStatus, UsageError> {
    let shown = name.display();
    let Some(path) = program::behind_link(name) else {
        message::error(format_args!(
            "cannot run '{shown}': this is a link to cacheback, which memoises the command of its name, and PATH has no \
             other {shown}; to call cacheback itself {shown}, remove the link and use an alias: alias {word}=cacheback",
            word = quote::word(name),
        ));
        return Ok(ExitStatus::NotFound);
    };
    let words = std::iter::once(name.to_owned()).chain(argv.iter().skip(1).cloned());
    let invocation = Invocation::new(words).executing(&path);
    match program::nesting(name) {
        0 if bypass::is_asked_for() => Ok(bypass::run_command(&invocation, StandardInput::Own, None)),
        0 => Ok(serve::run(request(invocation)?)),
        depth if depth < DEEPEST => Ok(bypass::run_command(&invocation, StandardInput::Own, None)),
        _ => Err(UsageError::new(format!(
            "'{shown}' runs itself without end: is '{}' a script that calls '{shown}' by its name?",
            path.display()
        ))),
    }
}

/// The request of a call by the link: that of `cacheback run` without options.
fn request(invocation: Invocation) -> Result<Request, UsageError> {
    let args = RunArgs { command: invocation.argv.clone(), ..RunArgs::default() };
    let request = Request::resolve(args, GlobalArgs::default(), &|name: &'static str| std::env::var_os(name))?;
    Ok(Request { invocation, ..request })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_but_our_own_is_a_command() {
        for own in
            ["cacheback", "/usr/bin/cacheback", "./cacheback", "cacheback-0.1.0", "cacheback.old", "", "/", "bin/"]
        {
            assert_eq!(name_besides(Some(OsStr::new(own)), || unreachable!()), None, "{own}");
        }
        assert_eq!(name(None), None);
        for (called, command) in [("kubectl", "kubectl"), ("/a/cacheback/gh", "gh"), ("cachebacks", "cachebacks")] {
            for file in [Some("/bin/cacheback".into()), None] {
                assert_eq!(name_besides(Some(OsStr::new(called)), || file), Some(OsStr::new(command)));
            }
        }
    }

    #[test]
    fn the_name_of_a_copy_is_no_command() {
        for (called, file) in [("cb", "/home/a/bin/cb"), ("./cb", "/b/cb"), ("/usr/bin/cb", "/usr/bin/cb (deleted)")] {
            assert_eq!(name_besides(Some(OsStr::new(called)), || Some(file.into())), None, "{called}");
        }
    }
}
