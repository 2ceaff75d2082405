//! 2,000 hits from two loops at a time, as in a build: `xargs -P2`.

use std::fs::{self, File};
use std::path::Path;

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::Command;
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run, run_with_input};
use crate::series::Sample;
use crate::stage::{Home, PAYLOAD, Stage};

const HITS: usize = 2_000;
/// The number of different commands among them.
const KEYS: usize = 10;
const OF_PEER: Target = Target::AtLeast(1.5);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let home = stage.home("throughput")?;
    let (ours, theirs) = (home.file("cacheback-ran"), home.file("bkt-ran"));
    // The last word of each command line comes from xargs.
    let bkt = argv![&stage.bkt, "--ttl", "1h", "--", &stage.mark, &theirs, "-"];
    let cacheback = argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, &ours, "-"];
    for key in 0..KEYS {
        for command in [home.command(&bkt), home.command(&cacheback)] {
            run(&command.with(key.to_string()), Sink::Kept)?.expect(PAYLOAD)?;
        }
    }
    let words = home.file("words");
    fs::write(&words, (0..HITS).map(|hit| format!("{}\n", hit % KEYS)).collect::<String>())?;
    let looped = |command: &[std::ffi::OsString]| {
        let xargs = argv!["/usr/bin/xargs", "-P2", "-n1"];
        home.command(xargs.iter().chain(command))
    };
    let (bkt, cacheback) = (looped(&bkt), looped(&cacheback));
    let runs = stage.pace.rounds;
    let [peer, hits] = hold(
        1,
        runs,
        [
            Contestant::new("bkt", |_| once(&home, &bkt, &words)),
            Contestant::new("cacheback", |_| once(&home, &cacheback, &words)),
        ],
    )?;
    for (name, counter) in [("cacheback", &ours), ("bkt", &theirs)] {
        let ran = count(counter);
        ensure(ran == KEYS as u64, || format!("{name} ran a command {ran} times instead of {KEYS}"))?;
    }
    let rate = |millis: f64| Quantity::PerSecond(HITS as f64 / (millis / 1e3));
    let against = ("bkt", rate(peer.median()));
    let what = "2,000 hits through xargs -P2";
    Ok(vec![
        Row::relative("throughput / peer", what, rate(hits.median()), against, OF_PEER, runs)
            .detail("seconds", hits.median() / 1e3)
            .detail("bkt's seconds", peer.median() / 1e3),
    ])
}

fn once(home: &Home, command: &Command, words: &Path) -> Result<Sample, Failure> {
    let printed = home.file("printed");
    // Two writers share the file, so both append.
    let output = File::options().create(true).append(true).open(&printed)?;
    output.set_len(0)?;
    let run = run_with_input(command, &File::open(words)?, Sink::File(&output))?;
    run.expect(b"")?;
    let printed = fs::read(&printed)?;
    let is_right = printed.len() == HITS * PAYLOAD.len() && printed.chunks(PAYLOAD.len()).all(|line| line == PAYLOAD);
    ensure(is_right, || "printed wrong or missing lines".to_owned())?;
    Ok(Sample::new(run.elapsed, &run.exit))
}
