//! Which calls are made, and how each may end if nothing is killed. A new subcommand gets a line here.

use super::super::output::{Order, Seen};
use super::super::random::Random;
use super::given::Given;

/// One way to call the program.
pub struct Operation {
    weight: u64,
    subcommand: &'static str,
    options: &'static [&'static str],
    /// The status with which a call may print nothing, if any.
    empty: Option<i32>,
    /// Whether it is called for all commands instead of one.
    pub for_all: bool,
    /// Whether it stores its standard input.
    pub gives: bool,
}

const fn run(weight: u64, options: &'static [&'static str]) -> Operation {
    Operation { weight, subcommand: "run", options, empty: None, for_all: false, gives: false }
}

const fn change(weight: u64, subcommand: &'static str) -> Operation {
    Operation { weight, subcommand, options: &["-q"], empty: Some(0), for_all: false, gives: false }
}

const OPERATIONS: &[Operation] = &[
    run(20, &[]),
    run(6, &["--ttl", "0"]),
    run(10, &["--async", "--ttl", "0"]),
    run(10, &["--async", "--ttl", "1ms"]),
    run(8, &["--refresh"]),
    Operation { empty: Some(0), ..run(6, &["--warm"]) },
    Operation { empty: Some(0), ..run(4, &["--no-fetch-on-miss", "--async", "--ttl", "0"]) },
    Operation { empty: Some(1), ..run(4, &["--only-if-cached"]) },
    run(2, &["--max-size", "1000"]),
    run(2, &["--refresh", "--timeout", "30s"]),
    change(5, "invalidate"),
    change(4, "delete"),
    Operation { gives: true, ..change(10, "set") },
    Operation { options: &["-q", "--all"], for_all: true, ..change(1, "invalidate") },
    Operation { options: &["-q", "--all"], for_all: true, ..change(1, "delete") },
    Operation { for_all: true, ..change(3, "prune") },
    Operation { for_all: true, options: &["-q", "--keep-last", "4"], ..change(1, "prune") },
];

/// The commands: outputs within a row, over many pages, in chunks, larger than memory; failures that are stored or not.
pub const COMMANDS: [Order; 8] = [
    order(0, 20, 0),
    order(1, 3_000, 0),
    order(2, 100_000, 0),
    order(3, 700_000, 0),
    order(4, 1_500_000, 0),
    order(5, 300, 3),
    order(6, 300, KEPT_FAILURE),
    Order { reads_stdin: true, ..order(7, 5_000, 0) },
];

/// A failure that is stored.
const KEPT_FAILURE: u8 = 4;

const fn order(name: u64, size: u64, exit: u8) -> Order {
    Order { name, size, exit, takes: 300, reads_stdin: false }
}

impl Operation {
    /// A random operation that is possible with `order`.
    pub fn any(order: &Order, random: &mut Random) -> &'static Self {
        let mut at = random.within(0..OPERATIONS.iter().map(|operation| operation.weight).sum());
        for operation in OPERATIONS {
            if at < operation.weight {
                // Where standard input is part of the key, it cannot be the result of `set`.
                return if operation.gives && order.reads_stdin { Self::plain() } else { operation };
            }
            at -= operation.weight;
        }
        &OPERATIONS[0]
    }

    /// The call that has to succeed for every key after the kills.
    pub fn plain() -> &'static Self {
        &OPERATIONS[0]
    }

    /// The words of the command line after the name of the program.
    pub fn words(&self, order: &Order, given: Option<&Given>, command: &[String]) -> Vec<String> {
        let mut words: Vec<String> = vec![self.subcommand.to_owned()];
        words.extend(self.options.iter().map(|option| (*option).to_owned()));
        if self.for_all {
            return words;
        }
        if order.exit == KEPT_FAILURE {
            words.extend(["--cache-exit", "0,4"].map(str::to_owned));
        }
        if order.reads_stdin {
            words.push("--stdin".to_owned());
        }
        words.extend(given.map(|given| format!("--exit-status={}", given.exit)));
        words.push("--".to_owned());
        words.extend_from_slice(command);
        words
    }

    /// Whether a call that is not disturbed by kills may end like this.
    pub fn is_right(&self, order: &Order, seen: Seen, status: Option<i32>) -> bool {
        match seen {
            Seen::Whole(_) => self.prints() && status == Some(order.exit.into()),
            Seen::Nothing => status.is_some() && status == self.empty,
            Seen::Part | Seen::Wrong => false,
        }
    }

    /// Whether it prints the result.
    pub fn prints(&self) -> bool {
        self.subcommand == "run"
    }
}
