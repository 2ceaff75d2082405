//! What a configuration file with many rules adds to a fresh hit, and what looking for a missing file adds.

use std::fmt::Write as _;
use std::fs;

use crate::argv;
use crate::contest::{Contestant, hold};
use crate::failure::{Failure, ensure};
use crate::process::Command;
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run};
use crate::series::{Sample, Series};
use crate::stage::{Home, PAYLOAD, Stage};

const RULES: usize = 50;
const OF_RULES: Target = Target::AtMost(0.200);
/// A failing open(2), and the noise of two medians.
const OF_NONE: Target = Target::AtMost(0.020);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let (plain, ruled) = (stage.home("config-none")?, stage.home("config-rules")?);
    fs::create_dir_all(ruled.file("config/cacheback"))?;
    fs::write(ruled.file("config/cacheback/config.toml"), rules())?;
    let hit = |home: &Home, options: &[&str]| -> Command {
        let mut argv = argv![&stage.cacheback, "run", "--ttl", "1h"].to_vec();
        argv.extend(options.iter().map(Into::into));
        argv.extend(argv!["--", &stage.mark, home.file("ran")]);
        home.command(argv)
    };
    let (unread, none, with_rules) = (hit(&plain, &["--config", "/dev/null"]), hit(&plain, &[]), hit(&ruled, &[]));
    let runs = stage.pace.small_runs;
    let [unread, none, with_rules] = hold(
        runs / 20 + 2,
        runs,
        [
            Contestant::new("not looked for", |_| once(&unread)),
            Contestant::new("none", |_| once(&none)),
            Contestant::new("rules", |_| once(&with_rules)),
        ],
    )?;
    for home in [&plain, &ruled] {
        let ran = count(&home.file("ran"));
        ensure(ran == 1, || format!("the command ran {ran} times instead of once"))?;
    }
    let row = |name, what: String, with: &Series, without: &Series, target| {
        let added = Quantity::Millis(with.median() - without.median());
        Row::absolute(name, what, added, target, runs)
            .detail("median ms with", with.median())
            .detail("median ms without", without.median())
            .detail("minor faults with", with.median_faults())
            .detail("minor faults without", without.median_faults())
    };
    Ok(vec![
        row("config / rules", format!("what {RULES} rules add to a hit"), &with_rules, &none, OF_RULES),
        row("config / none", "what looking for a file that is not there adds".to_owned(), &none, &unread, OF_NONE),
    ])
}

/// Rules of which only the last one applies to the command.
fn rules() -> String {
    let mut text = String::new();
    for number in 1..RULES {
        let _ = writeln!(
            text,
            "[[rule]]\ncommand = \"tool{number} get *\"\nttl = \"30s\"\nenv = [\"KUBECONFIG\"]\nasync = true\n"
        );
    }
    text + "[[rule]]\ncommand = \"*/mark *\"\nasync = true\n"
}

fn once(command: &Command) -> Result<Sample, Failure> {
    let run = run(command, Sink::Kept)?;
    run.expect(PAYLOAD)?;
    Ok(Sample::new(run.elapsed, &run.exit))
}
