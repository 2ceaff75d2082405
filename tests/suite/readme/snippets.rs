//! The code in the README and in the manual pages that are written by hand.

/// A piece of code, as a reader would copy it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// What it is: `sh` is for bash and zsh, `all` for fish, too.
    pub language: String,
    pub code: String,
}

pub const README: &str = include_str!("../../../README.md");
pub const CONFIG: &str = include_str!("../../../man/cacheback-config.5");
pub const DJANGO: &str = include_str!("../../../man/cacheback-django.7");
#[cfg(feature = "shared")]
pub const FLEET: &str = include_str!("../../../man/cacheback-fleet.7");
pub const RECIPES: &str = include_str!("../../../man/cacheback-recipes.7");

/// The snippets of a text in Markdown, or in mdoc.
pub fn snippets(text: &str) -> Vec<Snippet> {
    if text.starts_with(".Dd") { in_mdoc(text) } else { in_markdown(text) }
}

/// The only snippet of `text` in this language that has `part` in it.
pub fn find(text: &str, language: &str, part: &str) -> String {
    let mut found = snippets(text);
    found.retain(|snippet| snippet.language == language && snippet.code.contains(part));
    assert_eq!(found.len(), 1, "{language} with {part}: {found:?}");
    found.remove(0).code
}

/// Blocks of code, and the commands in the first column of a table, which are for every shell.
fn in_markdown(text: &str) -> Vec<Snippet> {
    let fenced = text.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `cacheback ")?.split_once("` |"));
    let commands = cells.map(|(command, _)| ("all", format!("cacheback {command}")));
    let all = fenced.map(|(language, code)| (language, code.to_owned())).chain(commands);
    all.map(|(language, code)| Snippet { language: language.to_owned(), code }).collect()
}

/// The language is a comment before the block.
fn in_mdoc(text: &str) -> Vec<Snippet> {
    let blocks = text.split(".Bd -literal -offset indent\n");
    let before: Vec<&str> = blocks.clone().collect();
    let language = |before: &str| before.lines().last().and_then(|line| line.strip_prefix(".\\\" ")).map(str::to_owned);
    let pairs = before.iter().zip(blocks.skip(1));
    let snippet = |(before, block): (&&str, &str)| {
        let code = block.split_once("\n.Ed").expect("a block ends").0;
        Some(Snippet { language: language(before)?, code: printed(code) })
    };
    pairs.filter_map(snippet).collect()
}

/// What a terminal shows for this roff.
fn printed(roff: &str) -> String {
    let escapes =
        [(r"\&", ""), (r"\-", "-"), (r"\(aq", "'"), (r"\(ga", "`"), (r"\(ha", "^"), (r"\(ti", "~"), (r"\e", "\\")];
    escapes.iter().fold(roff.to_owned(), |text, (escape, character)| text.replace(escape, character))
}
