//! What a person sees while this call waits for another call that runs the same command.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::time::Duration;

use crate::cache::Wait;
use crate::cli::render::message;
use crate::fetch::line::{self, StatusLine};
use crate::flight::Leader;
use crate::model::units::readable;

const TICK: Duration = Duration::from_millis(100);
const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// Shows a line with a spinner on a terminal that can erase lines, and prints a line once on other terminals.
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
        let text = line::fitting(frames(spinner, leader));
        let line = match shown.take() {
            Some(line) => line.replace(&text),
            None => StatusLine::show(&text),
        };
        shown.replace(Some(line));
        TICK
    }
}

/// The line, and shorter forms of it for narrow terminals.
fn frames(spinner: char, leader: Option<Leader>) -> [String; 4] {
    let [less, least, last] = match leader {
        Some(Leader { pid, is_stopped: true, .. }) => {
            [format!("process {pid} is stopped"), format!("{pid} is stopped"), "stopped".to_owned()]
        }
        Some(Leader { pid, .. }) => {
            [format!("waiting for process {pid}"), format!("waiting for {pid}"), "waiting".to_owned()]
        }
        None => ["waiting for another call".to_owned(), "waiting".to_owned(), "waiting".to_owned()],
    };
    [
        format!("cacheback: {spinner} {}", text(leader)),
        format!("cacheback: {spinner} {less}"),
        format!("{spinner} {least}"),
        format!("{spinner} {last}"),
    ]
}

fn text(leader: Option<Leader>) -> String {
    match leader {
        Some(Leader { pid, is_stopped: true, .. }) => {
            format!("process {pid}, which runs the same command, is stopped")
        }
        Some(leader) => {
            let elapsed = readable(leader.elapsed());
            format!("waiting for process {}, running the same command for {elapsed}", leader.pid)
        }
        None => "waiting for another call that runs the same command".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_prints_nothing() {
        let shown = shown(true);
        assert_eq!(shown(Wait::Goes(Some(Leader::this()))), Duration::MAX);
        assert_eq!(shown(Wait::Over), Duration::MAX);
    }

    #[test]
    fn a_line_of_eighty_columns_has_room_for_it() {
        let frames = frames('|', Some(Leader { pid: 4_194_304, ..Leader::this() }));
        assert!(frames[0].chars().count() + "59m 59s".len() - "0s".len() < 80, "{frames:?}");
        assert_eq!(frames[1], "cacheback: | waiting for process 4194304");
        assert_eq!(frames[2..], ["| waiting for 4194304", "| waiting"]);
    }
}
