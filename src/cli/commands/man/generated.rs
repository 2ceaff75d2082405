//! clap's definitions as manual pages, with the sections that clap does not know.

use std::io::{self, Write};

use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::environment::{self, Item};
use crate::cli::args;
use crate::cli::args::{SUBCOMMANDS, examples};

/// When the pages were last revised. The day of the build would make each build differ.
const DATE: &str = "2026-11-23";

/// The page of a subcommand, or of cacheback itself.
pub fn page(subcommand: Option<&str>) -> io::Result<Vec<u8>> {
    let mut definition = args::definition().disable_help_subcommand(true);
    definition.build();
    let name = subcommand.unwrap_or("cacheback");
    let command = subcommand.and_then(|name| definition.find_subcommand(name)).unwrap_or(&definition).clone();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let source = concat!("cacheback ", env!("CARGO_PKG_VERSION"));
    let title = command.get_display_name().unwrap_or(name).to_uppercase();
    let is_get = name == "get";
    let man = Man::new(if is_get { without_options(command) } else { command })
        .title(title)
        .date(DATE)
        .source(source)
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    write!(page, "{}", description(&about))?;
    man.render_options_section(&mut page)?;
    if is_get {
        Roff::new()
            .control("PP", [])
            .text([roman("All options of "), bold("cacheback-run"), roman(OF_GET)])
            .to_writer(&mut page)?;
    }
    if subcommand.is_none() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    section(&mut roff, "EXIT STATUS", exit_statuses(name));
    section(&mut roff, "ENVIRONMENT", &environment::of(name));
    section(&mut roff, "FILES", files(name));
    example_section(&mut roff, name);
    see_also(&mut roff, name);
    roff.to_writer(&mut page)?;
    Ok(with_short_lines(&page))
}

/// What the page of `get` says in place of the options that it shares with `run`.
const OF_GET: &str = "(1). They win over the settings of the job.";

fn without_options(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| if arg.is_positional() { arg } else { arg.hide(true) })
}

/// The same page in lines of 80 bytes at most, as manual pages are written by hand.
fn with_short_lines(page: &[u8]) -> Vec<u8> {
    const LENGTH: usize = 80;
    let mut out = Vec::with_capacity(page.len());
    for mut line in page.split_inclusive(|byte| *byte == b'\n') {
        let is_text = !line.starts_with(b".") && !line.starts_with(b"'");
        while is_text && line.len() > LENGTH + 1 {
            // roff widens the space after a line that ends a sentence, and takes a line that begins with these for no
            // text.
            let may_break = |at: &usize| {
                line[*at] == b' '
                    && !matches!(line[at - 1], b' ' | b'.' | b':' | b'?' | b'!' | b')')
                    && !matches!(line[at + 1], b' ' | b'.' | b'\'')
            };
            let Some(at) = (1..=LENGTH).rev().find(may_break).or_else(|| (LENGTH..line.len() - 1).find(may_break))
            else {
                break;
            };
            out.extend_from_slice(&line[..at]);
            out.push(b'\n');
            line = &line[at + 1..];
        }
        out.extend_from_slice(line);
    }
    out
}

/// The long help without its first line, which stands under NAME already.
fn description(about: &str) -> String {
    let text = about.split_once("\n\n").map_or(about, |(_, text)| text);
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(paragraph)]);
    }
    roff.to_roff()
}

const FAILED: Item = ("125", "cacheback failed before it ran anything; a wrong option or value is the usual reason.");

const UNREADABLE: Item = ("125", "The database cannot be read, or an option or value is wrong.");

