//! Where PATH finds a program: as for execvp(3), but this program never finds itself.
//!
//! A link to cacheback that is named like a command memoises that command, which PATH finds further on. If the link
//! were run instead, cacheback would wait for itself.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::environment::{RUNNING_LINKS, appended};
use crate::model::invocation::Invocation;
use crate::sys::process::set_variable;
use crate::sys::{file, proc};

/// The arguments of exec: the program's file, or its name if PATH is to be searched, and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executable {
    /// Not a link to this program, if PATH has another program of that name.
    pub file: OsString,
    /// The first one as it was given: programs use it as their name.
    pub argv: Vec<OsString>,
}

impl Executable {
    /// Those of `invocation`. If a link to this program was passed over, its name is added to [`RUNNING_LINKS`].
    pub fn of(invocation: &Invocation) -> Self {
        let mut argv = invocation.exec_argv();
        let mut given = argv.first().cloned().unwrap_or_default();
        if let Some(program) = argv.get_mut(invocation.program_at()) {
            if invocation.program_path.is_some() {
                let name = Path::new(invocation.program()).file_name().unwrap_or_default();
                enter(name);
                if invocation.program_at() == 0 {
                    given = name.to_owned();
                }
            } else if let Some(path) = behind_ourselves(program) {
                enter(program);
                *program = path.into_os_string();
            }
        }
        let file = argv.first_mut().map(|first| std::mem::replace(first, given)).unwrap_or_default();
        Self { file, argv }
    }
}

/// The command of a link called `name`: the program that PATH finds after a link to this program, or else before it.
pub fn behind_link(name: &OsStr) -> Option<PathBuf> {
    let ourselves = proc::own_program_metadata();
    let mut before = None;
    let mut passed = false;
    for (path, metadata) in executables(name) {
        if is_same(&metadata, ourselves.as_ref()) {
            passed = true;
        } else if passed {
            return Some(path);
        } else if before.is_none() {
            before = Some(path);
        }
    }
    before
}

/// How many of the commands that led to this process were run for a link called `name`.
pub fn nesting(name: &OsStr) -> usize {
    let running = std::env::var_os(RUNNING_LINKS).unwrap_or_default();
    running.as_bytes().split(|byte| *byte == b'/').filter(|other| *other == name.as_bytes()).count()
}

/// Where PATH finds `program`, if that is a name.
pub fn find(program: &OsStr) -> Option<PathBuf> {
    executables(program).next().map(|(path, _)| path)
}

/// The file that is executed for the first word of `invocation`, as far as there is one: of a shell string, that of sh.
pub fn file_of(invocation: &Invocation) -> Option<PathBuf> {
    let program = if invocation.shell { OsStr::new("sh") } else { invocation.program() };
    if let Some(path) = &invocation.program_path {
        return Some(path.clone());
    }
    if program.as_bytes().contains(&b'/') {
        return std::path::absolute(invocation.cwd.clone().unwrap_or_default().join(program)).ok();
    }
    let (path, metadata) = executables(program).next()?;
    if is_same(&metadata, proc::own_program_metadata().as_ref()) { behind_link(program) } else { Some(path) }
}

/// What PATH finds after this program, if it finds this program first.
fn behind_ourselves(program: &OsStr) -> Option<PathBuf> {
    let (_, first) = executables(program).next()?;
    if is_same(&first, proc::own_program_metadata().as_ref()) { behind_link(program) } else { None }
}

fn enter(name: &OsStr) {
    set_variable(RUNNING_LINKS, appended(RUNNING_LINKS, name));
}

/// What PATH has under this name, in its order, by absolute paths; nothing if it is a path itself.
fn executables(name: &OsStr) -> impl Iterator<Item = (PathBuf, Metadata)> {
    let is_name = !name.is_empty() && !name.as_bytes().contains(&b'/');
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let directories: Vec<PathBuf> = std::env::split_paths(&path).filter(|_| is_name).collect();
    directories.into_iter().filter_map(move |directory| {
        // An empty directory is the working directory.
        let path = std::path::absolute(directory.join(name)).ok()?;
        let metadata = path.metadata().ok().filter(Metadata::is_file)?;
        file::may_use(&path, false, false, true).is_ok().then_some((path, metadata))
    })
}

fn is_same(one: &Metadata, other: Option<&Metadata>) -> bool {
    other.is_some_and(|other| (one.dev(), one.ino()) == (other.dev(), other.ino()))
}
