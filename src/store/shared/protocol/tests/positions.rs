//! Barriers, and positions in their log.

use super::*;

fn at(position: &Position, n: u64, tag: u8) -> Position {
    Position { n, tag: (tag != 0).then_some(Tag([tag; 16])), ..*position }
}

fn numbers(answered: &Answered, stored: &Position) -> Option<Vec<u64>> {
    match answered.history.as_ref().unwrap().replay(Some(stored)) {
        Replay::Nothing => Some(Vec::new()),
        Replay::Barriers(barriers) => Some(barriers.iter().map(|barrier| barrier.n).collect()),
        Replay::Everything => None,
    }
}

#[test]
fn a_barrier_reaches_everybody_who_asks() {
    on_each_server(|fleet| {
        let before = fleet.position();
        let marked = fleet.mark(1);
        assert_eq!((marked.epoch, marked.n), (before.epoch, 1));
        let answered = fleet.ask_from(1, before);
        let history = answered.history.clone().unwrap();
        assert_eq!(history.now, at(&before, 1, 1));
        let Replay::Barriers([barrier]) = history.replay(Some(&before)) else { panic!("{answered:?}") };
        assert_eq!((barrier.n, barrier.tag, barrier.kind), (1, Tag([1; 16]), BarrierKind::Invalidate));
        assert_eq!(barrier.selector, b"selector");
        fleet.mark(2);
        assert_eq!(numbers(&fleet.ask_from(1, history.now), &history.now), Some(vec![2]));
        assert_eq!(numbers(&fleet.ask_from(1, before), &before), Some(vec![1, 2]));
        let now = at(&before, 2, 2);
        assert_eq!(numbers(&fleet.ask_from(1, now), &now), Some(Vec::new()));
    });
}

#[test]
fn an_entry_comes_with_all_barriers_since_it_was_judged() {
    on_each_server(|fleet| {
        fleet.store(1);
        let first = fleet.mark(1);
        let now = at(&fleet.position(), 1, 1);
        let answered = fleet.ask_from(2, now);
        assert!(matches!(&answered.answer, Answer::Fresh(entry) if entry.judged == 0));
        let history = answered.history.unwrap();
        assert_eq!(history.replay(Some(&now)), Replay::Nothing);
        assert_eq!(history.since(0).unwrap().iter().map(|barrier| barrier.n).collect::<Vec<_>>(), [first.n]);
    });
}

#[test]
fn a_hole_before_the_entry_was_judged_rejects_that_entry_only() {
    on_each_server(|fleet| {
        fleet.store(1);
        fleet.mark(1);
        fleet.mark(2);
        let seen = fleet.position();
        fleet.mark(3);
        let log = fleet.names.log();
        fleet.command(&["XDEL", &log, "1-0"]);
        let history = fleet.ask_from(2, seen).history.unwrap();
        assert_eq!(history.since(0), None);
        assert!(matches!(history.replay(Some(&seen)), Replay::Barriers([barrier]) if barrier.n == 3));
    });
}

#[test]
fn a_hole_after_the_position_makes_everything_stale() {
    on_each_server(|fleet| {
        let seen = fleet.position();
        fleet.mark(1);
        fleet.mark(2);
        let log = fleet.names.log();
        fleet.command(&["XDEL", &log, "1-0"]);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), None);
    });
}

#[test]
fn a_trimmed_log_makes_everything_stale() {
    on_each_server(|fleet| {
        fleet.mark(1);
        let seen = fleet.position();
        fleet.mark(2);
        fleet.mark(3);
        let log = fleet.names.log();
        fleet.command(&["XTRIM", &log, "MAXLEN", "2"]);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), None);
    });
}

#[test]
fn the_log_stays_about_as_long_as_it_is_meant_to_be() {
    on_each_server(|fleet| {
        let log = fleet.names.log();
        fleet.mark_many(mark::LOG_LENGTH + 500);
        fleet.mark(1);
        let length = fleet.number(&["XLEN", &log]);
        assert!((10_000..=10_200).contains(&length), "{length}");
    });
}

#[test]
fn a_host_that_missed_many_barriers_gets_them_all() {
    on_each_server(|fleet| {
        let seen = fleet.position();
        fleet.mark_many(1300);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), Some((1..=1300).collect()));
    });
}

#[test]
fn barriers_that_a_fail_over_took_back_make_everything_stale() {
    on_each_server(|fleet| {
        fleet.mark(1);
        let fail_over = fleet.replica();
        fleet.mark(2);
        fleet.mark(3);
        let seen = fleet.position();
        fail_over(fleet);
        // The number went back.
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), None);
        // Other barriers have got the numbers: the last one the same, and then one in between.
        fleet.mark(4);
        fleet.mark(5);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), None);
        fleet.mark(6);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), None);
        let kept = at(&seen, 1, 1);
        assert_eq!(numbers(&fleet.ask_from(1, kept), &kept), Some(vec![2, 3, 4]));
    });
}