fn exit_statuses(name: &str) -> &'static [Item] {
    match name {
        "cacheback" | "run" | "get" => &[
            ("0 to 255", "The status of the command, stored with its output and repeated on every hit."),
            ("0", "Also: --warm has started a fetch, or --no-fetch-on-miss has printed the --empty text."),
            ("1", "Also: --only-if-cached has found no fresh result."),
            ("124", "The command was ended because it ran for longer than --timeout."),
            FAILED,
            ("126", "The command was found and could not be executed."),
            ("127", "The command was not found."),
            ("128+N", "The command was killed by signal N."),
        ],
        "explain" => &[("0", "Explained, whether it would be a hit or not."), FAILED],
        "invalidate" | "delete" => &[("0", "Done, also if no entry was selected."), FAILED],
        "config" => &[
            ("0", "Printed, or nothing is wrong with the file; also if there is none."),
            ("125", "The file cannot be used, or an option or value is wrong."),
        ],
        "browse" => &[
            ("0", "The user has left it."),
            ("125", "There is no terminal, the database cannot be read, or an option or value is wrong."),
            ("128+N", "Signal N has ended it; 130 for Ctrl-C."),
        ],
        "list" | "stats" => &[("0", "Printed, also if nothing is stored."), UNREADABLE],
        "prune" => &[("0", "Done, also if there was nothing to remove."), UNREADABLE],
        "verify" => &[("0", "All is well."), ("1", "Problems were found, repaired or not."), UNREADABLE],
        "clear" => &[
            ("0", "Done."),
            ("1", "The answer was no; nothing has been removed."),
            (
                "125",
                "There is no terminal to ask on and no --yes, and nothing has been removed; or the database cannot be \
              read, or an option is wrong.",
            ),
        ],
        "shared" => &[
            ("0", "Done, or all is well."),
            ("1", "The server does not answer, or the doctor has found a problem."),
            FAILED,
        ],
        "show" => &[("0", "Shown."), ("1", "No such entry is stored."), UNREADABLE],
        "peek" => &[
            ("0", "Printed, whatever the exit status of the command was."),
            ("1", "No such entry is stored, or it is damaged."),
            UNREADABLE,
        ],
        _ => &[("0", "Printed."), FAILED],
    }
}

fn files(name: &str) -> &'static [Item] {
    match name {
        "decorate" | "completions" | "man" => &[],
        _ => &[
            ("~/.config/cacheback/config.toml", "The configuration."),
            ("~/.cache/cacheback/cache.db", "The results, in one SQLite database that only its owner can read."),
            ("~/.cache/cacheback/cache.db-journal", "The journal of SQLite, to undo an interrupted change."),
            ("~/.cache/cacheback/cache.db-flights/", "Locks of the commands that are running, by key."),
            ("~/.cache/cacheback/cache.db-tally", "Notes of hits that have not been added up yet."),
            (
                "~/.cache/cacheback/cache.db-shared",
                "What is known of the server of [shared]: where it is, and whether it answers.",
            ),
            ("~/.cache/cacheback/cache.db.corrupt-*", "A database that could not be read and was set aside."),
        ],
    }
}

fn section(roff: &mut Roff, heading: &str, items: &[Item]) {
    if items.is_empty() {
        return;
    }
    roff.control("SH", [heading]);
    for (term, text) in items {
        roff.control("TP", []).text([bold(*term)]).text([roman(*text)]);
    }
}

fn example_section(roff: &mut Roff, name: &str) {
    roff.control("SH", ["EXAMPLES"]);
    for example in examples::of(name) {
        roff.control("TP", []).text([roman(example.purpose)]);
        for (number, line) in example.lines.lines().enumerate() {
            if number > 0 {
                roff.control("br", []);
            }
            roff.text([bold(line)]);
        }
    }
}

fn see_also(roff: &mut Roff, name: &str) {
    let others = SUBCOMMANDS.iter().filter(|other| **other != name).map(|other| format!("cacheback-{other}"));
    let parent = (name != "cacheback").then(|| "cacheback".to_owned());
    let mut line: Vec<Inline> = Vec::new();
    for page in parent.into_iter().chain(others) {
        line.extend([bold(page), roman("(1), ")]);
    }
    let by_hand: &[(&str, &str)] = match name {
        "cacheback" => &[("config", "5"), ("recipes", "7"), ("django", "7"), ("fleet", "7"), ("guarantees", "7")],
        "run" => &[("config", "5"), ("recipes", "7"), ("guarantees", "7")],
        "get" | "config" => &[("config", "5"), ("django", "7")],
        "list" | "show" | "stats" | "decorate" => &[("recipes", "7")],
        "verify" => &[("guarantees", "7")],
        "shared" => &[("config", "5"), ("fleet", "7")],
        _ => &[],
    };
    for (page, section) in by_hand {
        line.extend([bold(format!("cacheback-{page}")), roman(format!("({section}), "))]);
    }
    let last = by_hand.last().map_or("1", |(_, section)| section);
    line.pop();
    line.push(roman(format!("({last})")));
    roff.control("SH", ["SEE ALSO"]).text(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_every_subcommand() {
        let definition = args::definition();
        let names: Vec<&str> = definition.get_subcommands().map(clap::Command::get_name).collect();
        assert_eq!(names, SUBCOMMANDS);
        for name in SUBCOMMANDS {
            let page = String::from_utf8(page(Some(name)).unwrap()).unwrap();
            assert!(page.contains("EXAMPLES") && page.contains("SEE ALSO"), "{name}");
        }
    }
}
