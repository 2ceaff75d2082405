//! Running a command whose result is not stored.

use std::io;
use std::time::Instant;

use super::Response;
use crate::fetch::caller::{self, Ending};
use crate::fetch::capture::NoSpool;
use crate::fetch::{self, Audience, Order, environment};
use crate::model::invocation::Invocation;
use crate::model::key::Key;
use crate::model::status::Why;
use crate::policy::FetchPolicy;

/// Runs `invocation` with its output going to the caller and nowhere else.
///
/// `is_filtered` says that standard output goes to a filter, which need not read all of it.
///
/// # Errors
///
/// The process that watches over the command cannot be made; nothing has been run.
pub fn run_uncached(
    invocation: &Invocation,
    policy: &FetchPolicy,
    key: Option<Key>,
    why: Why,
    is_filtered: bool,
) -> io::Result<Response> {
    let policy = FetchPolicy { max_size: 0, ..policy.clone() };
    let order = Order {
        invocation,
        policy: &policy,
        deadline: policy.timeout.and_then(|limit| Instant::now().checked_add(limit)),
        spool: &NoSpool,
        flight: None,
        last_took: None,
        shows_progress: false,
        meanwhile: &|| (),
        later: None,
        send_off: &|_, _| (),
        is_filtered,
        holds_output: false,
    };
    key.iter().for_each(|key| environment::enter(invocation, key));
    let fetcher = |link| {
        let mut fetched = fetch::supervise(&order, Audience::Caller(link));
        fetched.serve_reader();
        let ended = fetched.ended(false);
        fetched.send_end(ended);
    };
    let ending = match caller::in_child(fetcher, || ()) {
        Ok(ending) => ending,
        Err(_) => {
            let mut fetched = fetch::supervise(&order, Audience::Here);
            fetched.serve_reader();
            Ending::Reported(fetched.ended(false))
        }
    };
    Ok(Response::of_ending(ending, key, why))
}
