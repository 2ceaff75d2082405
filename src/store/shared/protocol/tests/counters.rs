//! What all hosts do is counted, once, and nothing depends on it.

use super::*;

const DAY_S: i64 = 24 * 60 * 60;

impl Fleet {
    fn counted(&mut self) -> DayCounts {
        let days = counters(&self.names, &mut self.link, soon()).unwrap();
        assert!(days.len() <= 1, "{days:?}");
        days.first().copied().unwrap_or(DayCounts {
            day: crate::model::time::Timestamp::from_millis(0),
            hits: 0,
            misses: 0,
            waits: 0,
            stored: 0,
            failures: 0,
        })
    }

    fn sums(&mut self) -> [u64; 5] {
        let DayCounts { hits, misses, waits, stored, failures, .. } = self.counted();
        [hits, misses, waits, stored, failures]
    }
}

#[test]
fn each_answer_is_counted_and_so_is_each_end() {
    on_each_server(|fleet| {
        assert_eq!(fleet.sums(), [0; 5]);
        let led = fleet.lead(1);
        assert_eq!(fleet.sums(), [0, 1, 0, 0, 0]);
        let busy = fleet.question(2);
        assert!(matches!(fleet.send(&busy).answer, Answer::Busy(_)));
        assert_eq!(fleet.sums(), [0, 1, 1, 0, 0]);
        fleet.commit(&led.commit(1));
        assert_eq!(fleet.sums(), [0, 1, 1, 1, 0]);
        let fresh = fleet.question(3);
        assert!(matches!(fleet.send(&fresh).answer, Answer::Fresh(_)));
        let stale = Accept { fresh: Duration::ZERO, stale: Some(MINUTE), ..Accept::default() };
        let stale = Ask { accept: stale, ..fleet.question(3) };
        assert!(matches!(fleet.send(&stale).answer, Answer::Stale(_)));
        assert_eq!(fleet.sums(), [2, 1, 1, 1, 0]);
        let none = Ask { accept: Accept::default(), lease: None, ..fleet.question(3) };
        assert!(matches!(fleet.send(&none).answer, Answer::None));
        assert_eq!(fleet.sums(), [2, 2, 1, 1, 0]);
        let failed = fleet.lead(4);
        assert!(fleet.fail(failed.token, End::Failed { background: None }));
        assert_eq!(fleet.sums(), [2, 3, 1, 1, 1]);
    });
}

#[test]
fn what_is_repeated_is_counted_once_and_a_question_that_is_none_is_not() {
    on_each_server(|fleet| {
        let again = Ask { is_counted: false, ..fleet.question(1) };
        assert!(matches!(fleet.send(&again).answer, Answer::Lead { .. }));
        assert_eq!(fleet.sums(), [0; 5]);
        let led = fleet.lead(1);
        for _ in 0..2 {
            // The first answer was lost.
            fleet.commit(&led.commit(1));
        }
        fleet.fail(led.token, End::Failed { background: None });
        assert_eq!(fleet.sums(), [0, 1, 0, 1, 0]);
    });
}

#[test]
fn the_counters_of_a_day_go_a_month_after_its_first() {
    on_each_server(|fleet| {
        fleet.lead(1);
        let name = super::super::counters::of_today(&fleet.names);
        let left = fleet.number(&["TTL", &name]);
        assert!(left > 30 * DAY_S - 60 && left <= 30 * DAY_S, "{left}");
    });
}

#[test]
fn counters_that_are_no_hash_change_no_answer() {
    on_each_server(|fleet| {
        let name = super::super::counters::of_today(&fleet.names);
        fleet.command(&["SET", &name, "somebody else's"]);
        let led = fleet.lead(1);
        let busy = fleet.question(2);
        let answered = fleet.send(&busy);
        assert!(matches!(answered.answer, Answer::Busy(_)) && answered.is_primary);
        assert_eq!(fleet.commit(&led.commit(1)), Committed::Stored(None));
        let led = fleet.lead(3);
        assert!(fleet.fail(led.token, End::Again));
    });
}
