//! `cacheback list`: what is stored, as a table or for scripts.

mod sort;

use std::ops::ControlFlow;

use cacheback::ExitStatus;
use sort::Sorter;

use crate::cache::{Engine, Unusable};
use crate::cli::args::GlobalArgs;
use crate::cli::args::upkeep::{FilterArgs, ListArgs, SortColumn, When};
use crate::cli::render::entry::{Assessment, Criteria, distinction};
use crate::cli::render::table::{Cells, Column, Printer, WhenNarrow};
use crate::cli::render::{Paint, figures, message, output::Output};
use crate::cli::resolve::{Environment, UsageError, configured, with_cache};
use crate::model::time::Timestamp;
use crate::policy::Policy;
use crate::store::{Detail, Selector, SelectorError, Usage};

/// What a list looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    JsonArray,
    JsonLines,
    /// Ids, each followed by this character.
    Ids(u8),
}

/// Prints the entries that are selected, the newest first unless they are sorted otherwise.
pub fn run(args: ListArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let (ttl, ttl_is_said) = configured::ttl(args.ttl, &global, env)?;
    let db = configured::database(&global, env)?;
    let form = match () {
        () if args.json => Form::JsonArray,
        () if args.jsonl => Form::JsonLines,
        () if args.null => Form::Ids(0),
        () if args.ids => Form::Ids(b'\n'),
        () => Form::Table,
    };
    Ok(with_cache(&db, global.quiet, |cache| {
        let selectors = selectors(&args.filter)?;
        if !matches!(form, Form::Ids(_)) {
            cache.fold();
        }
        let criteria = Criteria {
            policy: Policy { ttl, ..Policy::default() },
            ttl_is_said,
            depends_on: Vec::new(),
            in_progress: cache.in_progress()?,
            now: Timestamp::now(),
        };
        let mut out = Output::new();
        let mut printer = Form::printer(form, args.color.color);
        let limit = args.limit.unwrap_or(u64::MAX);
        let mut left = limit;
        let _ = printer.begin(&mut out);
        let mut print = |assessment: &Assessment<'_>| {
            printer.entry(assessment, &mut out)?;
            left -= 1;
            // The search ends with the last entry that is printed.
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        if limit > 0 {
            walk(&args, cache, &selectors, &criteria, &mut print)?;
        }
        let _ = printer.end(&mut out);
        let status = out.end();
        if left == limit && limit > 0 && form == Form::Table {
            let which = if args.filter == FilterArgs::default() { "nothing" } else { "no such entry" };
            message::warning(global.quiet, format_args!("{which} is stored"));
        }
        Ok(status)
    }))
}

/// Hands the entries that are selected to `print`, in the order that --sort gives.
fn walk(
    args: &ListArgs,
    cache: &Engine,
    selectors: &[Selector],
    criteria: &Criteria,
    print: &mut dyn FnMut(&Assessment<'_>) -> ControlFlow<()>,
) -> Result<(), Unusable> {
    let is_wanted = |assessment: &Assessment<'_>| {
        let FilterArgs { stale, failing, refreshing, .. } = args.filter;
        (!stale || !assessment.is_fresh)
            && (!failing || assessment.detail.failure.is_some())
            && (!refreshing || assessment.progress.is_some())
    };
    let each_wanted = |detail: Detail, then: &mut dyn FnMut(&Assessment<'_>) -> ControlFlow<()>| {
        let assessment = criteria.assess(&detail);
        if is_wanted(&assessment) { then(&assessment) } else { ControlFlow::Continue(()) }
    };
    let column = args.sort.unwrap_or(SortColumn::Age);
    if column == SortColumn::Age {
        return cache.details(selectors, &mut |detail| each_wanted(detail, print));
    }
    let mut sorter = Sorter::new(column, args.limit);
    cache.details(selectors, &mut |detail| {
        each_wanted(detail, &mut |assessment| {
            sorter.add(assessment);
            ControlFlow::Continue(())
        })
    })?;
    // Entries may have changed since they were sorted; they are printed as they are now.
    cache.details_at(&mut sorter.positions(), &mut |detail| each_wanted(detail, print))
}

fn selectors(filter: &FilterArgs) -> Result<Vec<Selector>, SelectorError> {
    let mut selectors = Vec::new();
    if let Some(prefix) = &filter.id {
        selectors.push(Selector::prefix(prefix)?);
    }
    if let Some(glob) = &filter.pattern {
        selectors.push(Selector::matching(glob)?);
    }
    selectors.extend(filter.tag.iter().cloned().map(Selector::Tag));
    selectors.extend(filter.scope.iter().cloned().map(Selector::Scope));
    selectors.extend(filter.job.iter().cloned().map(Selector::Job));
    Ok(selectors)
}

/// Prints entries in one form.
enum FormPrinter {
    Table(Printer),
    JsonArray { is_first: bool },
    JsonLines,
    Ids(u8),
}

impl Form {
    fn printer(self, color: When) -> FormPrinter {
        let column = |heading, when_narrow| Column { heading, is_number: false, when_narrow };
        let number = |heading, rank| Column { heading, is_number: true, when_narrow: WhenNarrow::Goes(rank) };
        match self {
            Self::Table => FormPrinter::Table(Printer::new(
                vec![
                    column("ID", WhenNarrow::Stays),
                    column("STATE", WhenNarrow::Shrinks("fresh".len() as u16)),
                    number("AGE", 5),
                    number("TTL", 4),
                    number("SIZE", 3),
                    number("TOOK", 2),
                    number("HITS", 1),
                    column("COMMAND", WhenNarrow::Stays),
                ],
                Paint::stdout(color),
            )),
            Self::JsonArray => FormPrinter::JsonArray { is_first: true },
            Self::JsonLines => FormPrinter::JsonLines,
            Self::Ids(end) => FormPrinter::Ids(end),
        }
    }
}

impl FormPrinter {
    fn begin(&mut self, out: &mut Output) -> ControlFlow<()> {
        match self {
            Self::JsonArray { .. } => out.bytes(b"["),
            _ => ControlFlow::Continue(()),
        }
    }

    fn entry(&mut self, assessment: &Assessment<'_>, out: &mut Output) -> ControlFlow<()> {
        match self {
            Self::Table(table) => table.row(cells(assessment), out),
            Self::JsonArray { is_first } => {
                out.bytes(if std::mem::replace(is_first, false) { b"\n" } else { b",\n" })?;
                out.object(&assessment.object())
            }
            Self::JsonLines => {
                out.object(&assessment.object())?;
                out.bytes(b"\n")
            }
            Self::Ids(end) => {
                out.bytes(assessment.detail.summary.key.to_string().as_bytes())?;
                out.bytes(&[*end])
            }
        }
    }

    fn end(self, out: &mut Output) -> ControlFlow<()> {
        match self {
            Self::Table(table) => table.end(out),
            Self::JsonArray { is_first } => out.bytes(if is_first { b"]\n" } else { b"\n]\n" }),
            Self::JsonLines | Self::Ids(_) => ControlFlow::Continue(()),
        }
    }
}

fn cells(assessment: &Assessment<'_>) -> Cells {
    let detail = assessment.detail;
    Cells {
        texts: vec![
            detail.summary.key.short(),
            assessment.state_in_words(),
            figures::span(assessment.age),
            if detail.summary.invalidated { "-".to_owned() } else { figures::span_left(assessment.ttl_left()) },
            figures::size(detail.summary.size),
            figures::elapsed(detail.summary.took),
            hits(detail.usage),
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
