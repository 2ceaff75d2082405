//! The sequences of commands between a host and the server, each with what must come of it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::super::Admin;
use super::fault::Fault;
use super::proxy::{Plan, Proxy};
use crate::common::fleet::{Fleet, Redis, free_port};
use crate::common::{Home, Outcome, wait_until};
use crate::report::text_of;

/// A call, and what the server has before it.
pub struct Sequence {
    pub name: &'static str,
    /// What follows `cacheback`.
    line: &'static [&'static str],
    /// The exit status of the call.
    status: i32,
    /// Another host has stored a result, which this one may print.
    is_stored: bool,
    /// This host has the result already.
    is_here: bool,
    /// Another host runs the command when this one asks.
    is_led: bool,
}

const CALL: Sequence = Sequence { name: "", line: &[], status: 0, is_stored: false, is_here: false, is_led: false };

pub const SEQUENCES: &[Sequence] = &[
    Sequence { name: "run and commit", line: &["run", "count", "small"], ..CALL },
    Sequence { name: "run and commit chunks", line: &["run", "count", "large"], ..CALL },
    Sequence { name: "a failure", line: &["run", "count", "fail"], status: 3, ..CALL },
    Sequence { name: "copy", line: &["run", "count", "small"], is_stored: true, ..CALL },
    Sequence { name: "copy chunks", line: &["run", "count", "large"], is_stored: true, ..CALL },
    Sequence { name: "refresh", line: &["run", "--refresh", "count", "small"], is_stored: true, is_here: true, ..CALL },
    Sequence { name: "a run of three renewals", line: &["run", "count", "slow"], ..CALL },
    Sequence { name: "follow", line: &["run", "count", "led"], is_led: true, ..CALL },
    Sequence { name: "a background fetch", line: &["run", "--warm", "count", "small"], ..CALL },
    Sequence {
        name: "invalidate",
        line: &["invalidate", "-q", "count", "small"],
        is_stored: true,
        is_here: true,
        ..CALL
    },
    Sequence { name: "delete", line: &["delete", "-q", "count", "small"], is_stored: true, is_here: true, ..CALL },
    Sequence { name: "delete by tag", line: &["delete", "-q", "--tag", "t"], is_stored: true, is_here: true, ..CALL },
];

/// A server that another host uses directly, and this host by a proxy.
pub struct Stage {
    one: Home,
    host: Home,
    admin: Admin,
    proxy: Proxy,
    _server: Redis,
}

impl Stage {
    pub fn set() -> Option<Self> {
        let Fleet { one, other: host, server } = Fleet::start()?;
        let mut admin = Admin::of(&server);
        admin.ask::<()>(&["ACL", "SETUSER", "host", "on", ">secret", "~*", "&*", "+@all"]).expect("it answers");
        let proxy = Proxy::before(server.socket());
        for (home, who, led) in [(&one, "one", "0.6"), (&host, "host", "0")] {
            let body = "case $1 in led) sleep LED ;; fail) printf 'of WHO'; printf err >&2; exit 3 ;; slow) sleep 1.2 ;; esac\n\
                        case $1 in large) yes 'of WHO' | head -c 600000 ;; *) printf 'of WHO' ;; esac";
            home.script("count", &body.replace("WHO", who).replace("LED", led));
        }
        Some(Self { one, host, admin, proxy, _server: server })
    }

    /// The names of the commands of `sequence` where nothing fails, and how long the call takes.
    pub fn rehearse(&mut self, sequence: &Sequence) -> (Vec<String>, Duration) {
        let runs = self.host.runs("count");
        let mut took = self.play(sequence, None).unwrap_or_else(|error| panic!("{}: {error}", sequence.name));
        // On a busy machine the run may be over before this host asks.
        let tries = if sequence.is_led { 5 } else { 0 };
        for _ in 0..tries {
            if self.proxy.commands().iter().any(|name| name == "XREAD") {
                break;
            }
            took = self.play(sequence, None).unwrap_or_else(|error| panic!("{}: {error}", sequence.name));
        }
        let copies = sequence.is_stored && !sequence.is_here;
        assert!(!copies || self.host.runs("count") == runs, "{}: it was not copied", sequence.name);
        (self.proxy.commands(), took)
    }

    /// Plays `sequence`; says how long the call took, or what was wrong.
    pub fn play(&mut self, sequence: &Sequence, plan: Option<Plan>) -> Result<Duration, String> {
        let play = AssertUnwindSafe(|| self.play_unchecked(sequence, plan));
        catch_unwind(play).unwrap_or_else(|panic| Err(text_of(&*panic)))
    }

