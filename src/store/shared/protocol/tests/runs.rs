//! Renewing a lease, ending a run, and waiting for its end.

use super::*;
use crate::store::shared::wire::WireError;

#[test]
fn a_renewed_lease_lasts_on() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let led = fleet.lead(1);
        fleet.command(&["PEXPIRE", &lease, "3000"]);
        assert_eq!(fleet.renew(&led), Renewed::Kept);
        assert!(fleet.number(&["PTTL", &lease]) > 3000);
    });
}

#[test]
fn a_lost_lease_is_taken_again_while_nobody_else_has_begun() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        fleet.store(1);
        let led = fleet.lead(2);
        fleet.command(&["DEL", &lease]);
        assert_eq!(fleet.renew(&led), Renewed::Retaken);
        let left = fleet.number(&["PTTL", &lease]);
        assert!(left > 0 && left <= 10_000, "{left}");
        let Answer::Busy(leader) = fleet.demand(3).answer else { panic!() };
        assert_eq!((leader.token, leader.fence, &leader.holder[..]), (led.token, led.fence, &b"holder"[..]));
        fleet.command(&["DEL", &lease]);
        let other = fleet.lead(3);
        assert_eq!(fleet.renew(&led), Renewed::Lost);
        assert_eq!(fleet.renew(&other), Renewed::Kept);
    });
}

#[test]
fn a_lease_is_not_taken_again_after_a_later_run_has_stored() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let led = fleet.lead(1);
        fleet.command(&["DEL", &lease]);
        fleet.store(2);
        assert_eq!(fleet.renew(&led), Renewed::Lost);
        assert!(!fleet.exists(&lease));
    });
}

#[test]
fn a_renewal_that_comes_late_does_not_bring_a_finished_lease_back() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let stored = fleet.store(1);
        assert_eq!(fleet.renew(&stored), Renewed::Lost);
        let failed = fleet.lead(2);
        fleet.fail(failed.token, End::Again);
        assert_eq!(fleet.renew(&failed), Renewed::Lost);
        assert!(!fleet.exists(&lease));
    });
}

#[test]
fn a_failure_ends_the_lease_and_reaches_those_who_wait() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        assert!(fleet.fail(led.token, End::Failed { background: None }));
        assert_eq!(fleet.wait(led.token), Some(Outcome::Failed { sealed: b"sealed".into() }));
        let left = {
            let outcome = fleet.names.outcome(led.token);
            fleet.number(&["PTTL", &outcome])
        };
        assert!(left > 30_000 && left <= 60_000, "{left}");
        let failures = fleet.names.failures(ID);
        assert!(!fleet.exists(&failures));
        fleet.lead(2);
    });
}

#[test]
fn those_who_wait_are_told_to_ask_again_or_to_run() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.fail(led.token, End::Again);
        assert_eq!(fleet.wait(led.token), Some(Outcome::Again));
        let pass = fleet.names.pass(ID);
        assert!(!fleet.exists(&pass));
        let led = fleet.lead(2);
        fleet.fail(led.token, End::Pass);
        assert_eq!(fleet.wait(led.token), Some(Outcome::Pass));
        assert!(fleet.exists(&pass));
    });
}

#[test]
fn a_run_ends_once() {
    on_each_server(|fleet| {
        let failures = fleet.names.failures(ID);
        let led = fleet.lead(1);
        let end = End::Failed { background: Some(MINUTE) };
        assert!(fleet.fail(led.token, end));
        assert!(!fleet.fail(led.token, end));
        assert!(!fleet.fail(led.token, End::Pass));
        assert_eq!(fleet.text(&["HGET", &failures, "count"]).as_deref(), Some("1"));
        assert!(matches!(fleet.wait(led.token), Some(Outcome::Failed { .. })));
        let pass = fleet.names.pass(ID);
        assert!(!fleet.exists(&pass));
        let stored = fleet.store(2);
        assert!(!fleet.fail(stored.token, End::Again));
        assert!(matches!(fleet.wait(stored.token), Some(Outcome::Stored { .. })));
    });
}

#[test]
fn a_failure_leaves_another_runs_lease_alone() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let led = fleet.lead(1);
        fleet.command(&["DEL", &lease]);
        let other = fleet.lead(2);
        assert!(fleet.fail(led.token, End::Again));
        assert_eq!(fleet.renew(&other), Renewed::Kept);
    });
}

#[test]
fn each_failure_in_the_background_doubles_the_pause_up_to_the_longest() {
    on_each_server(|fleet| {
        let failures = fleet.names.failures(ID);
        for (number, seconds) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (6, 10)] {
            let led = fleet.lead(number);
            fleet.fail(led.token, End::Failed { background: Some(Duration::from_secs(10)) });
            let Value::Array(time) = fleet.command(&["TIME"]) else { panic!() };
            let now = Reply::new("TIME", time.first()).int().unwrap();
            let until: i64 = fleet.text(&["HGET", &failures, "until"]).unwrap().parse().unwrap();
            // The seconds of TIME are cut, and a slow machine may need one more.
            assert!((seconds - 2..=seconds + 1).contains(&(until / 1000 - now)), "{number}: {until} at {now}");
        }
        let left = fleet.number(&["PTTL", &failures]);
        assert!(left > 1_000_000 && left <= 1_200_000, "{left}");
        fleet.store(7);
        assert!(!fleet.exists(&failures));
    });
}

#[test]
fn a_waiter_is_woken_by_the_end_and_not_before() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        assert_eq!(fleet.wait(led.token), None);
        let (mut link, names) = (fleet.server.connect(), fleet.names.clone());
        let follower =
            std::thread::spawn(move || outcome::wait(&names, &mut link, led.token, MINUTE, soon(), MINUTE).unwrap());
        // Until it waits.
        while !fleet.text(&["INFO", "clients"]).unwrap().contains("blocked_clients:1") {}
        fleet.commit(&led.commit(1));
        assert_eq!(follower.join().unwrap(), Some(Outcome::Stored { result: result(1), sealed: b"sealed".into() }));
    });
}

/// Notes how long each command would wait, and does not wait.
struct Patient(Vec<(u64, Duration)>);

impl Wire for Patient {
    fn roundtrip(&mut self, commands: &[redis::Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        let words = String::from_utf8(commands[0].get_packed_command()).unwrap();
        let block = words.split("\r\n").skip_while(|word| *word != "BLOCK").nth(2).unwrap();
        self.0.push((block.parse().unwrap(), deadline.saturating_duration_since(Instant::now())));
        Ok(vec![Value::Nil])
    }
}

#[test]
fn nobody_waits_longer_than_until_the_lease_may_have_a_successor() {
    let (mut wire, names, now) = (Patient(Vec::new()), Names::new("test", "00000000").unwrap(), Instant::now());
    let mut block = |remaining, until| {
        assert_eq!(outcome::wait(&names, &mut wire, token(1), remaining, until, MINUTE), Ok(None));
        let (block, deadline) = wire.0.pop().unwrap();
        assert!(deadline <= Duration::from_millis(block) + MINUTE && deadline > MINUTE / 2, "{deadline:?}");
        block
    };
    assert_eq!(block(Duration::ZERO, soon()), 50);
    assert_eq!(block(Duration::from_millis(100), soon()), 150);
    assert_eq!(block(LEASE, soon()), 2000);
    assert_eq!(block(Duration::MAX, soon()), 2000);
    // The caller's patience has ended: 0 would be for ever.
    assert_eq!(block(LEASE, now), 1);
}
