//! Barriers of the local store that are added while results are being fetched.

use super::*;

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
fn a_barrier_that_cannot_be_read_selects_every_result() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("make", INLINE);
    store.connection.raw().execute("INSERT INTO barrier VALUES(NULL,0,0,x'ff')", []).unwrap();
    assert!(matches!(sample.store_in(&store, Mark(0)), Stored::Invalidated(_)));
    store.connection.raw().execute("INSERT INTO barrier VALUES(NULL,0,'?',x'ff')", []).unwrap();
    assert_eq!(sample.store_in(&store, Mark(0)), Stored::Deleted);
}
