//! The progress of a fetch, estimated from how long the last one took: a bar at the caller's terminal.
//!
//! The bar is shown only until the command writes to the terminal, and is erased before the first byte. It goes through
//! the same delivery as the output, so that their order is kept.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use super::line;
use crate::model::transcript::Stream;
use crate::model::units::readable;
use crate::sys::descriptor::{Kind, kind_of, standard};
use crate::sys::terminal::{ERASE, erase_line_on_signals, erase_nothing_on_signals};

/// A fetch that ends sooner shows no bar.
const FIRST_AFTER: Duration = Duration::from_millis(200);

const TICK: Duration = Duration::from_millis(100);

const CELLS: usize = 24;

/// The bar of one fetch.
#[derive(Debug)]
pub(crate) struct Progress {
    started: Instant,
    expected: Duration,
    next: Instant,
    is_drawn: bool,
    /// Standard output does not go to the terminal, and may be written to meanwhile.
    has_own_stream: bool,
}

impl Progress {
    /// For a fetch that is expected to take this long, if standard error is a terminal that can show it.
    pub(crate) fn new(expected: Option<Duration>, started: Instant) -> Option<Self> {
        let expected = expected.filter(|_| line::is_possible())?;
        let next = started + FIRST_AFTER;
        Some(Self { started, expected, next, is_drawn: false, has_own_stream: output_is_elsewhere() })
    }

    /// When it is drawn next.
    pub(crate) fn deadline(&self) -> Instant {
        self.next
    }

    /// What draws it, if that is due.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Vec<u8>> {
        if now < self.next {
            return None;
        }
        self.next = now + TICK;
        self.is_drawn = true;
        erase_line_on_signals();
        let texts = texts(now.saturating_duration_since(self.started), self.expected);
        Some(line::drawn(&line::fitting(texts)))
    }

    /// Whether it must be erased before something is written to `stream`.
    pub(crate) fn yields_to(&self, stream: Stream) -> bool {
        stream == Stream::Stderr || !self.has_own_stream
    }

    /// What erases it.
    pub(crate) fn erasure(self) -> &'static [u8] {
        if !self.is_drawn {
            return b"";
        }
        erase_nothing_on_signals();
        ERASE
    }
}

/// Whether standard output is a file, or `/dev/null`. A pipe may lead to the terminal.
fn output_is_elsewhere() -> bool {
    match kind_of(standard(1)) {
        Kind::Regular | Kind::Null => true,
        Kind::Device => !std::io::stdout().is_terminal(),
        _ => false,
    }
}

/// The whole line, and shorter and shorter forms of it for narrow terminals. Each makes sense alone.
fn texts(elapsed: Duration, expected: Duration) -> Vec<String> {
    let (so_far, last) = (readable_seconds(elapsed), readable(expected));
    if elapsed >= expected {
        let against_last = format!("{so_far}, it took {last} last time");
        return vec![
            format!("cacheback: [{}] {against_last}", "=".repeat(CELLS)),
            format!("cacheback: {against_last}"),
            format!("cacheback: {so_far}"),
            so_far,
        ];
    }
    let share = elapsed.as_secs_f64() / expected.as_secs_f64();
    let full = ((share * CELLS as f64) as usize).min(CELLS - 1);
    let bar = format!("{}>{}", "=".repeat(full), " ".repeat(CELLS - 1 - full));
    let percent = (share * 100.0).floor();
    vec![
        format!("cacheback: [{bar}] {percent:2.0}%, {so_far} of about {last}"),
        format!("cacheback: {percent:.0}%, {so_far} of about {last}"),
        format!("cacheback: {percent:.0}%, {so_far}"),
        format!("{percent:.0}%, {so_far}"),
        format!("{percent:.0}%"),
    ]
}

/// Without fractions of a second, which change too fast to be read.
fn readable_seconds(elapsed: Duration) -> String {
    if elapsed.as_secs() == 0 { "0s".to_owned() } else { readable(elapsed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bar_fills_up_and_stays_full() {
        let text = |elapsed, expected| texts(Duration::from_secs(elapsed), Duration::from_secs(expected)).remove(0);
        assert_eq!(text(0, 8), "cacheback: [>                       ]  0%, 0s of about 8s");
        assert_eq!(text(4, 8), "cacheback: [============>           ] 50%, 4s of about 8s");
        assert_eq!(text(80, 80), "cacheback: [========================] 1m 20s, it took 1m 20s last time");
    }

    #[test]
    fn shorter_forms_make_sense_alone() {
        let texts = |elapsed, expected| texts(Duration::from_secs(elapsed), Duration::from_secs(expected));
        assert_eq!(
            texts(1, 8)[1..],
            ["cacheback: 12%, 1s of about 8s", "cacheback: 12%, 1s", "12%, 1s", "12%"].map(str::to_owned)
        );
        assert_eq!(texts(9, 8)[1..], ["cacheback: 9s, it took 8s last time", "cacheback: 9s", "9s"].map(str::to_owned));
    }

    proptest! {
        #[test]
        fn its_bar_never_changes_its_width(elapsed in 0..10_000_000u64, expected in 1..1_000_000u64) {
            let texts = texts(Duration::from_millis(elapsed), Duration::from_millis(expected));
            prop_assert_eq!(texts[0].find(']'), Some("cacheback: [".len() + CELLS));
            prop_assert!(!texts[0].contains("100%"));
            prop_assert!(texts.windows(2).all(|pair| pair[1].len() < pair[0].len()));
            prop_assert!(texts[1..].iter().all(|text| !text.contains(['[', ']'])));
        }
    }
}
