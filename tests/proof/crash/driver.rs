//! One driver: rounds of calls and kills in a home of its own, and the checks after each round.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::super::caller::Caller;
use super::super::common::Home;
use super::super::output::Order;
use super::super::random::Random;
use super::given::Feeder;
use super::ledger::Ledger;
use super::operation::{COMMANDS, Operation};
use super::{aftermath, kin};

pub const COUNTS: [&str; 8] = [
    "kills",
    "calls",
    "whole outputs",
    "cut outputs",
    "rounds",
    "calls locked out",
    "outputs given to set",
    "feeders killed",
];
const KILLS: usize = 0;
const CALLS: usize = 1;
pub(super) const WHOLE: usize = 2;
pub(super) const CUT: usize = 3;
const ROUNDS: usize = 4;
pub(super) const LOCKED_OUT: usize = 5;
pub(super) const GIVEN: usize = 6;
const FEEDERS: usize = 7;

/// How long a call may take without kills: more than it ever takes, less than any timeout in the program.
const PROMPT: Duration = Duration::from_secs(4);
/// How long anything may take at all.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) struct Driver {
    home: Home,
    random: Random,
    pub(super) counts: [u64; COUNTS.len()],
    pub(super) failures: Vec<String>,
    pub(super) ledger: Ledger,
}

/// A call under way.
pub(super) struct Call {
    pub(super) caller: Caller,
    feeder: Option<Feeder>,
    pub(super) operation: &'static Operation,
    pub(super) order: Order,
    pub(super) was_killed: bool,
}

impl Call {
    fn is_under_way(&mut self) -> bool {
        // No short circuit: both have to be reaped.
        let is_fed = self.feeder.as_mut().is_some_and(Feeder::is_under_way);
        self.caller.is_under_way() | is_fed
    }

    fn feeder_pid(&self) -> Option<i32> {
        self.feeder.as_ref().map(Feeder::pid)
    }
}

/// What to kill.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Caller,
    /// One of the processes below it.
    Helper,
    Family,
    /// The process that writes the input of a `set`.
    Feeder,
    /// A process that has lost its parent: a detached fetch, or a command without its fetcher.
    Orphan,
    Everybody,
}

/// The main function of a driver; `words` are `SEED NUMBER KILLS`.
pub fn drive(words: &[String]) -> ExitCode {
    let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let [seed, number, kills] = numbers[..] else { return ExitCode::from(2) };
    kin::adopt_orphans().expect("a subreaper");
    let mut driver = Driver {
        home: Home::new(),
        random: Random::branch(seed, number),
        counts: [0; COUNTS.len()],
        failures: Vec::new(),
        ledger: Ledger::default(),
    };
    while driver.counts[KILLS] < kills && driver.failures.len() < 5 {
        driver.round();
    }
    for (count, what) in driver.counts.iter().zip(COUNTS) {
        println!("{count} {what}");
    }
    for failure in &driver.failures {
        println!("fail {}", failure.replace('\n', " | "));
    }
    ExitCode::SUCCESS
}

impl Driver {
    fn round(&mut self) {
        self.counts[ROUNDS] += 1;
        let mut calls = self.calls_and_kills();
        let kills_orphans = self.random.one_in(3);
        self.wait_for(&mut calls, kills_orphans);
        self.note_cuts(&calls);
        for call in &mut calls {
            self.judge(call, true);
        }
        if self.random.one_in(2) {
            self.is_sound();
        }
        if self.random.one_in(2) {
            self.every_key_answers();
            self.is_sound();
        }
        if self.random.one_in(4) {
            self.failures.extend(aftermath::left_after_a_prune(&self.home));
        }
    }

    /// Starts calls one after the other and kills in between; returns the calls, most of them still running.
    fn calls_and_kills(&mut self) -> Vec<Call> {
        let started = Instant::now();
        let mut calls: Vec<Call> = Vec::new();
        let mut due: Vec<(Instant, usize, Victim)> = Vec::new();
        let count = self.random.within(8..28);
        // With few keys the calls meet, with many they do not.
        let keys = self.random.within(1..COMMANDS.len() as u64 + 1);
        let first = self.random.within(0..COMMANDS.len() as u64);
        let mut next_start = started;
        let mut left = count;
        while left > 0 || !due.is_empty() {
            let now = Instant::now();
            if left > 0 && now >= next_start {
                left -= 1;
                let order = COMMANDS[((first + self.random.within(0..keys)) % COMMANDS.len() as u64) as usize];
                let operation = Operation::any(&order, &mut self.random);
                calls.push(self.start(operation, order));
                for _ in 0..self.random.within(0..5) {
                    let victim = *self.random.pick(&[
                        Victim::Caller,
                        Victim::Caller,
                        Victim::Helper,
                        Victim::Helper,
                        Victim::Family,
                        Victim::Feeder,
                        Victim::Orphan,
                        Victim::Orphan,
                        Victim::Everybody,
                    ]);
                    let moment = self.random.moment(Duration::from_micros(20)..Duration::from_millis(25));
                    due.push((Instant::now() + moment, calls.len() - 1, victim));
                }
                let pause = self.random.moment(Duration::from_micros(10)..Duration::from_millis(4));
                next_start = Instant::now() + pause;
            }
            while let Some(at) = due.iter().position(|(when, ..)| *when <= Instant::now()) {
                let (_, index, victim) = due.swap_remove(at);
                self.kill(&mut calls, index, victim);
            }
            let starts = (left > 0).then_some(next_start);
            let next = due.iter().map(|(when, ..)| *when).chain(starts).min();
            if let Some(pause) = next.map(|next| next.saturating_duration_since(Instant::now())) {
                std::thread::sleep(pause.min(Duration::from_micros(200)));
            }
        }
        calls
    }

