//! A fresh hit with a small output, beside the peer's and beside a process that only writes the same bytes.

use crate::argv;
use crate::build::Build;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::Command;
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run};
use crate::series::{Sample, Series};
use crate::stage::{PAYLOAD, Stage};

const OF_FLOOR: Target = Target::AtMost(2.2);

fn of_peer(build: Build) -> Target {
    Target::AtMost(match build {
        Build::Musl => 0.60,
        Build::Checkout => 0.72,
        Build::Registry => 0.95,
    })
}

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("hit")?;
    let (ours, theirs) = (home.file("cacheback-ran"), home.file("bkt-ran"));
    let noop = home.command([&stage.noop]);
    let bkt = home.command(argv![&stage.bkt, "--ttl", "1h", "--", &stage.mark, &theirs]);
    let cacheback = home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, &ours]);
    let runs = stage.pace.small_runs;
    let [floor, peer, hit] = hold(
        runs / 20 + 2,
        runs,
        [
            Contestant::new("no-op", |_| once(&noop)),
            Contestant::new("bkt", |_| once(&bkt)),
            Contestant::new("cacheback", |_| once(&cacheback)),
        ],
    )?;
    for (name, counter) in [("cacheback", &ours), ("bkt", &theirs)] {
        ensure(count(counter) == 1, || format!("{name} ran the command {} times instead of once", count(counter)))?;
    }
    let row = |name, against: &str, other: &Series, target| {
        let against = (against, Quantity::Millis(other.median()));
        Row::relative(name, "a fresh hit, small output", Quantity::Millis(hit.median()), against, target, runs)
            .detail("p10 ms", hit.quantile(0.10))
            .detail("p99 ms", hit.quantile(0.99))
            .detail("minor faults", hit.median_faults())
            .detail("other's p10 ms", other.quantile(0.10))
            .detail("other's p99 ms", other.quantile(0.99))
            .detail("other's minor faults", other.median_faults())
    };
    let mut rows = vec![row("hit / peer", "bkt", &peer, of_peer(stage.build))];
    // In other builds, most of the floor is the start of the C library.
    if stage.build == Build::Musl {
        rows.push(row("hit / floor", "no-op", &floor, OF_FLOOR));
    }
    Ok(rows)
}

fn once(command: &Command) -> Result<Sample, Failure> {
    let run = run(command, Sink::Kept)?;
    run.expect(PAYLOAD)?;
    Ok(Sample::new(run.elapsed, &run.exit))
}
