//! A fetch of a large output into an empty cache, to `/dev/null` and through a pipe: time beside the peer's, and the
//! memory of every process that takes part.

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::{Command, wait_for_orphans};
use crate::row::{Row, Target};
use crate::rows::large_hit::{self, Way};
use crate::run::{Sink, run};
use crate::series::Sample;
use crate::stage::{Home, Stage};

const OF_PEER: Target = Target::AtMost(0.6);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let (file, size) = (stage.large_file()?, stage.pace.large_size);
    let cat = |home: &Home| home.command(argv!["/bin/cat", &file]);
    let bkt = |home: &Home| home.command(argv![&stage.bkt, "--ttl", "1h", "--", "/bin/cat", &file]);
    let cacheback = |home: &Home| home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", "/bin/cat", &file]);
    let mut rows = Vec::new();
    for (name, way) in [("null", Way::Null), ("pipe", Way::Pipe { size, thorough: false })] {
        let [floor, peer, fetch] = hold(
            1,
            stage.pace.large_runs,
            [
                Contestant::new("cat", |_| once(stage, cat, way, |_| Ok(()))),
                Contestant::new("bkt", |_| once(stage, bkt, way, |_| Ok(()))),
                Contestant::new("cacheback", |_| once(stage, cacheback, way, |home| is_stored(stage, home))),
            ],
        )?;
        rows.extend(large_hit::report("big-fetch", name, size, OF_PEER, [&floor, &peer, &fetch]));
    }
    Ok(rows)
}

/// One run in a home of its own, so that the disk does not fill up.
fn once(
    stage: &Stage,
    command: impl Fn(&Home) -> Command,
    way: Way,
    check: impl Fn(&Home) -> Result<(), Failure>,
) -> Result<Sample, Failure> {
    let home = stage.home("big-fetch")?;
    let sample = large_hit::once(&command(&home), way)?;
    let orphans = wait_for_orphans()?;
    check(&home)?;
    Ok(sample.with(&orphans))
}

fn is_stored(stage: &Stage, home: &Home) -> Result<(), Failure> {
    let file = stage.large_file()?;
    let command = home.command(argv![&stage.cacheback, "run", "--only-if-cached", "--", "/bin/cat", &file]);
    let status = run(&command, Sink::Null)?.exit.status;
    ensure(status == 0, || "the result was not stored".to_owned())
}
