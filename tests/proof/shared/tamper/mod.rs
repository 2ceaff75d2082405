//! Attacks by somebody who can write to the server but does not have the team's key: a call prints what was sealed for
//! its key, or runs its command.
//!
//! The memory of a real server is changed at random: bits are flipped, values cut, extended, removed, swapped, put back
//! from an earlier time, and transplanted between keys, results, chunks, namespaces and teams. A host with an empty
//! database then makes a call. Its output is that of one of the runs of this key by the team, byte for byte, or that of
//! its own run, with the exit status that belongs to it.

mod attack;
mod memory;

use std::fs;

use super::Admin;
use crate::Chapter;
use crate::common::fleet::{Fleet, Redis, configure};
use crate::common::{Home, Outcome};
use crate::options::Asked;
use crate::random::Random;
use crate::report::Report;
use attack::{Arms, attack};
use memory::{Slot, Snapshot};

pub const CHAPTER: Chapter = Chapter {
    name: "tamper",
    claim: "whatever is done to what a server keeps, a call prints what its team sealed for it, or runs its command",
    options: &[("attacks", "changes of the server's memory, each with a call", 30)],
    run,
};

/// The words that the command is called with. The output of the large ones is in several chunks.
const WORDS: [&str; 6] = ["a", "b", "fail", "large", "huge", "spare"];
/// Sizes of the large outputs in bytes.
const SIZES: [(&str, usize); 2] = [("large", 300_000), ("huge", 700_000)];

fn run(asked: &Asked) -> Report {
    let Some(stage) = Stage::set() else { return Report::skipped("no redis-server is installed") };
    let mut report = Report::default();
    let mut random = Random::branch(asked.seed, 0);
    let mut admin = Admin::of(&stage.server);
    // An entry can get a lease that was another's.
    let leases = stage.now.names().iter().filter_map(|name| lease_of(name)).collect::<Vec<_>>();
    let names: Vec<&[u8]> = stage.now.names().into_iter().chain(leases.iter().map(Vec::as_slice)).collect();
    let arms = Arms { earlier: &stage.earlier, pool: &stage.pool };
    for (number, word) in WORDS.iter().enumerate() {
        stage.now.restore(&mut admin);
        let outcome = stage.call(word, "on", 1_000_000_000 + number as u64);
        if judged(word, &outcome) != Some("hits") {
            report.failures.push(format!("without an attack, {word} is no hit: {outcome}"));
        }
    }
    for number in 0..asked.number(&CHAPTER, "attacks") {
        stage.now.restore(&mut admin);
        let count = 1 + random.index(16);
        let attacks: Vec<String> = (0..count).map(|_| attack(&mut admin, &names, &arms, &mut random)).collect();
        let word = *random.pick(&WORDS);
        let mode = *random.pick(&["on", "read-only"]);
        let outcome = stage.call(word, mode, number);
        match judged(word, &outcome) {
            Some(whose) => report.count(whose, 1),
            None => report.failures.push(format!("attack {number}, {mode}: {}: {word}: {outcome}", attacks.join(", "))),
        }
        report.count("attacks", 1);
    }
    report
}

/// The name of the lease that belongs to the entry of this name.
fn lease_of(name: &[u8]) -> Option<Vec<u8>> {
    let at = name.windows(4).position(|part| part == b"}:e:")?;
    Some([&name[..at], b"}:w:", &name[at + 4..]].concat())
}

/// The run that the output is of; `None` if it is of none.
fn judged(word: &str, outcome: &Outcome) -> Option<&'static str> {
    let is_ours = |line: &str| line.starts_with("cacheback: ") || line.starts_with("Cache-Status: ");
    let status = if word == "fail" { 3 } else { 0 };
    if outcome.status.code() != Some(status) || !outcome.stderr_text().lines().all(is_ours) {
        return None;
    }
    let is_of = |who: &str| outcome.stdout == output(who, word).as_bytes();
    match () {
        () if is_of("other") => Some("misses"),
        () if is_of("one") => Some("hits"),
        () if is_of("earlier") => Some("earlier results"),
        () => None,
    }
}

