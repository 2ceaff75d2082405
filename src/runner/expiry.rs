//! A job's `expiry`: a program that says for how long a result is fresh.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::script::{self, PATIENCE};
use crate::cache::Engine;
use crate::model::input::nameless_file;
use crate::model::key::Key;
use crate::model::time::Timestamp;
use crate::model::units;
use crate::policy::Job;
use crate::sys::error::words;

/// From here on a bare number is an instant in seconds since 1970: in 2001 and later.
const EPOCH_SECONDS: i64 = 1_000_000_000;
/// From here on it is one in milliseconds: in 1973 and later, while in seconds it would be in the year 5138.
const EPOCH_MILLIS: i64 = 100_000_000_000;
/// From here on it is neither.
const EPOCH_END: i64 = 1000 * EPOCH_MILLIS;
/// A longer duration without a unit is taken for a mistake: ten years.
const LONGEST_IN_SECONDS: Duration = Duration::from_secs(10 * 365 * 86_400);
/// So many characters of an answer are shown in a warning.
const SHOWN: usize = 80;
/// An answer is a duration or an instant; what is longer is neither.
const ANSWER_MAX: u64 = 4096;

/// Why a program's answer cannot be used.
#[derive(Debug, thiserror::Error)]
enum ExpiryError {
    #[error("{}", words(.0))]
    Io(#[from] io::Error),
    #[error("it ended with {0}")]
    Failed(std::process::ExitStatus),
    #[error("it did not end within {} s, or before the time limit of the call", PATIENCE.as_secs())]
    TooSlow,
    #[error(
        "it printed `{0}`; expected a duration such as 10m, or an instant such as 2030-01-31T12:00:00Z or 1900000000"
    )]
    Nonsense(String),
}

/// For how long the result of a job's command, which ran in `directory` and ended at `fetched_at`, is fresh, if the job
/// has a program that says so. The program reads the output, and is ended at `deadline`. An answer that cannot be used
/// is warned about.
pub fn lifetime_of(
    engine: &Engine,
    job: &Job,
    key: Key,
    directory: &Path,
    fetched_at: Timestamp,
    deadline: Option<Instant>,
    stdout: impl FnOnce() -> io::Result<File>,
) -> Option<Duration> {
    let script = job.expiry.as_ref()?;
    let run = || {
        let shell = script::about(script, directory, key, Some(job));
        let answer = answer_of(shell, stdout()?, deadline)?;
        lifetime_from(&answer, fetched_at).ok_or_else(|| ExpiryError::Nonsense(answer.chars().take(SHOWN).collect()))
    };
    run()
        .map_err(|error: ExpiryError| {
            let name = job.name.display();
            engine.warn(&format!("the ttl of job `{name}` is used instead of its `expiry`: {error}"));
        })
        .ok()
}

/// What `command` prints, without the space around it.
fn answer_of(mut command: Command, input: File, deadline: Option<Instant>) -> Result<String, ExpiryError> {
    // A file and not a pipe: a process that the program leaves running need not be waited for.
    let mut output = nameless_file()?;
    let mut child = command.stdin(input).stdout(output.try_clone()?).stderr(Stdio::inherit()).spawn()?;
    let status = script::wait(&mut child, deadline)?.ok_or(ExpiryError::TooSlow)?;
    if !status.success() {
        return Err(ExpiryError::Failed(status));
    }
    output.rewind()?;
    let mut answer = Vec::new();
    output.take(ANSWER_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).trim().to_owned())
}

/// The lifetime that an answer gives: a duration, or an instant (RFC 3339, or seconds or milliseconds since 1970).
///
/// The size of a bare number shows what it is: no result is fresh for thirty years. A number that is too large for a
/// duration and too small for an instant is neither.
fn lifetime_from(answer: &str, fetched_at: Timestamp) -> Option<Duration> {
    let until = |instant: Timestamp| instant.since(fetched_at).unwrap_or_default();
    if let Some((whole, fraction)) = number(answer) {
        let millis = match whole {
            EPOCH_SECONDS..EPOCH_MILLIS => whole * 1000 + fraction,
            EPOCH_MILLIS..EPOCH_END => whole,
            _ => return units::duration(answer.as_ref()).ok().filter(|duration| *duration <= LONGEST_IN_SECONDS),
        };
        return Some(until(Timestamp::from_millis(millis)));
    }
    if let Ok(duration) = units::duration(answer.as_ref()) {
        return Some(duration);
    }
    let instant: jiff::Timestamp = answer.parse().ok()?;
    Some(until(Timestamp::from_millis(instant.as_millisecond())))
}

/// A number without a unit: what is before the point, and the thousandths behind it. Too large ones are the largest.
fn number(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number =
        !whole.is_empty() && [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    is_number.then(|| {
        let digits = fraction.bytes().chain(*b"000").take(3);
        let thousandths = digits.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        (whole.parse().unwrap_or(i64::MAX), thousandths)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn an_answer_is_a_duration_or_an_instant() {
        let fetched_at = Timestamp::from_millis(1_000_000);
        let lifetime = |answer| lifetime_from(answer, fetched_at).map(|lifetime| lifetime.as_secs());
        assert_eq!(lifetime("20m"), Some(1200));
        assert_eq!(lifetime("90"), Some(90));
        assert_eq!(lifetime("0"), Some(0));
        assert_eq!(lifetime("315360000"), Some(315_360_000));
        assert_eq!(lifetime("1000001200"), Some(1_000_000_200));
        assert_eq!(lifetime("1000001200.75"), Some(1_000_000_200));
        assert_eq!(lifetime("1000001200.75").unwrap(), lifetime("1000001200750").unwrap());
        assert_eq!(lifetime_from("1000001200.75", fetched_at).unwrap().subsec_millis(), 750);
        assert_eq!(lifetime("99999999999"), Some(99_999_998_999));
        assert_eq!(lifetime("100000000000"), Some(99_999_000));
        assert_eq!(lifetime("0.5"), Some(0));
        assert_eq!(lifetime("7300d"), Some(630_720_000));
        assert_eq!(lifetime("1970-01-01T00:20:00Z"), Some(200));
        assert_eq!(lifetime("1970-01-01T01:20:00+01:00"), Some(200));
        assert_eq!(lifetime("1970-01-01T00:00:00Z"), Some(0));
        let out_of_range =
            ["315360001", "999999999", "999999999.9", "100000000000000", "1900000000000000000", "1.9e+09"];
        for nonsense in ["", "soon", "-5", "1970-01-01", "20m later", "🕐", "."].into_iter().chain(out_of_range) {
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
            answer_of(command, input, None).map_err(|error| error.to_string())
        };
        assert_eq!(shell("test $(cat) = result && echo ' 5m '"), Ok("5m".into()));
        assert_eq!(shell("sleep 100 & echo 5m"), Ok("5m".into()));
        assert!(shell("exit 3").unwrap_err().contains("exit status: 3"));
    }
}
