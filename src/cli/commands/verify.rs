//! `cacheback verify`: check everything for damage, and repair it with --repair.

#[cfg(feature = "shared")]
mod shared;

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use cacheback::ExitStatus;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::args::{GlobalArgs, upkeep::VerifyArgs};
use crate::cli::render::{figures, message, output::StandardOutput, quote, screen};
use crate::cli::resolve::{Environment, UsageError, configured, with_cache};
use crate::store::{Finding, Inspector};

/// Checks everything; exit 1 if something is wrong.
pub fn run(args: VerifyArgs, global: &GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    let (repair, quiet) = (args.repair, global.quiet);
    #[cfg(feature = "shared")]
    if args.shared {
        return shared::run(repair, global, env);
    }
    let db = configured::database(global, env)?;
    let mut printer = Printer::new(quiet);
    Ok(with_cache(&db, quiet, |cache| {
        let result = cache.verify(repair, &mut printer);
        if let Some(bar) = printer.bar.take() {
            bar.finish_and_clear();
        }
        let checked = result?;
        if let Some(error) = printer.error {
            return Ok(message::unprintable(&error));
        }
        Ok(printer.sum_up(checked, repair))
    }))
}

/// Prints the problems, and a progress bar where standard error is a terminal.
struct Printer {
    bar: Option<ProgressBar>,
    quiet: bool,
    problems: u64,
    repaired: u64,
    error: Option<io::Error>,
}

impl Printer {
    fn new(quiet: bool) -> Self {
        Self { bar: None, quiet, problems: 0, repaired: 0, error: None }
    }

    /// Prints how many problems there were; exit 1 if any.
    fn sum_up(&self, checked: Option<u64>, is_repairing: bool) -> ExitStatus {
        let checked = checked.map(|entries| format!("checked {}: ", figures::entries(entries))).unwrap_or_default();
        let found = match self.problems {
            0 => "all is well".to_owned(),
            1 => "1 problem".to_owned(),
            problems => format!("{problems} problems"),
        };
        let is_repaired = is_repairing && self.problems > 0;
        let repaired = if is_repaired { format!(", {} repaired", self.repaired) } else { String::new() };
        message::warning(self.quiet, format_args!("{checked}{found}{repaired}"));
        ExitStatus::Exited(u8::from(self.problems > 0))
    }

    fn count(&mut self, line: &str, is_repaired: bool) {
        self.problems += 1;
        self.repaired += u64::from(is_repaired);
        let mut print = || {
            if let Err(error) = StandardOutput.write_all(format!("{}\n", quote::plain(line)).as_bytes()) {
                self.error.get_or_insert(error);
            }
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn bar(&mut self) -> &ProgressBar {
        let quiet = self.quiet;
        self.bar.get_or_insert_with(|| {
            let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
            let bar = ProgressBar::with_draw_target(None, target);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        })
    }

    fn style(&mut self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar().set_style(style.progress_chars("##-"));
        }
    }
}

impl Inspector for Printer {
    fn problem(&mut self, text: &str, is_repaired: bool) {
        self.count(&format!("{text}{}", if is_repaired { ": repaired" } else { "" }), is_repaired);
    }

    fn aside(&mut self, path: &Path) {
        let path = path.display();
        message::warning(
            self.quiet,
            format_args!("{path} was set aside; 'cacheback clear' removes it, or 'prune' after 30 days"),
        );
    }

    fn damaged(&mut self, finding: &Finding, is_removed: bool) {
        let command = finding.command.as_ref().map(quote::command);
        let command = command.map(|command| format!(" ({})", screen::short(command, &io::stdout())));
        let removed = if is_removed { ": removed" } else { "" };
        self.count(
            &format!("{}{}: {}{removed}", &finding.id[..8], command.unwrap_or_default(), finding.what),
            is_removed,
        );
    }

    fn checks_file(&mut self) {
        self.style("{spinner} checking the file, {elapsed}");
    }

    fn checked(&mut self, done: u64, all: u64) {
        if self.bar().length().is_none() {
            self.style("{wide_bar} {pos} of {len} entries, {eta} left");
            self.bar().set_length(all);
        }
        self.bar().set_position(done);
    }
}
