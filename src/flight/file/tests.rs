//! Leading, waiting and taking over.

use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use super::record::tests::outcome_with;
use super::*;
use crate::flight::{Flights, Lead, Leader, RemoteLeader, Wait, Waited};

const KEY: Key = Key([7; 32]);
const NO_LIMIT: Option<Duration> = None;

fn lead(directory: &Path) -> Flight {
    match Directory(directory).attempt(&KEY).unwrap() {
        Attempt::Leads(flight) => flight,
        other => panic!("expected to lead: {other:?}"),
    }
}

fn wait_for(directory: &Path) -> Waiting {
    match Directory(directory).attempt(&KEY).unwrap() {
        Attempt::Busy(waiting) => waiting,
        other => panic!("expected to wait: {other:?}"),
    }
}

#[test]
fn a_waiter_gets_the_outcome_and_its_output() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    let (first, second) = (wait_for(home.path()), wait_for(home.path()));
    flight.file().write_all_at(b"hello", TRANSCRIPT_AT).unwrap();
    let outcome = outcome_with(b"hello");
    flight.end(Some(outcome)).unwrap();
    for waiting in [first, second] {
        let Waited::Landed(landed) = waiting.wait(NO_LIMIT, Duration::MAX, |_, _| Duration::MAX).unwrap() else {
            panic!("expected an outcome");
        };
        assert_eq!(landed.outcome, outcome);
        let mut bytes = Vec::new();
        landed.transcript().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"hello");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_waiter_gets_nothing_of_a_transcript_that_was_changed() {
    let home = tempfile::tempdir().unwrap();
    let changes: [fn(&File); 4] = [
        |file| file.write_all_at(b"J", TRANSCRIPT_AT).unwrap(),
        |file| file.write_all_at(b"!", TRANSCRIPT_AT + 4).unwrap(),
        |file| file.set_len(TRANSCRIPT_AT + 4).unwrap(),
        |file| file.set_len(TRANSCRIPT_AT).unwrap(),
    ];
    for change in changes {
        let flight = lead(home.path());
        let waiting = wait_for(home.path());
        flight.file().write_all_at(b"hello", TRANSCRIPT_AT).unwrap();
        let file = flight.file().try_clone().unwrap();
        flight.end(Some(outcome_with(b"hello"))).unwrap();
        change(&file);
        // The lock goes with the last descriptor of the leader's.
        drop(file);
        let Waited::Landed(landed) = waiting.wait(NO_LIMIT, Duration::MAX, |_, _| Duration::MAX).unwrap() else {
            panic!("expected an outcome");
        };
        assert!(landed.transcript().is_none());
        landed.pass_on().unwrap();
    }
}

#[test]
fn a_waiter_leads_when_the_leader_dies() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    let waiting = wait_for(home.path());
    flight.file().write_all_at(b"half a transcript", TRANSCRIPT_AT).unwrap();
    drop(flight);
    let Waited::Leads(flight) = waiting.wait(NO_LIMIT, Duration::MAX, |_, _| Duration::MAX).unwrap() else {
        panic!("expected to lead");
    };
    assert_eq!(flight.file().metadata().unwrap().len(), 0);
    assert!(matches!(Directory(home.path()).attempt(&KEY).unwrap(), Attempt::Busy(_)));
}

#[test]
fn a_flight_that_ends_without_an_outcome_is_tried_again() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    let waiting = wait_for(home.path());
    flight.end(None).unwrap();
    assert!(matches!(waiting.wait(NO_LIMIT, Duration::MAX, |_, _| Duration::MAX).unwrap(), Waited::Again));
    lead(home.path());
}

#[test]
fn an_outcome_left_under_its_name_is_not_for_a_later_caller() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    record::write_outcome(flight.file(), &outcome_with(b"")).unwrap();
    drop(flight);
    assert_eq!(lead(home.path()).file().metadata().unwrap().len(), 0);
}

#[test]
fn sweeping_removes_what_dead_leaders_left_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    drop(lead(home.path()));
    let alive = Key([8; 32]);
    let Attempt::Leads(_flight) = Directory(home.path()).attempt(&alive).unwrap() else { panic!("expected to lead") };
    std::fs::write(home.path().join("readers"), "").unwrap();
    Directory(home.path()).sweep();
    let mut left: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [alive.to_string().as_str(), "readers"]);
}

#[test]
fn waiting_ends_at_its_limit_after_as_many_notices_as_are_wanted() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    flight.sign();
    for wanted in [1, 3] {
        let notices = std::cell::Cell::new(0);
        let notice = |leader: Option<Leader>, _: Option<RemoteLeader>| {
            assert_eq!(leader.map(|leader| leader.pid), Some(std::process::id()));
            notices.set(notices.get() + 1);
            if notices.get() < wanted { Duration::from_millis(1) } else { Duration::MAX }
        };
        let limit = Some(Duration::from_millis(60));
        let waited = wait_for(home.path()).wait(limit, Duration::from_millis(1), notice);
        assert!(matches!(waited.unwrap(), Waited::TimedOut));
        assert_eq!(notices.get(), wanted);
    }
}

#[test]
fn a_flight_that_was_dismissed_leaves_the_name_to_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let first = lead(home.path());
    Directory(home.path()).dismiss();
    let second = lead(home.path());
    first.end(Some(outcome_with(b"old"))).unwrap();
    let waiting = wait_for(home.path());
    let outcome = outcome_with(b"new");
    second.end(Some(outcome)).unwrap();
    let waited = waiting.wait(NO_LIMIT, Duration::MAX, |_, _| Duration::MAX).unwrap();
    assert!(matches!(waited, Waited::Landed(landed) if landed.outcome == outcome));
}

#[test]
fn the_next_leader_finds_the_token_of_one_that_ended_without_an_outcome() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    assert_eq!(flight.dead(), None);
    flight.leave([7; 16]).unwrap();
    let waiting = wait_for(home.path());
    drop(flight);
    let Waited::Leads(flight) = waiting.wait(NO_LIMIT, Duration::MAX, |_, _| Duration::MAX).unwrap() else {
        panic!("expected to lead");
    };
    assert_eq!(flight.dead(), Some([7; 16]), "it has waited");
    drop(flight);
    assert_eq!(lead(home.path()).dead(), None, "the second one has asked nobody");
    lead(home.path()).leave([8; 16]).unwrap();
    let flight = lead(home.path());
    assert_eq!(flight.dead(), Some([8; 16]), "it has come later");
    flight.leave([9; 16]).unwrap();
    flight.end(None).unwrap();
    assert_eq!(lead(home.path()).dead(), None, "that one has ended as it should");
}

#[test]
fn waiters_learn_whom_the_leader_waits_for() {
    let home = tempfile::tempdir().unwrap();
    let flight = lead(home.path());
    let expected = RemoteLeader { host: "other".to_owned(), pid: 7, began: Leader::this().began };
    for remote in [Some(expected), None] {
        flight.follow(remote.as_ref());
        let noticed = std::cell::RefCell::new(None);
        let notice = |leader: Option<Leader>, remote: Option<RemoteLeader>| {
            assert_eq!(leader.map(|leader| leader.pid), Some(std::process::id()));
            noticed.replace(remote);
            Duration::MAX
        };
        let limit = Some(Duration::from_millis(60));
        let waited = wait_for(home.path()).wait(limit, Duration::from_millis(1), notice);
        assert!(matches!(waited.unwrap(), Waited::TimedOut));
        assert_eq!(noticed.into_inner(), remote);
    }
}