    fn start(&mut self, operation: &'static Operation, order: Order) -> Call {
        self.counts[CALLS] += 1;
        let command = order.words(&self.home.root().join("runs"));
        if operation.gives {
            return self.start_giving(operation, order, &command);
        }
        let words = operation.words(&order, None, &command);
        let input = if order.reads_stdin { INPUT } else { b"" };
        let caller = Caller::start(&self.home, words, input);
        Call { caller, feeder: None, operation, order, was_killed: false }
    }

    fn start_giving(&mut self, operation: &'static Operation, order: Order, command: &[String]) -> Call {
        let exit = if self.random.one_in(4) { order.exit } else { 0 };
        let given = self.ledger.next(order.name, exit, &mut self.random);
        let words = operation.words(&order, Some(&given), command);
        let (caller, feeder) = if self.random.one_in(3) {
            (Caller::start(&self.home, words, &given.bytes()), None)
        } else {
            let (feeder, stdin) = Feeder::start(given);
            (Caller::start_fed(&self.home, words, stdin), Some(feeder))
        };
        Call { caller, feeder, operation, order, was_killed: false }
    }

    fn kill(&mut self, calls: &mut [Call], index: usize, victim: Victim) {
        let caller = calls[index].caller.pid();
        let is_under_way = calls[index].caller.is_under_way();
        let feeder = calls[index].feeder.as_mut().and_then(|feeder| feeder.is_under_way().then(|| feeder.pid()));
        let victims = match victim {
            Victim::Feeder => feeder.into_iter().collect(),
            Victim::Caller if is_under_way => vec![caller],
            Victim::Family if is_under_way => kin::family(caller),
            Victim::Helper if is_under_way => {
                let helpers = kin::family(caller).split_off(1);
                if helpers.is_empty() { Vec::new() } else { vec![*self.random.pick(&helpers)] }
            }
            Victim::Orphan => {
                let orphans: Vec<i32> = self.orphans(calls).into_iter().flat_map(kin::family).collect();
                if orphans.is_empty() { Vec::new() } else { vec![*self.random.pick(&orphans)] }
            }
            Victim::Everybody if self.random.one_in(3) => kin::family(own_pid()).split_off(1),
            _ => Vec::new(),
        };
        for pid in victims {
            if kin::end(pid) {
                self.counts[KILLS] += 1;
                if let Some(call) = calls.iter_mut().find(|call| call.caller.pid() == pid) {
                    call.was_killed = true;
                }
                let mut feeders = calls.iter_mut().filter_map(|call| call.feeder.as_mut());
                if let Some(feeder) = feeders.find(|feeder| feeder.pid() == pid) {
                    feeder.note_kill();
                    self.counts[FEEDERS] += 1;
                }
            }
        }
    }

    /// Children of this process that it has not started.
    fn orphans(&self, calls: &[Call]) -> Vec<i32> {
        let is_call = |pid: i32| calls.iter().any(|call| call.caller.pid() == pid || call.feeder_pid() == Some(pid));
        kin::children(own_pid()).into_iter().filter(|pid| !is_call(*pid)).collect()
    }

    /// Waits until all calls and the processes that they have left behind have ended.
    fn wait_for(&mut self, calls: &mut [Call], kills_orphans: bool) {
        let end = Instant::now() + DEADLINE;
        loop {
            let under_way = calls.iter_mut().map(|call| usize::from(call.is_under_way())).sum::<usize>();
            let orphans = self.orphans(calls);
            for pid in &orphans {
                if kills_orphans && under_way == 0 && kin::end(*pid) {
                    self.counts[KILLS] += 1;
                }
                kin::reap(*pid);
            }
            if under_way == 0 && orphans.is_empty() {
                return;
            }
            if Instant::now() > end {
                let left: Vec<String> = kin::family(own_pid()).into_iter().skip(1).map(kin::command_line).collect();
                self.failures.push(format!("processes were left behind: {left:?}"));
                kin::family(own_pid()).into_iter().skip(1).for_each(|pid| _ = kin::end(pid));
                return;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    /// Notes how much each killed feeder had fed; all feeders have ended.
    fn note_cuts(&mut self, calls: &[Call]) {
        for feeder in calls.iter().filter_map(|call| call.feeder.as_ref()) {
            if let Some(fed) = feeder.fed() {
                self.ledger.note_cut(&feeder.given, fed);
            }
        }
    }

    /// Checks that the next call of each command works, before any timeout.
    fn every_key_answers(&mut self) {
        for order in COMMANDS {
            let started = Instant::now();
            let mut call = self.start(Operation::plain(), order);
            self.wait_for(std::slice::from_mut(&mut call), false);
            let took = started.elapsed();
            if took > PROMPT {
                self.failures.push(format!("{:?} took {took:?} after the kills", call.caller.words));
            }
            self.judge(&mut call, false);
        }
    }

    fn is_sound(&mut self) {
        self.failures.extend(aftermath::damage(&self.home));
    }
}

const INPUT: &[u8] = &[b'i'; 10_000];

fn own_pid() -> i32 {
    std::process::id() as i32
}
