//! A hit with a large output, to `/dev/null` and through a pipe: time beside the peer's, and memory.

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::pattern::Checker;
use crate::process::{Command, wait_for_orphans};
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, run};
use crate::series::{Sample, Series};
use crate::stage::Stage;

const OF_PEER: Target = Target::AtMost(0.25);
/// Relative to `cat FILE` with the same reader behind its pipe.
const OF_CAT: Target = Target::AtMost(1.3);
/// In MiB.
pub const MEMORY: Target = Target::AtMost(16.0);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("big-hit")?;
    let (file, size) = (stage.large_file()?, stage.pace.large_size);
    let cat = home.command(argv!["/bin/cat", &file]);
    let bkt = home.command(argv![&stage.bkt, "--ttl", "1h", "--", "/bin/cat", &file]);
    let cacheback = home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", "/bin/cat", &file]);
    for command in [&bkt, &cacheback] {
        once(command, Way::Null)?;
        wait_for_orphans()?;
        once(command, Way::Pipe { size, thorough: true })?;
    }
    let is_kept = argv![&stage.cacheback, "run", "--only-if-cached", "--", "/bin/cat", &file];
    once(&home.command(is_kept), Way::Null)?;
    let mut rows = Vec::new();
    for (name, way) in [("null", Way::Null), ("pipe", Way::Pipe { size, thorough: false })] {
        let [floor, peer, hit] = hold(
            1,
            stage.pace.large_runs,
            [
                Contestant::new("cat", |_| once(&cat, way)),
                Contestant::new("bkt", |_| once(&bkt, way)),
                Contestant::new("cacheback", |_| once(&cacheback, way)),
            ],
        )?;
        rows.extend(report("big-hit", name, size, OF_PEER, [&floor, &peer, &hit]));
        if let Way::Pipe { .. } = way {
            let (figure, against) = (Quantity::Millis(hit.median()), ("cat", Quantity::Millis(floor.median())));
            let what = "the same beside `cat file` with the same reader";
            rows.push(Row::relative("big-hit / pipe, cat", what, figure, against, OF_CAT, hit.len()));
        }
    }
    Ok(rows)
}

/// Where a large output goes.
#[derive(Clone, Copy)]
pub enum Way {
    Null,
    /// Through a pipe, where every byte or a sample is checked.
    Pipe {
        size: u64,
        thorough: bool,
    },
}

/// One run that must print all of the large file.
pub fn once(command: &Command, way: Way) -> Result<Sample, Failure> {
    let run = match way {
        Way::Null => run(command, Sink::Null)?,
        Way::Pipe { size, thorough } => {
            let mut checker = Checker::new(size, thorough);
            let run = run(command, Sink::Drained(&mut |piece| checker.feed(piece)))?;
            ensure(checker.is_complete(size), || "printed wrong or missing bytes".to_owned())?;
            run
        }
    };
    run.expect(b"")?;
    Ok(Sample::new(run.elapsed, &run.exit))
}

/// The rows of time and memory for `cat`, the peer and cacheback.
pub fn report(family: &str, way: &str, size: u64, of_peer: Target, series: [&Series; 3]) -> [Row; 2] {
    let [floor, peer, ours] = series;
    let (runs, size) = (ours.len(), size >> 20);
    let what = format!("{size} MiB, output to {}", if way == "null" { "/dev/null" } else { "a pipe" });
    let against = ("bkt", Quantity::Millis(peer.median()));
    let figure = Quantity::Millis(ours.median());
    let time = Row::relative(&format!("{family} / {way}"), format!("{what}: time"), figure, against, of_peer, runs)
        .detail("p10 ms", ours.quantile(0.10))
        .detail("longest ms", ours.quantile(1.0))
        .detail("cat, ms", floor.median());
    let memory = Quantity::Mebibytes(ours.max_rss());
    let memory = Row::absolute(&format!("{family} / {way} RSS"), format!("{what}: memory"), memory, MEMORY, runs)
        .beside("bkt", Quantity::Mebibytes(peer.max_rss()));
    [time, memory]
}
