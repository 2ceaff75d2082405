//! What to run: argv, working directory, environment, optional standard input.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use crate::input::Input;

/// One command as the user gave it.
///
/// ```
/// use cacheback::Invocation;
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
    /// Where the program is, if that is not for PATH to find; never part of the key.
    pub program_path: Option<PathBuf>,
    /// What to give it on standard input; `None` is `/dev/null`.
    pub stdin: Option<Arc<Input>>,
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

    /// The same, as a shell string with arguments.
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

    /// The first word.
    pub fn program(&self) -> &OsStr {
        self.argv.first().map_or(OsStr::new(""), OsString::as_os_str)
    }

    /// What is handed to exec: the words themselves, or `sh -c --` and them.
    ///
    /// A shell string's `$0` is `sh`, as in `sh -c -- STRING sh ARG…`.
    pub fn exec_argv(&self) -> Vec<OsString> {
        if !self.shell {
            let mut argv = self.argv.clone();
            if let (Some(program), Some(path)) = (argv.first_mut(), &self.program_path) {
                *program = path.clone().into_os_string();
            }
            return argv;
        }
        let mut argv: Vec<OsString> = vec!["sh".into(), "-c".into(), "--".into()];
        argv.extend(self.argv.first().cloned());
        argv.push("sh".into());
        argv.extend(self.argv.iter().skip(1).cloned());
        argv
    }

    /// The words joined by single spaces: what `--match` globs look at.
    pub fn command_line(&self) -> Vec<u8> {
        use std::os::unix::ffi::OsStrExt;
        let words: Vec<&[u8]> = self.argv.iter().map(|word| word.as_bytes()).collect();
        words.join(&b' ')
    }
}
