//! What hosts may have run and seen, given the times of all runs, calls and failures.

use std::collections::HashMap;
use std::time::Duration;

use super::harm::{Blow, DOWN, Harm, RESTART, STALL};
use super::host::{Call, Host};
use super::{SYNC, Stage, is_large};
use crate::concurrency::event::{Event, Kind, is_called_in_any_way, is_calm};
use crate::concurrency::rules::{changes_are_respected, is_well_ended, no_caller_goes_back};
use crate::output::History;

/// Between a lease and the first record of its run, and between the end of a stop and its last effect.
const SLACK: Duration = Duration::from_secs(2);

/// The host of a run that was killed before it had written anything.
const NOWHERE: usize = usize::MAX;

/// All calls of one command.
struct Case<'a> {
    name: u64,
    history: &'a History,
    calls: Vec<&'a Call>,
    /// The number of the host of each run.
    hosts: Vec<usize>,
    blows: Vec<&'a Blow>,
    /// How often a result of this or another command could not be copied.
    uncopied: u64,
}

pub fn check(
    stage: &Stage,
    histories: &[History],
    calls: &[Call],
    harm: &Harm,
    with_harm: bool,
    failures: &mut Vec<String>,
) {
    let numbers: HashMap<u64, usize> = stage.hosts.iter().enumerate().map(|(at, host)| (host.number, at)).collect();
    let uncopied = stage.hosts.iter().map(Host::errors).sum();
    for (order, history) in stage.orders.iter().zip(histories) {
        let concerns =
            |call: &&Call| call.event.name.map_or(is_called_in_any_way(order.name), |name| name == order.name);
        let case = Case {
            name: order.name,
            history,
            calls: calls.iter().filter(concerns).collect(),
            hosts: history.hosts.iter().map(|(number, _)| numbers.get(number).copied().unwrap_or(NOWHERE)).collect(),
            blows: harm.blows.iter().filter(|blow| blow.name.is_none_or(|name| name == order.name)).collect(),
            uncopied,
        };
        let mut fail = |what: String| failures.push(format!("command {}: {what}", case.name));
        for call in &case.calls {
            if !is_well_ended(&call.event, with_harm) {
                fail(format!("a call ended wrongly: {call:?}"));
            }
        }
        case.refreshes_are_new(&mut fail);
        case.others_respect_changes(&mut fail);
        case.one_host_runs_it_once_at_a_time(&mut fail);
        case.runs_do_not_overlap(&mut fail);
        case.no_run_is_needless(harm, with_harm, &mut fail);
        for host in 0..stage.hosts.len() {
            let own: Vec<&Event> = case.calls.iter().filter(|call| call.host == host).map(|call| &call.event).collect();
            changes_are_respected(history, &own, &mut fail);
            // Whoever runs the command without the server does not know how old its result is for the others.
            if !with_harm && !harm.blows.iter().any(|blow| blow.host.is_none_or(|number| number == host)) {
                no_caller_goes_back(&own, &mut fail);
            }
        }
    }
    let was_down = |call: &Call| {
        let is_then = |blow: &Blow| blow.from <= call.event.answered && blow.to >= call.event.asked;
        harm.blows.iter().any(|blow| blow.host.is_none_or(|host| host == call.host) && is_then(blow))
    };
    for call in calls.iter().filter(|call| !with_harm && (call.is_bypassed() || call.event.warned) && !was_down(call)) {
        failures.push(format!("nothing has failed, and a call went without the server: {call:?}"));
    }
}