/// What the command prints at `who` for `word`.
fn output(who: &str, word: &str) -> String {
    let line = format!("of {who}: {word}\n");
    match SIZES.iter().find(|(large, _)| *large == word) {
        Some((_, size)) => line.repeat(size / line.len() + 1)[..*size].to_owned(),
        None => line,
    }
}

/// A server with what two teams, in two namespaces, have stored at two times; and a host of the first team.
struct Stage {
    server: Redis,
    other: Home,
    earlier: Snapshot,
    now: Snapshot,
    pool: Vec<Vec<u8>>,
}

impl Stage {
    fn set() -> Option<Self> {
        let Fleet { one, other, server } = Fleet::start()?;
        let (stranger, aside) = (Home::new(), Home::new());
        stranger.cacheback(["shared", "keygen", "-q"]).arg(Fleet::key(&stranger)).go().status(0);
        fs::create_dir_all(Fleet::key(&aside).parent().expect("it is in a folder")).expect("a new folder");
        fs::copy(Fleet::key(&one), Fleet::key(&aside)).expect("it is there");
        // An old lease and a long wait are allowed to delay a call, and this proof has no time for that.
        let more = "max_wait = \"300ms\"";
        for home in [&one, &other, &stranger] {
            configure(home, &server.socket_url(), more);
        }
        configure(&aside, &server.socket_url(), &format!("{more}\nnamespace = \"aside\""));
        let mut admin = Admin::of(&server);
        let fill = |home: &Home, who: &str| {
            command(home, who);
            for word in WORDS {
                home.run(["--refresh", "--ttl", "30d", "--failure-ttl", "30d", "--max-size", "1M", "count", word]);
                home.until_quiet();
            }
        };
        for (home, who) in [(&stranger, "stranger"), (&aside, "aside"), (&one, "earlier")] {
            fill(home, who);
        }
        one.invalidate(["-q", "count", "spare"]);
        one.delete(["-q", "--tag", "none"]);
        // A lease with its holder, and the outcome of a run, are there for a while only.
        let gate = one.gated("slow", "echo slow");
        let slow = one.start(["--shared", "slow"]);
        one.until_runs("slow", 1);
        let earlier = Snapshot::of(&mut admin);
        gate.open();
        slow.wait().status(0);
        one.until_quiet();
        fill(&one, "one");
        one.invalidate(["-q", "count", "nothing"]);
        let now = Snapshot::of(&mut admin);
        let mut pool = Vec::new();
        for snapshot in [&earlier, &now] {
            snapshot.restore(&mut admin);
            for name in snapshot.names() {
                pool.extend(Slot::all(&mut admin, name).iter().filter_map(|slot| slot.read(&mut admin)));
            }
        }
        command(&other, "other");
        Some(Self { server, other, earlier, now, pool })
    }

    /// A call by the other host, which has nothing stored.
    fn call(&self, word: &str, mode: &str, number: u64) -> Outcome {
        let folder = self.other.root().join(format!("db-{number}"));
        fs::create_dir(&folder).expect("a new folder");
        let db = folder.join("cache.db").into_os_string().into_string().expect("UTF-8");
        let call = self.other.cacheback(["--db", &db, "run", "--ttl", "30d", "--failure-ttl", "30d"]);
        let outcome = call.arg_all(&["--status", "--max-size", "1M", "count", word]).env("CACHEBACK_SHARED", mode).go();
        self.other.until_quiet();
        fs::remove_dir_all(&folder).expect("it is there");
        outcome
    }
}

/// Makes the command, which prints what [`output`] says.
fn command(home: &Home, who: &str) {
    let mut cases = "fail) printf 'of WHO: fail\\n'; exit 3 ;;\n".to_owned();
    for (word, size) in SIZES {
        cases += &format!("{word}) yes 'of WHO: {word}' | head -c {size} ;;\n");
    }
    let body = format!("case $1 in\n{cases}*) printf 'of WHO: %s\\n' \"$1\" ;;\nesac");
    home.script("count", &body.replace("WHO", who));
}
