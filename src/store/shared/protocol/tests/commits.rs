//! Storing the result of a run.

use super::*;
use crate::store::shared::wire::WireError;

#[test]
fn a_stored_result_has_its_age_its_expiry_and_its_outcome() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        let commit = Commit { ended_ago: Duration::from_secs(30), keep: MINUTE * 5, ..led.commit(1) };
        assert_eq!(fleet.commit(&commit), Committed::Stored(None));
        let Answer::Fresh(entry) = fleet.ask(2).answer else { panic!() };
        assert!(entry.age.unwrap() >= Duration::from_secs(30), "{:?}", entry.age);
        let (name, lease, outcome) = (fleet.names.entry(ID), fleet.names.lease(ID), fleet.names.outcome(led.token));
        let left = fleet.number(&["PTTL", &name]);
        assert!(left > 200_000 && left <= 300_000, "{left}");
        assert!(!fleet.exists(&lease));
        assert_eq!(fleet.wait(led.token), Some(Outcome::Stored { result: result(1), sealed: b"sealed".into() }));
        let left = fleet.number(&["PTTL", &outcome]);
        assert!(left > 30_000 && left <= 60_000, "{left}");
    });
}

#[test]
fn the_result_that_the_leading_ask_returned_is_replaced_whatever_the_clocks_say() {
    on_each_server(|fleet| {
        fleet.store(1);
        let led = fleet.lead(2);
        assert_eq!(led.base, Some(result(1)));
        let commit = Commit { asked_ago: MINUTE * 60, ..led.commit(2) };
        assert_eq!(fleet.commit(&commit), Committed::Stored(Some((result(1), 0))));
    });
}

#[test]
fn the_entry_of_another_epoch_is_replaced_too() {
    on_each_server(|fleet| {
        fleet.store(1);
        let meta = fleet.names.meta();
        fleet.command(&["DEL", &meta]);
        let led = fleet.lead(2);
        assert_eq!(led.base, Some(result(1)));
        let commit = Commit { asked_ago: MINUTE * 60, ..led.commit(2) };
        assert_eq!(fleet.commit(&commit), Committed::Stored(Some((result(1), 0))));
    });
}

#[test]
fn a_result_whose_run_began_later_stays() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let early = fleet.lead(1);
        fleet.command(&["DEL", &lease]);
        let late = fleet.lead(2);
        assert_eq!(fleet.commit(&late.commit(2)), Committed::Stored(None));
        assert_eq!(fleet.commit(&early.commit(1)), Committed::Older);
        assert!(matches!(fleet.ask(3).answer, Answer::Fresh(entry) if entry.result == result(2)));
        // Its followers find something else than what they waited for.
        assert_eq!(fleet.wait(early.token), Some(Outcome::Again));
    });
}

#[test]
fn a_result_that_was_stored_meanwhile_is_replaced_only_if_it_began_earlier_by_fence_and_clock() {
    on_each_server(|fleet| {
        let entry = fleet.names.entry(ID);
        let stored = fleet.store(1);
        let led = Led { base: None, ..fleet.lead(2) };
        // The clock was slow when it gave the fence of what is there: that may have begun after this run asked.
        fleet.command(&["HSET", &entry, "f", &(stored.fence.0 - 60_000_000).to_string()]);
        let commit = Commit { asked_ago: MINUTE * 2, ..led.commit(2) };
        assert_eq!(fleet.commit(&commit), Committed::Older);
        let commit = Commit { asked_ago: MINUTE / 2, ..commit };
        assert_eq!(fleet.commit(&commit), Committed::Stored(Some((result(1), 0))));
    });
}

#[test]
fn a_commit_that_is_sent_twice_is_stored_once() {
    on_each_server(|fleet| {
        fleet.store(1);
        let led = fleet.lead(2);
        let commit = led.commit(2);
        assert_eq!(fleet.commit(&commit), Committed::Stored(Some((result(1), 0))));
        assert_eq!(fleet.commit(&Commit { asked_ago: MINUTE, ..commit }), Committed::Stored(None));
    });
}

