//! What a key is made of.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::program::keyed_argv;
use super::{Digest, Key, KeyOptions, Variables, digest, is_glob};
use crate::model::function::Function;
use crate::model::glob::Glob;
use crate::model::invocation::Invocation;
use crate::model::key_file::{self, KeyFileError};

/// The parts of a key, which are hashed, stored and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyParts {
    /// The words of the command, with a relative path of the program made absolute; empty if `key` replaces them.
    pub argv: Vec<OsString>,
    /// The command is a shell string.
    pub shell: bool,
    /// The command's output is a terminal: commands print something else there.
    pub pty: bool,
    /// See [`KeyOptions::key`].
    pub key: Option<OsString>,
    /// See [`KeyOptions::scope`].
    pub scope: Option<OsString>,
    /// The working directory, if [`KeyOptions::cwd`] asks for it.
    pub cwd: Option<PathBuf>,
    /// Variables by name, sorted, each with the digest of its value or `None` if it is unset. Those that a glob matches
    /// are among them.
    pub env: Vec<(OsString, Option<Digest>)>,
    /// The globs of names of variables, sorted.
    pub globs: Vec<OsString>,
    /// The names of the variables that a shell string gets its arguments in; empty if `key` replaces the command.
    pub parameters: Vec<OsString>,
    /// Files by path, sorted, each with the digest of its content or `None` if it is missing.
    pub files: Vec<(OsString, Option<Digest>)>,
    /// The digest of standard input, if that is part of the key.
    pub stdin: Option<Digest>,
}

impl KeyParts {
    /// The parts of `invocation` under `options`, without files. `cwd` is the directory in which it runs.
    pub fn new(invocation: &Invocation, options: &KeyOptions, cwd: &Path, env: impl Variables) -> Self {
        let (globs, mut names): (Vec<_>, Vec<_>) = options.env.iter().cloned().partition(|name| is_glob(name));
        if !globs.is_empty() {
            let is_match = matcher(&globs);
            names.extend(env.names().into_iter().filter(|name| is_match(name)));
        }
        let sorted = |mut names: Vec<OsString>| {
            names.sort();
            names.dedup();
            names
        };
        let replaced = options.key.is_some();
        Self {
            argv: if replaced { Vec::new() } else { keyed_argv(invocation, cwd) },
            shell: invocation.shell && !replaced,
            pty: invocation.terminal.is_some(),
            key: options.key.clone(),
            scope: options.scope.clone(),
            cwd: options.cwd.then(|| cwd.to_owned()),
            env: sorted(names)
                .into_iter()
                .map(|name| {
                    let value = env.value(&name).map(|value| digest(value.as_bytes()));
                    (name, value)
                })
                .collect(),
            globs: sorted(globs),
            parameters: match replaced {
                true => Vec::new(),
                false => invocation.variables.iter().map(|(name, _)| name.clone()).collect(),
            },
            files: Vec::new(),
            stdin: invocation.stdin.as_ref().map(|input| input.digest()),
        }
    }

    /// The same with `files` as they are now. Relative paths begin in `cwd`.
    ///
    /// # Errors
    ///
    /// One of them cannot be read, or is too large.
    pub fn with_files(self, files: &[OsString], cwd: &Path) -> Result<Self, KeyFileError> {
        Ok(Self { files: key_file::observe(files, cwd)?, ..self })
    }

    /// The call of a shell function, if the command is one.
    pub fn function(&self) -> Option<Function<'_>> {
        if self.shell { None } else { Function::of(&self.argv) }
    }

    /// The parts of the same call as a user types it, if the command is a call of a shell function.
    pub fn as_called(&self) -> Option<Self> {
        let argv = self.function()?.words();
        Some(Self { argv, ..self.clone() })
    }

    /// The names and globs of variables that the options gave, without the names that a glob matches.
    pub fn variables(&self) -> impl Iterator<Item = &OsString> {
        let is_match = matcher(&self.globs);
        self.globs.iter().chain(self.env.iter().map(|(name, _)| name).filter(move |name| !is_match(name)))
    }

    /// The key of these parts.
    pub fn to_key(&self) -> Key {
        Key(digest(&self.encode()))
    }
}

fn matcher(globs: &[OsString]) -> impl Fn(&OsStr) -> bool + use<> {
    let globs: Vec<Glob> = globs.iter().filter_map(|glob| Glob::parse(glob.to_str()?).ok()).collect();
    move |name| globs.iter().any(|glob| glob.is_match(name.as_bytes()))
}
