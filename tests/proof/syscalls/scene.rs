//! A home in some state, a call in it, and how the call has to end whatever fails.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::super::caller::{Caller, Ended};
use super::super::common::Home;
use super::super::output::{Order, Seen, examine};
use super::fault::{self, Fault};

/// How long a call may take before it counts as hanging.
const DEADLINE: Duration = Duration::from_secs(20);

pub struct Scene {
    pub name: &'static str,
    home: Home,
    order: Order,
    options: &'static [&'static str],
    input: &'static [u8],
    /// The database before the call, if there is one.
    database: Option<Vec<u8>>,
}

impl Scene {
    pub fn all() -> Vec<Self> {
        let order = |size, exit| Order { name: 1, size, exit, takes: 0, reads_stdin: false };
        let cases: [(&str, Order, &[&str], bool); 9] = [
            ("a miss", order(50, 0), &[], false),
            ("a failing command", order(50, 3), &[], false),
            ("a large miss", order(1_500_000, 0), &[], false),
            ("a hit", order(50, 0), &[], true),
            ("a large hit", order(700_000, 0), &[], true),
            ("a stale call", order(50, 0), &["--ttl", "0"], true),
            ("a stale call with --async", order(300_000, 0), &["--async", "--ttl", "0"], true),
            ("a call with input", Order { reads_stdin: true, ..order(50, 0) }, &["--stdin"], false),
            ("a call with a limit", order(50, 0), &["--timeout", "30s", "--refresh"], true),
        ];
        cases
            .into_iter()
            .map(|(name, order, options, is_stored)| {
                let input: &[u8] = if order.reads_stdin { b"what is read" } else { b"" };
                let mut scene = Self { name, home: Home::new(), order, options, input, database: None };
                if is_stored {
                    scene.judge(&scene.call(None), None).expect("nothing fails yet");
                    scene.database = Some(fs::read(scene.home.db()).expect("it was made"));
                }
                scene
            })
            .collect()
    }

    /// The faults that are possible in this scene.
    pub fn faults(&self) -> Vec<Fault> {
        self.reset();
        self.call(Some(&["-e".to_owned(), format!("trace={}", fault::calls())]));
        fault::all(&self.trace())
    }

    /// Makes a call with this fault, then expects the next two calls to succeed; returns the result in a word.
    pub fn with(&self, fault: &Fault) -> Result<&'static str, String> {
        self.reset();
        let inject = ["-e".to_owned(), format!("trace={}", fault.call), "-e".to_owned(), format!("inject={fault}")];
        let ended = self.call(Some(&inject));
        let trace = self.trace();
        let what = self.judge(&ended, Some(&trace))?;
        if what == "impossible" {
            return Ok(what);
        }
        self.judge(&self.call(None), None).map_err(|what| format!("the next call: {what}"))?;
        self.judge(&self.call(None), None).map_err(|what| format!("the call after the next: {what}"))?;
        if self.home.db().exists() {
            let sql = rusqlite::Connection::open(self.home.db()).map_err(|error| error.to_string())?;
            let verdict = sql.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
            if verdict.as_deref() != Ok("ok") {
                return Err(format!("the database is damaged: {verdict:?}"));
            }
        }
        Ok(what)
    }

    fn reset(&self) {
        let _ = fs::remove_dir_all(self.home.cache());
        if let Some(database) = &self.database {
            fs::create_dir_all(self.home.cache()).expect("it is ours");
            fs::set_permissions(self.home.cache(), Permissions::from_mode(0o700)).expect("it is ours");
            fs::write(self.home.db(), database).expect("it is ours");
            fs::set_permissions(self.home.db(), Permissions::from_mode(0o600)).expect("it is ours");
        }
    }

    fn trace(&self) -> String {
        fs::read_to_string(self.home.work("trace")).unwrap_or_default()
    }

    fn call(&self, strace: Option<&[String]>) -> Ended {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let command = self.order.words(&self.home.root().join("runs"));
        let words = [own(&["run"]), own(self.options), own(&["--"]), command].concat();
        let mut caller = match strace {
            None => Caller::start(&self.home, words, self.input),
            Some(options) => {
                // `-b execve`: no faults in the command itself.
                let head = own(&["-f", "-y", "-b", "execve", "-qq", "-o", "trace"]);
                let program = Home::program().display().to_string();
                let words = [head, options.to_vec(), vec![program], words].concat();
                Caller::start_program("strace".as_ref(), &self.home, words, self.input)
            }
        };
        let end = Instant::now() + DEADLINE;
        while caller.is_under_way() {
            if Instant::now() > end {
                self.home.processes().iter().for_each(|process| process.kill(Signal::SIGKILL));
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        self.home.until_quiet();
        caller.end()
    }

    /// Expects the whole output and the status of the command, with a warning at most; less only where the output
    /// itself could not be written, or where the command could not be started.
    fn judge(&self, ended: &Ended, trace: Option<&str>) -> Result<&'static str, String> {
        let lines: Vec<&[u8]> = ended.stderr.split_inclusive(|byte| *byte == b'\n').collect();
        let (said, own): (Vec<&[u8]>, Vec<&[u8]>) =
            lines.into_iter().partition(|line| line.starts_with(b"cacheback: "));
        let seen = examine(self.order.name, &ended.stdout, &own.concat());
        let code = ended.status.code();
        let is_whole = matches!(seen, Seen::Whole(_)) && code == Some(self.order.exit.into());
        let injected: Vec<&str> =
            trace.unwrap_or_default().lines().filter(|line| line.contains("(INJECTED)")).collect();
        let pids: BTreeSet<Option<&str>> = injected.iter().map(|line| line.split(' ').next()).collect();
        // At most one message for each process: the call may have failed in the caller and in its fetcher.
        if is_whole && said.len() <= pids.len() {
            return Ok(if said.is_empty() { "unnoticed" } else { "warned" });
        }
        let text = String::from_utf8_lossy(&said.concat()).into_owned();
        let has_no_memory = String::from_utf8_lossy(&ended.stderr).contains("memory allocation of");
        if has_no_memory && injected.iter().any(|line| fault::is_out_of_memory(line)) {
            return Ok("out of memory");
        }
        let found = format!("{:?}, {seen:?}, {} bytes, said {text:?}", ended.status, ended.stdout.len());
        let is_stuck = ended.status.signal() == Some(Signal::SIGKILL as i32);
        if is_stuck && injected.iter().any(|line| fault::is_unclosed_end(line)) {
            return Ok("impossible");
        }
        if seen == Seen::Wrong || ended.status.signal().is_some() || matches!(code, Some(101 | 134)) {
            return Err(found);
        }
        if trace.is_none() {
            return Err(found);
        }
        // cacheback has become the command. strace has detached from it and does not know its status.
        if matches!(seen, Seen::Whole(_)) && code == Some(0) && said.len() == 1 && text.contains("without a cache") {
            return Ok("run without a cache");
        }
        let is_output = injected.iter().any(|line| line.contains(" write(1<") || line.contains(" write(2<"));
        if is_output && (code != Some(0) || !text.is_empty()) {
            return Ok("output errors");
        }
        // The input of the command cannot be read: that is an error.
        if injected.iter().any(|line| line.contains(" read(0<") && line.contains("EIO")) && code == Some(125) {
            return Ok("input errors");
        }
        if injected.iter().any(|line| fault::is_impossible(line)) {
            return Ok("impossible");
        }
        Err(format!("{found}; {}", injected.join(" / ")))
    }
}