#[test]
fn a_commit_leaves_another_runs_lease_alone() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let led = fleet.lead(1);
        fleet.command(&["DEL", &lease]);
        let other = fleet.lead(2);
        assert_eq!(fleet.commit(&led.commit(1)), Committed::Stored(None));
        assert_eq!(fleet.renew(&other), Renewed::Kept);
    });
}

#[test]
fn a_result_is_stored_after_its_barriers_have_been_judged() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.mark(1);
        fleet.mark(2);
        let Committed::Behind(history) = fleet.commit(&led.commit(1)) else { panic!() };
        assert_eq!(history.since(0).unwrap().iter().map(|barrier| barrier.n).collect::<Vec<_>>(), [1, 2]);
        let outcome = fleet.names.outcome(led.token);
        assert!(!fleet.exists(&outcome));
        assert_eq!(fleet.renew(&led), Renewed::Kept);
        let commit = Commit { judged: history.now, ..led.commit(1) };
        assert_eq!(fleet.commit(&commit), Committed::Stored(None));
        assert!(matches!(fleet.ask(2).answer, Answer::Fresh(entry) if entry.judged == 2));
    });
}

#[test]
fn the_barriers_since_a_later_judgement_follow_it() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.mark(1);
        let Committed::Behind(first) = fleet.commit(&led.commit(1)) else { panic!() };
        fleet.mark(2);
        let Committed::Behind(second) = fleet.commit(&Commit { judged: first.now, ..led.commit(1) }) else { panic!() };
        assert_eq!(second.since(1).unwrap().iter().map(|barrier| barrier.n).collect::<Vec<_>>(), [2]);
    });
}

#[test]
fn a_commit_that_is_far_behind_gets_all_barriers() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.mark_many(1300);
        let Committed::Behind(history) = fleet.commit(&led.commit(1)) else { panic!() };
        assert_eq!(history.since(0).map(<[_]>::len), Some(1300));
    });
}

#[test]
fn a_commit_that_has_judged_other_barriers_is_refused() {
    on_each_server(|fleet| {
        let rollback = fleet.replica();
        fleet.position();
        let rollback_to_epoch = fleet.replica();
        fleet.mark(1);
        let led = fleet.lead(1);
        // No barrier where there was one; another barrier, last; the same, followed by one more.
        rollback_to_epoch(fleet);
        assert_eq!(fleet.commit(&led.commit(1)), Committed::Epoch);
        fleet.mark(2);
        assert_eq!(fleet.commit(&led.commit(1)), Committed::Epoch);
        fleet.mark(3);
        assert_eq!(fleet.commit(&led.commit(1)), Committed::Epoch);
        // No epoch, another epoch.
        rollback(fleet);
        assert_eq!(fleet.commit(&led.commit(1)), Committed::Epoch);
        fleet.position();
        assert_eq!(
            fleet.commit(&Commit { judged: Position { n: 0, tag: None, ..led.position }, ..led.commit(1) }),
            Committed::Epoch
        );
        let entry = fleet.names.entry(ID);
        assert!(!fleet.exists(&entry));
    });
}

#[test]
fn a_result_is_judged_until_it_is_stored_or_meant() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.mark(1);
        let (names, mut judged) = (fleet.names.clone(), Vec::new());
        let selects = &mut |barrier: &Barrier| {
            judged.push(barrier.n);
            false
        };
        let committed = led.commit(1).judge(&names, &mut fleet.link, soon(), selects).unwrap();
        assert_eq!((committed, judged), (Committed::Stored(None), vec![1]));
        let led = fleet.lead(2);
        fleet.mark(2);
        let committed = led.commit(2).judge(&names, &mut fleet.link, soon(), &mut |barrier| barrier.n == 2).unwrap();
        assert!(matches!(committed, Committed::Behind(_)));
        assert!(matches!(fleet.ask(3).answer, Answer::Fresh(entry) if entry.result == result(1)));
    });
}

