//! A stale hit that starts a refresh: the time of the caller. The refresh has ended before the next run begins.

use std::path::Path;

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::{Command, wait_for_orphans};
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run};
use crate::series::Sample;
use crate::stage::{PAYLOAD, Stage};

const OF_PEER: Target = Target::AtMost(0.7);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("stale")?;
    let (ours, theirs) = (home.file("cacheback-ran"), home.file("bkt-ran"));
    let bkt = home.command(argv![&stage.bkt, "--ttl", "1h", "--stale", "1ns", "--", &stage.mark, &theirs]);
    let cacheback = home.command(argv![&stage.cacheback, "run", "--async", "--ttl", "0", "--", &stage.mark, &ours]);
    for command in [&bkt, &cacheback] {
        run(command, Sink::Kept)?.expect(PAYLOAD)?;
        wait_for_orphans()?;
    }
    let runs = stage.pace.small_runs / 2;
    let [peer, stale] = hold(
        runs / 20 + 2,
        runs,
        [Contestant::new("bkt", |_| once(&bkt, &theirs)), Contestant::new("cacheback", |_| once(&cacheback, &ours))],
    )?;
    let row = Row::relative(
        "stale / peer",
        "a stale hit that starts a refresh, until the caller's wait returns",
        Quantity::Millis(stale.median()),
        ("bkt", Quantity::Millis(peer.median())),
        OF_PEER,
        runs,
    );
    Ok(vec![
        row.detail("p10 ms", stale.quantile(0.10))
            .detail("p99 ms", stale.quantile(0.99))
            .detail("minor faults", stale.median_faults())
            .detail("bkt's p10 ms", peer.quantile(0.10))
            .detail("bkt's p99 ms", peer.quantile(0.99)),
    ])
}

/// One run, which must start exactly one refresh.
fn once(command: &Command, counter: &Path) -> Result<Sample, Failure> {
    let before = count(counter);
    let run = run(command, Sink::Kept)?;
    wait_for_orphans()?;
    run.expect(PAYLOAD)?;
    let refreshes = count(counter) - before;
    ensure(refreshes == 1, || format!("a stale hit started {refreshes} refreshes instead of one"))?;
    Ok(Sample::new(run.elapsed, &run.exit))
}
