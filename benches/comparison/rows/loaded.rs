//! Hits while four writers store large results in a loop: how much slower the 99th percentile is than on a quiet
//! machine, beside the same for a process that does nothing.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::argv;
use crate::failure::{Failure, ensure};
use crate::process::{self, Command, wait_for_orphans};
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run, start_silent};
use crate::series::{Sample, Series};
use crate::stage::{PAYLOAD, Stage};

const WRITERS: usize = 4;
const OF_NOOP: Target = Target::AtMost(1.2);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("loaded")?;
    let file = stage.large_file()?;
    let counter = home.file("ran");
    let noop = home.command([&stage.noop]);
    let hit = home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, &counter]);
    let writers: Vec<Command> = (0..WRITERS)
        .map(|number| {
            let scope = number.to_string();
            let words = argv![&stage.cacheback, "run", "--refresh", "--scope", scope, "--", "/bin/cat", &file];
            home.command(words)
        })
        .collect();
    let quiet = hits(&hit, &noop, &counter, stage.pace.load / 4)?;
    let (loaded, stored) = under_load(&writers, || hits(&hit, &noop, &counter, stage.pace.load))?;
    wait_for_orphans()?;
    ensure(stored >= WRITERS, || format!("the writers stored only {stored} results"))?;
    let runs = loaded.hit.len();
    let p99 = |series: &Series| series.quantile(0.99);
    let slower = |loaded: &Series, quiet: &Series| Quantity::Times(p99(loaded) / p99(quiet));
    let against = ("no-op", slower(&loaded.noop, &quiet.noop));
    let what = "p99 of hits while four writers store large results, as a multiple of that on a quiet machine";
    let row = Row::relative("loaded / no-op", what, slower(&loaded.hit, &quiet.hit), against, OF_NOOP, runs)
        .detail("quiet, p99 ms", p99(&quiet.hit))
        .detail("loaded, p99 ms", p99(&loaded.hit))
        .detail("quiet, median ms", quiet.hit.median())
        .detail("loaded, median ms", loaded.hit.median())
        .detail("loaded, longest ms", loaded.hit.quantile(1.0))
        .detail("results stored in that time", stored as f64)
        .detail("no-op, quiet, p99 ms", p99(&quiet.noop))
        .detail("no-op, loaded, p99 ms", p99(&loaded.noop));
    Ok(vec![row])
}

/// Hits, and no-ops in turn with them, which show the part of a delay that is due to the machine.
struct Hits {
    hit: Series,
    noop: Series,
}

/// As many hits as there is time for. None may run the command or print anything but its output.
fn hits(hit: &Command, noop: &Command, counter: &Path, time: Duration) -> Result<Hits, Failure> {
    run(hit, Sink::Kept)?.expect(PAYLOAD)?;
    let begin = Instant::now();
    let (mut hits, mut noops) = (Series::default(), Series::default());
    while begin.elapsed() < time {
        for (command, series) in [(hit, &mut hits), (noop, &mut noops)] {
            let run = run(command, Sink::Kept)?;
            run.expect(PAYLOAD)?;
            series.push(Sample::new(run.elapsed, &run.exit));
        }
    }
    ensure(count(counter) == 1, || format!("the command ran {} times instead of once", count(counter)))?;
    Ok(Hits { hit: hits, noop: noops })
}

/// Does `work` while all `writers` run in loops; also returns how many results they stored.
fn under_load<T>(writers: &[Command], work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, usize), Failure> {
    let (is_over, stored) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let threads: Vec<_> = writers
            .iter()
            .map(|writer| {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        write(writer)?;
                        stored.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        let done = work();
        let stored = stored.load(Ordering::Relaxed);
        is_over.store(true, Ordering::Relaxed);
        for thread in threads {
            let ended = thread.join().map_err(|_| Failure("a writer's thread panicked".to_owned()))?;
            ended.map_err(|failure| Failure(format!("a writer: {failure}")))?;
        }
        Ok((done?, stored))
    })
}

fn write(writer: &Command) -> Result<(), Failure> {
    let (mut errors, stderr) = io::pipe()?;
    let pid = start_silent(writer, stderr.as_fd())?;
    drop(stderr);
    let exit = process::wait(pid)?;
    let mut complaints = String::new();
    errors.read_to_string(&mut complaints)?;
    ensure(exit.status == 0 && complaints.is_empty(), || format!("exit status {} {complaints}", exit.status))
}
