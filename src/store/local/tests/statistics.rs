//! Adding everything up.

use super::*;

#[test]
fn the_top_are_those_that_saved_the_most() {
    let home = Home::new();
    let store = home.store();
    let samples: Vec<Sample> = (0..5).map(|number| Sample::new(&format!("echo {number}"), INLINE)).collect();
    for (number, sample) in samples.iter().enumerate() {
        sample.store_in(&store, store.mark().unwrap());
        let saved = Duration::from_secs(number as u64);
        let event = Event { kind: EventKind::Hit, key: sample.key, at: Timestamp::from_millis(1), saved };
        tally::add(&event, &store.place().tally(), || true).unwrap();
    }
    // Without hits it is not among them, however much room there is.
    Sample::new("unused", INLINE).store_in(&store, Mark(0));
    store.fold().unwrap();
    let keys = |top| store.statistics(top).unwrap().top.iter().map(|detail| detail.key).collect::<Vec<_>>();
    assert_eq!(keys(2), [samples[4].key, samples[3].key]);
    assert_eq!(keys(100).len(), 5);
    assert_eq!(keys(0), []);
    let found = store.statistics(0).unwrap();
    assert_eq!((found.entries, found.count(EventKind::Hit), found.count(EventKind::Miss)), (6, 5, 0));
    assert_eq!((found.count_in(EventKind::Hit, 0..1), found.count_in(EventKind::Hit, 1..9)), (5, 0));
    assert_eq!(found.saved(), Duration::from_secs(10));
}

#[test]
fn what_is_too_old_to_have_an_hour_is_counted_still() {
    let home = Home::new();
    let store = home.store();
    Sample::new("date", INLINE).store_in(&store, Mark(0));
    for year in [0, 50] {
        let at = Timestamp::from_millis(year * 365 * 24 * 3_600_000);
        let event = Event { kind: EventKind::Miss, key: Key([0; 32]), at, saved: Duration::ZERO };
        tally::add(&event, &store.place().tally(), || true).unwrap();
        store.fold().unwrap();
    }
    let found = store.statistics(0).unwrap();
    assert_eq!((found.count(EventKind::Miss), found.count_in(EventKind::Miss, 0..i64::MAX)), (2, 1));
}
