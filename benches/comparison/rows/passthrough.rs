//! An output over `--max-size`, through a pipe: its speed beside that of the command alone, and memory.

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::pattern::Checker;
use crate::process::{Command, wait_for_orphans};
use crate::row::{Quantity, Row, Target};
use crate::rows::large_hit::MEMORY;
use crate::run::{Sink, run};
use crate::series::Sample;
use crate::stage::Stage;

const OF_CAT: Target = Target::AtLeast(0.5);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("passthrough")?;
    let (file, period) = (stage.large_file()?, stage.pace.large_size);
    let total = period * stage.pace.passes as u64;
    let limit = period.to_string();
    let repeat = |command: Command| (0..stage.pace.passes).fold(command, |command, _| command.with(&file));
    let cat = repeat(home.command(argv!["/bin/cat"]));
    let cacheback =
        repeat(home.command(argv![&stage.cacheback, "run", "--max-size", &limit, "--ttl", "1h", "--", "/bin/cat"]));
    once(&cacheback, period, total, true)?;
    let runs = stage.pace.large_runs.min(3);
    let [floor, pass] = hold(
        1,
        runs,
        [
            Contestant::new("cat", |_| once(&cat, period, total, false)),
            Contestant::new("cacheback", |_| once(&cacheback, period, total, false)),
        ],
    )?;
    let speed = |millis: f64| Quantity::GibibytesPerSecond(total as f64 / f64::from(1 << 30) / (millis / 1e3));
    let what = format!("{} MiB over --max-size, through a pipe", total >> 20);
    let against = ("cat", speed(floor.median()));
    Ok(vec![
        Row::relative("passthrough / cat", what.clone(), speed(pass.median()), against, OF_CAT, runs)
            .detail("seconds", pass.median() / 1e3)
            .detail("cat's seconds", floor.median() / 1e3),
        Row::absolute(
            "passthrough / RSS",
            format!("{what}: memory"),
            Quantity::Mebibytes(pass.max_rss()),
            MEMORY,
            runs,
        ),
    ])
}

fn once(command: &Command, period: u64, total: u64, thorough: bool) -> Result<Sample, Failure> {
    let mut checker = Checker::new(period, thorough);
    let run = run(command, Sink::Drained(&mut |piece| checker.feed(piece)))?;
    ensure(checker.is_complete(total), || "printed wrong or missing bytes".to_owned())?;
    run.expect(b"")?;
    let orphans = wait_for_orphans()?;
    Ok(Sample::new(run.elapsed, &run.exit).with(&orphans))
}
