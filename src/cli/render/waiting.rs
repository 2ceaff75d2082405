//! What a person sees while this call waits for another call that runs the same command.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::time::Duration;

use crate::cache::Wait;
use crate::cli::render::message;
use crate::cli::render::quote::plain;
use crate::fetch::line::{self, StatusLine};
use crate::flight::{Leader, RemoteLeader};
use crate::model::units::readable;

const TICK: Duration = Duration::from_millis(100);
const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// Shows a line with a spinner on a terminal that can erase lines, and prints a line once on other terminals.
pub fn shown(quiet: bool) -> impl Fn(Wait) -> Duration {
    let (shown, turns) = (RefCell::new(None::<StatusLine>), Cell::new(0));
    move |wait| {
        let waits = match wait {
            Wait::Goes(leader) => Waits::Here(leader),
            Wait::GoesRemotely(remote) => Waits::RemoteLeader(remote),
            Wait::Over => {
                shown.replace(None);
                return Duration::MAX;
            }
        };
        if quiet || !std::io::stderr().is_terminal() {
            return Duration::MAX;
        }
        if !line::is_possible() {
            message::warning(quiet, waits.text());
            return Duration::MAX;
        }
        let spinner = SPINNER[turns.get() % SPINNER.len()];
        turns.set(turns.get() + 1);
        let text = line::fitting(waits.frames(spinner));
        let line = match shown.take() {
            Some(line) => line.replace(&text),
            None => StatusLine::show(&text),
        };
        shown.replace(Some(line));
        TICK
    }
}

/// Whom this call waits for.
enum Waits {
    Here(Option<Leader>),
    RemoteLeader(RemoteLeader),
}

impl Waits {
    /// The line, and shorter forms of it for narrow terminals.
    fn frames(&self, spinner: char) -> [String; 4] {
        let [less, least, last] = match self {
            Self::Here(Some(Leader { pid, is_stopped: true, .. })) => {
                [format!("process {pid} is stopped"), format!("{pid} is stopped"), "stopped".to_owned()]
            }
            Self::Here(Some(Leader { pid, .. })) => {
                [format!("waiting for process {pid}"), format!("waiting for {pid}"), "waiting".to_owned()]
            }
            Self::Here(None) => ["waiting for another call".to_owned(), "waiting".to_owned(), "waiting".to_owned()],
            Self::RemoteLeader(remote) => {
                let host = plain(&remote.host);
                [format!("waiting for {host}"), format!("waiting for {host}"), "waiting".to_owned()]
            }
        };
        [
            format!("cacheback: {spinner} {}", self.text()),
            format!("cacheback: {spinner} {less}"),
            format!("{spinner} {least}"),
            format!("{spinner} {last}"),
        ]
    }

    fn text(&self) -> String {
        match self {
            Self::Here(Some(Leader { pid, is_stopped: true, .. })) => {
                format!("process {pid}, which runs the same command, is stopped")
            }
            Self::Here(Some(leader)) => {
                let elapsed = readable(leader.elapsed());
                format!("waiting for process {}, running the same command for {elapsed}", leader.pid)
            }
            Self::Here(None) => "waiting for another call that runs the same command".to_owned(),
            Self::RemoteLeader(remote) => {
                let (host, elapsed) = (plain(&remote.host), readable(remote.elapsed()));
                format!("waiting for process {} on {host}, running the same command for {elapsed}", remote.pid)
            }
        }
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
        let frames = Waits::Here(Some(Leader { pid: 4_194_304, ..Leader::this() })).frames('|');
        assert!(frames[0].chars().count() + "59m 59s".len() - "0s".len() < 80, "{frames:?}");
        assert_eq!(frames[1], "cacheback: | waiting for process 4194304");
        assert_eq!(frames[2..], ["| waiting for 4194304", "| waiting"]);
    }

    #[test]
    fn another_host_is_named() {
        let began = Leader::this().began;
        let frames = Waits::RemoteLeader(RemoteLeader { host: "build-7".to_owned(), pid: 4711, began }).frames('|');
        assert_eq!(
            frames,
            [
                "cacheback: | waiting for process 4711 on build-7, running the same command for 0s",
                "cacheback: | waiting for build-7",
                "| waiting for build-7",
                "| waiting",
            ]
        );
    }
}
