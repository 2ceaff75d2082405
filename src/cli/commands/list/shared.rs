//! `cacheback list --shared`: what is stored on the server.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

use cacheback::ExitStatus;
use serde_json::{Value, json};

use super::form::{Form, ServerFacts};
use super::sort::Sorter;
use super::{is_wanted, selectors};
use crate::cli::args::GlobalArgs;
use crate::cli::args::upkeep::{FilterArgs, ListArgs, SortColumn};
use crate::cli::commands::shared::with_entries;
use crate::cli::render::entry::{Assessment, Criteria, State};
use crate::cli::render::{figures, message, output::Output};
use crate::cli::resolve::{Environment, UsageError};
use crate::model::time::Timestamp;
use crate::policy::Policy;
use crate::store::Selector;
use crate::store::shared::protocol::{ProtocolError, SharedId};
use crate::store::shared::{Holder, Listed, Row, ServerEntries};

/// Prints the entries on the server that are selected. In memory are only their names, and what they are sorted by.
pub fn run(
    args: &ListArgs,
    global: &GlobalArgs,
    env: &impl Environment,
    policy: Policy,
    ttl_is_said: bool,
) -> Result<ExitStatus, UsageError> {
    let selectors = selectors(&args.filter).map_err(|error| UsageError::new(error.to_string()))?;
    let now = Timestamp::now();
    let criteria = Criteria { policy, ttl_is_said, depends_on: Vec::new(), in_progress: HashMap::new(), now };
    let form = Form::of(args);
    with_entries(global, env, |entries| {
        let mut wanted = Wanted { filter: &args.filter, selectors, criteria, unusable: 0 };
        let ids = wanted.sorted(entries, args)?;
        let (mut out, mut left) = (Output::new(), ids.len());
        let mut printer = form.printer(args.color.color, true);
        let _ = printer.begin(&mut out);
        // Entries may have changed since they were sorted; they are printed as they are now.
        let unusable = wanted.unusable;
        let mut print = |_: &mut ServerEntries, row| {
            wanted.take(&row, &mut |assessment, listed| {
                left -= 1;
                printer.entry(assessment, Some(&on_server(listed)), &mut out)
            })
        };
        let _ = entries.some(&ids, &mut print)?;
        let _ = printer.end(&mut out);
        let status = out.end();
        if left == ids.len() && args.limit != Some(0) && form == Form::Table {
            let which = if args.filter == (FilterArgs { shared: true, ..FilterArgs::default() }) {
                "nothing"
            } else {
                "no such entry"
            };
            message::warning(global.quiet, format_args!("{which} is stored on the server"));
        }
        if unusable > 0 {
            let entries = figures::entries(unusable);
            message::warning(
                global.quiet,
                format_args!("{entries} cannot be opened with this key; see 'cacheback verify --shared'"),
            );
        }
        Ok(status)
    })
}

/// Which entries are to be listed.
struct Wanted<'a> {
    filter: &'a FilterArgs,
    selectors: Vec<Selector>,
    criteria: Criteria,
    /// How many do not open.
    unusable: u64,
}

impl Wanted<'_> {
    /// The names of the entries that are wanted, in order.
    fn sorted(&mut self, entries: &mut ServerEntries, args: &ListArgs) -> Result<Vec<SharedId>, ProtocolError> {
        if args.limit == Some(0) {
            return Ok(Vec::new());
        }
        let mut sorter = Sorter::new(args.sort.unwrap_or(SortColumn::Age), args.limit);
        entries.each(&mut |_, row| {
            self.take(&row, &mut |assessment, listed| {
                sorter.add(assessment, listed.id.0);
                ControlFlow::Continue(())
            })
        })?;
        let mut ids: Vec<SharedId> = sorter.locators().map(SharedId).collect();
        // The server names some twice while it makes room.
        ids.dedup();
        Ok(ids)
    }

    /// Hands the entry to `then` if it is wanted.
    fn take(
        &mut self,
        row: &Row,
        then: &mut dyn FnMut(&Assessment<'_>, &Listed) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Row::Listed(listed) = row else {
            self.unusable += 1;
            return ControlFlow::Continue(());
        };
        let detail = &listed.detail;
        if !self.selectors.iter().all(|selector| selector.matches(&detail.summary.key, &detail.parts, &detail.recipe)) {
            return ControlFlow::Continue(());
        }
        let mut assessment = self.criteria.assess(detail);
        if listed.leader.is_some() {
            assessment.state = State::Refreshing;
        }
        if is_wanted(self.filter, &assessment) { then(&assessment, listed) } else { ControlFlow::Continue(()) }
    }
}

fn on_server(listed: &Listed) -> ServerFacts {
    let leader = listed.leader.as_ref();
    ServerFacts {
        host: listed.host.to_string_lossy().into_owned(),
        id: listed.id.to_string(),
        state: leader
            .map(|(holder, since)| format!("refreshing ({}, {})", in_words(holder.as_ref()), figures::span(*since))),
        leader: leader.map_or(Value::Null, |(holder, since)| for_programs(holder.as_ref(), *since)),
    }
}

fn in_words(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "unknown".to_owned(), |holder| format!("{} pid {}", holder.host.display(), holder.pid))
}

fn for_programs(holder: Option<&Holder>, since: Duration) -> Value {
    let host = holder.map(|holder| holder.host.to_string_lossy().into_owned());
    json!({ "host": host, "pid": holder.map(|holder| holder.pid), "for": figures::seconds(since) })
}
