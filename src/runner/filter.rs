//! `--process-result`: a shell command that the output passes through.
//!
//! It is started when it is known what the output is, and takes the place of standard output: what is printed or run
//! from then on writes to it. What is stored has not passed through it.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{OutputOf, Source};
use crate::fetch;
use crate::model::exit::ExitStatus;
use crate::sys::{descriptor, process};

/// A shell command that the output passes through, and what is set for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The command.
    pub script: OsString,
    /// Variables beside those that say what the output is.
    pub variables: Vec<(OsString, OsString)>,
}

/// How long a filter may go on after the time is up: as long as a command has from TERM to KILL.
const GRACE: Duration = Duration::from_secs(5);

/// How often it is checked then.
const CHECK: Duration = Duration::from_millis(20);

/// A filter that starts once it is known what it gets.
#[derive(Debug)]
pub struct Running<'a> {
    filter: Option<&'a Filter>,
    child: RefCell<Option<io::Result<Child>>>,
}

impl<'a> Running<'a> {
    /// A filter that is not started yet. If there is none, the functions here do nothing.
    pub fn new(filter: Option<&'a Filter>) -> Self {
        Self { filter, child: RefCell::new(None) }
    }

    /// Starts it; does nothing if it has been started.
    pub fn start(&self, source: Option<&Source>) {
        if let Some(filter) = self.filter {
            self.child.borrow_mut().get_or_insert_with(|| start(filter, source));
        }
    }

    /// Lets it read to the end of the output, waits for it, and returns how it ended, if it ran. If the call `is_late`,
    /// it is ended after [`GRACE`].
    pub fn finish(&self, is_late: bool) -> Option<io::Result<ExitStatus>> {
        let child = self.child.take()?;
        Some(child.and_then(|mut child| {
            descriptor::replace_stdout(descriptor::null()?)?;
            // The command has ended, if there was one: a signal is for this process now, and its end ends the filter.
            fetch::caller::stop_relaying();
            if is_late && !ends_within(&mut child, GRACE)? {
                fetch::tree::end(child.id() as i32);
            }
            Ok(child.wait()?.into())
        }))
    }

    /// Ends it, with all that it has started.
    pub fn end(&self) {
        if let Some(Ok(child)) = self.child.take() {
            fetch::tree::end(child.id() as i32);
        }
    }
}

fn ends_within(child: &mut Child, limit: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + limit;
    loop {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        if Instant::now() >= deadline {
            return Ok(false);
        }
        std::thread::sleep(CHECK);
    }
}

/// Starts `filter`, and puts it in the place of standard output.
fn start(filter: &Filter, source: Option<&Source>) -> io::Result<Child> {
    let (status, age) = match source.map(|source| source.output) {
        Some(OutputOf::Hit(age)) => ("hit", age.as_secs()),
        Some(OutputOf::Stale(age)) => ("stale", age.as_secs()),
        Some(OutputOf::Refetch) => ("refetched", 0),
        Some(OutputOf::Miss) | None => ("miss", 0),
    };
    let mut shell = fetch::hook(&filter.script);
    shell.stdin(Stdio::piped());
    shell.envs(filter.variables.iter().map(|(name, value)| (name, value)));
    shell.env("CACHEBACK_STATUS", status).env("CACHEBACK_AGE", age.to_string());
    if let Some(source) = source {
        shell.env("CACHEBACK_KEY", source.key.to_string());
    }
    process::ends_with_us(&mut shell);
    let mut child = shell.spawn()?;
    if let Some(input) = child.stdin.take() {
        descriptor::replace_stdout(input)?;
    }
    Ok(child)
}
