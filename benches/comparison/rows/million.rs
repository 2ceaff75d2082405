//! A full cache: what a hit, a deletion, lists and pruning cost in it, and how large its file is.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::generator::{self, Request};
use crate::process::wait_for_orphans;
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, run};
use crate::series::{Sample, Series};
use crate::stage::{Home, Stage};

const FEW: u64 = 10;
const HIT: Target = Target::AtMost(1.1);
/// In milliseconds.
const DELETE: Target = Target::AtMost(50.0);
const LIST: Target = Target::AtMost(200.0);
/// In mebibytes.
const LINES: Target = Target::AtMost(64.0);
const PRUNE: Target = Target::AtMost(1000.0);
/// The size of the file, relative to [`PER_BYTE`] and [`PER_ENTRY`].
const FILE: Target = Target::AtMost(1.0);
const PER_BYTE: f64 = 1.5;
const PER_ENTRY: f64 = 300.0;
/// A fetch of a result above a mebibyte always prunes.
const PRUNING_OUTPUT: &str = "2097152";

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let (few, many) = (stage.home("few")?, stage.home("many")?);
    let entries = stage.pace.entries;
    let expired = entries / 10;
    fill(&few, FEW, 0)?;
    let begin = Instant::now();
    fill(&many, entries - expired, expired)?;
    let filling = begin.elapsed();
    let file = file_row(&many, entries, expired).map(|row| row.detail("seconds to fill", filling.as_secs_f64()));
    Ok(vec![
        Row::or_failed("million / hit", hit(stage, &few, &many, entries - expired)),
        Row::or_failed("million / delete", delete(stage, &many)),
        Row::or_failed("million / list", list(stage, &many)),
        Row::or_failed("million / jsonl RSS", lines(stage, &many)),
        Row::or_failed("million / prune", prune(stage, &many)),
        Row::or_failed("million / file", file),
    ])
}

fn fill(home: &Home, fresh: u64, expired: u64) -> Result<(), Failure> {
    let argv = Request { database: home.database(), fresh, expired }.argv()?;
    run(&home.command(argv).within("CACHEBACK_COMPARISON=1"), Sink::Kept)?.expect(b"")
}

/// Hits on many different entries, in turn.
fn hit(stage: &Stage, few: &Home, many: &Home, fresh: u64) -> Result<Row, Failure> {
    let once = |home: &Home, number: u64| {
        let words = argv![&stage.cacheback, "run", "--ttl", "1h", "--"].into_iter();
        let command = home.command(words.chain(generator::command(number).map(Into::into)));
        let run = run(&command, Sink::Kept)?;
        run.expect(&generator::output(number))?;
        Ok(Sample::new(run.elapsed, &run.exit))
    };
    let runs = stage.pace.small_runs;
    // A prime apart, so that the entries lie all over the file.
    let spread = |round: usize| (round as u64 % 200 * 7919) % fresh;
    let [low, high] = hold(
        runs / 5,
        runs,
        [
            Contestant::new("with 10", |round| once(few, round as u64 % FEW)),
            Contestant::new("with many", |round| once(many, spread(round))),
        ],
    )?;
    let what = format!("a hit with {} entries stored", stage.pace.entries);
    let against = ("with 10", Quantity::Millis(low.median()));
    Ok(Row::relative("million / hit", what, Quantity::Millis(high.median()), against, HIT, runs)
        .detail("p99 ms", high.quantile(0.99))
        .detail("with 10, p99 ms", low.quantile(0.99))
        .detail("minor faults", high.median_faults())
        .detail("with 10, minor faults", low.median_faults()))
}

fn delete(stage: &Stage, many: &Home) -> Result<Row, Failure> {
    let runs = (stage.pace.large_runs * 3) as u64;
    let mut series = Series::default();
    for number in 1000..1000 + runs {
        let id = generator::key(number).to_string();
        let command = many.command(argv![&stage.cacheback, "--quiet", "delete", "--id", &id[..16]]);
        let before = count(&many.database())?;
        let run = run(&command, Sink::Kept)?;
        run.expect(b"")?;
        wait_for_orphans()?;
        ensure(count(&many.database())? + 1 == before, || "not exactly one entry was deleted".to_owned())?;
        series.push(Sample::new(run.elapsed, &run.exit));
    }
    let row = Row::absolute("million / delete", "delete --id", Quantity::Millis(series.median()), DELETE, series.len());
    Ok(row.detail("longest ms", series.quantile(1.0)))
}

