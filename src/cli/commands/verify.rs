//! `cacheback verify`: look for damage, and mend it if asked to.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::cache::Inspector;
use crate::store::Finding;
use cacheback::ExitStatus;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::run::open;
use crate::cli::args::GlobalArgs;
use crate::cli::args::upkeep::VerifyArgs;
use crate::cli::render::{figures, message, quote, screen};
use crate::cli::resolve::configured;
use crate::cli::resolve::identity::Database;
use crate::cli::resolve::options::Environment;
use crate::cli::resolve::select::{SelectError, report};
use crate::cli::resolve::usage::UsageError;

/// One call of `verify`, with nothing left to look up.
pub struct VerifyRequest {
    repair: bool,
    db: Database,
    quiet: bool,
}

impl VerifyRequest {
    /// What the options ask for.
    pub fn resolve(args: &VerifyArgs, global: GlobalArgs, env: &impl Environment) -> Result<Self, UsageError> {
        Ok(Self { repair: args.repair, db: configured::database(&global, env)?, quiet: global.quiet })
    }
}

/// Looks at everything; exit 1 if something is wrong.
pub fn run(request: &VerifyRequest) -> ExitStatus {
    let VerifyRequest { repair, db, quiet } = request;
    let mut told = Told { bar: None, quiet: *quiet, problems: 0, mended: 0, error: None };
    let result = open(db, *quiet).and_then(|cache| cache.verify(*repair, &mut told));
    if let Some(bar) = told.bar.take() {
        bar.finish_and_clear();
    }
    match (result, told.error) {
        (Err(error), _) => return report(&SelectError::from(error), db),
        (_, Some(error)) => return message::unprintable(&error),
        (Ok(checked), None) => {
            let checked = checked.map(|entries| format!("checked {}: ", figures::entries(entries))).unwrap_or_default();
            let found = match told.problems {
                0 => "all is well".to_owned(),
                1 => "1 problem".to_owned(),
                problems => format!("{problems} problems"),
            };
            let mended =
                if *repair && told.problems > 0 { format!(", {} repaired", told.mended) } else { String::new() };
            message::warning(*quiet, format_args!("{checked}{found}{mended}"));
        }
    }
    ExitStatus::Exited(u8::from(told.problems > 0))
}

/// Prints what is wrong, beside a bar that is only seen on a terminal.
struct Told {
    bar: Option<ProgressBar>,
    quiet: bool,
    problems: u64,
    mended: u64,
    error: Option<io::Error>,
}

impl Told {
    fn count(&mut self, line: &str, is_mended: bool) {
        self.problems += 1;
        self.mended += u64::from(is_mended);
        let mut print = || {
            let mut out = io::stdout();
            if let Err(error) = writeln!(out, "{}", quote::plain(line)).and_then(|()| out.flush()) {
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

impl Inspector for Told {
    fn problem(&mut self, text: &str, is_mended: bool) {
        self.count(&format!("{text}{}", if is_mended { ": repaired" } else { "" }), is_mended);
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
        let id = format!("{:016x}", finding.row);
        let removed = if is_removed { ": removed" } else { "" };
        self.count(&format!("{}{}: {}{removed}", &id[..8], command.unwrap_or_default(), finding.what), is_removed);
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
