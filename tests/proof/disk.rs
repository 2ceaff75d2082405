//! Disks of every size that is too small: the output is intact, there is one warning at most, and stored results are
//! still served.

use std::fs;

use super::Chapter;
use super::common::{Home, can_mount};
use super::options::Asked;
use super::output::{Order, Seen, examine};
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "disk",
    claim: "a disk that fills up at any stage costs one warning, never the command",
    options: &[("step", "blocks of 4 KiB between one size of the disk and the next", 30)],
    run,
};

/// The largest disk, in blocks: it has room for everything twice.
const BLOCKS: u64 = 700;

/// The calls on each disk, as (name, options, order).
const CALLS: [(&str, &str, Order); 5] = [
    ("small", "", order(1, 50)),
    ("large", "", order(2, 700_000)),
    ("again", "--refresh", order(2, 700_000)),
    ("stale", "--async --ttl 0", order(1, 50)),
    ("spooled", "--cache-exit 1", order(3, 1_300_000)),
];

const fn order(name: u64, size: u64) -> Order {
    Order { name, size, exit: 0, takes: 0, reads_stdin: false }
}

fn run(asked: &Asked) -> Report {
    if !can_mount() {
        return Report::skipped("no file system may be mounted here");
    }
    let mut report = Report::default();
    let step = asked.number(&CHAPTER, "step").max(1);
    // The seed chooses the first size.
    for blocks in (1 + asked.seed % step..BLOCKS).step_by(step as usize) {
        let home = Home::new();
        let mount = format!("mount -t tmpfs -o size={},mode=700 tmpfs \"$HOME/.cache\"", blocks * 4096);
        let mut script = format!("mkdir -p \"$HOME/.cache\" && {mount} || exit 99\n");
        for (name, options, order) in CALLS {
            let words = order.words(&home.root().join("runs")).join(" ");
            script +=
                &format!("cacheback run {options} -- {words} > {name}.out 2> {name}.err; echo $? > {name}.status\n");
        }
        // The first result is still fresh, and served whatever has happened since.
        let words = CALLS[0].2.words(&home.root().join("runs")).join(" ");
        script += &format!("cacheback run -- {words} > hit.out 2> hit.err; echo $? > hit.status\n");
        home.call("unshare", ["--mount", "sh", "-c", &script]).go().status(0);
        home.until_quiet();
        for (name, order) in CALLS.iter().map(|(name, _, order)| (*name, order)).chain([("hit", &CALLS[0].2)]) {
            if let Err(what) = judge(&home, name, order) {
                report.failures.push(format!("{blocks} blocks, {name}: {what}"));
            }
            report.count("calls", 1);
        }
        report.count("disks", 1);
    }
    report
}

fn judge(home: &Home, name: &str, order: &Order) -> Result<(), String> {
    let read = |kind: &str| fs::read(home.work(&format!("{name}.{kind}"))).unwrap_or_default();
    let (stdout, stderr, status) = (read("out"), read("err"), read("status"));
    let lines: Vec<&[u8]> = stderr.split_inclusive(|byte| *byte == b'\n').collect();
    let (said, own): (Vec<&[u8]>, Vec<&[u8]>) = lines.into_iter().partition(|line| line.starts_with(b"cacheback: "));
    let seen = examine(order.name, &stdout, &own.concat());
    let said_text = String::from_utf8_lossy(&said.concat()).into_owned();
    match seen {
        Seen::Whole(_) if status == b"0\n" && said.len() <= 1 => Ok(()),
        _ => Err(format!("{seen:?}, status {:?}, said {said_text:?}", String::from_utf8_lossy(&status))),
    }
}
