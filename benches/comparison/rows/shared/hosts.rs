//! Many hosts that ask for one result at once.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use crate::argv;
use crate::failure::{Failure, ensure};
use crate::process::{self, Command};
use crate::row::{Quantity, Row, Target};
use crate::run::count;
use crate::server::Server;
use crate::stage::{Home, PAYLOAD, Stage};
use crate::watchdog;

const HOSTS: usize = 50;
const ONE: Target = Target::AtMost(1.0);
/// In ms.
const LAST: Target = Target::AtMost(50.0);
/// Requests for each follower.
const REQUESTS: Target = Target::AtMost(15.0);
/// How long all hosts get to come to the point where they wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came of one round.
struct Round {
    runs: u64,
    /// From the end of the leading caller to the end of the last follower, in ms.
    last: f64,
    requests: f64,
    commands: f64,
}

pub fn together(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let rounds = stage.pace.rounds;
    let mut worst = Round { runs: 0, last: 0.0, requests: 0.0, commands: 0.0 };
    for _ in 0..rounds {
        server.ask("FLUSHALL")?;
        let round = round(stage, server, HOSTS)?;
        worst = Round { runs: round.runs.max(worst.runs), last: round.last.max(worst.last), ..round };
    }
    let (runs, last) = (Quantity::Count(worst.runs as f64), Quantity::Millis(worst.last));
    let name = "shared / hosts, last";
    Ok(vec![
        Row::absolute("shared / hosts", "50 hosts, nothing stored: runs of the command", runs, ONE, rounds),
        Row::absolute(name, "from the end of the leader to that of the last follower, the longest", last, LAST, rounds),
    ])
}

pub fn followers(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let hosts = stage.pace.followers + 1;
    let round = round(stage, server, hosts)?;
    let (runs, each) = (Quantity::Count(round.runs as f64), Quantity::Times(round.requests));
    let what = format!("{} followers of one run: runs of the command", hosts - 1);
    Ok(vec![
        Row::absolute("shared / followers", what, runs, ONE, 1).detail("last after the leader, ms", round.last),
        Row::absolute("shared / requests", "commands that each follower sends to the server", each, REQUESTS, 1)
            .detail("with those within scripts", round.commands),
    ])
}

/// One host leads; the others wait for it.
fn round(stage: &Stage, server: &Server, hosts: usize) -> Result<Round, Failure> {
    let homes =
        (0..hosts).map(|host| server.patient_host(stage, &format!("host-{host}"))).collect::<Result<Vec<_>, _>>()?;
    let place = stage.home("hosts")?;
    let (counter, gate) = (place.file("ran"), place.file("gate"));
    let command = |home: &Home| -> Command {
        home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, &counter, &gate])
    };
    let outputs = homes.iter().map(|home| File::create(home.file("out"))).collect::<Result<Vec<_>, _>>()?;
    let start = |host: usize| -> Result<_, Failure> {
        let null = File::open("/dev/null")?;
        let output = outputs[host].as_fd();
        Ok(command(&homes[host]).start(process::Streams { stdin: null.as_fd(), stdout: output, stderr: output })?)
    };
    let leader = start(0)?;
    until("the command runs", || Ok(count(&counter) == 1))?;
    server.forget_counts()?;
    let followers = (1..hosts).map(start).collect::<Result<Vec<_>, _>>()?;
    until("all hosts wait", || {
        watchdog::progress();
        Ok(server.waiting()? == hosts - 1)
    })?;
    File::create(&gate)?;
    let (mut led, mut last) = (None, None);
    let mut left = hosts;
    while left > 0 {
        let Some((pid, exit)) = process::wait_for_any()? else { break };
        let now = Instant::now();
        if pid != leader && !followers.contains(&pid) {
            continue;
        }
        left -= 1;
        ensure(exit.status == 0, || format!("a host exited with {}", exit.status))?;
        *(if pid == leader { &mut led } else { &mut last }) = Some(now);
        watchdog::progress();
    }
    process::wait_for_orphans()?;
    for home in &homes {
        ensure(fs::read(home.file("out"))? == PAYLOAD, || "a host printed something else".to_owned())?;
    }
    let last = led.zip(last).map(|(led, last)| last.saturating_duration_since(led));
    let commands = server.commands()?;
    let each = |which: fn(&&crate::server::Called) -> bool| {
        commands.iter().filter(which).map(|called| called.times).sum::<f64>() / (hosts - 1) as f64
    };
    Ok(Round {
        runs: count(&counter),
        last: last.unwrap_or_default().as_secs_f64() * 1e3,
        requests: each(|called| called.is_request()),
        commands: each(|_| true),
    })
}

fn until(what: &str, mut is_so: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let begin = Instant::now();
    while !is_so()? {
        ensure(begin.elapsed() < PATIENCE, || format!("waited in vain until {what}"))?;
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
