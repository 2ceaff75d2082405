//! Servers that do not write, users who may not write, and keys that are gone or of another type.

use super::*;
use crate::store::shared::testing::free_port;

/// What has to be refused while the server does not write, and leaves everything as it was.
fn nothing_is_written(fleet: &mut Fleet, led: &Led, refusal: Refusal) {
    let before = fleet.command(&["HGETALL", &fleet.names.meta()]);
    let length = fleet.number(&["XLEN", &fleet.names.log()]);
    assert_eq!(fleet.try_mark(9).unwrap_err().refusal(), Some(refusal));
    let commit = led.commit(9);
    let refused = commit.send(&fleet.names, &mut fleet.link, soon());
    assert_eq!(refused.unwrap_err().refusal(), Some(refusal));
    let mut ask = Ask { accept: Accept::default(), ..fleet.question(9) };
    ask.lease = ask.lease.map(|wanted| Wanted { dead: Some(led.token), ..wanted });
    assert_eq!(fleet.send(&ask).answer, Answer::NoLease(Some(refusal)));
    let chunk = chunk::upload(&fleet.names, &mut fleet.link, result(9), 0, b"", soon());
    assert_eq!(chunk.unwrap_err().refusal(), Some(refusal));
    assert_eq!(fleet.command(&["HGETALL", &fleet.names.meta()]), before);
    assert_eq!(fleet.number(&["XLEN", &fleet.names.log()]), length);
    assert!(matches!(fleet.ask(8).answer, Answer::Fresh(entry) if entry.result == result(1)));
}

#[test]
fn a_server_without_memory_still_answers() {
    on_each_server(|fleet| {
        fleet.store(1);
        let led = fleet.lead(2);
        fleet.command(&["CONFIG", "SET", "maxmemory", "1"]);
        nothing_is_written(fleet, &led, Refusal::OutOfMemory);
        // It has every barrier, and what ends a run is let through for what it frees.
        assert!(fleet.ask(8).is_primary);
        assert!(fleet.fail(led.token, End::Pass));
        assert_eq!(fleet.wait(led.token), Some(Outcome::Pass));
        assert!(matches!(fleet.ask(8).answer, Answer::Fresh(_)));
        fleet.command(&["FLUSHALL"]);
        let answered = fleet.ask(3);
        assert_eq!((answered.answer, answered.history), (Answer::NoLease(Some(Refusal::OutOfMemory)), None));
        assert!(fleet.mark_is_refused(Refusal::OutOfMemory));
    });
}

#[test]
fn a_replica_answers_but_is_no_contact() {
    on_each_server(|fleet| {
        fleet.store(1);
        let led = fleet.lead(2);
        assert!(fleet.ask(3).is_primary && fleet.look(None).is_primary);
        // Its primary cannot be reached, as in a partition.
        fleet.command(&["REPLICAOF", "127.0.0.1", "1"]);
        nothing_is_written(fleet, &led, Refusal::Replica);
        let busy = Ask { accept: Accept::default(), ..fleet.question(3) };
        let none = Ask { lease: None, ..busy.clone() };
        for ask in [busy, none, fleet.question(3)] {
            assert!(!fleet.send(&ask).is_primary, "{ask:?}");
        }
        let seen = fleet.look(None);
        assert!(!seen.is_primary && seen.entry.is_some());
        fleet.command(&["REPLICAOF", "NO", "ONE"]);
        assert_eq!(fleet.commit(&led.commit(2)), Committed::Stored(Some((result(1), 0))));
    });
}

#[test]
fn an_empty_replica_begins_no_epoch() {
    on_each_server(|fleet| {
        fleet.command(&["REPLICAOF", "127.0.0.1", "1"]);
        let answered = fleet.ask(1);
        assert_eq!((answered.answer, answered.history), (Answer::NoLease(Some(Refusal::Replica)), None));
        assert!(!answered.is_primary);
        assert!(fleet.mark_is_refused(Refusal::Replica));
    });
}

#[test]
fn a_primary_that_lacks_its_replicas_is_no_contact() {
    on_each_server(|fleet| {
        fleet.store(1);
        let led = fleet.lead(2);
        fleet.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
        nothing_is_written(fleet, &led, Refusal::TooFewReplicas);
        assert!(!fleet.ask(3).is_primary);
    });
}

