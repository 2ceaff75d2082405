//! What a list looks like: a table, JSON, or ids.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::cli::args::upkeep::{ListArgs, When};
use crate::cli::render::columns::{Cells, Column, WhenNarrow};
use crate::cli::render::entry::{Assessment, distinction};
use crate::cli::render::table::Printer;
use crate::cli::render::{Paint, figures, output::Output};
use crate::store::Usage;

/// What a list looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Table,
    JsonArray,
    JsonLines,
    /// Ids, each followed by this character.
    Ids(u8),
}

/// What there is to say of an entry on a server, besides what is said of any.
pub struct ServerFacts {
    /// The host that ran the command.
    pub host: String,
    /// Its name on the server.
    pub id: String,
    /// Who runs the command now, in place of the state.
    pub state: Option<String>,
    /// The same for programs.
    pub leader: Value,
}

/// Prints entries in one form.
pub enum FormPrinter {
    Table(Printer),
    JsonArray { is_first: bool },
    JsonLines,
    Ids(u8),
}

impl Form {
    pub fn of(args: &ListArgs) -> Self {
        match () {
            () if args.json => Self::JsonArray,
            () if args.jsonl => Self::JsonLines,
            () if args.null => Self::Ids(0),
            () if args.ids => Self::Ids(b'\n'),
            () => Self::Table,
        }
    }

    /// For the entries of this host, or for those on a server, which is not told how often they are used.
    pub fn printer(self, color: When, is_elsewhere: bool) -> FormPrinter {
        match self {
            Self::Table => FormPrinter::Table(Printer::new(columns(is_elsewhere), Paint::stdout(color))),
            Self::JsonArray => FormPrinter::JsonArray { is_first: true },
            Self::JsonLines => FormPrinter::JsonLines,
            Self::Ids(end) => FormPrinter::Ids(end),
        }
    }
}

impl FormPrinter {
    pub fn begin(&mut self, out: &mut Output) -> ControlFlow<()> {
        match self {
            Self::JsonArray { .. } => out.bytes(b"["),
            _ => ControlFlow::Continue(()),
        }
    }

    /// Prints one; `on_server` has what there is to say of it on a server.
    pub fn entry(
        &mut self,
        assessment: &Assessment<'_>,
        on_server: Option<&ServerFacts>,
        out: &mut Output,
    ) -> ControlFlow<()> {
        match self {
            Self::Table(table) => table.row(cells(assessment, on_server), out),
            Self::JsonArray { is_first } => {
                out.bytes(if std::mem::replace(is_first, false) { b"\n" } else { b",\n" })?;
                out.object(&object(assessment, on_server))
            }
            Self::JsonLines => {
                out.object(&object(assessment, on_server))?;
                out.bytes(b"\n")
            }
            Self::Ids(end) => {
                out.bytes(assessment.detail.summary.key.to_string().as_bytes())?;
                out.bytes(&[*end])
            }
        }
    }

    pub fn end(self, out: &mut Output) -> ControlFlow<()> {
        match self {
            Self::Table(table) => table.end(out),
            Self::JsonArray { is_first } => out.bytes(if is_first { b"]\n" } else { b"\n]\n" }),
            Self::JsonLines | Self::Ids(_) => ControlFlow::Continue(()),
        }
    }
}

fn object(assessment: &Assessment<'_>, on_server: Option<&ServerFacts>) -> Map<String, Value> {
    let mut object = assessment.object();
    if let Some(on_server) = on_server {
        for unknown in ["hits", "stale_hits", "saved", "last_used", "failure"] {
            object.insert(unknown.to_owned(), Value::Null);
        }
        object.insert("host".to_owned(), on_server.host.clone().into());
        object.insert("shared_id".to_owned(), on_server.id.clone().into());
        object.insert("refreshing".to_owned(), on_server.leader.clone());
    }
    object
}

/// The columns of the table.
pub fn columns(is_elsewhere: bool) -> Vec<Column> {
    let column = |heading, when_narrow| Column { heading, is_number: false, when_narrow };
    let number = |heading, rank| Column { heading, is_number: true, when_narrow: WhenNarrow::Goes(rank) };
    vec![
        column("ID", WhenNarrow::Stays),
        column("STATE", WhenNarrow::Shrinks("fresh".len() as u16)),
        number("AGE", 5),
        number("TTL", 4),
        number("SIZE", 3),
        number("TOOK", 2),
        if is_elsewhere { column("HOST", WhenNarrow::Goes(1)) } else { number("HITS", 1) },
        column("COMMAND", WhenNarrow::Stays),
    ]
}

/// An entry in these columns.
pub fn cells(assessment: &Assessment<'_>, on_server: Option<&ServerFacts>) -> Cells {
    let detail = assessment.detail;
    Cells {
        texts: vec![
            detail.summary.key.short(),
            on_server.and_then(|on_server| on_server.state.clone()).unwrap_or_else(|| assessment.state_in_words()),
            figures::span(assessment.age),
            if detail.summary.invalidated { "-".to_owned() } else { figures::span_left(assessment.ttl_left()) },
            figures::size(detail.summary.size),
            figures::elapsed(detail.summary.took),
            on_server.map_or_else(|| hits(detail.usage), |on_server| on_server.host.clone()),
            assessment.command(),
        ],
        tail: distinction(detail),
        colored: Some((1, assessment.state.color())),
    }
}

/// `3`, or `3+2` if two stale ones were served as well.
fn hits(usage: Usage) -> String {
    match usage.stale_hits {
        0 => usage.hits.to_string(),
        stale => format!("{}+{stale}", usage.hits),
    }
}