#[test]
fn a_server_that_lost_everything_begins_a_new_epoch() {
    on_each_server(|fleet| {
        fleet.store(1);
        fleet.mark(1);
        let (seen, led) = (fleet.position(), fleet.lead(2));
        fleet.command(&["FLUSHALL"]);
        let answered = fleet.ask_from(3, seen);
        let now = answered.history.as_ref().unwrap().now;
        assert!(now.epoch != seen.epoch && now.n == 0 && now.tag.is_none());
        assert_eq!(numbers(&answered, &seen), None);
        assert_eq!(fleet.commit(&led.commit(2)), Committed::Epoch);
        // A position before the first barrier has no tag to tell it by.
        fleet.mark(2);
        let history = fleet.ask_from(3, at(&seen, 0, 0)).history.unwrap();
        assert_eq!((history.replay(Some(&at(&seen, 0, 0))), history.since(0)), (Replay::Everything, None));
        // The epoch that another host has begun holds for all.
        assert_eq!(fleet.position(), at(&now, 1, 2));
        assert_eq!(numbers(&fleet.ask_from(3, now), &now), Some(vec![1]));
    });
}

#[test]
fn an_entry_of_another_epoch_is_none() {
    on_each_server(|fleet| {
        fleet.store(1);
        let meta = fleet.names.meta();
        fleet.command(&["DEL", &meta]);
        let mut ask = fleet.question(2);
        ask.accept.stale = Some(Duration::MAX);
        ask.wants_entry = true;
        let answered = fleet.send(&ask);
        assert!(matches!(answered.answer, Answer::Lead { .. }));
        assert_eq!(answered.entry, None);
    });
}

#[test]
fn the_barriers_of_an_evicted_epoch_go_with_it() {
    on_each_server(|fleet| {
        let (meta, log) = (fleet.names.meta(), fleet.names.log());
        for _ in 0..3 {
            fleet.mark(1);
        }
        fleet.command(&["DEL", &meta]);
        let position = fleet.position();
        assert_eq!((position.n, fleet.number(&["XLEN", &log])), (0, 0));
        assert_eq!(fleet.mark(2).n, 1);
        fleet.mark(3);
        fleet.command(&["DEL", &meta]);
        let marked = fleet.mark(4);
        assert_eq!((marked.n, fleet.number(&["XLEN", &log])), (1, 1));
        let now = fleet.position();
        assert_eq!(now, Position { epoch: marked.epoch, n: 1, tag: Some(Tag([4; 16])) });
    });
}

#[test]
fn an_evicted_log_makes_everything_stale_and_takes_new_barriers() {
    on_each_server(|fleet| {
        let log = fleet.names.log();
        fleet.mark(1);
        let seen = fleet.position();
        fleet.command(&["DEL", &log]);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), Some(Vec::new()));
        assert_eq!(fleet.mark(2).n, 2);
        assert_eq!(numbers(&fleet.ask_from(1, seen), &seen), None);
        let now = fleet.position();
        fleet.mark(3);
        assert_eq!(numbers(&fleet.ask_from(1, now), &now), Some(vec![3]));
    });
}

#[test]
fn the_sweep_finds_every_entry_and_nothing_else() {
    on_each_server(|fleet| {
        fleet.store(1);
        let names = fleet.names.clone();
        // More than one step, among others that look like it.
        let mut expected = vec![ID];
        expected.extend((1..=2500_u128).map(|number| SharedId(number.to_be_bytes())));
        let script = "for i = 1, 2500 do
                for _, prefix in ipairs(ARGV) do redis.call('SET', string.format('%s%032x', prefix, i), '') end
            end";
        let others = Names::new("tes", "00000000").unwrap();
        let prefixes =
            [("e:", &names), ("x:", &names), ("e:", &others)].map(|(kind, of)| format!("{}{kind}", of.prefix()));
        fleet.command(&["EVAL", script, "0", &prefixes[0], &prefixes[1], &prefixes[2]]);
        let (mut scan, mut found) = (Scan::default(), Vec::new());
        while let Some(mut ids) = scan.step(&names, &mut fleet.link, soon()).unwrap() {
            found.append(&mut ids);
        }
        for ids in [&mut found, &mut expected] {
            ids.sort_by_key(|id| id.0);
            ids.dedup();
        }
        assert_eq!(found, expected);
    });
}

#[test]
fn the_sweep_removes_only_what_its_barrier_has_met() {
    on_each_server(|fleet| {
        fleet.store(1);
        let names = fleet.names.clone();
        let marked = fleet.mark(1);
        let unlink = |fleet: &mut Fleet, number, below| {
            Unlink { id: ID, result: result(number), below }.send(&names, &mut fleet.link, soon()).unwrap()
        };
        assert!(!unlink(fleet, 2, Some(marked)), "another result");
        let elsewhere = Marked { epoch: Epoch([9; 16]), ..marked };
        assert!(!unlink(fleet, 1, Some(elsewhere)), "a barrier of another epoch");
        assert!(unlink(fleet, 1, Some(marked)));
        assert!(!unlink(fleet, 1, Some(marked)), "nothing there");
        fleet.store(2);
        assert!(!unlink(fleet, 2, Some(marked)), "judged by that barrier already");
        assert!(unlink(fleet, 2, None), "a broken seal");
    });
}

#[test]
fn chunks_go_with_the_entry_that_the_sweep_removes() {
    on_each_server(|fleet| {
        let led = fleet.lead(1);
        let names = fleet.names.clone();
        for index in 0..300 {
            chunk::upload(&names, &mut fleet.link, result(1), index, b"", soon()).unwrap();
        }
        fleet.commit(&Commit { chunks: 300, ..led.commit(1) });
        assert!(Unlink { id: ID, result: result(1), below: None }.send(&names, &mut fleet.link, soon()).unwrap());
        for index in [0, 255, 256, 299] {
            assert!(!fleet.exists(&names.chunk(result(1), index)), "{index}");
        }
    });
}
