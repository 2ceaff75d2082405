//! Ends calls that take too long, and notices when this machine does nothing at all for a while, and when a host gives
//! the server up: on a busy machine an answer can be late although nothing has failed.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cacheback::program::model::time::Moment;
use cacheback::program::store::shared::Breaker;

use super::harm::{Blow, DOWN, STALL};
use super::host::Host;
use crate::caller::Caller;
use crate::crash::kin;

/// Far longer than a lease, the stops and a busy machine together.
const LONGEST: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(50);
/// A tick that takes longer means that other processes may have had to wait as well.
const LATE: Duration = Duration::from_millis(700);

#[derive(Default)]
pub struct Watch {
    callers: Mutex<BTreeMap<i32, (Instant, String)>>,
    failures: Mutex<Vec<String>>,
}

/// A caller that is waited for.
pub struct Watched<'a>(&'a Watch, i32);

impl Watch {
    pub fn over(&self, caller: &Caller) -> Watched<'_> {
        let words = caller.words.join(" ");
        self.callers.lock().expect("no thread panics").insert(caller.pid(), (Instant::now(), words));
        Watched(self, caller.pid())
    }

    /// Looks after all callers and hosts; returns what it has noticed.
    pub fn until(&self, is_over: &AtomicBool, hosts: &[Host]) -> Vec<Blow> {
        let mut noticed = Vec::new();
        let mut down: Vec<Option<u64>> = vec![None; hosts.len()];
        let mut before = Moment::now().as_nanos();
        while !is_over.load(Ordering::Relaxed) {
            thread::sleep(TICK);
            let now = Moment::now().as_nanos();
            if now - before > (TICK + LATE).as_nanos() as u64 {
                noticed.push(Blow { what: STALL, host: None, name: None, from: before, to: now });
            }
            before = now;
            for (number, (host, since)) in hosts.iter().zip(&mut down).enumerate() {
                let is_down = Breaker::beside(&host.home.db()).record().failures > 0;
                match (*since, is_down) {
                    (None, true) => *since = Some(now),
                    (Some(from), false) => {
                        noticed.push(Blow { what: DOWN, host: Some(number), name: None, from, to: now });
                        *since = None;
                    }
                    _ => {}
                }
            }
            self.end_late_callers();
        }
        let end = Moment::now().as_nanos();
        let still = down.into_iter().enumerate().filter_map(|(number, since)| Some((number, since?)));
        noticed.extend(still.map(|(host, from)| Blow { what: DOWN, host: Some(host), name: None, from, to: end }));
        noticed
    }

    fn end_late_callers(&self) {
        let mut callers = self.callers.lock().expect("no thread panics");
        let late = callers.iter().filter(|(_, call)| call.0.elapsed() > LONGEST).map(|(pid, _)| *pid);
        for pid in late.collect::<Vec<_>>() {
            let (_, words) = callers.remove(&pid).expect("it was found there");
            let family = kin::family(pid);
            let states: Vec<String> = family.iter().map(|pid| described(*pid)).collect();
            self.fail(format!("a call has not ended within {LONGEST:?}: {words}: {}", states.join("; ")));
            family.into_iter().for_each(|pid| _ = kin::end(pid));
        }
    }

    pub fn fail(&self, what: String) {
        self.failures.lock().expect("no thread panics").push(what);
    }

    pub fn failures(&self) -> Vec<String> {
        std::mem::take(&mut self.failures.lock().expect("no thread panics"))
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.callers.lock().expect("no thread panics").remove(&self.1);
    }
}

/// What a process does.
fn described(pid: i32) -> String {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let stat = read("stat");
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or('-');
    format!("{pid} {state} {} {}", read("wchan"), read("syscall").trim_end())
}
