//! How a process ended, and what it wrote.

use std::ops::Deref;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use assert_cmd::assert::Assert;
use nix::sys::signal::Signal;

/// The end of a process; its methods are expectations and can be chained.
#[derive(Debug)]
pub struct Outcome(Assert);

impl Outcome {
    pub fn of(output: Output) -> Self {
        Self(Assert::new(output))
    }

    /// A copy for one expectation: those of `assert_cmd` consume their value.
    fn assert(&self) -> Assert {
        Assert::new(self.0.get_output().clone())
    }

    /// It wrote exactly these bytes to standard output.
    #[track_caller]
    pub fn stdout(&self, expected: impl AsRef<[u8]>) -> &Self {
        match text(expected.as_ref()) {
            Some(text) => drop(self.assert().stdout(text)),
            None => assert!(self.stdout == expected.as_ref(), "other stdout than expected\n{self}"),
        }
        self
    }

    /// It wrote exactly these bytes to standard error.
    #[track_caller]
    pub fn stderr(&self, expected: impl AsRef<[u8]>) -> &Self {
        match text(expected.as_ref()) {
            Some(text) => drop(self.assert().stderr(text)),
            None => assert!(self.stderr == expected.as_ref(), "other stderr than expected\n{self}"),
        }
        self
    }

    /// Its standard error has this text somewhere.
    #[track_caller]
    pub fn stderr_has(&self, expected: &str) -> &Self {
        assert!(self.stderr_text().contains(expected), "expected {expected:?} on stderr\n{self}");
        self
    }

    /// It exited with this status, and not by a signal.
    #[track_caller]
    pub fn status(&self, expected: i32) -> &Self {
        self.assert().code(expected);
        self
    }

    /// It was killed by this signal.
    #[track_caller]
    pub fn killed_by(&self, expected: Signal) -> &Self {
        assert_eq!(self.status.signal(), Some(expected as i32), "\n{self}");
        self
    }

    /// Standard error is one line of cacheback's own.
    #[track_caller]
    pub fn warned_once(&self) -> &Self {
        let text = self.stderr_text();
        assert_eq!(text.lines().count(), 1, "expected one warning line\n{self}");
        assert!(text.starts_with("cacheback: "), "expected a warning of cacheback's\n{self}");
        self
    }

    /// Standard error is a count of `expected` entries.
    #[track_caller]
    pub fn counted(&self, expected: usize) -> &Self {
        let text = self.stderr_text();
        let numbers: Vec<usize> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        assert_eq!(numbers, [expected], "expected a count on stderr\n{self}");
        self.stdout("").status(0)
    }

    /// Standard output, which is JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The `Cache-Status` line.
    #[track_caller]
    pub fn cache_status(&self) -> CacheStatus {
        let text = self.stderr_text();
        let mut lines = text.lines().filter(|line| line.starts_with("Cache-Status:"));
        let line = lines.next().unwrap_or_else(|| panic!("no Cache-Status line\n{self}"));
        assert_eq!(lines.next(), None, "more than one Cache-Status line\n{self}");
        CacheStatus::parse(line)
    }
}

/// Gives the fields `status`, `stdout` and `stderr`.
impl Deref for Outcome {
    type Target = Output;

    fn deref(&self) -> &Output {
        self.0.get_output()
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// `bytes` if they are text, and not so long that a difference would fill the screen.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.get(..8192).is_none().then(|| bytes.to_owned())?;
    String::from_utf8(bytes).ok()
}

/// The parameters of a `Cache-Status` line.
#[derive(Debug)]
pub struct CacheStatus {
    parameters: Vec<(String, String)>,
}

impl CacheStatus {
    /// Takes `Cache-Status: cacheback; hit; ttl=376; key="3f2a91c0"` apart.
    #[track_caller]
    pub fn parse(line: &str) -> Self {
        let rest =
            line.strip_prefix("Cache-Status: cacheback").unwrap_or_else(|| panic!("not a status line: {line:?}"));
        let mut parameters = Vec::new();
        for part in rest.split(';').skip(1).map(str::trim) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            assert!(!name.is_empty(), "an empty parameter: {line:?}");
            parameters.push((name.to_owned(), value.trim_matches('"').to_owned()));
        }
        assert!(rest.is_empty() || rest.starts_with(';'), "not a status line: {line:?}");
        Self { parameters }
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// An integer parameter, which must be there.
    #[track_caller]
    pub fn number(&self, name: &str) -> i64 {
        let value = self.get(name).and_then(|value| value.parse().ok());
        value.unwrap_or_else(|| panic!("no integer {name} in {self:?}"))
    }
}
