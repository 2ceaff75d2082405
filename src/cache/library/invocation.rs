//! What to run, and what else is part of its key.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Error;
use crate::cache::{Unusable, parts_of};
use crate::model::input::{INPUT_MAX, Input};
use crate::model::invocation;
use crate::model::key::{KeyOptions, KeyParts};

/// What to run, and what else than its words is part of its key.
///
/// The command gets the environment of this program, and no input unless some is given here. The same command under the
/// same key options of the program has the same key.
///
/// ```
/// use cacheback::Invocation;
///
/// let log = Invocation::new(["git", "log", "-1"]).in_dir("/srv/project").keyed_on_cwd();
/// let upper = Invocation::shell("tr a-z \"$1\"").arg("A-Z").with_stdin(b"quiet")?;
/// let pods = Invocation::new(["kubectl", "get", "pods"]).keyed_on_env("KUBECONFIG").in_scope("deploy");
/// # Ok::<(), cacheback::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub(super) command: invocation::Invocation,
    pub(super) key: KeyOptions,
}

impl Invocation {
    /// A program and its arguments.
    pub fn new<I, S>(words: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        Self { command: invocation::Invocation::new(words), key: KeyOptions::default() }
    }

    /// A string for `sh -c`; further [arguments](Self::arg) are its `$1`, `$2` and so on.
    pub fn shell(script: impl Into<OsString>) -> Self {
        let command = invocation::Invocation::new([script]).as_shell(true);
        Self { command, key: KeyOptions::default() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn arg(mut self, word: impl Into<OsString>) -> Self {
        self.command.argv.push(word.into());
        self
    }

    /// The same, run in `directory`.
    #[must_use]
    pub fn in_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.command.cwd = Some(directory.into());
        self
    }

    /// The same with `bytes` on its standard input, which are part of the key.
    ///
    /// # Errors
    ///
    /// [`Error::Input`]: there is no room for them.
    pub fn with_stdin(mut self, bytes: &[u8]) -> Result<Self, Error> {
        let input = Input::read(bytes, INPUT_MAX).map_err(|error| Error::Input(Box::new(error)))?;
        self.command = self.command.with_stdin(input);
        Ok(self)
    }

    /// The same with the directory that it runs in as a part of its key.
    #[must_use]
    pub fn keyed_on_cwd(mut self) -> Self {
        self.key.cwd = true;
        self
    }

    /// The same with the value or the absence of an environment variable as a part of its key; the name may be a glob.
    #[must_use]
    pub fn keyed_on_env(mut self, name: impl Into<OsString>) -> Self {
        self.key.env.push(name.into());
        self
    }

    /// The same with `text` in the place of its words in the key.
    #[must_use]
    pub fn keyed_as(mut self, text: impl Into<OsString>) -> Self {
        self.key.key = Some(text.into());
        self
    }

    /// The same in a namespace of its own.
    #[must_use]
    pub fn in_scope(mut self, name: impl Into<OsString>) -> Self {
        self.key.scope = Some(name.into());
        self
    }

    pub(super) fn parts(&self) -> Result<KeyParts, Unusable> {
        parts_of(&self.command, &self.key)
    }
}