fn list(stage: &Stage, many: &Home) -> Result<Row, Failure> {
    let what = "list, the newest 20";
    let help = run(&many.command(argv![&stage.cacheback, "list", "--help"]), Sink::Kept)?;
    if help.exit.status != 0 {
        return Ok(Row::not_available("million / list", what, "there is no `list`"));
    }
    let command = many.command(argv![&stage.cacheback, "list", "--limit", "20"]);
    let mut series = Series::default();
    for _ in 0..stage.pace.large_runs * 3 {
        let run = run(&command, Sink::Kept)?;
        run.expect(&run.stdout)?;
        ensure(!run.stdout.is_empty(), || "`list` printed nothing".to_owned())?;
        series.push(Sample::new(run.elapsed, &run.exit));
    }
    let figure = Quantity::Millis(series.median());
    Ok(Row::absolute("million / list", what, figure, LIST, series.len()).detail("longest ms", series.quantile(1.0)))
}

/// A list of all entries, a line each.
fn lines(stage: &Stage, many: &Home) -> Result<Row, Failure> {
    let mut series = Series::default();
    let command = many.command(argv![&stage.cacheback, "list", "--jsonl"]);
    let (mut lines, stored) = (0, count(&many.database())?);
    let mut take = |piece: &[u8]| lines += piece.iter().filter(|byte| **byte == b'\n').count() as i64;
    let run = run(&command, Sink::Drained(&mut take))?;
    run.expect(b"")?;
    ensure(lines == stored, || format!("{lines} lines for {stored} entries"))?;
    series.push(Sample::new(run.elapsed, &run.exit));
    let figure = Quantity::Mebibytes(series.max_rss());
    let row = Row::absolute("million / jsonl RSS", "list --jsonl of all of them", figure, LINES, series.len());
    Ok(row.detail("seconds", run.elapsed.as_secs_f64()))
}

/// How long pruning takes after its caller has ended: until no process of the fetch is left.
fn prune(stage: &Stage, many: &Home) -> Result<Row, Failure> {
    let command = many.command(argv![&stage.cacheback, "run", "--refresh", "--", "/usr/bin/head", "-c"]);
    let command = command.with(PRUNING_OUTPUT).with(stage.large_file()?);
    let (mut longest, mut cpu, mut removed) = (Duration::ZERO, Duration::ZERO, 0);
    for _ in 0..stage.pace.large_runs {
        let before = count(&many.database())?;
        let run = run(&command, Sink::Null)?;
        let begin = Instant::now();
        run.expect(b"")?;
        let orphans = wait_for_orphans()?;
        longest = begin.elapsed().max(longest);
        cpu = orphans.iter().map(|exit| exit.cpu).sum::<Duration>().max(cpu);
        removed += (before - count(&many.database())?).max(0);
    }
    ensure(removed > 0, || "nothing that had expired was removed".to_owned())?;
    let row = Row::absolute(
        "million / prune",
        "automatic pruning, after the caller has ended",
        Quantity::Millis(longest.as_secs_f64() * 1e3),
        PRUNE,
        stage.pace.large_runs,
    );
    Ok(row.detail("processor time, ms", cpu.as_secs_f64() * 1e3).detail("entries removed", removed as f64))
}

fn file_row(many: &Home, entries: u64, expired: u64) -> Result<Row, Failure> {
    let size = std::fs::metadata(many.database())?.len() as f64;
    let output = (generator::output_size(entries - expired) + generator::output_size(expired)) as f64;
    let allowed = PER_BYTE * output + PER_ENTRY * entries as f64;
    let mebibytes = |bytes: f64| Quantity::Mebibytes(bytes / f64::from(1 << 20));
    let what = format!("the file with {entries} entries, relative to 1.5 x the output plus 300 bytes an entry");
    let row = Row::relative("million / file", what, mebibytes(size), ("allowed", mebibytes(allowed)), FILE, 1);
    Ok(row.detail("bytes an entry over its output", (size - output) / entries as f64))
}

/// How many entries are stored, read without cacheback.
fn count(database: &Path) -> Result<i64, Failure> {
    let sql = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(sql.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?)
}