#[test]
fn a_promoted_replica_goes_on_where_it_was() {
    on_each_server(|fleet| {
        let port = free_port().to_string();
        fleet.command(&["CONFIG", "SET", "port", &port]);
        let mut replica = Fleet::on_new(&fleet.server.program);
        replica.command(&["REPLICAOF", "127.0.0.1", &port]);
        fleet.store(1);
        let led = fleet.lead(2);
        let marked = fleet.mark(1);
        let offset = |fleet: &mut Fleet| {
            let info = fleet.text(&["INFO", "replication"]).unwrap();
            let at = |name| info.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            (at("master_repl_offset:"), at("master_link_status:"))
        };
        let limit = soon();
        while offset(&mut replica) != (offset(fleet).0, Some("up".into())) {
            assert!(Instant::now() < limit, "the replica does not catch up");
        }
        replica.command(&["REPLICAOF", "NO", "ONE"]);
        assert_eq!(replica.position().n, marked.n);
        assert!(matches!(replica.commit(&led.commit(2)), Committed::Behind(history) if history.now.n == 1));
        assert!(matches!(replica.demand(3).answer, Answer::Busy(leader) if leader.token == led.token));
        assert_eq!(replica.renew(&led), Renewed::Kept);
    });
}

#[test]
fn a_reader_may_look_fetch_and_wait_and_nothing_else() {
    on_each_server(|fleet| {
        let led = fleet.store(1);
        let names = fleet.names.clone();
        chunk::upload(&names, &mut fleet.link, result(1), 0, b"chunk", soon()).unwrap();
        let keys = format!("%R~{}*", names.prefix());
        fleet.command(&[
            "ACL",
            "SETUSER",
            "reader",
            "on",
            ">pw",
            "resetkeys",
            &keys,
            "-@all",
            "+role",
            "+hmget",
            "+pttl",
            "+time",
            "+xrange",
            "+xread",
            "+get",
        ]);
        fleet.command(&["AUTH", "reader", "pw"]);
        assert_eq!(fleet.look(None).entry.unwrap().result, result(1));
        assert!(matches!(fleet.wait(led.token), Some(Outcome::Stored { .. })));
        assert!(chunk::fetch(&names, &mut fleet.link, result(1), 0, soon()).unwrap().is_some());
        let refused = fleet.question(2).send(&names, &mut fleet.link, soon()).unwrap_err();
        assert_eq!(refused.refusal(), Some(Refusal::Permission));
        assert!(fleet.mark_is_refused(Refusal::Permission));
        let elsewhere = Names::new("other", "00000000").unwrap();
        let refused = look(&elsewhere, &mut fleet.link, ID, None, soon()).unwrap_err();
        assert_eq!(refused.refusal(), Some(Refusal::Permission));
    });
}

#[test]
fn a_writer_needs_these_commands_and_only_its_own_keys() {
    on_each_server(|fleet| {
        let names = fleet.names.clone();
        let keys = format!("~{}*", names.prefix());
        fleet.command(&[
            "ACL",
            "SETUSER",
            "writer",
            "on",
            ">pw",
            "resetkeys",
            &keys,
            "-@all",
            "+evalsha",
            "+eval",
            "+role",
            "+scan",
            "+time",
            "+exists",
            "+get",
            "+set",
            "+unlink",
            "+del",
            "+pexpire",
            "+persist",
            "+pttl",
            "+hmget",
            "+hget",
            "+hset",
            "+hincrby",
            "+xadd",
            "+xrange",
            "+xread",
        ]);
        fleet.command(&["AUTH", "writer", "pw"]);
        let led = fleet.lead(1);
        chunk::upload(&names, &mut fleet.link, result(1), 0, b"chunk", soon()).unwrap();
        assert_eq!(fleet.renew(&led), Renewed::Kept);
        assert_eq!(fleet.commit(&Commit { chunks: 1, ..led.commit(1) }), Committed::Stored(None));
        let answered = fleet.ask(2);
        assert!(answered.is_primary && matches!(answered.answer, Answer::Fresh(_)));
        assert!(fleet.look(None).is_primary);
        let led = fleet.lead(3);
        fleet.fail(led.token, End::Failed { background: Some(MINUTE) });
        assert!(fleet.wait(led.token).is_some());
        let led = fleet.lead(4);
        fleet.fail(led.token, End::Pass);
        let marked = fleet.mark(1);
        assert_eq!(Scan::default().step(&names, &mut fleet.link, soon()).unwrap(), Some(vec![ID]));
        chunk::retire(&names, &mut fleet.link, result(1), 1, soon()).unwrap();
        let unlink = Unlink { id: ID, result: result(1), below: Some(marked) };
        assert!(unlink.send(&names, &mut fleet.link, soon()).unwrap());
    });
}

