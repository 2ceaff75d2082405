//! A result of 16 MiB that another host has fetched.

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::pattern;
use crate::process::wait_for_orphans;
use crate::row::{Quantity, Row, Target};
use crate::rows::large_hit::{MEMORY, Way, once};
use crate::server::Server;
use crate::stage::Stage;

const SIZE: u64 = 16 << 20;
/// In MB/s.
const SPEED: Target = Target::AtLeast(100.0);

pub fn measure(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let writer = server.host(stage, "large-writer")?;
    let file = writer.file("large");
    pattern::write(&file, SIZE)?;
    let argv = argv![&stage.cacheback, "run", "--ttl", "1h", "--", "/bin/cat", &file];
    once(&writer.command(&argv), Way::Pipe { size: SIZE, thorough: true })?;
    wait_for_orphans()?;
    let stored = server.ask("DBSIZE")?;
    ensure(stored.trim_start_matches(':').trim_end().parse().is_ok_and(|names: u64| names > SIZE >> 18), || {
        format!("the server has not got the result: {}", stored.trim_end())
    })?;
    // Whoever runs the command now fails.
    std::fs::remove_file(&file)?;
    let copy = |round: usize| {
        let reader = server.host(stage, &format!("large-reader-{round}"))?;
        once(&reader.command(&argv), Way::Pipe { size: SIZE, thorough: false })
    };
    let [copied] = hold(1, stage.pace.large_runs, [Contestant::new("copied", copy)])?;
    let speed = Quantity::MegabytesPerSecond(SIZE as f64 / 1e6 / (copied.median() / 1e3));
    let memory = Quantity::Mebibytes(copied.max_rss());
    let runs = copied.len();
    Ok(vec![
        Row::absolute("shared / 16 MiB", "a shared hit through a pipe, into an empty cache", speed, SPEED, runs)
            .detail("median ms", copied.median()),
        Row::absolute("shared / 16 MiB RSS", "its memory", memory, MEMORY, runs),
    ])
}
