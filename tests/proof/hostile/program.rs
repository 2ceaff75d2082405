//! Damaged files, read through the program itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::super::Chapter;
use super::super::caller::Caller;
use super::super::common::Home;
use super::super::options::Asked;
use super::super::output::{Order, Seen, examine};
use super::super::random::Random;
use super::super::report::Report;
use super::damage::spoil;

const ORDERS: [Order; 4] = [
    Order { name: 0, size: 30, exit: 0, takes: 0, reads_stdin: false },
    Order { name: 1, size: 30_000, exit: 0, takes: 0, reads_stdin: false },
    Order { name: 2, size: 700_000, exit: 0, takes: 0, reads_stdin: false },
    Order { name: 3, size: 30, exit: 5, takes: 0, reads_stdin: false },
];
const OPTIONS: &[&[&str]] = &[&[], &["--async", "--ttl", "0"], &["--refresh"], &["--ttl", "0"]];
const DEADLINE: Duration = Duration::from_secs(30);

pub fn run(asked: &Asked, chapter: &Chapter) -> Report {
    let home = Home::new();
    for order in ORDERS {
        call(&home, order, &[]).expect("a sound database");
    }
    home.until_quiet();
    let sound = fs::read(home.db()).expect("it was made");
    let mut report = Report::default();
    let from = asked.number(chapter, "from");
    for number in from..from + asked.number(chapter, "programs") {
        let mut random = Random::branch(!asked.seed, number);
        let mut bytes = sound.clone();
        spoil(&mut bytes, &mut random);
        clear(&home);
        fs::write(home.db(), bytes).expect("it is ours");
        fs::set_permissions(home.db(), Permissions::from_mode(0o600)).expect("it is ours");
        if random.one_in(4) {
            let noise: Vec<u8> = (0..random.index(40_000)).map(|_| random.next() as u8).collect();
            fs::write(home.cache().join("cache.db-journal"), noise).expect("it is ours");
        }
        // Twice, because the first call may repair the database or begin a new one.
        for _ in 0..2 {
            let order = *random.pick(&ORDERS);
            if let Err(what) = call(&home, order, OPTIONS[random.index(OPTIONS.len())]) {
                report.failures.push(format!("program {number}: {what}"));
            }
        }
        home.until_quiet();
        report.count("programs", 1);
    }
    report
}

fn clear(home: &Home) {
    for entry in fs::read_dir(home.cache()).expect("it is ours").flatten() {
        let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
    }
}

/// Expects the whole output of `order`, its status, and at most two warnings: one that the file is damaged, and one
/// that the result cannot be stored.
fn call(home: &Home, order: Order, options: &[&str]) -> Result<(), String> {
    let own = |word: &&str| (*word).to_owned();
    let mut words: Vec<String> = ["run", "--cache-exit", "any"].iter().map(own).collect();
    words.extend(options.iter().map(own));
    words.push("--".to_owned());
    words.extend(order.words(&home.root().join("runs")));
    let started = Instant::now();
    let mut caller = Caller::start(home, words, b"");
    while caller.is_under_way() {
        if started.elapsed() > DEADLINE {
            let _ = caller.child.kill();
            return Err(format!("{:?} hangs", caller.words));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let ended = caller.end();
    let text: Vec<&[u8]> = ended.stderr.split_inclusive(|byte| *byte == b'\n').collect();
    let (said, own): (Vec<&[u8]>, Vec<&[u8]>) = text.into_iter().partition(|line| line.starts_with(b"cacheback: "));
    let seen = examine(order.name, &ended.stdout, &own.concat());
    let is_right = matches!(seen, Seen::Whole(_)) && ended.status.code() == Some(order.exit.into()) && said.len() <= 2;
    let said = String::from_utf8_lossy(&said.concat()).into_owned();
    if is_right { Ok(()) } else { Err(format!("{:?}: {:?}, {seen:?}, {said}", caller.words, ended.status)) }
}
