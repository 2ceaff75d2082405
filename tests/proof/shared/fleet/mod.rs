//! Many hosts with few keys: one run serves them all, nobody gets what others have invalidated, and nothing stays behind.
//!
//! In the first part nothing fails, and the rules are strict. In the second part processes are killed and stopped for
//! longer than a lease, and the server is killed, started empty, and stopped. Each command has a log of its runs, with
//! their hosts, and each caller notes what it saw and when; all rules are about these.

mod aftermath;
mod harm;
mod host;
mod rules;
mod watch;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Chapter;
use crate::common::fleet::{Fleet, Redis};
use crate::common::{Home, has};
use crate::concurrency::event::Kind;
use crate::options::Asked;
use crate::output::{History, Order};
use crate::random::Random;
use crate::report::Report;
use harm::Harm;
use host::{Call, Host};
use watch::Watch;

pub const CHAPTER: Chapter = Chapter {
    name: "fleet",
    claim: "hosts cause one run per key, print nothing that others have invalidated, and leave nothing behind",
    options: &[
        ("hosts", "homes that share by one server, each with a caller", 10),
        ("keys", "commands that they call", 12),
        ("seconds", "how long, without and with failures", 10),
    ],
    run,
};

/// After this time without contact a host asks the server before it prints what is fresh.
const SYNC: Duration = Duration::from_secs(1);
/// How long an answer may take where nothing fails.
const LONG: Duration = Duration::from_secs(30);
/// The lease in the second part.
const LEASE: Duration = Duration::from_secs(3);

struct Stage {
    hosts: Vec<Host>,
    server: Mutex<Redis>,
    orders: Vec<Order>,
    journal: std::path::PathBuf,
    watch: Watch,
    end: Instant,
}

fn run(asked: &Asked) -> Report {
    if !has("redis-server") {
        return Report::skipped("no redis-server is installed");
    }
    let seconds = Duration::from_secs(asked.number(&CHAPTER, "seconds"));
    let mut report = part(asked, seconds * 2 / 5, false);
    report.absorb(part(asked, seconds * 3 / 5, true));
    report
}

fn part(asked: &Asked, time: Duration, with_harm: bool) -> Report {
    let seed = asked.seed.wrapping_mul(2).wrapping_add(with_harm.into());
    let mut stage = Stage::set(asked, with_harm);
    stage.end = Instant::now() + time;
    let is_over = AtomicBool::new(false);
    let (calls, harm) = thread::scope(|scope| {
        let (stage, is_over) = (&stage, &is_over);
        let call = |host: usize| scope.spawn(move || stage.call_until_the_end(host, Random::branch(seed, host as u64)));
        let callers: Vec<_> = (0..stage.hosts.len()).map(call).collect();
        let watching = scope.spawn(|| stage.watch.until(is_over, &stage.hosts));
        let harming =
            with_harm.then(|| scope.spawn(move || Harm::until_the_end(stage, Random::branch(seed, u64::MAX))));
        let calls: Vec<Call> =
            callers.into_iter().flat_map(|caller| caller.join().expect("no caller panics")).collect();
        let mut harm = harming.map_or_else(Harm::default, |harm| harm.join().expect("it does not panic"));
        is_over.store(true, Ordering::Relaxed);
        harm.blows.extend(watching.join().expect("it does not panic"));
        (calls, harm)
    });
    let mut report = Report { failures: stage.watch.failures(), ..Report::default() };
    let histories: Vec<History> = stage.orders.iter().map(|order| History::of(&stage.journal, order.name)).collect();
    count(&calls, &histories, &harm, &mut report);
    rules::check(&stage, &histories, &calls, &harm, with_harm, &mut report.failures);
    aftermath::check(&mut stage, Random::branch(seed, u64::MAX - 1), with_harm, &mut report);
    report
}

fn count(calls: &[Call], histories: &[History], harm: &Harm, report: &mut Report) {
    let number = |is: fn(&Call) -> bool| calls.iter().filter(|call| is(call)).count() as u64;
    report.count("calls", calls.len() as u64);
    report.count("runs", histories.iter().map(|history| history.runs() as u64).sum());
    let alone = |history: &History| history.hosts.iter().filter(|(_, is_alone)| *is_alone).count() as u64;
    report.count("of them without the server", histories.iter().map(alone).sum());
    report.count("results of other hosts", number(Call::is_from_server));
    report.count("followers", number(Call::is_follower));
    report.count("calls without the server", number(Call::is_bypassed));
    report.count("warnings", number(|call| call.event.warned));
    harm.count(report);
}

impl Stage {
    fn set(asked: &Asked, with_harm: bool) -> Self {
        let server = Redis::start(&[]).expect("it is installed");
        let homes: Vec<Home> = (0..asked.number(&CHAPTER, "hosts").max(2)).map(|_| Home::new()).collect();
        let (lease, timeout) =
            if with_harm { (LEASE, Duration::from_secs(2)) } else { (Duration::from_mins(10), LONG) };
        homes[0].cacheback(["shared", "keygen", "-q"]).arg(Fleet::key(&homes[0])).go().status(0);
        for home in &homes {
            let key = Fleet::key(home);
            home.configure(&format!(
                "[shared]\nurl = \"{}\"\nsecret_file = \"{}\"\nsync = \"{}s\"\nlease = \"{}s\"\n\
                 connect_timeout = \"{timeout}s\"\ntimeout = \"{timeout}s\"\n\n\
                 [[rule]]\ncommand = \"*\"\nshared = true\n",
                server.socket_url(),
                key.display(),
                SYNC.as_secs(),
                lease.as_secs(),
                timeout = timeout.as_secs()
            ));
            if !key.exists() {
                std::fs::copy(Fleet::key(&homes[0]), key).expect("it is there");
            }
        }
        let orders = (0..asked.number(&CHAPTER, "keys").max(1)).map(order).collect();
        let journal = homes[0].root().join("runs");
        let hosts = homes.into_iter().map(Host::new).collect();
        Self { hosts, server: Mutex::new(server), orders, journal, watch: Watch::default(), end: Instant::now() }
    }

    fn call_until_the_end(&self, host: usize, mut random: Random) -> Vec<Call> {
        let mut calls = Vec::new();
        while Instant::now() < self.end {
            let order = *random.pick(&self.orders);
            calls.push(self.hosts[host].call(self, host, order, Kind::any(order.name, &mut random)));
            thread::sleep(random.moment(Duration::from_millis(1)..Duration::from_millis(50)));
        }
        calls
    }
}

/// Small outputs, and some in chunks; quick commands, and slow ones.
fn order(name: u64) -> Order {
    let size = if is_large(name) { 300_000 } else { 40 * (name + 1) };
    Order { name, size, exit: 0, takes: name % 5 * 30_000, reads_stdin: false }
}

fn is_large(name: u64) -> bool {
    name % 4 == 3
}
