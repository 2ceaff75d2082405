//! What is done to processes and to the server, and when.

use std::collections::HashMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use cacheback::program::model::time::Moment;
use nix::sys::signal::Signal;

use super::{LEASE, Stage, is_large};
use crate::common::{Process, kill};
use crate::crash::kin;
use crate::output::COMMAND;
use crate::random::Random;
use crate::report::Report;

/// How long processes and the server are stopped.
const STOP: Duration = Duration::from_millis(LEASE.as_millis() as u64 + 1_000);
/// For how long what cannot be shared is run by everybody.
const UNSHARED: Duration = Duration::from_mins(2);
/// How often the server is harmed.
const SERVER: Duration = Duration::from_secs(4);

/// Something that happened, and may have been the reason for a run too many.
#[derive(Clone, Debug)]
pub struct Blow {
    pub what: &'static str,
    /// Where; `None` is everywhere.
    pub host: Option<usize>,
    /// The command of the process; `None` is all of them.
    pub name: Option<u64>,
    pub from: u64,
    pub to: u64,
}

#[derive(Default)]
pub struct Harm {
    pub blows: Vec<Blow>,
    /// Processes to continue, and when.
    stopped: Vec<(Instant, i32)>,
}

pub const RESTART: &str = "restarts of the server, empty";
const SERVER_STOP: &str = "stops of the server";
pub const STALL: &str = "moments without any progress";
pub const DOWN: &str = "times that a host gave the server up";
const PASS: &str = "large commands that nobody leads";
const STOPS: &str = "processes stopped past the lease";
/// What kinds of processes are killed or stopped.
const LEADER: &str = "kills of leaders";
const FETCHER: &str = "kills of fetchers";
const COMMANDS: &str = "kills of commands";
const OTHER: &str = "kills of followers and others";

impl Harm {
    pub fn until_the_end(stage: &Stage, mut random: Random) -> Self {
        let mut harm = Self::default();
        let ids: HashMap<String, usize> = stage
            .hosts
            .iter()
            .enumerate()
            .map(|(at, host)| (format!("CACHEBACK_TEST_ID={}", host.home.id()), at))
            .collect();
        let mut server_at = Instant::now() + SERVER / 2;
        while Instant::now() < stage.end {
            if Instant::now() >= server_at {
                harm.harm_server(stage, &mut random);
                server_at = Instant::now() + SERVER;
            }
            let victims = Victim::all(&ids);
            for _ in 0..random.within(1..4) {
                let class = *random.pick(&[LEADER, FETCHER, COMMANDS, OTHER, OTHER]);
                let of_class: Vec<&Victim> = victims.iter().filter(|victim| victim.class == class).collect();
                if !of_class.is_empty() {
                    harm.strike(of_class[random.index(of_class.len())], &mut random);
                }
            }
            harm.let_go(Instant::now());
            thread::sleep(random.moment(Duration::from_millis(5)..Duration::from_millis(100)));
        }
        harm.let_go(Instant::now() + STOP);
        harm
    }

    fn strike(&mut self, victim: &Victim, random: &mut Random) {
        let from = Moment::now().as_nanos();
        // A stopped command holds up its leader for so long, and is no different from a slow one.
        let stops = victim.class != COMMANDS && random.one_in(5);
        if !stops && !kin::end(victim.pid) {
            return;
        }
        let mut to = from;
        if stops {
            kill(victim.pid, Signal::SIGSTOP);
            self.stopped.push((Instant::now() + STOP, victim.pid));
            to += STOP.as_nanos() as u64;
        }
        let what = if stops { STOPS } else { victim.class };
        self.blows.push(Blow { what, host: Some(victim.host), name: victim.name, from, to });
        // What a large command has printed before it failed cannot be shared, and all hosts run it themselves for a while.
        if victim.class == COMMANDS && victim.name.is_some_and(is_large) {
            self.blows.push(Blow {
                what: PASS,
                host: None,
                name: victim.name,
                from,
                to: from + UNSHARED.as_nanos() as u64,
            });
        }
    }

    fn let_go(&mut self, now: Instant) {
        self.stopped.retain(|(at, pid)| {
            let is_due = *at <= now;
            if is_due {
                kill(*pid, Signal::SIGCONT);
            }
            !is_due
        });
    }

    fn harm_server(&mut self, stage: &Stage, random: &mut Random) {
        let mut server = stage.server.lock().expect("no thread panics");
        let from = Moment::now().as_nanos();
        let what = if random.one_in(3) { SERVER_STOP } else { RESTART };
        let mut to = from;
        match what {
            RESTART => server.restart(),
            _ => {
                server.signal(Signal::SIGSTOP);
                thread::sleep(Duration::from_millis(2_500));
                server.signal(Signal::SIGCONT);
                // Leases have gone on meanwhile, and nobody has renewed them.
                to += LEASE.as_nanos() as u64;
            }
        }
        self.blows.push(Blow { what, host: None, name: None, from, to: to.max(Moment::now().as_nanos()) });
    }

    pub fn count(&self, report: &mut Report) {
        for what in [LEADER, FETCHER, COMMANDS, OTHER, STOPS, RESTART, SERVER_STOP, STALL, DOWN] {
            let count = self.number_of(what);
            if count > 0 {
                report.count(what, count);
            }
        }
    }

    pub fn number_of(&self, what: &str) -> u64 {
        self.blows.iter().filter(|blow| blow.what == what).count() as u64
    }
}

/// A process of a host.
struct Victim {
    pid: i32,
    host: usize,
    class: &'static str,
    name: Option<u64>,
}

impl Victim {
    fn all(ids: &HashMap<String, usize>) -> Vec<Self> {
        let pids = fs::read_dir("/proc").expect("/proc is there").flatten();
        let found: Vec<(usize, Process)> = pids
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                let environ = fs::read(entry.path().join("environ")).ok()?;
                let id = environ.split(|byte| *byte == 0).find(|word| word.starts_with(b"CACHEBACK_TEST_ID="))?;
                Some((*ids.get(str::from_utf8(id).ok()?)?, Process::find(pid)?))
            })
            .collect();
        let of = |(host, process): &(usize, Process)| {
            let mut children = found.iter().map(|(_, other)| other).filter(|other| other.parent == process.pid);
            let class = match children.next() {
                _ if is_command(process) => COMMANDS,
                Some(child) if is_command(child) => FETCHER,
                Some(_) => LEADER,
                None => OTHER,
            };
            Self { pid: process.pid, host: *host, class, name: name(&process.command_line) }
        };
        found.iter().map(of).collect()
    }
}

fn is_command(process: &Process) -> bool {
    !process.command_line.split(' ').next().is_some_and(|program| program.ends_with("/cacheback"))
}

/// The name of the command in a command line.
fn name(line: &str) -> Option<u64> {
    line.split_once(COMMAND)?.1.split_whitespace().nth(1)?.parse().ok()
}
