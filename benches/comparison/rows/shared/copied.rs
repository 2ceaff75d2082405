//! A result that another host has fetched.

use super::once;
use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::{Command, wait_for_orphans};
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run};
use crate::series::Sample;
use crate::server::Server;
use crate::stage::{Home, Stage};

/// In ms over a local hit.
const ADDED: Target = Target::AtMost(1.5);
const REDIS_CLI: &str = "/usr/bin/redis-cli";

pub fn measure(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let (writer, reader) = (server.host(stage, "shared-writer")?, server.host(stage, "shared-reader")?);
    let local = stage.home("shared-miss")?;
    let counter = writer.file("ran");
    let command = |home: &Home| -> Command {
        home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, &counter, "-"])
    };
    let of_round = |command: &Command, round: usize| once(&command.clone().with(round.to_string()));
    let runs = stage.pace.small_runs / 2;
    let warm_ups = runs / 20 + 2;
    for round in 0..warm_ups + runs {
        of_round(&command(&writer), round)?;
    }
    wait_for_orphans()?;
    let stored = count(&counter);
    server.forget_counts()?;

    let (copy, hit, miss) = (command(&reader), command(&writer).with("0"), command(&local));
    server.ask("SET plain value")?;
    let get = reader.command(argv![REDIS_CLI, "-s", server.socket(), "GET", "plain"]);
    let get = |_| {
        let run = run(&get, Sink::Kept)?;
        run.expect(b"value\n")?;
        Ok(Sample::new(run.elapsed, &run.exit))
    };
    let [copied, hit, missed, got] = hold(
        warm_ups,
        runs,
        [
            Contestant::new("copied", |round| of_round(&copy, round)),
            Contestant::new("local hit", |_| once(&hit)),
            Contestant::new("local miss", |round| of_round(&miss, round)),
            Contestant::new("redis-cli GET", get),
        ],
    )?;
    let ran = count(&counter) - stored;
    let rounds = (warm_ups + runs) as u64;
    ensure(ran == rounds, || format!("the command ran {ran} times instead of {rounds}: not all were copied"))?;
    let commands = server.commands()?;
    let ask = commands.iter().find(|called| called.name == "evalsha").ok_or_else(|| Failure("no asks".to_owned()))?;
    let added = Quantity::Millis(copied.median() - hit.median());
    let row = Row::absolute(
        "shared / copied",
        "a shared hit that is missing here: time over a local hit",
        added,
        ADDED,
        runs,
    );
    Ok(vec![
        row.beside("redis-cli GET", Quantity::Millis(got.median()))
            .detail("copied, ms", copied.median())
            .detail("local hit, ms", hit.median())
            .detail("local miss, ms", missed.median())
            .detail("p99 ms", copied.quantile(0.99))
            .detail("minor faults", copied.median_faults())
            .detail("server's part, µs", ask.micros),
    ])
}
