//! Results that were being fetched while something was invalidated or deleted.

use super::*;

#[test]
fn what_was_invalidated_or_deleted_while_it_was_fetched_is_not_fresh() {
    let home = Home::new();
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
            assert!(store.lookup(&sample.key).unwrap().unwrap().invalidated);
            store.delete(selector).unwrap();
            assert_eq!(sample.store_in(&store, mark), Stored::Deleted, "{selector:?}");
            assert_eq!(store.lookup(&sample.key).unwrap(), None);
            assert!(matches!(sample.store_in(&store, store.mark().unwrap()), Stored::Fresh(_)));
        }
    }
}

#[test]
fn chunks_of_a_result_deleted_meanwhile_are_not_left_behind() {
    let home = Home::new();
    let store = home.store();
    store.delete(&Selector::All).unwrap();
    assert_eq!(Sample::new("make", CHUNKED).store_in(&store, Mark(0)), Stored::Deleted);
    assert_eq!(count(&store, "chunk") + count(&store, "pending"), 0);
}

#[test]
fn a_mark_older_than_the_known_history_is_not_trusted() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("make", INLINE);
    let other = Selector::Scope("other".into());
    let old = store.mark().unwrap();
    let write = store.connection.write().unwrap();
    for _ in 0..1_500 {
        barriers::append(&write, &other, barriers::Barrier::Deletion).unwrap();
    }
    write.commit().unwrap();
    assert!(matches!(sample.store_in(&store, old), Stored::Fresh(_)));
    let mark = store.mark().unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    store.prune(Timestamp::now().after(day / 2), u64::MAX).unwrap();
    assert_eq!(count(&store, "barrier"), 1_500, "the young stay");
    store.prune(Timestamp::now().after(2 * day), u64::MAX).unwrap();
    assert_eq!(count(&store, "barrier"), 1_000);
    assert_eq!(store.mark().unwrap(), mark, "history does not begin anew");
    assert!(matches!(sample.store_in(&store, old), Stored::Invalidated(_)));
    assert!(matches!(sample.store_in(&store, Mark(mark.0 - 1_000)), Stored::Fresh(_)));
    assert!(matches!(sample.store_in(&store, Mark(mark.0 - 1_001)), Stored::Invalidated(_)));
    assert!(matches!(sample.store_in(&store, mark), Stored::Fresh(_)));
}

#[test]
fn a_mark_of_another_database_is_not_trusted() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("make", INLINE);
    assert!(matches!(sample.store_in(&store, Mark(5)), Stored::Invalidated(_)));
}

#[test]
fn a_barrier_that_cannot_be_read_stops_everything() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("make", INLINE);
    store.connection.raw().execute("INSERT INTO barrier VALUES(NULL,0,0,x'ff')", []).unwrap();
    assert!(matches!(sample.store_in(&store, Mark(0)), Stored::Invalidated(_)));
    store.connection.raw().execute("INSERT INTO barrier VALUES(NULL,0,'?',x'ff')", []).unwrap();
    assert_eq!(sample.store_in(&store, Mark(0)), Stored::Deleted);
}

#[test]
fn what_was_stored_by_hand_while_another_result_was_fetched_stays() {
    let home = Home::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("make", size);
        let mark = store.mark().unwrap();
        let by_hand = NewEntry { is_by_hand: true, ..sample.entry() };
        let set = |since| store.store(&by_hand, &mut &sample.transcript[..], since).unwrap();
        let Stored::Fresh(result) = set(mark) else { panic!("nothing was stored") };
        assert_eq!(sample.store_in(&store, mark), Stored::Overtaken);
        assert_eq!(store.lookup(&sample.key).unwrap().unwrap().result, result);
        assert!(matches!(Sample::new("other", size).store_in(&store, mark), Stored::Fresh(_)), "of its key alone");
        let Stored::Fresh(_) = set(mark) else { panic!("the last one counts of two that are stored by hand") };
        store.invalidate(&Selector::All).unwrap();
        assert_eq!(sample.store_in(&store, mark), Stored::Deleted, "nor is it for those who wait");
        assert!(matches!(sample.store_in(&store, store.mark().unwrap()), Stored::Fresh(_)));
    }
}

#[test]
fn a_late_result_leaves_a_newer_one_but_for_one_from_the_future() {
    let home = Home::new();
    let store = home.store();
    let hour = Duration::from_secs(3600);
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("make", size);
        let at = |fetched_at, is_late| {
            let new = NewEntry { fetched_at, is_late, ..sample.entry() };
            store.store(&new, &mut &sample.transcript[..], Mark(0)).unwrap()
        };
        let then = sample.entry().fetched_at;
        let Stored::Fresh(newer) = at(then.after(hour), false) else { panic!("nothing was stored") };
        assert_eq!(at(then, true), Stored::Overtaken);
        assert_eq!(store.lookup(&sample.key).unwrap().unwrap().result, newer);
        assert!(matches!(at(then.after(2 * hour), true), Stored::Fresh(_)), "a late one that is newer");
        assert!(matches!(at(Timestamp::now().after(hour), false), Stored::Fresh(_)));
        assert!(matches!(at(then, true), Stored::Fresh(_)), "the clock was set back");
    }
}
