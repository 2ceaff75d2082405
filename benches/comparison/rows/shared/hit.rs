//! A fresh local hit of a call that is shared, beside one of a call that is not.

use super::once;
use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::row::{Quantity, Row, Target};
use crate::run::count;
use crate::server::{Server, configure};
use crate::stage::{Home, Stage};

const OF_LOCAL: Target = Target::AtMost(1.03);

pub fn measure(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let (local, shared) = (stage.home("shared-local")?, server.host(stage, "shared-hit")?);
    configure(&local, "", "ttl = \"1h\"\n")?;
    let command =
        |home: &Home| home.command(argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, home.file("ran")]);
    let (without, with) = (command(&local), command(&shared));
    // The same configuration is read, and the call is not shared.
    let unshared = command(&shared).within("CACHEBACK_SHARED=off");
    let runs = stage.pace.small_runs;
    let [without, with, unshared] = hold(
        runs / 20 + 2,
        runs,
        [
            Contestant::new("local", |_| once(&without)),
            Contestant::new("shared", |_| once(&with)),
            Contestant::new("switched off", |_| once(&unshared)),
        ],
    )?;
    for home in [&local, &shared] {
        let ran = count(&home.file("ran"));
        ensure(ran == 1, || format!("the command ran {ran} times instead of once"))?;
    }
    let asked = server.commands()?.iter().filter(|called| called.name == "evalsha").map(|called| called.times).sum();
    let (figure, against) = (Quantity::Millis(with.median()), ("local", Quantity::Millis(without.median())));
    let row = Row::relative(
        "shared / hit",
        "a fresh local hit with shared = true, beside one without a server",
        figure,
        against,
        OF_LOCAL,
        runs,
    );
    Ok(vec![
        row.detail("minor faults", with.median_faults())
            .detail("minor faults without", without.median_faults())
            .detail("with CACHEBACK_SHARED=off, ms", unshared.median())
            .detail("asks and commits", asked),
    ])
}
