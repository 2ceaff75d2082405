//! Counting, expiring and making room.

use super::*;

const NOW: i64 = 1_700_000_100_000;

on_each_store!(
    expired_entries_are_removed,
    the_top_are_those_that_saved_the_most,
    the_entries_used_least_recently_are_evicted,
    failures_without_an_entry_are_forgotten_after_a_day,
);

fn expired_entries_are_removed<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let (short, long) = (Sample::new("short", INLINE), Sample::new("long", INLINE));
    short.store_in(&store, Mark(0));
    let expiry = short.entry().summary.expires_at;
    let kept = long.entry_with(|summary| summary.expires_at = expiry.after(Duration::from_secs(60)));
    store.store(&kept, &mut &long.transcript[..], Mark(0)).unwrap();
    let are_there = || [&short, &long].map(|sample| store.has(&sample.key).unwrap());
    store.prune(Timestamp::from_millis(expiry.as_millis() - 1), u64::MAX).unwrap();
    assert_eq!(are_there(), [true, true]);
    let sweep = Sweep { now: expiry, older_than: None, keep_last: None, limit: u64::MAX };
    assert_eq!((store.would_sweep(&sweep).unwrap(), are_there()), (1, [true, true]));
    store.prune(expiry, u64::MAX).unwrap();
    assert_eq!(are_there(), [false, true]);
    let sweep = Sweep { keep_last: Some(0), ..sweep };
    assert_eq!((store.would_sweep(&sweep).unwrap(), store.sweep(&sweep).unwrap(), are_there()), (1, 1, [false, false]));
}

fn the_top_are_those_that_saved_the_most<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let samples: Vec<Sample> = (0..5).map(|number| Sample::new(&format!("echo {number}"), INLINE)).collect();
    for (number, sample) in samples.iter().enumerate() {
        sample.store_in(&store, store.mark().unwrap());
        let saved = Duration::from_secs(number as u64);
        let event = Event { kind: EventKind::Hit, key: sample.key, at: Timestamp::from_millis(1), saved };
        home.backend().note(&event);
    }
    // An entry without hits is never among the top.
    Sample::new("unused", INLINE).store_in(&store, Mark(0));
    store.fold().unwrap();
    let keys = |top| store.statistics(top).unwrap().top.iter().map(|detail| detail.summary.key).collect::<Vec<_>>();
    assert_eq!(keys(2), [samples[4].key, samples[3].key]);
    assert_eq!(keys(100).len(), 5);
    assert_eq!(keys(0), []);
    let found = store.statistics(0).unwrap();
    assert_eq!((found.entries, found.count(EventKind::Hit), found.count(EventKind::Miss)), (6, 5, 0));
    assert_eq!((found.count_in(EventKind::Hit, 0..1), found.count_in(EventKind::Hit, 1..9)), (5, 0));
    assert_eq!(found.saved(), Duration::from_secs(10));
}

fn the_entries_used_least_recently_are_evicted<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let note = |sample: &Sample, kind, at| {
        let event = Event { kind, key: sample.key, at: Timestamp::from_millis(at), saved: Duration::ZERO };
        home.backend().note(&event);
    };
    let prune = |limit| store.prune(Timestamp::from_millis(NOW - 99_000), limit).unwrap();
    let kept = |samples: &[Sample]| -> Vec<Key> {
        samples.iter().map(|sample| sample.key).filter(|key| store.lookup(key).unwrap().is_some()).collect()
    };
    let samples: Vec<Sample> = (0..40).map(|number| Sample::new(&format!("sample {number}"), 100_000)).collect();
    for (at, sample) in samples.iter().enumerate() {
        sample.store_in(&store, Mark(0));
        note(sample, EventKind::Miss, NOW + at as i64);
    }
    // The first one is used again.
    note(&samples[0], EventKind::Hit, NOW + 100);
    prune(u64::MAX);
    assert_eq!(kept(&samples).len(), 40);
    prune(2_500_000);
    let left = kept(&samples);
    assert!((15..=25).contains(&left.len()), "{}", left.len());
    assert_eq!(left[0], samples[0].key);
    assert_eq!(left[1], samples[samples.len() + 1 - left.len()].key);
    prune(2_500_000);
    assert_eq!(kept(&samples).len(), left.len());
}

fn failures_without_an_entry_are_forgotten_after_a_day<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let (with, without) = (Sample::new("with entry", INLINE), Sample::new("without", INLINE));
    with.store_in(&store, Mark(0));
    let at = Timestamp::from_millis(0);
    for sample in [&with, &without] {
        store.record_failure(&sample.key, &Failure { count: 1, at, status: 1, retry_at: at, stderr: vec![] }).unwrap();
    }
    let day = Duration::from_secs(24 * 60 * 60);
    store.prune(at.after(day), u64::MAX).unwrap();
    assert!(store.failure(&without.key).unwrap().is_some());
    store.prune(at.after(day + Duration::from_millis(1)), u64::MAX).unwrap();
    assert!(store.failure(&without.key).unwrap().is_none());
    assert!(store.failure(&with.key).unwrap().is_some());
}
