//! What the callers of one command may have seen, given the times of its runs.

use super::super::output::{History, Seen};
use super::event::{Event, Kind, is_calm, is_plain_or_changed};

/// Checks every rule; `kills` is how many processes were killed in that time.
pub fn check(name: u64, history: &History, events: &[&Event], kills: u64, failures: &mut Vec<String>) {
    let mut fail = |what: String| failures.push(format!("command {name}: {what}"));
    for event in events {
        if !is_well_ended(event, kills > 0) {
            fail(format!("a call ended wrongly: {event:?}"));
        }
    }
    no_caller_goes_back(events, &mut fail);
    changes_are_respected(history, events, &mut fail);
    refreshes_are_new(history, events, &mut fail);
    runs_do_not_overlap(history, events, kills, &mut fail);
    if kills == 0 && events.iter().all(|event| !event.warned) {
        no_run_is_needless(name, history, events, &mut fail);
    }
}

pub fn is_well_ended(event: &Event, is_disturbed: bool) -> bool {
    match (event.seen, event.status) {
        (Seen::Wrong, _) => false,
        // The caller was killed, or its fetcher.
        (_, None | Some(137)) if is_disturbed => true,
        (Seen::Whole(_), Some(0)) => true,
        (Seen::Nothing, Some(0)) => !event.kind.prints(),
        (Seen::Nothing, Some(1)) => event.kind == Kind::OnlyIfCached,
        _ => false,
    }
}

/// A call that begins after another one has ended does not get an older result.
pub fn no_caller_goes_back(events: &[&Event], fail: &mut impl FnMut(String)) {
    let mut answered: Vec<(u64, u64)> =
        events.iter().filter_map(|event| Some((event.answered, event.run()?.number))).collect();
    answered.sort_unstable();
    let mut newest = 0;
    for (_, number) in &mut answered {
        newest = newest.max(*number);
        *number = newest;
    }
    for event in events {
        let Some(run) = event.run() else { continue };
        let before = answered.partition_point(|(when, _)| *when <= event.asked);
        let known = before.checked_sub(1).map_or(0, |index| answered[index].1);
        if run.number < known {
            fail(format!("run {known} had been seen by then: {event:?}"));
        }
    }
}

/// After an invalidation only callers that take stale results get an older one; after a deletion no caller does.
pub fn changes_are_respected(history: &History, events: &[&Event], fail: &mut impl FnMut(String)) {
    for change in events.iter().filter(|event| event.status == Some(0)) {
        let is_deletion = change.kind == Kind::Delete;
        if !is_deletion && !matches!(change.kind, Kind::Invalidate | Kind::InvalidateAll) {
            continue;
        }
        for event in events.iter().filter(|event| event.asked >= change.answered) {
            let Some(run) = event.run() else { continue };
            let concerns = is_deletion || !event.kind.takes_stale();
            if concerns && history.began[run.number as usize - 1] < change.asked {
                fail(format!("a run that began before {change:?}: {event:?}"));
            }
        }
    }
}

/// A refresh gets a run that began after its call; with a ttl of 0 no caller gets a result that another had before.
fn refreshes_are_new(history: &History, events: &[&Event], fail: &mut impl FnMut(String)) {
    let mut first_answers = vec![u64::MAX; history.runs() + 1];
    for event in events {
        if let Some(run) = event.run() {
            let first = &mut first_answers[run.number as usize];
            *first = event.answered.min(*first);
        }
    }
    for event in events {
        let Some(run) = event.run() else { continue };
        if event.kind == Kind::Refresh && history.began[run.number as usize - 1] < event.asked {
            fail(format!("a refresh with an old run: {event:?}"));
        }
        if event.kind == Kind::TtlZero && first_answers[run.number as usize] <= event.asked {
            fail(format!("a ttl of 0 with an old run: {event:?}"));
        }
    }
}

/// Runs overlap only after a kill, or where a caller could not use the cache.
fn runs_do_not_overlap(history: &History, events: &[&Event], kills: u64, fail: &mut impl FnMut(String)) {
    let warned = events.iter().filter(|event| event.warned).count() as u64;
    let neighbours = history.ended.iter().zip(history.began.iter().skip(1));
    let overlaps = neighbours.filter(|(ended, next)| ended.is_none_or(|ended| ended > **next)).count() as u64;
    if overlaps > kills + warned {
        fail(format!("{overlaps} of {} runs overlap, with {kills} kills and {warned} warnings", history.runs()));
    }
}

fn no_run_is_needless(name: u64, history: &History, events: &[&Event], fail: &mut impl FnMut(String)) {
    let count = |kind: Kind| events.iter().filter(|event| event.kind == kind).count();
    // An invalidation runs the command itself, and a caller that came first may have run it, too.
    let changes = 2 * (count(Kind::Invalidate) + count(Kind::InvalidateAll)) + count(Kind::Delete);
    let allowed = match name {
        name if is_calm(name) => 1,
        name if is_plain_or_changed(name) => 1 + changes,
        _ => {
            let asked = [Kind::TtlZero, Kind::Async, Kind::Refresh, Kind::Warm].map(count);
            1 + changes + asked.iter().sum::<usize>()
        }
    };
    if history.runs() > allowed {
        fail(format!("{} runs where {allowed} are enough", history.runs()));
    }
}
