//! A server that takes connections and never answers: what it costs a miss, the first time and afterwards.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::wait_for_orphans;
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, run};
use crate::series::Sample;
use crate::server::{Server, configure};
use crate::stage::{Home, Stage};

const OF_LOCAL: Target = Target::AtMost(1.03);
/// What connecting and one answer may take with the settings that are built in, and half as much for the machine, in ms.
const BUDGET: Target = Target::AtMost(300.0);
const COMMAND: &str = "/bin/true";

pub fn measure(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let hole = stage.file("hole.sock");
    let _ = std::fs::remove_file(&hole);
    let listener = UnixListener::bind(&hole)?;
    listener.set_nonblocking(true)?;
    let (local, cut_off) = (stage.home("outage-local")?, stage.home("outage")?);
    configure(&local, "", "ttl = \"1h\"\n")?;
    server.configure(&cut_off, &hole, "")?;
    let miss = |home: &Home, round: usize| {
        let argv = argv![&stage.cacheback, "run", "--ttl", "1h", "--", COMMAND, round.to_string()];
        let run = run(&home.command(argv), Sink::Kept)?;
        run.expect(b"")?;
        Ok::<_, Failure>(Sample::new(run.elapsed, &run.exit))
    };
    let runs = stage.pace.small_runs / 2;
    let begin = Instant::now();
    let first = miss(&cut_off, usize::MAX)?.elapsed.as_secs_f64() * 1e3;
    wait_for_orphans()?;
    let contestants = [
        Contestant::new("local", |round| miss(&local, round)),
        Contestant::new("cut off", |round| miss(&cut_off, round)),
    ];
    let [without, with] = hold(runs / 20 + 2, runs, contestants)?;
    let most = tries_within(begin.elapsed());
    let tries = std::iter::from_fn(|| listener.accept().ok()).count();
    ensure(tries > 0, || "the server was never tried".to_owned())?;
    let (figure, against) = (Quantity::Millis(with.median()), ("local", Quantity::Millis(without.median())));
    Ok(vec![
        Row::absolute(
            "shared / outage, first",
            "what the first miss takes longer than a local one",
            Quantity::Millis(first - without.median()),
            BUDGET,
            1,
        ),
        Row::relative("shared / outage", "a miss beside a local one afterwards", figure, against, OF_LOCAL, runs)
            .detail("p99 ms", with.quantile(0.99)),
        Row::absolute(
            "shared / outage, tries",
            "how often the server was tried; one for each pause that may have ended",
            Quantity::Count(tries as f64),
            Target::AtMost(most as f64),
            runs,
        ),
    ])
}

/// How often it may be tried in this time: at once, and after pauses of a second that double to a minute, each of them
/// shorter by a quarter at most.
fn tries_within(time: Duration) -> usize {
    let (mut pause, mut until, mut tries) = (1.0, 0.0, 0);
    while until <= time.as_secs_f64() {
        tries += 1;
        until += 0.75 * pause;
        pause = f64::min(2.0 * pause, 60.0);
    }
    tries
}
