//! What an asker gets.

use super::*;

#[test]
fn a_young_entry_is_fresh_and_an_old_one_is_stale_where_that_is_accepted() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        let commit = Commit { ended_ago: MINUTE * 2, chunks: 0, ..led.commit(1) };
        fleet.commit(&commit);
        let mut ask = fleet.question(2);
        ask.accept = Accept { fresh: MINUTE * 3, ..Accept::default() };
        let Answer::Fresh(entry) = fleet.send(&ask).answer else { panic!() };
        assert_eq!((entry.result, entry.fence, entry.judged), (result(1), led.fence, 0));
        assert_eq!((&entry.head[..], &entry.body[..], entry.chunks), (&b"head"[..], &b"body"[..], 0));
        let age = entry.age.unwrap();
        assert!(age >= MINUTE * 2 && age < MINUTE * 2 + Duration::from_secs(30), "{age:?}");
        ask.accept = Accept { fresh: MINUTE, stale: Some(MINUTE * 3), ..Accept::default() };
        assert!(matches!(fleet.send(&ask).answer, Answer::Stale(entry) if entry.result == result(1)));
        ask.accept = Accept { fresh: MINUTE, stale: Some(MINUTE * 2), ..Accept::default() };
        assert!(matches!(fleet.send(&ask).answer, Answer::Lead { base: Some(base), .. } if base == result(1)));
    });
}

#[test]
fn an_entry_from_the_clocks_future_is_neither_fresh_nor_stale() {
    on_each_server(|fleet| {
        fleet.store(1);
        let entry = fleet.names.entry(ID);
        fleet.number(&["HINCRBY", &entry, "t", "3600000"]);
        let mut ask = fleet.question(2);
        ask.accept.stale = Some(Duration::MAX);
        ask.wants_entry = true;
        let answered = fleet.send(&ask);
        assert!(matches!(answered.answer, Answer::Lead { .. }), "{answered:?}");
        assert_eq!(answered.entry.unwrap().age, None);
    });
}

#[test]
fn a_rejected_result_does_not_come_again() {
    on_each_server(|fleet| {
        fleet.store(1);
        let mut ask = fleet.question(2);
        ask.accept.stale = Some(Duration::MAX);
        ask.accept.rejected = Some(result(2));
        assert!(matches!(fleet.send(&ask).answer, Answer::Fresh(_)));
        ask.accept.rejected = Some(result(1));
        assert!(matches!(fleet.send(&ask).answer, Answer::Lead { .. }));
    });
}

#[test]
fn what_was_waited_for_is_fresh_whatever_its_age() {
    on_each_server(|fleet| {
        fleet.store(1);
        let mut ask = fleet.question(2);
        ask.accept = Accept { awaited: Some(result(1)), ..Accept::default() };
        assert!(matches!(fleet.send(&ask).answer, Answer::Fresh(_)));
        ask.accept.awaited = Some(result(2));
        assert!(matches!(fleet.send(&ask).answer, Answer::Lead { .. }));
    });
}

#[test]
fn a_refresh_takes_only_what_began_after_it() {
    on_each_server(|fleet| {
        let stored = fleet.store(1);
        let older = fleet.lead(2);
        let first = Ask { accept: Accept::default(), ..fleet.question(3) };
        let answered = fleet.send(&first);
        let Answer::Busy(leader) = &answered.answer else { panic!("{answered:?}") };
        assert!(leader.fence == older.fence && leader.fence > stored.fence);
        let not_before = Some(answered.next_fence);
        assert!(answered.next_fence > leader.fence);
        fleet.commit(&older.commit(2));
        let again = Ask { accept: Accept { fresh: Duration::MAX, not_before, ..Accept::default() }, ..first };
        let led = fleet.lead_by(&again);
        assert!(led.fence >= answered.next_fence);
        fleet.commit(&led.commit(3));
        assert!(matches!(fleet.send(&again).answer, Answer::Fresh(entry) if entry.result == result(3)));
    });
}

#[test]
fn a_refresh_is_not_misled_by_a_clock_that_was_set_back() {
    on_each_server(|fleet| {
        let ahead = fleet.store(1);
        let (entry, lease) = (fleet.names.entry(ID), fleet.names.lease(ID));
        fleet.number(&["HINCRBY", &entry, "f", "3600000000"]);
        let led = fleet.lead(2);
        assert_eq!(led.fence.0, ahead.fence.0 + 3_600_000_001);
        fleet.number(&["HINCRBY", &lease, "f", "3600000000"]);
        assert_eq!(fleet.ask(3).next_fence.0, led.fence.0 + 3_600_000_001);
    });
}

#[test]
fn an_ask_for_no_lease_does_not_lead() {
    on_each_server(|fleet| {
        let ask = Ask { lease: None, ..fleet.question(1) };
        assert_eq!(fleet.send(&ask).answer, Answer::None);
        let lease = fleet.names.lease(ID);
        assert!(!fleet.exists(&lease));
    });
}

