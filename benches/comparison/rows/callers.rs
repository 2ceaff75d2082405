//! Many callers of one command at once: how often it runs.

use std::fs::{self, File};
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::argv;
use crate::failure::{Failure, ensure};
use crate::process::{self, Command, Streams, wait_for_orphans};
use crate::row::{Quantity, Row, Target};
use crate::run::{Sink, count, run};
use crate::stage::{Home, PAYLOAD, Stage};
use crate::watchdog;

const CALLERS: usize = 50;
const ONE: Target = Target::AtMost(1.0);
/// How long all callers get until they wait for the one flight.
const TIME_TO_JOIN: Duration = Duration::from_millis(500);
/// How long a refresh gets to start.
const TIME_TO_START: Duration = Duration::from_secs(10);

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let cold = |home: &Home, program: Program| cold(stage, home, program);
    let stale = |home: &Home, program: Program| stale(stage, home, program);
    Ok(vec![
        row(stage, "callers / cold", "50 callers, nothing stored: runs of the command", cold),
        row(stage, "callers / stale", "50 callers, a stale result: refreshes", stale),
    ])
}

/// The worst of several rounds, with both programs in turn.
fn row(stage: &Stage, name: &str, what: &str, round: impl Fn(&Home, Program) -> Result<u64, Failure>) -> Row {
    let rounds = stage.pace.rounds;
    let worst = || {
        let (mut ours, mut theirs) = (0, 0);
        for _ in 0..rounds {
            for (program, worst) in [(Program::Bkt, &mut theirs), (Program::Cacheback, &mut ours)] {
                let home = stage.home("callers")?;
                *worst = round(&home, program)?.max(*worst);
            }
        }
        Ok((ours, theirs))
    };
    Row::or_failed(
        name,
        worst().map(|(ours, theirs)| {
            let row = Row::absolute(name, what, Quantity::Count(ours as f64), ONE, rounds);
            row.beside("bkt", Quantity::Count(theirs as f64))
        }),
    )
}

#[derive(Clone, Copy)]
enum Program {
    Bkt,
    Cacheback,
}

impl Program {
    /// A call of a counted command that waits for the gate.
    fn command(self, stage: &Stage, home: &Home, is_stale: bool) -> Command {
        let words = match (self, is_stale) {
            (Self::Bkt, false) => argv![&stage.bkt, "--ttl", "1h"].to_vec(),
            (Self::Bkt, true) => argv![&stage.bkt, "--ttl", "1h", "--stale", "1ns"].to_vec(),
            (Self::Cacheback, false) => argv![&stage.cacheback, "run", "--ttl", "1h"].to_vec(),
            (Self::Cacheback, true) => argv![&stage.cacheback, "run", "--async", "--ttl", "0"].to_vec(),
        };
        let counted = argv!["--", &stage.mark, home.file("ran"), home.file("gate")];
        home.command(words.into_iter().chain(counted))
    }
}

/// All callers start; the command ends after they have had time to join its flight.
fn cold(stage: &Stage, home: &Home, program: Program) -> Result<u64, Failure> {
    let callers = Callers::start(&program.command(stage, home, false))?;
    thread::sleep(TIME_TO_JOIN);
    File::create(home.file("gate"))?;
    callers.wait()?;
    wait_for_orphans()?;
    Ok(count(&home.file("ran")))
}

/// All callers are served a stale result and end before the first refresh may end.
fn stale(stage: &Stage, home: &Home, program: Program) -> Result<u64, Failure> {
    let (command, counter, gate) = (program.command(stage, home, true), home.file("ran"), home.file("gate"));
    File::create(&gate)?;
    run(&command, Sink::Kept)?.expect(PAYLOAD)?;
    wait_for_orphans()?;
    fs::remove_file(&gate)?;
    let before = count(&counter);
    Callers::start(&command)?.wait()?;
    wait_until_running(&counter, before)?;
    File::create(&gate)?;
    wait_for_orphans()?;
    Ok(count(&counter) - before)
}

fn wait_until_running(counter: &Path, before: u64) -> Result<(), Failure> {
    let begin = Instant::now();
    while count(counter) == before {
        ensure(begin.elapsed() < TIME_TO_START, || "no refresh was started".to_owned())?;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Callers that have been started, with what they print.
struct Callers(Vec<(nix::unistd::Pid, PipeReader, PipeReader)>);

impl Callers {
    fn start(command: &Command) -> Result<Self, Failure> {
        let null = File::open("/dev/null")?;
        let mut callers = Vec::with_capacity(CALLERS);
        for _ in 0..CALLERS {
            let ((output, stdout), (errors, stderr)) = (io::pipe()?, io::pipe()?);
            let streams = Streams { stdin: null.as_fd(), stdout: stdout.as_fd(), stderr: stderr.as_fd() };
            callers.push((command.start(streams)?, output, errors));
        }
        Ok(Self(callers))
    }

    /// Waits for all of them. Each must have printed the payload.
    fn wait(self) -> Result<(), Failure> {
        for (pid, mut output, mut errors) in self.0 {
            let exit = process::wait(pid)?;
            let (mut stdout, mut stderr) = (Vec::new(), String::new());
            output.read_to_end(&mut stdout)?;
            errors.read_to_string(&mut stderr)?;
            ensure(exit.status == 0, || format!("a caller exited with {}: {stderr}", exit.status))?;
            ensure(stdout == PAYLOAD, || "a caller printed something else".to_owned())?;
            watchdog::progress();
        }
        Ok(())
    }
}
