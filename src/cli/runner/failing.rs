//! What a person sees whose stale result cannot be refreshed.

use std::io::IsTerminal;
use std::time::Duration;

use crate::cache::Engine;
use crate::model::time::Timestamp;
use crate::model::units::readable;
use crate::store::Failure;
use cacheback::Key;

use crate::cli::render::message;

/// The last words of a command are cut to this length.
const WORDS_MAX: usize = 120;

/// Says at a terminal that a stale result of this age is all that there is, and why, if that is news.
pub fn tell(cache: &Engine, key: &Key, age: Duration, quiet: bool) {
    if quiet || !std::io::stderr().is_terminal() {
        return;
    }
    if let Some(failure) = cache.failure_to_tell(key) {
        message::warning(quiet, text(&failure, age, Timestamp::now()));
    }
}

fn text(failure: &Failure, age: Duration, now: Timestamp) -> String {
    let ago = readable(now.since(failure.at).unwrap_or_default());
    let words = String::from_utf8_lossy(&failure.stderr);
    let words = words.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let words: String = words.chars().take(WORDS_MAX).collect();
    let separator = if words.is_empty() { "" } else { ": " };
    format!(
        "this result is {} old; the last {} refreshes have failed, the latest {ago} ago with exit status {}{separator}{words}",
        readable(age),
        failure.count,
        failure.status
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_since_when_and_how() {
        let failure = |stderr: &[u8]| Failure {
            count: 5,
            at: Timestamp::from_millis(0),
            status: 6,
            retry_at: Timestamp::from_millis(0),
            stderr: stderr.into(),
        };
        let text = |stderr| text(&failure(stderr), Duration::from_secs(7_200), Timestamp::from_millis(90_000));
        let line = "this result is 2h old; the last 5 refreshes have failed, the latest 1m 30s ago with exit status 6";
        assert_eq!(text(b""), line);
        assert_eq!(text(b"connecting\nno route to host\n\n"), format!("{line}: no route to host"));
    }
}
