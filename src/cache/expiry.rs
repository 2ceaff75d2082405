//! A job's `expiry`: a program that says for how long a result is fresh.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Cache;
use super::overflow::Overflow;
use crate::fetch::{self, Fetched};
use crate::input::nameless_file;
use crate::key::Key;
use crate::policy::Job;
use crate::system::words;
use crate::time::Timestamp;
use crate::transcript::{Splitter, Stream};
use crate::units;

/// A program that has not answered by then gets no say.
const PATIENCE: Duration = Duration::from_secs(30);
/// From here on a bare number is an instant in seconds since 1970.
const EPOCH_SECONDS: i64 = 1_000_000_000;
/// As much of an answer as a warning shows.
const SHOWN: usize = 80;
/// Between looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(2);
/// An answer is a duration or an instant; what is longer is neither.
const ANSWER_MAX: u64 = 4096;

/// Why a program's answer cannot be used.
#[derive(Debug, thiserror::Error)]
enum ExpiryError {
    #[error("{}", words(.0))]
    Io(#[from] io::Error),
    #[error("it ended with {0}")]
    Failed(std::process::ExitStatus),
    #[error("it did not end within {} s", PATIENCE.as_secs())]
    TooSlow,
    #[error("it printed `{0}`; expected a duration such as 10m, or an instant such as 2030-01-31T12:00:00Z")]
    Nonsense(String),
}

/// What a program is asked about.
pub(super) struct Asked<'a> {
    pub(super) job: Option<&'a Job>,
    pub(super) key: Key,
    /// Where it runs.
    pub(super) directory: &'a Path,
    pub(super) fetched_at: Timestamp,
}

impl Cache {
    /// For how long the result is fresh, if the job's program says so. What it says wrong is warned about.
    pub(super) fn lifetime(&self, asked: &Asked<'_>, stdout: impl FnOnce() -> io::Result<File>) -> Option<Duration> {
        let job = asked.job?;
        let script = job.expiry.as_ref()?;
        let ask = || {
            let mut shell = fetch::hook(script);
            shell.current_dir(asked.directory).env("CACHEBACK_KEY", asked.key.to_string());
            shell.env("CACHEBACK_JOB", &job.name).envs(job.variables.iter().map(|(name, value)| (name, value)));
            let answer = answer_of(shell, stdout()?)?;
            lifetime_from(&answer, asked.fetched_at)
                .ok_or_else(|| ExpiryError::Nonsense(answer.chars().take(SHOWN).collect()))
        };
        ask()
            .map_err(|error: ExpiryError| {
                let name = job.name.display();
                (self.notices.warn)(&format!("`expiry` of job `{name}` is not used, its ttl is: {error}"));
            })
            .ok()
    }
}

/// What the command wrote to standard output, in a file without a name.
pub(super) fn stdout_of(fetched: &Fetched<'_>, overflow: &Overflow<'_>) -> io::Result<File> {
    let mut file = nameless_file()?;
    let mut splitter = Splitter::default();
    let mut take = |piece: &[u8]| {
        splitter.feed(piece, |stream, data| match stream {
            Stream::Stdout => file.write_all(data),
            Stream::Stderr => Ok(()),
        })
    };
    let in_memory = fetched.capture.in_memory();
    if in_memory.len() as u64 == fetched.capture.size() {
        take(in_memory)?;
    } else {
        overflow.read_back(&mut take)?;
    }
    file.rewind()?;
    Ok(file)
}

/// The first line that `command` prints, without the space around it.
fn answer_of(mut command: Command, input: File) -> Result<String, ExpiryError> {
    // A file and not a pipe: whatever it leaves running need not be waited for.
    let mut output = nameless_file()?;
    let mut child = command.stdin(input).stdout(output.try_clone()?).stderr(Stdio::inherit()).spawn()?;
    let status = wait(&mut child)?;
    if !status.success() {
        return Err(ExpiryError::Failed(status));
    }
    output.rewind()?;
    let mut answer = Vec::new();
    output.take(ANSWER_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).trim().to_owned())
}

fn wait(child: &mut Child) -> Result<std::process::ExitStatus, ExpiryError> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Err(ExpiryError::TooSlow);
        }
        thread::sleep(PAUSE);
    }
}

/// From a duration, or from an instant (RFC 3339, or seconds since 1970), which may have passed.
fn lifetime_from(answer: &str, fetched_at: Timestamp) -> Option<Duration> {
    // No result is fresh for thirty years: this is what `date +%s` prints.
    if let Some(seconds) = answer.parse().ok().filter(|seconds: &i64| *seconds >= EPOCH_SECONDS) {
        return Some(Timestamp::from_millis(seconds.saturating_mul(1000)).since(fetched_at).unwrap_or_default());
    }
    if let Ok(duration) = units::duration(answer.as_ref()) {
        return Some(duration);
    }
    let instant: jiff::Timestamp = answer.parse().ok()?;
    Some(Timestamp::from_millis(instant.as_millisecond()).since(fetched_at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_duration_or_an_instant() {
        let fetched_at = Timestamp::from_millis(1_000_000);
        let lifetime = |answer| lifetime_from(answer, fetched_at).map(|lifetime| lifetime.as_secs());
        assert_eq!(lifetime("20m"), Some(1200));
        assert_eq!(lifetime("90"), Some(90));
        assert_eq!(lifetime("0"), Some(0));
        assert_eq!(lifetime("1000001200"), Some(1_000_000_200));
        assert_eq!(lifetime("999999999"), Some(999_999_999));
        assert_eq!(lifetime("1970-01-01T00:20:00Z"), Some(200));
        assert_eq!(lifetime("1970-01-01T01:20:00+01:00"), Some(200));
        assert_eq!(lifetime("1970-01-01T00:00:00Z"), Some(0));
        for nonsense in ["", "soon", "-5", "1970-01-01", "20m later", "🕐"] {
            assert_eq!(lifetime(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_program_answers_with_what_it_prints() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.arg("-c").arg(script);
            let mut input = nameless_file().unwrap();
            input.write_all(b"result").unwrap();
            input.rewind().unwrap();
            answer_of(command, input).map_err(|error| error.to_string())
        };
        assert_eq!(shell("test $(cat) = result && echo ' 5m '"), Ok("5m".into()));
        assert_eq!(shell("sleep 100 & echo 5m"), Ok("5m".into()));
        assert!(shell("exit 3").unwrap_err().contains("exit status: 3"));
    }
}
