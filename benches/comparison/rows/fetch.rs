//! What caching adds to a command that is not stored yet: `/bin/true`, each time with another argument and a new key.

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::Command;
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, run};
use crate::series::Sample;
use crate::stage::Stage;

const OF_PEER: Target = Target::AtMost(1.0);
const COMMAND: &str = "/bin/true";

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("fetch")?;
    let direct = home.command([COMMAND]);
    let bkt = home.command(argv![&stage.bkt, "--ttl", "1h", "--", COMMAND]);
    let cacheback = home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", COMMAND]);
    let runs = stage.pace.small_runs / 2;
    let [floor, peer, fetch] = hold(
        runs / 20 + 2,
        runs,
        [
            Contestant::new("true", |round| once(&direct, round)),
            Contestant::new("bkt", |round| once(&bkt, round)),
            Contestant::new("cacheback", |round| once(&cacheback, round)),
        ],
    )?;
    let kept = home.command(argv![&stage.cacheback, "run", "--only-if-cached", "--", COMMAND]);
    for round in 0..runs {
        let status = run(&kept.clone().with(round.to_string()), Sink::Kept)?.exit.status;
        ensure(status == 0, || format!("cacheback did not store the result of run {round}"))?;
    }
    let over = |median: f64| Quantity::Millis(median - floor.median());
    let row = Row::relative(
        "fetch / peer",
        "a fetch of /bin/true: time over running it directly",
        over(fetch.median()),
        ("bkt +", over(peer.median())),
        OF_PEER,
        runs,
    );
    Ok(vec![
        row.detail("directly, ms", floor.median())
            .detail("fetch, ms", fetch.median())
            .detail("bkt's fetch, ms", peer.median())
            .detail("minor faults", fetch.median_faults())
            .detail("p99 ms", fetch.quantile(0.99)),
    ])
}

fn once(command: &Command, round: usize) -> Result<Sample, Failure> {
    let run = run(&command.clone().with(round.to_string()), Sink::Kept)?;
    run.expect(b"")?;
    Ok(Sample::new(run.elapsed, &run.exit))
}
