//! The command line: which chapters, with which numbers, from which seed.
//!
//! It accepts what `cargo test` and other runners pass to every test program: a filter, `--exact`, `--list`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Chapter;

/// The parsed command line.
#[derive(Clone)]
pub struct Asked {
    pub seed: u64,
    numbers: BTreeMap<String, u64>,
    chapters: Vec<&'static str>,
    pub is_short: bool,
}

/// A text to print instead of running chapters.
pub enum Answer {
    Page(String),
    Mistake(String),
}

impl Answer {
    pub fn give(self) -> ExitCode {
        match self {
            Self::Page(text) => {
                print!("{text}");
                ExitCode::SUCCESS
            }
            Self::Mistake(text) => {
                eprintln!("{text}; see --help");
                ExitCode::from(2)
            }
        }
    }
}

impl Asked {
    /// The number of `option` on the command line, or that of the short form of `chapter`.
    pub fn number(&self, chapter: &Chapter, option: &str) -> u64 {
        let known = chapter.options.iter().find(|(name, ..)| *name == option);
        let (_, _, short) = known.unwrap_or_else(|| panic!("--{option} is not an option of {}", chapter.name));
        self.numbers.get(option).copied().unwrap_or(*short)
    }

    pub fn includes(&self, chapter: &Chapter) -> bool {
        self.chapters.contains(&chapter.name)
    }
}

/// This chapter runs only if it is named: on a busy machine a large result may come too late to be copied, and the command
/// runs once more than the rule about the number of runs allows.
const ON_REQUEST: &str = "fleet";

/// Flags of Rust's own test runner that have no meaning here.
const IGNORED: [&str; 8] =
    ["--exact", "--nocapture", "--no-capture", "--quiet", "-q", "--show-output", "--include-ignored", "--ignored"];
/// Such options with a value.
const IGNORED_WITH_VALUE: [&str; 4] = ["--test-threads", "--format", "--color", "--skip"];

pub fn parse(words: &[String], chapters: &'static [Chapter]) -> Result<Asked, Answer> {
    let mut numbers = BTreeMap::new();
    let mut filters = Vec::new();
    let mut is_list = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if name == "--help" || name == "-h" {
            return Err(Answer::Page(help(chapters)));
        }
        if name == "--list" {
            is_list = true;
        } else if IGNORED_WITH_VALUE.contains(&name) {
            value.is_none().then(|| words.next());
        } else if let Some(option) = name.strip_prefix("--").filter(|_| !IGNORED.contains(&name)) {
            let known = chapters.iter().flat_map(|chapter| chapter.options).any(|(known, ..)| *known == option);
            let text = value.map(str::to_owned).or_else(|| words.next().cloned());
            let number = text.and_then(|text| text.replace('_', "").parse().ok());
            match number.filter(|_| known || option == "seed") {
                Some(number) => numbers.insert(option.to_owned(), number),
                None => return Err(Answer::Mistake(format!("`{word}` is not an option with a number"))),
            };
        } else if !IGNORED.contains(&name) {
            filters.push(name);
        }
    }
    let is_chosen = |chapter: &&Chapter| match &filters[..] {
        [] => chapter.name != ON_REQUEST,
        names => names.contains(&chapter.name),
    };
    let chosen: Vec<&'static str> = chapters.iter().filter(is_chosen).map(|chapter| chapter.name).collect();
    if is_list {
        return Err(Answer::Page(chosen.iter().map(|name| format!("{name}: test\n")).collect()));
    }
    let seed = numbers.remove("seed").unwrap_or_else(new_seed);
    let is_short = numbers.is_empty();
    Ok(Asked { seed, numbers, chapters: chosen, is_short })
}

/// A seed of at most six digits, which is easy to type again.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_nanos() as u64 % 1_000_000
}

fn help(chapters: &[Chapter]) -> String {
    let mut text = String::from(
        "Tries to break what cacheback guarantees, at random and reproducibly.\n\n\
         usage: cargo test --release --test proof -- [CHAPTER]... [--OPTION N]... [--seed N]\n",
    );
    for chapter in chapters {
        text += &format!("\n{}: {}\n", chapter.name, chapter.claim);
        for (name, meaning, short) in chapter.options {
            text += &format!("    --{name:<12} {meaning} [{short}]\n");
        }
    }
    text
}
