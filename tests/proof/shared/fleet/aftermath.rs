//! What is left when all calls have ended: nothing that does not end by itself.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::host::Host;
use super::{LEASE, Stage};
use crate::common::{Outcome, Process};
use crate::concurrency::event::Kind;
use crate::concurrency::rules::is_well_ended;
use crate::random::Random;
use crate::report::Report;
use crate::shared::Admin;

/// Far longer than a detached fetch, a sweep and a call to a server that is away.
const QUIET: Duration = Duration::from_secs(60);

pub fn check(stage: &mut Stage, mut random: Random, with_harm: bool, report: &mut Report) {
    let left = until_quiet(&stage.hosts);
    if !left.is_empty() {
        report.failures.push(format!("processes are left behind: {left:#?}"));
        left.iter().for_each(|process| process.kill(nix::sys::signal::Signal::SIGKILL));
    }
    let server = stage.server.get_mut().expect("no thread panics");
    let mut admin = Admin::of(server);
    // The lease of a process that was killed ends by itself.
    let end = Instant::now() + if with_harm { LEASE + Duration::from_secs(5) } else { Duration::ZERO };
    while !admin.names("cb1:*:w:*").is_empty() && Instant::now() < end {
        thread::sleep(Duration::from_millis(100));
    }
    report
        .failures
        .extend(left_on_server(&mut admin, with_harm).into_iter().map(|what| format!("on the server: {what}")));
    for order in &stage.orders {
        let host = random.index(stage.hosts.len());
        let call = stage.hosts[host].call(stage, host, *order, Kind::Plain);
        if !is_well_ended(&call.event, false) {
            report.failures.push(format!("afterwards a call ended wrongly: {call:?}"));
        }
    }
    until_quiet(&stage.hosts);
    let mut verify = |outcome: Outcome| {
        if !outcome.status.success() {
            report.failures.push(format!("afterwards: {outcome}"));
        }
    };
    verify(stage.hosts[0].home.cacheback(["verify", "--shared"]).go());
    stage.hosts.iter().for_each(|host| verify(host.home.cacheback(["verify"]).go()));
}

/// Waits until no process of any host is left; returns those that are.
fn until_quiet(hosts: &[Host]) -> Vec<Process> {
    let end = Instant::now() + QUIET;
    let left = |host: &Host| loop {
        let left = host.home.processes();
        if left.is_empty() || Instant::now() > end {
            return left;
        }
        thread::sleep(Duration::from_millis(20));
    };
    hosts.iter().flat_map(left).collect()
}

/// Names that live too long, and chunks without an entry.
fn left_on_server(admin: &mut Admin, with_harm: bool) -> Vec<String> {
    const SECOND: i64 = 1_000;
    let mut wrong = Vec::new();
    let mut chunks_of_entries = BTreeSet::new();
    for name in admin.names("cb1:*:e:*") {
        let (result, chunks): (Option<String>, Option<u64>) =
            admin.ask(&[b"HMGET", &name[..], b"r", b"c"]).expect("a hash");
        let Some(result) = result else { continue };
        let prefix = String::from_utf8_lossy(&name).split(":e:").next().expect("it has one").to_owned();
        chunks_of_entries.extend((0..chunks.unwrap_or(0)).map(|at| format!("{prefix}:c:{result}:{at}")));
    }
    for chunk in &chunks_of_entries {
        if admin.ask::<i64>(&["EXISTS", chunk]).expect("it answers") != 1 {
            wrong.push(format!("{chunk} is missing"));
        }
    }
    for name in admin.names("*") {
        let name = String::from_utf8_lossy(&name).into_owned();
        let kind = name.split("}:").nth(1).and_then(|rest| rest.split(':').next()).unwrap_or_default();
        let longest = match kind {
            "m" | "l" => continue,
            "e" => 30 * 86_400 * SECOND,
            "c" if chunks_of_entries.contains(&name) => 30 * 86_400 * SECOND,
            // A writer that was killed could not remove what it had sent.
            "c" if with_harm => 600 * SECOND,
            "c" => 60 * SECOND,
            "o" => 60 * SECOND,
            "x" => 120 * SECOND,
            "b" => 1_200 * SECOND,
            "s" => 31 * 86_400 * SECOND,
            _ => 0,
        };
        let left: i64 = admin.ask(&["PTTL", &name]).expect("it answers");
        // It can have ended since it was listed.
        if left != -2 && (left < 0 || left > longest) {
            wrong.push(format!("{name} ends in {left} ms"));
        }
    }
    wrong
}
