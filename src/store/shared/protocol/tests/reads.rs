//! Looking without changing anything.

use super::*;
use crate::store::shared::wire::WireError;

#[test]
fn a_look_sees_entry_leader_and_barriers() {
    on_each_server(|fleet| {
        assert_eq!(fleet.look(None).history, None);
        let stored = fleet.store(1);
        let led = fleet.lead(2);
        fleet.mark(1);
        let seen = fleet.look(Some(&stored.position));
        assert!(seen.is_primary);
        let entry = seen.entry.as_ref().unwrap();
        assert_eq!((entry.result, entry.fence, entry.judged), (result(1), stored.fence, 0));
        assert_eq!((&entry.head[..], &entry.body[..], entry.chunks), (&b"head"[..], &b"body"[..], 0));
        assert!(entry.age.unwrap() < Duration::from_secs(30), "{:?}", entry.age);
        let leader = seen.leader.unwrap();
        assert_eq!((leader.token, leader.fence, &leader.holder[..]), (led.token, led.fence, &b"host, process"[..]));
        let history = seen.history.unwrap();
        assert!(matches!(history.replay(Some(&stored.position)), Replay::Barriers([barrier]) if barrier.n == 1));
        assert!(matches!(history.since(0), Some([_])));
    });
}

#[test]
fn a_look_judges_age_as_an_ask_does() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        fleet.commit(&Commit { ended_ago: MINUTE * 2, ..led.commit(1) });
        let seen = fleet.look(None);
        let fitness = |accept| seen.fitness(&accept);
        let old = Accept::default();
        assert_eq!(fitness(Accept { fresh: MINUTE * 3, ..old }), Fitness::Fresh);
        assert_eq!(fitness(Accept { fresh: MINUTE, stale: Some(MINUTE * 3), ..old }), Fitness::Stale);
        assert_eq!(fitness(Accept { fresh: MINUTE, stale: Some(MINUTE * 2), ..old }), Fitness::Unfit);
        assert_eq!(fitness(Accept { awaited: Some(result(1)), ..old }), Fitness::Fresh);
        let any = Accept { fresh: Duration::MAX, ..old };
        assert_eq!(fitness(Accept { rejected: Some(result(1)), ..any }), Fitness::Unfit);
        assert_eq!(fitness(Accept { not_before: Some(led.fence), ..any }), Fitness::Fresh);
        assert_eq!(fitness(Accept { not_before: Some(Fence(led.fence.0 + 1)), ..any }), Fitness::Unfit);
        let entry = fleet.names.entry(ID);
        fleet.number(&["HINCRBY", &entry, "t", "3600000"]);
        assert_eq!(fleet.look(None).fitness(&any), Fitness::Unfit);
    });
}

#[test]
fn a_look_fetches_the_barriers_that_this_host_has_replayed_but_the_entry_has_not_met() {
    on_each_server(|fleet| {
        fleet.store(1);
        fleet.mark_many(700);
        let seen = fleet.position();
        fleet.mark_many(700);
        let looked = fleet.look(Some(&seen));
        let history = looked.history.unwrap();
        assert_eq!(history.since(looked.entry.unwrap().judged).map(<[_]>::len), Some(1400));
        assert!(matches!(history.replay(Some(&seen)), Replay::Barriers(barriers) if barriers.len() == 700));
        let now = fleet.position();
        let looked = fleet.look(Some(&now));
        assert_eq!(looked.history.unwrap().since(0).map(<[_]>::len), Some(1400));
    });
}

#[test]
fn a_look_notices_barriers_that_were_taken_back() {
    on_each_server(|fleet| {
        fleet.mark(1);
        let fail_over = fleet.replica();
        fleet.mark(2);
        let seen = fleet.position();
        fail_over(fleet);
        let is_lost =
            |fleet: &mut Fleet| fleet.look(Some(&seen)).history.unwrap().replay(Some(&seen)) == Replay::Everything;
        assert!(is_lost(fleet));
        fleet.mark(3);
        assert!(is_lost(fleet));
        fleet.mark(4);
        assert!(is_lost(fleet));
        fleet.command(&["FLUSHALL"]);
        fleet.mark(5);
        fleet.mark(6);
        assert!(is_lost(fleet));
    });
}

