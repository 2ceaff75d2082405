//! System calls that fail, one at a time: the command's output and status are intact, with one warning at most.
//!
//! strace(1) makes the Nth call of a kind fail in each process of cacheback, and detaches from the command itself. A
//! run without faults shows which calls there are.

mod fault;
mod scene;

use std::sync::Mutex;
use std::thread;

use fault::Fault;
use scene::Scene;

use super::Chapter;
use super::common::can_trace;
use super::options::Asked;
use super::random::Random;
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "syscalls",
    claim: "a system call that fails costs one warning at most, never the command",
    options: &[("faults", "calls to fail, chosen at random; 0 stands for each of them", 110)],
    run,
};

const THREADS: usize = 2;

fn run(asked: &Asked) -> Report {
    if !can_trace() {
        return Report::skipped("no process may be traced here");
    }
    let scenes: Vec<Vec<Scene>> = (0..THREADS).map(|_| Scene::all()).collect();
    let mut faults: Vec<(usize, Fault)> = Vec::new();
    for (index, scene) in scenes[0].iter().enumerate() {
        faults.extend(scene.faults().into_iter().map(|fault| (index, fault)));
    }
    let mut random = Random::branch(asked.seed, 0);
    let all = faults.len() as u64;
    let wanted = asked.number(&CHAPTER, "faults");
    if wanted > 0 {
        for at in 0..faults.len() {
            let other = at + random.index(faults.len() - at);
            faults.swap(at, other);
        }
        faults.truncate(wanted as usize);
    }
    let queue = Mutex::new(faults);
    let report = Mutex::new(Report::default());
    thread::scope(|scope| {
        for scenes in &scenes {
            scope.spawn(|| {
                loop {
                    let Some((index, fault)) = queue.lock().expect("no holder panics").pop() else { return };
                    let outcome = scenes[index].with(&fault);
                    let mut report = report.lock().expect("no holder panics");
                    report.count("faults", 1);
                    match outcome {
                        Ok(what) => report.count(what, 1),
                        Err(what) => report.failures.push(format!("{}, {fault}: {what}", scenes[index].name)),
                    }
                }
            });
        }
    });
    let mut report = report.into_inner().expect("no holder panics");
    report.count("possible ones", all);
    report
}
