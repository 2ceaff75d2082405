//! `cacheback browse`: a full-screen browser of what is stored.
//!
//! There is one thread, because a refresh forks the process. Each turn of the loop draws the screen, waits for keys,
//! and does some milliseconds of work, so that keys are answered while a million entries are searched. The list reads
//! the entries on the screen and one screen more, in the order of an index; only a search or a sort reads more. Once a
//! second the stamps of two files show whether something has changed. This takes no lock.
//!
//! What can happen meanwhile:
//! - The database is locked, damaged or unreadable: the last line says so, the list stays, and is read again later.
//! - The database is removed or replaced: the list is read again; it is empty if there is no database.
//! - A signal ends or stops the process: [`Screen`] restores the terminal, even while the process waits for a lock.
//! - The terminal goes away: the process ends as if by SIGHUP, even if SIGHUP is ignored.
//! - A panic: a hook restores the terminal before the message is printed.
//! - The browser ends during a refresh: the refresh goes on, as it is a detached process in a session of its own.

mod app;
mod change;
mod filter;
mod help;
mod keys;
mod list;
mod output;
mod paint;
mod press;
mod preview;
mod view;
mod walk;
mod watch;

use std::cell::RefCell;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::panic;
use std::rc::Rc;
use std::time::Duration;

use cacheback::ExitStatus;
use crossterm::clipboard::CopyToClipboard;
use crossterm::{queue, style};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use self::app::{App, COUNTED};
use self::change::Changes;
use self::keys::Keyboard;
use self::press::Action;
use crate::cache::{Engine, Unusable};
use crate::cli::args::upkeep::SortColumn;
use crate::cli::args::{BrowseArgs, GlobalArgs};
use crate::cli::render::entry::Criteria;
use crate::cli::render::output::StandardOutput;
use crate::cli::render::{Paint, message};
use crate::cli::resolve::{CommandError, Database, Environment, UsageError, configured, open_for};
use crate::model::time::Timestamp;
use crate::policy::Policy;
use crate::sys::screen::{self, Screen};
use crate::sys::{process, signal};

/// How long to wait for the rest of an escape sequence; a terminal sends it at once.
const UNDECIDED: Duration = Duration::from_millis(30);

type Terminal = ratatui::Terminal<CrosstermBackend<BufWriter<StandardOutput>>>;

/// Browses until the user leaves.
pub fn run(args: BrowseArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) || env("TERM").is_some_and(|term| term == "dumb") {
        return Err(UsageError::new("'cacheback browse' needs a terminal; without one: cacheback list"));
    }
    let (ttl, ttl_is_said) = configured::ttl(args.ttl, &global, env)?;
    let db = configured::database(&global, env)?;
    let changes = changes(&db, &global, env);
    let warnings = Rc::new(RefCell::new(Vec::new()));
    let warn = Rc::clone(&warnings);
    let warn = Rc::new(move |text: &str| warn.borrow_mut().push(text.to_owned()));
    let begin = || -> Result<(Engine, Criteria, u64), Unusable> {
        let engine = open_for(&db, warn, Box::new(|_| Duration::MAX))?;
        engine.fold();
        // A database that cannot be used is reported before the screen is taken over.
        let total = engine.count(COUNTED + 1)?;
        let in_progress = engine.in_progress()?;
        let policy = Policy { ttl, ..Policy::default() };
        let now = Timestamp::now();
        Ok((engine, Criteria { policy, ttl_is_said, depends_on: Vec::new(), in_progress, now }, total))
    };
    let (engine, criteria, total) = match begin() {
        Ok(begun) => begun,
        Err(error) => return Ok(CommandError::from(error).print(&db)),
    };
    let sort = args.sort.unwrap_or(SortColumn::Age);
    let mut app = App::new(&engine, changes, criteria, sort, args.filter.join(" "));
    app.total = total;
    let is_colored = Paint::stdout(args.color.color).is_on();
    Ok(match browse(&mut app, &warnings, is_colored) {
        Ok(End::Asked) => ExitStatus::Exited(0),
        Ok(End::HungUp) => process::die_by(signal::SIGHUP),
        Err(error) => {
            message::error(format_args!("the terminal cannot be used: {error}"));
            ExitStatus::Failed
        }
    })
}

/// Why the browser ends.
enum End {
    Asked,
    HungUp,
}

fn browse(app: &mut App<'_>, warnings: &RefCell<Vec<String>>, is_colored: bool) -> io::Result<End> {
    // The caller has decided about colours, from `--color` and the environment.
    style::force_color_output(true);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        screen::leave();
        before(panic);
    }));
    let screen = Screen::enter()?;
    let mut terminal = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, StandardOutput)))?;
    let mut keyboard = Keyboard::default();
    let mut buffer = [0; 1024];
    let mut wait = Duration::ZERO;
    loop {
        if screen.was_left() {
            let size = terminal.size()?;
            terminal.resize(Rect::from((ratatui::layout::Position::ORIGIN, size)))?;
        }
        terminal.draw(|frame| view::draw(frame, app, is_colored))?;
        let keys = match screen.read(&mut buffer, if keyboard.is_undecided() { UNDECIDED } else { wait })? {
            Some(0) => return Ok(End::HungUp),
            Some(size) => keyboard.feed(&buffer[..size]),
            None => keyboard.decide(),
        };
        for key in keys {
            match app.press(key) {
                Action::GoOn => {}
                Action::Redraw => screen.redraw(),
                Action::Copy(text) => {
                    queue!(terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))?;
                    terminal.backend_mut().flush()?;
                }
                Action::End => return Ok(End::Asked),
            }
        }
        wait = app.work().unwrap_or_else(|error| {
            app.fail(&error);
            watch::TICK
        });
        for warning in warnings.borrow_mut().drain(..) {
            app.say(warning, true);
        }
    }
}

/// How entries are changed, here and on the server of the shared tier.
#[cfg(feature = "shared")]
fn changes<'a>(db: &'a Database, global: &'a GlobalArgs, env: &'a impl Environment) -> Changes<'a> {
    use crate::cli::commands::change::Change;
    use crate::cli::commands::shared;
    use crate::cli::resolve::shared::{again, settings};
    use crate::store::Recipe;
    let settings = settings(global, env).ok().flatten();
    let tier = move |change| shared::server(settings.clone(), db, change, env);
    let by_tier = tier.clone();
    Changes {
        apply: Box::new(move |engine, selector, change| {
            let (tier, wrong) = match tier(change) {
                Ok(tier) => (tier, None),
                Err(reason) => (None, Some(reason)),
            };
            match tier {
                // For a server that cannot be reached now, the change is queued.
                Some(tier) => {
                    let sharing = |recipe: &Recipe| again(recipe, &tier.settings, db, global, env);
                    shared::apply(engine, &tier, std::slice::from_ref(selector), change, true, &sharing)?
                }
                None => change.apply(engine, selector)?,
            };
            Ok(wrong)
        }),
        sharing: Box::new(move |recipe| {
            let tier = by_tier(Change::Invalidate).ok().flatten()?;
            again(recipe, &tier.settings, db, global, env)
        }),
    }
}

#[cfg(not(feature = "shared"))]
fn changes<'a>(_: &'a Database, _: &'a GlobalArgs, _: &'a impl Environment) -> Changes<'a> {
    Changes {
        apply: Box::new(|engine, selector, change| change.apply(engine, selector).map(|_| None)),
        sharing: Box::new(|_| None),
    }
}