#[test]
fn a_look_takes_no_entry_of_another_epoch() {
    on_each_server(|fleet| {
        fleet.store(1);
        let meta = fleet.names.meta();
        fleet.command(&["DEL", &meta]);
        assert_eq!(fleet.look(None).entry, None);
        fleet.position();
        assert_eq!(fleet.look(None).entry, None);
    });
}

#[test]
fn a_look_at_a_foreign_key_finds_nothing() {
    on_each_server(|fleet| {
        let entry = fleet.names.entry(ID);
        fleet.command(&["SET", &entry, "foreign"]);
        let seen = fleet.look(None);
        assert!(seen.entry.is_none() && seen.history.is_none() && !seen.is_primary, "{seen:?}");
    });
}

/// Lets something happen before one of the commands of a look.
struct Interrupted<'a> {
    fleet: &'a mut Fleet,
    before: usize,
    happens: &'a dyn Fn(&mut Fleet),
}

impl Wire for Interrupted<'_> {
    fn roundtrip(&mut self, commands: &[redis::Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        let mut answers = Vec::new();
        for (index, command) in commands.iter().enumerate() {
            if commands.len() > 1 && index == self.before {
                (self.happens)(self.fleet);
            }
            answers.append(&mut self.fleet.link.roundtrip(std::slice::from_ref(command), deadline)?);
        }
        Ok(answers)
    }
}

fn look_while(fleet: &mut Fleet, seen: &Position, before: usize, happens: &dyn Fn(&mut Fleet)) -> Seen {
    let names = fleet.names.clone();
    look(&names, &mut Interrupted { fleet, before, happens }, ID, Some(seen), soon()).unwrap()
}

#[test]
fn a_replica_that_is_promoted_during_a_look_is_no_contact() {
    on_each_server(|fleet| {
        let seen = fleet.position();
        let promotion = |fleet: &mut Fleet| {
            fleet.command(&["REPLICAOF", "NO", "ONE"]);
        };
        for before in 1..7 {
            fleet.command(&["REPLICAOF", "127.0.0.1", "1"]);
            let looked = look_while(fleet, &seen, before, &promotion);
            assert!(!looked.is_primary, "before command {before}");
        }
    });
}

#[test]
fn a_barrier_during_a_look_is_no_hole() {
    on_each_server(|fleet| {
        let seen = fleet.store(1).position;
        let next = std::cell::Cell::new(0);
        let invalidation = |fleet: &mut Fleet| {
            next.set(next.get() + 1);
            fleet.mark(next.get());
        };
        for before in 1..7 {
            let looked = look_while(fleet, &seen, before, &invalidation);
            let history = looked.history.unwrap();
            assert!(history.replay(Some(&seen)) != Replay::Everything, "before command {before}");
            assert!(history.since(looked.entry.unwrap().judged).is_some(), "before command {before}");
        }
    });
}

#[test]
fn a_server_that_is_emptied_during_a_look_has_nothing_to_rely_on() {
    on_each_server(|fleet| {
        let refill = |fleet: &mut Fleet| {
            fleet.command(&["FLUSHALL"]);
            fleet.store(2);
            fleet.mark(2);
            fleet.mark(3);
        };
        for before in 1..7 {
            fleet.command(&["FLUSHALL"]);
            let seen = fleet.store(1).position;
            fleet.mark(1);
            let looked = look_while(fleet, &seen, before, &refill);
            let history = looked.history.unwrap();
            assert!(history.replay(Some(&seen)) == Replay::Everything, "before command {before}");
            let judged = looked.entry.map_or(Some(&[][..]), |entry| history.since(entry.judged));
            assert!(judged.is_none_or(|barriers| barriers.is_empty() || before == 1), "before command {before}");
        }
    });
}