#[test]
fn a_foreign_log_or_epoch_is_left_alone() {
    on_each_server(|fleet| {
        fleet.store(1);
        let names = fleet.names.clone();
        let with = |fleet: &mut Fleet, name: &str, check: &dyn Fn(&mut Fleet)| {
            fleet.command(&["SET", name, "foreign"]);
            check(fleet);
            assert_eq!(fleet.text(&["GET", name]).as_deref(), Some("foreign"));
            fleet.command(&["DEL", name]);
        };
        // A barrier uses no number up that it cannot have: the gap would make everything stale.
        with(fleet, &names.log(), &|fleet| {
            assert!(fleet.mark_is_refused(Refusal::ForeignKey));
            assert_eq!(fleet.position().n, 0);
        });
        with(fleet, &names.meta(), &|fleet| {
            let ask = fleet.question(2);
            let refused = ask.send(&fleet.names, &mut fleet.link, soon()).unwrap_err();
            assert_eq!(refused.refusal(), Some(Refusal::ForeignKey));
            assert!(fleet.mark_is_refused(Refusal::ForeignKey));
        });
    });
}

#[test]
fn a_foreign_key_of_one_entry_is_removed_by_the_next_ask() {
    on_each_server(|fleet| {
        let names = fleet.names.clone();
        for (number, name) in [names.entry(ID), names.lease(ID), names.failures(ID)].iter().enumerate() {
            let number = u8::try_from(number).unwrap() + 1;
            fleet.command(&["SET", name, "foreign"]);
            let mut ask = Ask { accept: Accept::default(), ..fleet.question(number) };
            ask.lease = ask.lease.map(|wanted| Wanted { in_background: true, ..wanted });
            let led = fleet.lead_by(&ask);
            assert_eq!(
                fleet.text(&["TYPE", name]).as_deref(),
                Some(if *name == names.lease(ID) { "hash" } else { "none" })
            );
            assert_eq!(fleet.commit(&led.commit(number)), Committed::Stored(None));
            fleet.command(&["FLUSHALL"]);
        }
        // A foreign key that comes between an ask and its commit is left to the next ask.
        let led = fleet.lead(4);
        fleet.command(&["SET", &names.entry(ID), "foreign"]);
        let refused = led.commit(4).send(&fleet.names, &mut fleet.link, soon()).unwrap_err();
        assert_eq!(refused.refusal(), Some(Refusal::ForeignKey));
    });
}

#[test]
fn each_key_can_be_evicted_alone() {
    on_each_server(|fleet| {
        let names = fleet.names.clone();
        let evict = |fleet: &mut Fleet, name: String| assert_eq!(fleet.number(&["DEL", &name]), 1, "{name}");
        // The outcome: those who wait ask again.
        let led = fleet.store(1);
        evict(fleet, names.outcome(led.token));
        assert_eq!(fleet.wait(led.token), None);
        assert!(matches!(fleet.ask(2).answer, Answer::Fresh(_)));
        // The entry: it is fetched again, and what is running is stored.
        let led = fleet.lead(2);
        evict(fleet, names.entry(ID));
        assert_eq!(fleet.commit(&led.commit(2)), Committed::Stored(None));
        // A chunk: the entry is no use, and no other commit needs it.
        let led = fleet.lead(3);
        chunk::upload(&names, &mut fleet.link, result(3), 0, b"", soon()).unwrap();
        fleet.commit(&Commit { chunks: 1, ..led.commit(3) });
        evict(fleet, names.chunk(result(3), 0));
        assert_eq!(chunk::fetch(&names, &mut fleet.link, result(3), 0, soon()).unwrap(), None);
        let led = fleet.lead(4);
        assert_eq!(fleet.commit(&led.commit(4)), Committed::Stored(Some((result(3), 1))));
        // The marker and the pause: the next caller tries again.
        let led = fleet.lead(5);
        fleet.fail(led.token, End::Failed { background: Some(MINUTE) });
        evict(fleet, names.failures(ID));
        let led = fleet.lead(6);
        fleet.fail(led.token, End::Pass);
        evict(fleet, names.pass(ID));
        let mut ask = Ask { accept: Accept::default(), ..fleet.question(7) };
        ask.lease = ask.lease.map(|wanted| Wanted { in_background: true, ..wanted });
        fleet.lead_by(&ask);
    });
}

impl Fleet {
    fn mark_is_refused(&mut self, refusal: Refusal) -> bool {
        self.try_mark(9).is_err_and(|error| error.refusal() == Some(refusal))
    }
}