    fn play_unchecked(&mut self, sequence: &Sequence, plan: Option<Plan>) -> Result<Duration, String> {
        self.admin.ask::<()>(&["FLUSHALL"]).expect("it answers");
        let word = sequence.line.last().filter(|word| **word != "t").unwrap_or(&"small");
        for home in [&self.one, &self.host] {
            let _ = fs::remove_dir_all(home.cache());
        }
        if sequence.is_stored {
            self.one.run(["count", word]);
            self.one.until_quiet();
        }
        if sequence.is_here {
            self.host.run(["--no-shared", "--tag", "t", "count", word]);
            self.host.until_quiet();
        }
        let is_refused = plan.is_some_and(|plan| matches!(plan.fault, Fault::Refused));
        self.connect(if is_refused { free_port() } else { self.proxy.port });
        let leader = sequence.is_led.then(|| self.one.start(["count", word]));
        if leader.is_some() {
            wait_until("it is led", || !self.admin.names("*:w:*").is_empty());
        }
        self.proxy.plan(plan);
        let begun = Instant::now();
        let outcome = self.call(sequence.line).go();
        let elapsed = begun.elapsed();
        self.host.until_quiet();
        if let Some(leader) = leader {
            self.expect(&leader.wait(), 0, &[output("one", word)])?;
            self.one.until_quiet();
        }
        let mut allowed = vec![output("host", word)];
        if sequence.is_stored || sequence.is_led {
            allowed.push(output("one", word));
        }
        match sequence.line[0] {
            "run" if sequence.line[1] == "--warm" => self.expect(&outcome, 0, &[Vec::new()])?,
            "run" => self.expect(&outcome, sequence.status, &allowed)?,
            _ => self.expect(&outcome, 0, &[Vec::new()])?,
        }
        self.look_here(sequence, word, &outcome, &allowed)?;
        Ok(elapsed)
    }

    /// Has the host look for the server on this port.
    fn connect(&self, port: u16) {
        self.host.configure(&format!(
            "[shared]\nurl = \"redis://127.0.0.1:{port}\"\nsecret_file = \"{}\"\nusername = \"host\"\n\
             connect_timeout = \"400ms\"\ntimeout = \"400ms\"\nlease = \"1s\"\nsync = \"0s\"\nmax_wait = \"1s\"\n\n\
             [[rule]]\ncommand = \"count*\"\nshared = true\ntag = [\"t\"]\n",
            Fleet::key(&self.host).display()
        ));
    }

    fn call(&self, line: &[&str]) -> crate::common::Call {
        self.host.cacheback(line).env("CACHEBACK_SHARED_PASSWORD", "secret")
    }

    fn expect(&self, outcome: &Outcome, status: i32, allowed: &[Vec<u8>]) -> Result<(), String> {
        let is_ours = |line: &str| line.starts_with("cacheback: ") || (status == 3 && line.starts_with("err"));
        let is_right = outcome.status.code() == Some(status)
            && allowed.contains(&outcome.stdout)
            && outcome.stderr_text().lines().all(is_ours);
        if is_right { Ok(()) } else { Err(outcome.to_string()) }
    }

    /// What this host has afterwards, without the server.
    fn look_here(&self, sequence: &Sequence, word: &str, outcome: &Outcome, allowed: &[Vec<u8>]) -> Result<(), String> {
        let found = self.host.run(["--no-shared", "--only-if-cached", "--max-stale", "1d", "count", word]);
        match sequence.line[0] {
            "run" if sequence.status != 0 => Ok(()),
            "run" if sequence.line[1] == "--warm" => self.expect(&found, 0, allowed),
            "run" => self.expect(&found, 0, std::slice::from_ref(&outcome.stdout)),
            _ if found.stdout.is_empty() && found.status.code() == Some(1) => Ok(()),
            // It is fetched again in the background.
            "invalidate" => self.expect(&found, 0, allowed),
            _ => Err(format!("still there: {found}")),
        }
    }
}

/// What the command prints at `who`.
fn output(who: &str, word: &str) -> Vec<u8> {
    let line = format!("of {who}");
    match word {
        "large" => format!("{line}\n").repeat(600_000 / line.len()).into_bytes()[..600_000].to_vec(),
        _ => line.into_bytes(),
    }
}
