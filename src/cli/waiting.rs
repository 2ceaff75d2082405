//! What a person sees who waits for another caller's run of the same command.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::time::Duration;

use cacheback::cache::Wait;
use cacheback::fetch::line::{self, StatusLine};
use cacheback::flight::Leader;
use cacheback::units::readable;

use super::message;

const TICK: Duration = Duration::from_millis(100);
const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// A line that turns at a terminal that can take it back, or else a line that is printed once.
pub fn shown(quiet: bool) -> impl Fn(Wait) -> Duration {
    let (shown, turns) = (RefCell::new(None::<StatusLine>), Cell::new(0));
    move |wait| {
        let Wait::Goes(leader) = wait else {
            shown.replace(None);
            return Duration::MAX;
        };
        if quiet || !std::io::stderr().is_terminal() {
            return Duration::MAX;
        }
        if !line::is_possible() {
            message::warning(quiet, text(leader));
            return Duration::MAX;
        }
        let spinner = SPINNER[turns.get() % SPINNER.len()];
        turns.set(turns.get() + 1);
        let text = format!("cacheback: {spinner} {}", text(leader));
        let line = match shown.take() {
            Some(line) => line.replace(&text),
            None => StatusLine::show(&text),
        };
        shown.replace(Some(line));
        TICK
    }
}

fn text(leader: Option<Leader>) -> String {
    match leader {
        Some(leader) => {
            let elapsed = readable(leader.elapsed());
            format!("waiting for process {}, which has been running the same command for {elapsed}", leader.pid)
        }
        None => "waiting for another call that runs the same command".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_quiet_is_not_told_even_once() {
        let shown = shown(true);
        assert_eq!(shown(Wait::Goes(Some(Leader::this()))), Duration::MAX);
        assert_eq!(shown(Wait::Over), Duration::MAX);
    }
}
