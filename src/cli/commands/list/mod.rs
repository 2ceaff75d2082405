//! `cacheback list`: what is stored, as a table or for scripts.

pub mod form;
#[cfg(feature = "shared")]
mod shared;
pub mod sort;

use std::ops::ControlFlow;

use cacheback::ExitStatus;
use form::Form;
use sort::Sorter;

use crate::cache::{Engine, Unusable};
use crate::cli::args::GlobalArgs;
use crate::cli::args::upkeep::{FilterArgs, ListArgs, SortColumn};
use crate::cli::render::entry::{Assessment, Criteria, State};
use crate::cli::render::{message, output::Output};
use crate::cli::resolve::{Environment, UsageError, configured, with_cache};
use crate::model::time::Timestamp;
use crate::policy::Policy;
use crate::store::{Detail, Selector, SelectorError};

/// Prints the entries that are selected, the newest first unless they are sorted otherwise.
pub fn run(args: ListArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let (ttl, ttl_is_said) = configured::ttl(args.ttl, &global, env)?;
    let db = configured::database(&global, env)?;
    #[cfg(feature = "shared")]
    if args.filter.shared {
        return shared::run(&args, &global, env, Policy { ttl, ..Policy::default() }, ttl_is_said);
    }
    let form = Form::of(&args);
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
        let mut printer = form.printer(args.color.color, false);
        let limit = args.limit.unwrap_or(u64::MAX);
        let mut left = limit;
        let _ = printer.begin(&mut out);
        let mut print = |assessment: &Assessment<'_>| {
            printer.entry(assessment, None, &mut out)?;
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
    let each_wanted = |detail: Detail, then: &mut dyn FnMut(&Assessment<'_>) -> ControlFlow<()>| {
        let assessment = criteria.assess(&detail);
        if is_wanted(&args.filter, &assessment) { then(&assessment) } else { ControlFlow::Continue(()) }
    };
    let column = args.sort.unwrap_or(SortColumn::Age);
    if column == SortColumn::Age {
        return cache.details(selectors, &mut |detail| each_wanted(detail, print));
    }
    let mut sorter = Sorter::new(column, args.limit);
    cache.details(selectors, &mut |detail| {
        each_wanted(detail, &mut |assessment| {
            sorter.add(assessment, assessment.detail.locator);
            ControlFlow::Continue(())
        })
    })?;
    // Entries may have changed since they were sorted; they are printed as they are now.
    cache.details_at(&mut sorter.locators(), &mut |detail| each_wanted(detail, print))
}

/// Whether the state of an entry is one of those to list.
fn is_wanted(filter: &FilterArgs, assessment: &Assessment<'_>) -> bool {
    (!filter.stale || !assessment.is_fresh)
        && (!filter.failing || assessment.detail.failure.is_some())
        && (!filter.refreshing || assessment.state == State::Refreshing)
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
