//! The fetcher: a forked process that runs the command of a flight. It may outlive its caller.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::time::Duration;

use super::expiry::lifetime_of;
use super::on_refresh;
use super::response::Refresh;
use super::store_if::is_worth_storing;
use super::{Caller, ProcessEnd, Response};
use crate::cache::{Call, Engine, Fallback, Fetch, FlightSpool, Frontend, Settled, Stdout, is_failure};
use crate::fetch::caller::{self, Ending};
use crate::fetch::link;
use crate::fetch::{self, Audience, Fetched, Order, Printed, detach, environment};
use crate::flight::TranscriptReader;
use crate::model::exit::ExitStatus;
use crate::model::status::Why;
use crate::model::time::Timestamp;
use crate::policy::FetchPolicy;
use crate::store::Event;

/// How the output of a fetch is shown to a person.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Display {
    /// Standard output goes to a filter, which need not read all of it.
    pub(super) is_filtered: bool,
    /// A terminal shows its progress.
    pub(super) shows_progress: bool,
}

impl Caller<'_> {
    /// Runs the command, now that nobody else does.
    pub(super) fn lead(&self, fetch: Fetch<'_>, fallback: Option<Fallback>, why: Why) -> Response {
        let held_back = fallback.as_ref().and_then(|_| fetch.file().try_clone().ok());
        if fallback.is_none() {
            self.announce(self.fetched(why));
        }
        let display = Display { is_filtered: self.is_filtered(), shows_progress: self.hooks.shows_progress };
        // Each side of the fork takes the flight once: the fetcher to end it, the caller to leave it to the fetcher.
        let fetch = RefCell::new(Some(fetch));
        let take = || fetch.borrow_mut().take();
        let fetcher = |link| {
            if let Some(fetch) = take() {
                run(self.engine, &fetch, Audience::Caller(link), display);
            }
        };
        let ending = match caller::in_child(fetcher, || take().into_iter().for_each(Fetch::hand_over)) {
            Ok(ending) => ending,
            Err(_) => match take() {
                // This process cannot be forked, but perhaps the command can be started.
                Some(fetch) => Ending::Reported(run(self.engine, &fetch, Audience::Here, display)),
                None => Ending::FetcherLost,
            },
        };
        match fallback {
            Some(fallback) => self.serve_either(ending, held_back.as_ref(), fallback, why),
            None => Response::of_ending(ending, Some(self.call.key), why),
        }
    }

    /// Prints what was held back, or the fallback if the fetch failed. Which of the two is known only when the command
    /// has ended, so its output is in the flight's file.
    fn serve_either(&self, ending: Ending, file: Option<&File>, fallback: Fallback, why: Why) -> Response {
        let key = Some(self.call.key);
        if matches!(ending, Ending::BySignal(_)) {
            return Response::of_ending(ending, key, why);
        }
        caller::stop_relaying();
        // A fetcher that was killed has not unlocked it. Waiters need not wait for what is printed here.
        let _ = file.map(File::unlock);
        let (status, seal) = match ending {
            Ending::Reported(ended) => (ended.status, ended.held),
            _ => (ExitStatus::Failed, None),
        };
        let held = file.zip(seal);
        let held = held.and_then(|(file, seal)| seal.verify(|| TranscriptReader::new(file, 0, seal.size)));
        let failure = match status {
            status if is_failure(&self.call, status) => Some(status),
            _ if held.is_none() => Some(ExitStatus::Failed),
            _ => None,
        };
        if let Some(failure) = failure
            && let Some(response) = self.serve_fallback(fallback, failure)
        {
            return response;
        }
        let mut response = Response::of_ending(ending, key, why);
        self.announce(self.fetched(Why::Stale));
        if let Some(mut transcript) = held {
            if let Printed::Failed(error) = self.deliver(|| fetch::print_transcript(&mut transcript, self.printer())) {
                response.print_error = Some(error);
            }
        } else if response.end == ProcessEnd::With(ExitStatus::Exited(0)) {
            response.print_error = Some(io::Error::other("it could not be held back until the command had ended"));
        }
        response
    }

    /// Prints the fallback in the place of a fetch that ended with `status`; `None` if it is damaged.
    pub(super) fn serve_fallback(&self, fallback: Fallback, status: ExitStatus) -> Option<Response> {
        let reason = match status {
            ExitStatus::Exited(code) => format!("exit status {code}"),
            ExitStatus::Killed(signal) => format!("signal {signal}"),
            ExitStatus::TimedOut => "out of time".to_owned(),
            ExitStatus::NotFound => "not found".to_owned(),
            ExitStatus::NotExecutable => "not executable".to_owned(),
            ExitStatus::Failed => "its output was lost".to_owned(),
        };
        self.serve_in_place(fallback, &format!("the command failed ({reason})"))
    }

    /// Prints the fallback in the place of a fetch, and says why; `None` if it is damaged.
    pub(super) fn serve_in_place(&self, fallback: Fallback, reason: &str) -> Option<Response> {
        let age = Timestamp::now().since(fallback.entry.summary.fetched_at).unwrap_or_default().as_secs();
        self.serve(fallback.open(self.engine), |event| {
            // The caller has waited for the command.
            self.note(Event { saved: Duration::ZERO, at: Timestamp::now(), ..event });
            self.engine.warn(&format!("{reason}; this is the result of {age} s ago"));
            Refresh::default()
        })
    }
}

