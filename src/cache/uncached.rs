//! Running a command whose result nobody keeps.

use std::fs::File;
use std::io;

use super::Answer;
use crate::fetch::caller::{self, Ending};
use crate::fetch::{self, Audience, Order};
use crate::invocation::Invocation;
use crate::key::Key;
use crate::policy::FetchPolicy;
use crate::status::Why;

/// Runs `invocation` with its output going to the caller and nowhere else.
///
/// # Errors
///
/// The process that watches over the command cannot be made; nothing has been run.
pub fn run_uncached(invocation: &Invocation, policy: &FetchPolicy, key: Option<Key>, why: Why) -> io::Result<Answer> {
    let nowhere = File::open("/dev/null")?;
    let policy = FetchPolicy { max_size: 0, ..policy.clone() };
    let order = Order { invocation, policy: &policy, spool: (&nowhere, 0), expected: None, meanwhile: &|| () };
    let fetcher = |link| {
        let mut fetched = fetch::supervise(&order, Audience::Caller(link));
        let ended = fetched.ended(false);
        fetched.tell_caller(ended);
    };
    let ending = match caller::in_child(fetcher, || ()) {
        Ok(ending) => ending,
        Err(_) => Ending::Reported(fetch::supervise(&order, Audience::Here).ended(false)),
    };
    Ok(Answer::ended(ending, key, why))
}