impl Case<'_> {
    fn began(&self, event: &Event) -> Option<(usize, u64)> {
        let run = event.run()?.number as usize - 1;
        Some((run, self.history.began[run]))
    }

    /// A refresh gets a run that began after its call, on whatever host.
    fn refreshes_are_new(&self, fail: &mut impl FnMut(String)) {
        for call in self.calls.iter().filter(|call| call.event.kind == Kind::Refresh) {
            if self.began(&call.event).is_some_and(|(_, began)| began < call.event.asked) {
                fail(format!("a refresh with an old run: {call:?}"));
            }
        }
    }

    /// What was invalidated or deleted is no fresh result of any other host any more, when the time without contact is
    /// over. Whoever does not reach the server tells it later, and says so if it is not quiet.
    fn others_respect_changes(&self, fail: &mut impl FnMut(String)) {
        let is_change = |change: &&&Call| {
            let Event { kind, status, warned, .. } = change.event;
            let is_kind = matches!(kind, Kind::Invalidate | Kind::Delete | Kind::InvalidateAll);
            is_kind && status == Some(0) && !warned && !self.is_cut_off(change)
        };
        for change in self.calls.iter().filter(is_change) {
            let since = change.event.answered + SYNC.as_nanos() as u64;
            for call in self.calls.iter().filter(|call| call.host != change.host && call.event.asked >= since) {
                let Some((run, began)) = self.began(&call.event) else { continue };
                let is_alone = call.is_bypassed() || self.hosts[run] == call.host && self.history.hosts[run].1;
                if began < change.event.asked && !call.event.kind.takes_stale() && !is_alone {
                    fail(format!("run {}, which began at {began}, after {change:?}: {call:?}", run + 1));
                }
            }
        }
    }

    /// Whether the server may have been away for this call's host at the time of the call.
    fn is_cut_off(&self, call: &Call) -> bool {
        let slack = SLACK.as_nanos() as u64;
        let (from, to) = (call.event.asked.saturating_sub(slack), call.event.answered + slack);
        self.blows.iter().any(|blow| {
            let is_there = blow.host.is_none_or(|host| host == call.host && blow.what == DOWN);
            is_there && blow.from <= to && blow.to >= from
        })
    }

    /// Pairs of runs at the same time, each with the moments at which the earlier and the later one began.
    fn overlaps(&self) -> impl Iterator<Item = (usize, usize)> {
        let ended = |run: usize| self.history.ended[run].unwrap_or(self.history.began[run]);
        let runs = |from: usize, to: usize| (from..to).filter(|run| self.hosts[*run] != NOWHERE);
        runs(0, self.history.runs()).flat_map(move |later| {
            let before =
                runs(later.saturating_sub(100), later).filter(move |run| ended(*run) > self.history.began[later]);
            before.map(move |earlier| (earlier, later))
        })
    }

    /// Whether something happened at the time of these runs, and on one of their hosts, that can be the reason for them.
    fn is_excused(&self, runs: &[usize], is_reason: impl Fn(&Blow) -> bool) -> bool {
        let began = || runs.iter().map(|run| self.history.began[*run]);
        let slack = SLACK.as_nanos() as u64;
        let (first, last) = (began().min().unwrap_or(0).saturating_sub(slack), began().max().unwrap_or(0));
        self.blows.iter().any(|blow| {
            let is_there = blow.host.is_none_or(|host| runs.iter().any(|run| self.hosts[*run] == host));
            is_there && is_reason(blow) && blow.from <= last && blow.to + slack >= first
        })
    }

    /// Whatever becomes of the server: only a process of this host that was killed or stopped is a reason.
    fn one_host_runs_it_once_at_a_time(&self, fail: &mut impl FnMut(String)) {
        for pair in self.overlaps().filter(|(one, two)| self.hosts[*one] == self.hosts[*two]) {
            let is_warned = self.calls.iter().any(|call| call.host == self.hosts[pair.0] && call.event.warned);
            if !is_warned
                && !self.is_excused(&[pair.0, pair.1], |blow| {
                    blow.what == STALL || blow.host.is_some() && blow.what != DOWN
                })
            {
                fail(format!("one host runs it twice: {}", self.shown(&[pair.0, pair.1])));
            }
        }
    }

    /// One run in the fleet while the server and the lease live.
    fn runs_do_not_overlap(&self, fail: &mut impl FnMut(String)) {
        let is_alone = |run: usize| self.history.hosts[run].1;
        for pair in self.overlaps().filter(|(one, two)| self.hosts[*one] != self.hosts[*two]) {
            let is_excused = self.is_excused(&[pair.0, pair.1], |_| true);
            if !is_alone(pair.0) && !is_alone(pair.1) && !is_excused {
                fail(format!("two hosts run it: {}", self.shown(&[pair.0, pair.1])));
            }
        }
    }

    /// These runs with what may have been the reason for them.
    fn shown(&self, runs: &[usize]) -> String {
        let times = |run: &usize| {
            let (host, began, ended) = (self.hosts[*run], self.history.began[*run], self.history.ended[*run]);
            let alone = if self.history.hosts[*run].1 { " alone" } else { "" };
            let is_caller =
                |call: &&&Call| call.host == host && (call.event.asked..call.event.answered).contains(&began);
            let callers: Vec<_> =
                self.calls.iter().filter(is_caller).map(|call| (call.event.kind, &call.said)).collect();
            format!("run {} on host {host}{alone} from {began} to {} for {callers:?}", run + 1, ended.unwrap_or(0))
        };
        let is_near =
            |blow: &&&Blow| runs.iter().any(|run| blow.from.abs_diff(self.history.began[*run]) < 5_000_000_000);
        let blows: Vec<_> = self.blows.iter().filter(is_near).collect();
        format!("{}; {blows:?}", runs.iter().map(times).collect::<Vec<_>>().join(", "))
    }

    fn no_run_is_needless(&self, harm: &Harm, with_harm: bool, fail: &mut impl FnMut(String)) {
        let count = |kinds: &[Kind]| self.calls.iter().filter(|call| kinds.contains(&call.event.kind)).count() as u64;
        // Each makes a result stale, or one that is about to come. It does so twice: before the server is told, and after.
        let changes = 2 * count(&[Kind::Invalidate, Kind::InvalidateAll, Kind::Delete]);
        let asked = count(&[Kind::TtlZero, Kind::Async, Kind::Refresh, Kind::Warm]);
        let mut allowed = 1 + changes + asked;
        // Only the others are called in few ways.
        if with_harm && !is_calm(self.name) || harm.number_of(STALL) > 0 {
            return;
        }
        // An empty server makes all results stale, and refuses the one that is about to come.
        allowed += 2 * harm.number_of(RESTART);
        allowed += self.blows.iter().filter(|blow| blow.host.is_some() && blow.what != DOWN).count() as u64;
        let is_alone = |run: &usize| self.history.hosts[*run].1 || self.is_excused(&[*run], |blow| blow.what == DOWN);
        allowed += (0..self.history.runs()).filter(is_alone).count() as u64;
        // On a busy machine, a large result may take longer to copy than it may.
        allowed += if is_large(self.name) { self.uncopied } else { 0 };
        let runs = self.history.runs() as u64;
        if runs > allowed {
            let all: Vec<usize> = (0..self.history.runs()).collect();
            fail(format!("{runs} runs where {allowed} are enough: {}", self.shown(&all)));
        }
    }
}