/// Runs the command of a flight that this process leads, and settles the fetch. A forked process does nothing else.
pub(super) fn run(engine: &Engine, fetch: &Fetch<'_>, audience: Audience, display: Display) -> link::Ended {
    let process = Process { engine, is_in_background: matches!(audience, Audience::Nobody) };
    environment::enter(fetch.call.invocation, &fetch.call.key);
    let spool = FlightSpool::new(fetch);
    // Output that is held back has to be kept whole, whether it may be stored or not.
    let policy = match fetch.holds_output {
        true => Cow::Owned(FetchPolicy { max_size: u64::MAX, ..fetch.call.fetch.clone() }),
        false => Cow::Borrowed(fetch.call.fetch),
    };
    let keep_lease = || fetch.keep_lease();
    let order = Order {
        invocation: fetch.call.invocation,
        policy: &policy,
        deadline: fetch.call.deadline,
        spool: &spool,
        flight: Some(fetch.file()),
        last_took: fetch.last_took,
        shows_progress: display.shows_progress,
        meanwhile: &|| {
            fetch.sign();
            spool.prepare(&fetch.call.key);
        },
        later: fetch.renew_at().map(|at| (at, &keep_lease as &dyn Fn())),
        send_off: &|began, lost| fetch.land_without_output(began, lost),
        is_filtered: display.is_filtered,
        holds_output: fetch.holds_output,
    };
    let mut fetched = fetch::supervise(&order, audience);
    if fetched.abandoned {
        fetch.give_up();
        return fetched.ended(false);
    }
    let settled = fetch.settle(&spool, &mut fetched, &process);
    end_of(&fetched, settled)
}

/// The process that fetches, and may have a caller to answer.
struct Process<'a> {
    engine: &'a Engine,
    is_in_background: bool,
}

impl Frontend for Process<'_> {
    fn is_in_background(&self) -> bool {
        self.is_in_background
    }

    fn lifetime(&self, call: &Call<'_>, fetched_at: Timestamp, stdout: &Stdout<'_>) -> Option<Duration> {
        let (job, directory) = (call.fetch.job.as_ref()?, call.directory());
        lifetime_of(self.engine, job, call.key, &directory, fetched_at, call.deadline, stdout)
    }

    fn is_worth_storing(&self, call: &Call<'_>, exit: u8, stdout: &Stdout<'_>) -> Result<bool, String> {
        let Some(script) = &call.fetch.store_if else { return Ok(true) };
        is_worth_storing(script, call, exit, stdout).map_err(|error| error.to_string())
    }

    fn refreshed(&self, call: &Call<'_>, changed: bool) {
        if let Some(script) = &call.fetch.on_refresh {
            on_refresh::run(script, call, changed);
        }
    }

    fn respond(&self, fetched: &mut Fetched<'_>, settled: Settled) {
        fetched.serve_reader();
        let has_caller = fetched.link.is_some();
        let ended = end_of(fetched, settled);
        if has_caller && !settled.lingers {
            fetched.end_process(ended);
        }
        fetched.send_end(ended);
        if has_caller {
            detach::leave_caller();
        }
    }
}

fn end_of(fetched: &Fetched<'_>, settled: Settled) -> link::Ended {
    let Settled { stored, not_stored, lingers, held } = settled;
    link::Ended { not_stored, lingers, held, ..fetched.ended(stored) }
}
