//! What to run: argv, working directory, environment, optional standard input.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use super::function::Function;
use super::input::Input;

/// One command as the user gave it.
///
/// ```
/// use cacheback::program::model::invocation::Invocation;
///
/// let invocation = Invocation::new(["git", "log", "-1"]).in_dir("/srv/project");
/// assert_eq!(invocation.program(), "git");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The program and its arguments, as bytes; never empty when it is run.
    pub argv: Vec<OsString>,
    /// `argv[0]` is a string for `sh -c`, the rest become its `$1`, `$2`, …
    pub shell: bool,
    /// Where to run it; `None` is the caller's own working directory.
    pub cwd: Option<PathBuf>,
    /// The file of the program, if it is not searched for in PATH. It is not part of the key.
    pub program_path: Option<PathBuf>,
    /// Its standard input; `None` is `/dev/null`.
    pub stdin: Option<Arc<Input>>,
    /// Its output is a terminal of this size; `None` is two pipes. The size is not part of the key.
    pub terminal: Option<WindowSize>,
    /// Variables that are set for it in addition to the caller's environment. Their values are not part of the key,
    /// because `argv` has them as well.
    pub variables: Vec<(OsString, OsString)>,
}

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}

impl Default for WindowSize {
    /// For a caller without a terminal.
    fn default() -> Self {
        Self { rows: 24, columns: 80 }
    }
}

impl Invocation {
    /// A command from its words.
    pub fn new<I, S>(argv: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        Self { argv: argv.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The same; if `shell` is true, the first word is a shell string.
    #[must_use]
    pub fn as_shell(mut self, shell: bool) -> Self {
        self.shell = shell;
        self
    }

    /// The same, run in `dir`.
    #[must_use]
    pub fn in_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cwd = Some(dir.into());
        self
    }

    /// The same, with the program at `path` executed in place of the one that PATH finds for the first word.
    #[must_use]
    pub fn executing(mut self, path: impl Into<PathBuf>) -> Self {
        self.program_path = Some(path.into());
        self
    }

    /// The same, with `input` on its standard input and in its key.
    #[must_use]
    pub fn with_stdin(mut self, input: Input) -> Self {
        self.stdin = Some(Arc::new(input));
        self
    }

    /// The same, with its output going to a terminal of this size, if any.
    #[must_use]
    pub fn on_terminal(mut self, size: Option<WindowSize>) -> Self {
        self.terminal = size;
        self
    }

    /// The first word.
    pub fn program(&self) -> &OsStr {
        self.argv.first().map_or(OsStr::new(""), OsString::as_os_str)
    }

    /// The words for exec(3). A shell string becomes `sh -c -- STRING sh ARG…`, and env(1) sets variables.
    pub fn exec_argv(&self) -> Vec<OsString> {
        if !self.shell && self.variables.is_empty() && self.program_path.is_none() {
            return self.argv.clone();
        }
        let mut argv = Vec::new();
        if !self.variables.is_empty() {
            argv.push("env".into());
            argv.extend(self.variables.iter().map(|(name, value)| {
                let mut assignment = name.clone();
                assignment.push("=");
                assignment.push(value);
                assignment
            }));
        }
        if !self.shell {
            let path = self.program_path.iter().map(|path| path.as_os_str().to_owned());
            argv.extend(path.chain(self.argv.iter().skip(self.program_path.iter().len()).cloned()));
            return argv;
        }
        argv.extend(["sh", "-c", "--"].map(OsString::from));
        argv.extend(self.argv.first().cloned());
        argv.push("sh".into());
        argv.extend(self.argv.iter().skip(1).cloned());
        argv
    }

    /// The index of the program in [`exec_argv`](Self::exec_argv), behind env(1) and its variables.
    pub fn program_at(&self) -> usize {
        if self.variables.is_empty() { 0 } else { 1 + self.variables.len() }
    }

    /// The words joined by single spaces, for `--match` globs. For a shell function, these are the words of its call.
    pub fn command_line(&self) -> Vec<u8> {
        use std::os::unix::ffi::OsStrExt;
        let called = self.function().map(|function| function.words());
        let words: Vec<&[u8]> = called.as_ref().unwrap_or(&self.argv).iter().map(|word| word.as_bytes()).collect();
        words.join(&b' ')
    }

    /// The call of a shell function, if it is one.
    pub fn function(&self) -> Option<Function<'_>> {
        if self.shell { None } else { Function::of(&self.argv) }
    }
}
