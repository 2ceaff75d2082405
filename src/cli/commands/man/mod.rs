//! `cacheback man [PAGE]`: prints manual pages, and writes all of them where man(1) finds them.

mod environment;
mod generated;

use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process;

use cacheback::ExitStatus;

use crate::cli::args::{PAGES_BY_HAND, SUBCOMMANDS};
use crate::cli::render::message;
use crate::model::input::{INPUT_MAX, Input};
use crate::sys::error::words;

/// The texts of the pages that are written by hand, in the order of their names.
const BY_HAND: [(&str, &str); PAGES_BY_HAND.len()] = [
    ("5", include_str!("../../../../man/cacheback-config.5")),
    ("7", include_str!("../../../../man/cacheback-recipes.7")),
    ("7", include_str!("../../../../man/cacheback-django.7")),
    ("7", include_str!("../../../../man/cacheback-fleet.7")),
    ("7", include_str!("../../../../man/cacheback-guarantees.7")),
];

/// Prints the page `name`, or that of cacheback itself; or writes all pages `into` a directory.
///
/// Not inlined: its 4 KiB of locals would be on the stack of every call.
#[inline(never)]
pub fn run(name: Option<&str>, into: Option<&Path>) -> ExitStatus {
    if let Some(folder) = into {
        return install(folder);
    }
    let by_hand = PAGES_BY_HAND.iter().zip(BY_HAND).find(|(page, _)| Some(**page) == name);
    match by_hand.map_or_else(|| generated::page(name), |(_, (_, text))| Ok(text.into())) {
        Ok(page) => show(&page),
        Err(reason) => message::unprintable(&reason),
    }
}

/// Prints `page`; on a terminal man(1) shows it, if there is one.
fn show(page: &[u8]) -> ExitStatus {
    if io::stdout().is_terminal()
        && let Ok(input) = Input::read(page, INPUT_MAX)
        && let Ok(file) = input.open()
    {
        // Only a failure returns.
        let _ = process::Command::new("man").args(["-l", "-"]).stdin(file).exec();
    }
    message::print(page)
}

/// Writes every page to the directory of its section below `folder`.
fn install(folder: &Path) -> ExitStatus {
    let subcommands = SUBCOMMANDS.iter().map(|name| (format!("cacheback-{name}"), "1", generated::page(Some(name))));
    let by_hand = PAGES_BY_HAND.iter().zip(BY_HAND).map(|(name, (section, text))| {
        (format!("cacheback-{}", name.trim_end_matches(".5")), section, Ok(text.into()))
    });
    let own = [("cacheback".to_owned(), "1", generated::page(None))];
    for (name, section, page) in own.into_iter().chain(subcommands).chain(by_hand) {
        let path = folder.join(format!("man{section}/{name}.{section}"));
        if let Err(reason) = page.and_then(|page| write(&path, &page)) {
            message::error(format_args!("writing {}: {}", path.display(), words(&reason)));
            return ExitStatus::Failed;
        }
    }
    ExitStatus::Exited(0)
}

fn write(path: &PathBuf, page: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().expect("it is in the directory of its section"))?;
    fs::write(path, page)
}
