//! Many callers of few keys: what each of them sees fits one order of events, and no run is needless.
//!
//! In the first part nothing is killed, and the rules are strict; in the second part random processes are killed.

pub mod event;
pub mod rules;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cacheback::program::model::time::Moment;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use event::{Event, Kind, is_called_in_any_way};

use super::Chapter;
use super::caller::Caller;
use super::common::Home;
use super::crash::kin;
use super::options::Asked;
use super::output::{History, Order, Seen, examine};
use super::random::Random;
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "concurrency",
    claim: "one run per key at a time, and no caller sees an older result than the one stored when it began",
    options: &[
        ("processes", "callers at a time", 40),
        ("keys", "commands that they call", 20),
        ("seconds", "how long, without and with kills", 8),
    ],
    run,
};

struct Stage {
    home: Home,
    journal: PathBuf,
    orders: Vec<Order>,
    end: Instant,
}

fn run(asked: &Asked) -> Report {
    let seconds = Duration::from_secs(asked.number(&CHAPTER, "seconds"));
    let mut report = part(asked, seconds * 3 / 5, false);
    report.absorb(part(asked, seconds * 2 / 5, true));
    report
}

fn part(asked: &Asked, time: Duration, with_kills: bool) -> Report {
    let keys = asked.number(&CHAPTER, "keys").max(1);
    let processes = asked.number(&CHAPTER, "processes").min(room_for_callers());
    let home = Home::new();
    let stage = Stage {
        journal: home.root().join("runs"),
        home,
        orders: (0..keys).map(order).collect(),
        end: Instant::now() + time,
    };
    let seed = asked.seed.wrapping_mul(2).wrapping_add(with_kills.into());
    let kills = AtomicU64::new(0);
    let events: Vec<Event> = thread::scope(|scope| {
        let start = |number: u64| {
            let (stage, random) = (&stage, Random::branch(seed, number));
            scope.spawn(move || stage.call_until_the_end(random))
        };
        let threads: Vec<_> = (0..processes).map(start).collect();
        if with_kills {
            stage.kill_until_the_end(Random::branch(seed, u64::MAX), &kills);
        }
        threads.into_iter().flat_map(|thread| thread.join().expect("no caller panics")).collect()
    });
    stage.home.until_quiet();
    let kills = kills.into_inner();
    let mut report = Report::default();
    report.count("calls", events.len() as u64);
    report.count("kills", kills);
    report.count("warnings", events.iter().map(|event| u64::from(event.warned)).sum());
    for order in &stage.orders {
        let history = History::of(&stage.journal, order.name);
        report.count("runs", history.runs() as u64);
        let concerns = |event: &&Event| event.name.map_or(is_called_in_any_way(order.name), |name| name == order.name);
        let own: Vec<&Event> = events.iter().filter(concerns).collect();
        rules::check(order.name, &history, &own, kills, &mut report.failures);
    }
    report
}

/// Raises the limit on open files as far as possible; returns how many callers it allows at a time.
fn room_for_callers() -> u64 {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("there is a limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("anybody may go up to the hard limit");
    // Seven descriptors are open while a caller is started; the others are a reserve.
    hard / 10
}

/// Small outputs, and some in chunks; quick commands, and slow ones.
fn order(name: u64) -> Order {
    let size = if name % 4 == 3 { 300_000 } else { 40 * (name + 1) };
    Order { name, size, exit: 0, takes: name % 5 * 15_000, reads_stdin: false }
}

impl Stage {
    fn call_until_the_end(&self, mut random: Random) -> Vec<Event> {
        let mut events = Vec::new();
        while Instant::now() < self.end {
            let order = *random.pick(&self.orders);
            let kind = Kind::any(order.name, &mut random);
            events.push(self.call(order, kind));
        }
        events
    }

    fn call(&self, order: Order, kind: Kind) -> Event {
        let words = kind.words(order.name, &order.words(&self.journal));
        let asked = Moment::now().as_nanos();
        let mut caller = Caller::start(&self.home, words, b"");
        let ended = caller.end();
        let answered = Moment::now().as_nanos();
        let at = ended.stderr.windows(11).position(|window| window == b"cacheback: ");
        let (own, said) = ended.stderr.split_at(at.unwrap_or(ended.stderr.len()));
        let seen = if kind.prints() { examine(order.name, &ended.stdout, own) } else { Seen::Nothing };
        let name = (!kind.is_for_all()).then_some(order.name);
        let status = ended.status.code();
        Event { name, kind, asked, answered, seen, status, warned: !said.is_empty() }
    }

    /// Kills random processes of this home: callers, fetchers, detached fetches, commands.
    fn kill_until_the_end(&self, mut random: Random, kills: &AtomicU64) {
        while Instant::now() < self.end {
            let processes = self.home.processes();
            for _ in 0..random.within(0..8) {
                let victim = processes.get(random.index(processes.len().max(1)));
                kills.fetch_add(victim.map_or(0, |victim| kin::end(victim.pid).into()), Ordering::Relaxed);
            }
            thread::sleep(random.moment(Duration::from_micros(100)..Duration::from_millis(10)));
        }
    }
}