/// Puts up a barrier before each commit.
struct Busy<'a> {
    fleet: &'a mut Fleet,
    commits: u8,
}

impl Wire for Busy<'_> {
    fn roundtrip(&mut self, commands: &[redis::Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        self.commits += 1;
        self.fleet.mark(self.commits);
        self.fleet.link.roundtrip(commands, deadline)
    }
}

#[test]
fn a_run_gives_up_when_barriers_come_faster_than_it_judges() {
    on_each_server(|fleet| {
        fleet.command(&["SCRIPT", "LOAD", commit::SCRIPT.text]);
        let (led, names) = (fleet.lead(1), fleet.names.clone());
        let mut busy = Busy { fleet, commits: 0 };
        let committed = led.commit(1).judge(&names, &mut busy, soon(), &mut |_| false).unwrap();
        assert!(matches!(committed, Committed::Behind(_)));
        assert_eq!(usize::from(busy.commits), ATTEMPTS);
    });
}

#[test]
fn a_lost_barrier_may_have_meant_the_result() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.mark(1);
        fleet.mark(2);
        let (names, log) = (fleet.names.clone(), fleet.names.log());
        fleet.command(&["XDEL", &log, "1-0"]);
        let committed = led.commit(1).judge(&names, &mut fleet.link, soon(), &mut |_| false).unwrap();
        assert!(matches!(committed, Committed::Behind(_)));
        let entry = fleet.names.entry(ID);
        assert!(!fleet.exists(&entry));
    });
}

#[test]
fn chunks_last_as_long_as_their_entry() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        let names = fleet.names.clone();
        for index in 0..3 {
            chunk::upload(&names, &mut fleet.link, result(1), index, &[index as u8; 9], soon()).unwrap();
        }
        let (first, last) = (names.chunk(result(1), 0), names.chunk(result(1), 2));
        let left = fleet.number(&["PTTL", &last]);
        assert!(left > 500_000 && left <= 600_000, "{left}");
        let commit = Commit { chunks: 3, keep: MINUTE * 60, body: b"", ..led.commit(1) };
        fleet.commit(&commit);
        for name in [&first, &last] {
            let left = fleet.number(&["PTTL", name]);
            assert!(left > 3_500_000 && left <= 3_600_000, "{left}");
        }
        let Answer::Fresh(entry) = fleet.ask(2).answer else { panic!() };
        assert_eq!(entry.chunks, 3);
        let fetched = chunk::fetch(&names, &mut fleet.link, result(1), 2, soon()).unwrap();
        assert_eq!(fetched.as_deref(), Some(&[2; 9][..]));

        let led = fleet.lead(3);
        assert_eq!(fleet.commit(&led.commit(3)), Committed::Stored(Some((result(1), 3))));
        chunk::retire(&names, &mut fleet.link, result(1), 3, soon()).unwrap();
        let left = fleet.number(&["PTTL", &last]);
        assert!(left > 30_000 && left <= 60_000, "{left}");
        chunk::unlink(&names, &mut fleet.link, result(1), 3, soon()).unwrap();
        assert_eq!(chunk::fetch(&names, &mut fleet.link, result(1), 2, soon()).unwrap(), None);
    });
}

#[test]
fn a_result_without_all_of_its_chunks_is_not_stored() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        let names = fleet.names.clone();
        chunk::upload(&names, &mut fleet.link, result(1), 0, b"", soon()).unwrap();
        let commit = Commit { chunks: 2, ..led.commit(1) };
        assert_eq!(fleet.commit(&commit), Committed::Incomplete);
        assert_eq!(fleet.renew(&led), Renewed::Kept);
        chunk::upload(&names, &mut fleet.link, result(1), 1, b"", soon()).unwrap();
        assert_eq!(fleet.commit(&commit), Committed::Stored(None));
    });
}