#[test]
fn one_host_leads_and_the_others_learn_its_token() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        let Answer::Busy(leader) = fleet.ask(2).answer else { panic!() };
        assert_eq!((leader.token, leader.fence, &leader.holder[..]), (led.token, led.fence, &b"host, process"[..]));
        assert!(leader.remaining > Duration::ZERO && leader.remaining <= LEASE, "{leader:?}");
        let lease = fleet.names.lease(ID);
        fleet.command(&["DEL", &lease]);
        assert!(fleet.lead(2).fence > led.fence);
    });
}

#[test]
fn the_same_token_means_the_same_lease() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        let first = fleet.lead(1);
        fleet.command(&["PEXPIRE", &lease, "5000"]);
        let second = fleet.lead(1);
        assert_eq!(first.fence, second.fence);
        assert!(fleet.number(&["PTTL", &lease]) > 5000);
    });
}

#[test]
fn a_lease_is_taken_over_only_from_the_dead_leader_that_is_named() {
    on_each_server(|fleet| {
        let dead = fleet.lead(1);
        let mut ask = fleet.question(2);
        let wanted = ask.lease.unwrap();
        ask.lease = Some(Wanted { dead: Some(token(7)), ..wanted });
        assert!(matches!(fleet.send(&ask).answer, Answer::Busy(leader) if leader.token == dead.token));
        ask.lease = Some(Wanted { dead: Some(dead.token), ..wanted });
        let led = fleet.lead_by(&ask);
        assert!(led.fence > dead.fence);
        assert!(matches!(fleet.ask(3).answer, Answer::Busy(leader) if leader.token == led.token));
        assert_eq!(fleet.renew(&dead), Renewed::Lost);
    });
}

#[test]
fn an_ask_that_comes_late_does_not_bring_a_finished_lease_back() {
    on_each_server(|fleet| {
        fleet.store(1);
        let late = Ask { accept: Accept::default(), ..fleet.question(1) };
        assert_eq!(fleet.send(&late).answer, Answer::None);
        let lease = fleet.names.lease(ID);
        assert!(!fleet.exists(&lease));
    });
}

#[test]
fn a_lease_is_over_in_time_although_the_clock_was_set_back() {
    on_each_server(|fleet| {
        let lease = fleet.names.lease(ID);
        fleet.lead(1);
        let mut ask = fleet.question(2);
        // An asker's own lease would be shorter; this one is as long as its leader asked.
        ask.lease = ask.lease.map(|wanted| Wanted { duration: Duration::from_secs(1), ..wanted });
        for change in [&["PEXPIRE", &lease, "3600000"][..], &["PERSIST", &lease]] {
            fleet.command(change);
            assert!(matches!(fleet.send(&ask).answer, Answer::Busy(leader) if leader.remaining == LEASE));
            let left = fleet.number(&["PTTL", &lease]);
            assert!(left > 5_000 && left <= 10_000, "{left}");
        }
        fleet.command(&["PEXPIRE", &lease, "5000"]);
        assert!(matches!(fleet.send(&ask).answer, Answer::Busy(leader) if leader.remaining <= LEASE / 2));
    });
}

#[test]
fn every_host_runs_a_command_whose_result_cannot_be_shared() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        assert!(fleet.fail(led.token, End::Pass));
        assert_eq!(fleet.ask(2).answer, Answer::Pass);
        let lease = fleet.names.lease(ID);
        assert!(!fleet.exists(&lease));
        let left = {
            let pass = fleet.names.pass(ID);
            fleet.number(&["PTTL", &pass])
        };
        assert!(left > 100_000 && left <= 120_000, "{left}");
    });
}

#[test]
fn after_failures_only_background_runs_pause() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        assert!(fleet.fail(led.token, End::Failed { background: Some(MINUTE) }));
        let mut ask = fleet.question(2);
        let wanted = ask.lease.unwrap();
        ask.lease = Some(Wanted { in_background: true, ..wanted });
        let Answer::Backoff(pause) = fleet.send(&ask).answer else { panic!() };
        assert!(pause > Duration::ZERO && pause <= Duration::from_secs(1), "{pause:?}");
        let failures = fleet.names.failures(ID);
        fleet.command(&["HSET", &failures, "until", "1"]);
        assert!(matches!(fleet.send(&ask).answer, Answer::Lead { .. }));
        fleet.command(&["HSET", &failures, "until", "9000000000000"]);
        assert!(matches!(fleet.send(&ask).answer, Answer::Backoff(_)));
        ask.lease = Some(wanted);
        assert!(matches!(fleet.send(&ask).answer, Answer::Lead { .. }));
    });
}

#[test]
fn the_entry_comes_with_any_answer_where_it_is_wanted() {
    on_each_server(|fleet| {
        fleet.store(1);
        let mut ask = Ask { accept: Accept::default(), ..fleet.question(2) };
        ask.wants_entry = true;
        let answered = fleet.send(&ask);
        assert!(matches!(answered.answer, Answer::Lead { .. }));
        assert_eq!(answered.entry.unwrap().body, b"body");
        ask.wants_entry = false;
        assert_eq!(fleet.send(&ask).entry, None);
    });
}
