//! Barriers that are added while results are being fetched.

use super::*;

on_each_store!(
    what_was_invalidated_or_deleted_while_it_was_fetched_is_not_fresh,
    a_mark_of_another_database_is_not_trusted,
    what_was_stored_by_hand_while_another_result_was_fetched_stays,
    a_late_result_leaves_a_newer_one_but_for_one_from_the_future,
);

fn what_was_invalidated_or_deleted_while_it_was_fetched_is_not_fresh<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("make world", size).scoped("work");
        let others = [
            Selector::Key(Sample::new("make", 0).key),
            Selector::prefix(&format!("{}0", &Sample::new("make", 0).key.to_string()[..63])).unwrap(),
            Selector::Scope("home".into()),
            Selector::matching("make").unwrap(),
        ];
        let selectors = [
            Selector::Key(sample.key),
            Selector::prefix(&sample.key.short()).unwrap(),
            Selector::Scope("work".into()),
            Selector::matching("make *").unwrap(),
            Selector::All,
        ];
        for selector in &selectors {
            let mark = store.mark().unwrap();
            for other in &others {
                store.invalidate(other).unwrap();
                store.delete(other).unwrap();
            }
            assert!(matches!(sample.store_in(&store, mark), Stored::Fresh(_)), "others do not matter");
            store.invalidate(selector).unwrap();
            assert!(matches!(sample.store_in(&store, mark), Stored::Invalidated(_)), "{selector:?}");
            assert!(store.lookup(&sample.key).unwrap().unwrap().summary.invalidated);
            store.delete(selector).unwrap();
            assert_eq!(sample.store_in(&store, mark), Stored::Deleted, "{selector:?}");
            assert_eq!(store.lookup(&sample.key).unwrap(), None);
            assert!(matches!(sample.store_in(&store, store.mark().unwrap()), Stored::Fresh(_)));
        }
    }
}

fn a_mark_of_another_database_is_not_trusted<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let sample = Sample::new("make", INLINE);
    assert!(matches!(sample.store_in(&store, Mark(5)), Stored::Invalidated(_)));
}

fn what_was_stored_by_hand_while_another_result_was_fetched_stays<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("make", size);
        let mark = store.mark().unwrap();
        let by_hand = NewEntry { is_by_hand: true, ..sample.entry() };
        let set = |since| store.store(&by_hand, &mut &sample.transcript[..], since).unwrap();
        let Stored::Fresh(result) = set(mark) else { panic!("nothing was stored") };
        assert_eq!(sample.store_in(&store, mark), Stored::Overtaken);
        assert_eq!(store.lookup(&sample.key).unwrap().unwrap().result, result);
        assert!(matches!(Sample::new("other", size).store_in(&store, mark), Stored::Fresh(_)), "another key");
        let Stored::Fresh(_) = set(mark) else { panic!("the second of two that are stored by hand stays") };
        store.invalidate(&Selector::All).unwrap();
        assert_eq!(sample.store_in(&store, mark), Stored::Deleted, "those who wait do not get it either");
        assert!(matches!(sample.store_in(&store, store.mark().unwrap()), Stored::Fresh(_)));
    }
}

fn a_late_result_leaves_a_newer_one_but_for_one_from_the_future<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let hour = Duration::from_secs(3600);
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("make", size);
        let at = |fetched_at, is_late| {
            let new = NewEntry { is_late, ..sample.entry_with(|summary| summary.fetched_at = fetched_at) };
            store.store(&new, &mut &sample.transcript[..], Mark(0)).unwrap()
        };
        let then = sample.entry().summary.fetched_at;
        let Stored::Fresh(newer) = at(then.after(hour), false) else { panic!("nothing was stored") };
        assert_eq!(at(then, true), Stored::Overtaken);
        assert_eq!(store.lookup(&sample.key).unwrap().unwrap().result, newer);
        assert!(matches!(at(then.after(2 * hour), true), Stored::Fresh(_)), "a late one that is newer");
        assert!(matches!(at(Timestamp::now().after(hour), false), Stored::Fresh(_)));
        assert!(matches!(at(then, true), Stored::Fresh(_)), "the clock was set back");
    }
}
