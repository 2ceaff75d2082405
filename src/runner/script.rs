//! Shell commands of the settings that are about one result: what they find in their environment, and how long they may
//! take.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::fetch;
use crate::model::key::Key;
use crate::policy::Job;

/// A shell command that takes longer is ended, with its descendants.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The time from TERM to KILL.
const GRACE: Duration = Duration::from_secs(1);
/// The pause between two checks whether it has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// A shell that runs `script` in `directory`, with the key of the result and the parameters of its job as variables.
pub fn about(script: &OsStr, directory: &Path, key: Key, job: Option<&Job>) -> Command {
    let mut shell = fetch::hook(script);
    shell.current_dir(directory).env("CACHEBACK_KEY", key.to_string());
    if let Some(job) = job {
        shell.env("CACHEBACK_JOB", &job.name).envs(job.variables.iter().map(|(name, value)| (name, value)));
    }
    shell
}

/// Waits for the end of `child` and returns how it ended; `None` if it took too long, or longer than until `deadline`,
/// and was killed.
pub fn wait(child: &mut Child, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let status = within(child, left.map_or(PATIENCE, |left| left.min(PATIENCE)))?;
    if status.is_none() {
        fetch::tree::end(child.id() as i32);
        if within(child, GRACE)?.is_none() {
            child.kill()?;
            child.wait()?;
        }
    }
    Ok(status)
}

fn within(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        match child.try_wait()? {
            None if began.elapsed() < limit => thread::sleep(PAUSE),
            status => return Ok(status),
        }
    }
}
