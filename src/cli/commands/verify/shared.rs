//! `cacheback verify --shared`: open every seal on the server.

use std::io;
use std::ops::ControlFlow;

use cacheback::ExitStatus;

use super::Printer;
use crate::cli::args::GlobalArgs;
use crate::cli::commands::shared::with_entries;
use crate::cli::render::{entry, message, screen};
use crate::cli::resolve::{Environment, UsageError};
use crate::store::shared::protocol::ProtocolError;
use crate::store::shared::{Row, ServerEntries};

/// Opens the seals of all entries, of who runs them, and of all barriers; exit 1 if one does not open.
pub fn run(repair: bool, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    with_entries(global, env, |entries| {
        let mut printer = Printer::new(global.quiet);
        let (mut checked, mut failure) = (0, None);
        match entries.unopened_barriers() {
            0 => {}
            count => printer.count(&format!("{count} of the invalidations in the log do not open"), false),
        }
        entries.each(&mut |entries, row| {
            checked += 1;
            match check(entries, &row, repair, &mut printer) {
                Ok(()) if printer.error.is_none() => ControlFlow::Continue(()),
                Ok(()) => ControlFlow::Break(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        match (failure, &printer.error) {
            (Some(failure), _) => Err(failure),
            (None, Some(error)) => Ok(message::unprintable(error)),
            (None, None) => Ok(printer.sum_up(Some(checked), repair)),
        }
    })
}

/// Prints what is wrong with an entry, and removes it if it is to be repaired.
fn check(entries: &mut ServerEntries, row: &Row, repair: bool, printer: &mut Printer) -> Result<(), ProtocolError> {
    let (id, command, what) = match row {
        Row::Unusable(unusable) => (unusable.id, String::new(), unusable.what),
        Row::Listed(listed) => {
            if listed.leader.as_ref().is_some_and(|(holder, _)| holder.is_none()) {
                printer.count(&format!("{}: who runs its command does not open", listed.id), false);
            }
            let Some(what) = entries.check(listed)? else { return Ok(()) };
            let command = entry::command(&listed.detail);
            (listed.id, format!(" ({})", screen::short(command, &io::stdout())), what)
        }
    };
    let is_removed = repair
        && match row {
            Row::Unusable(unusable) => entries.remove_unusable(unusable)?,
            Row::Listed(listed) => entries.remove(listed)?,
        };
    printer.count(&format!("{id}{command}: {what}{}", if is_removed { ": removed" } else { "" }), is_removed);
    Ok(())
}
