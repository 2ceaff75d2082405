//! What is shown of the selected entry: why it is fresh or stale, and its output.

use std::io;

use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::output::Output;
use super::paint::color;
use crate::cache::{Engine, Unusable};
use crate::cli::commands::explain::words;
use crate::cli::render::entry::{Assessment, Criteria};
use crate::cli::render::{figures, quote};
use crate::model::key::Key;
use crate::model::units::readable_left;
use crate::policy::reason::Reason;
use crate::store::{Detail, ReplayError, ResultId};

/// A larger output is read only when it is opened, because the checksum is verified over all of it first.
const AT_ONCE: u64 = 4 << 20;
/// How many bytes are shown.
const SHOWN: usize = 1 << 20;
/// How many of the last lines of a failed fetch's standard error are shown.
const ERROR_LINES: usize = 3;

/// The output of an entry, as far as it is shown.
pub struct Preview {
    of: (Key, ResultId),
    pub lines: Vec<Line<'static>>,
    /// A remark that is shown below the lines.
    pub note: Option<String>,
    /// The output was not read, because it is large.
    is_left_out: bool,
}

impl Preview {
    /// Whether this is the output of `detail`, and was read if the output is open.
    pub fn is_of(&self, detail: &Detail, is_open: bool) -> bool {
        self.of == (detail.summary.key, detail.result) && !(is_open && self.is_left_out)
    }

    /// Reads the output of `detail`; a large one only if it is open.
    pub fn read(engine: &Engine, detail: &Detail, is_open: bool) -> Result<Self, Unusable> {
        let nothing = |note: String, is_left_out| Self {
            of: (detail.summary.key, detail.result),
            lines: Vec::new(),
            note: Some(note),
            is_left_out,
        };
        if detail.summary.size > AT_ONCE && !is_open {
            return Ok(nothing(format!("{}; Enter shows it", figures::size(detail.summary.size)), true));
        }
        let Some(result) = engine.peek(&detail.summary.key)? else {
            return Ok(nothing("the output is damaged".to_owned(), false));
        };
        let (mut output, mut size) = (Output::default(), 0);
        let replayed = result.replay(&mut |stream, bytes| {
            let shown = &bytes[..bytes.len().min(SHOWN - size)];
            output.add(stream, shown);
            size += shown.len();
            // The rest need not be read.
            if size == SHOWN || output.is_full() { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
        });
        let note = match replayed {
            Ok(()) if size == 0 => Some("no output".to_owned()),
            Ok(()) => None,
            Err(ReplayError::Write(_)) => {
                Some(format!("only the beginning; all of it: cacheback show --output {}", detail.summary.key.short()))
            }
            Err(error) => Some(error.to_string()),
        };
        Ok(Self { of: (detail.summary.key, detail.result), lines: output.into_lines(), note, is_left_out: false })
    }
}

/// Why the entry is fresh or stale, and what failed.
pub fn why(assessment: &Assessment<'_>, criteria: &Criteria, width: u16) -> Vec<Line<'static>> {
    let Assessment { detail, state, .. } = assessment;
    let mut why = Vec::new();
    let reasons = criteria.reasons(detail);
    if assessment.is_fresh {
        let left = assessment.ttl.saturating_sub(assessment.age);
        why.push(format!("for another {}", readable_left(left)));
    }
    let changed = match reasons.contains(&Reason::Dependencies) {
        true => detail
            .condition
            .dependencies
            .as_ref()
            .and_then(|known| known.changes(&detail.recipe.fetch.depends_on, &detail.recipe.cwd).ok()),
        false => None,
    };
    why.extend(words::why_not_fresh(&reasons, &changed.unwrap_or_default(), None).into_iter().map(|(_, why)| why));
    let name = assessment.state_in_words();
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
    let mut lines = wrapped(&format!("{name}{why}"), width, Style::new());
    if let Some(first) = lines.first_mut() {
        let text = first.to_string();
        let (name, rest) = text.split_at_checked(name.len()).unwrap_or((&text, ""));
        let style = Style::new().fg(color(state.color())).bold();
        *first = Line::from(vec![Span::styled(name.to_owned(), style), Span::raw(rest.to_owned())]);
    }
    if let Some(failure) = &detail.failure {
        lines.extend(wrapped(&words::failure(failure, criteria.now), width, Style::new().fg(Color::Red)));
        let text = String::from_utf8_lossy(&failure.stderr);
        let text: Vec<&str> = text.lines().collect();
        let last = text[text.len().saturating_sub(ERROR_LINES)..].iter();
        let plain = |line: &&str| quote::plain(&line.replace('\t', "    "));
        lines.extend(last.map(|line| Line::raw(format!("  | {}", plain(line))).fg(Color::Red)));
    }
    lines.extend(wrapped(&facts(assessment), width, Style::new().fg(Color::DarkGray)));
    lines
}

/// `text` in lines of `width` columns, broken between words.
fn wrapped(text: &str, width: u16, style: Style) -> Vec<Line<'static>> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().filter(|line| line.is_empty() || line.width() + 1 + word.width() <= width.into());
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.into_iter().map(|line| Line::styled(line, style)).collect()
}

fn facts(assessment: &Assessment<'_>) -> String {
    let detail = assessment.detail;
    let usage = detail.usage;
    let mut facts = vec![
        format!("fetched {}", figures::local(detail.summary.fetched_at).unwrap_or_default()),
        format!("took {}", figures::elapsed(detail.summary.took)),
        format!("exit status {}", detail.summary.exit),
        format!("hits {}, and {} stale", usage.hits, usage.stale_hits),
    ];
    facts.extend(detail.recipe.fetch.job.as_ref().map(|job| format!("job {}", quote::word(&job.name))));
    if !detail.recipe.fetch.tags.is_empty() {
        facts.push(format!("tags {}", quote::line(&detail.recipe.fetch.tags)));
    }
    facts.push(format!("in {}", quote::word(detail.recipe.cwd.as_os_str())));
    facts.join(", ")
}
