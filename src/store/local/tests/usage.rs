//! Counting how often entries are used, and eviction.

use super::*;

const NOW: i64 = 1_700_000_100_000;

fn note(store: &SqliteStore, sample: &Sample, kind: EventKind, at: i64, saved: Duration) {
    let event = Event { kind, key: sample.key, at: Timestamp::from_millis(at), saved };
    tally::add(&event, &store.place().tally(), || true).unwrap();
}

fn prune(store: &SqliteStore, limit: u64) {
    store.prune(Timestamp::from_millis(1_700_000_001_000), limit).unwrap();
}

fn numbers(store: &SqliteStore, query: &str) -> Vec<Vec<i64>> {
    let sql = store.connection.raw();
    let mut statement = sql.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn kept<'a>(store: &SqliteStore, samples: &'a [Sample]) -> Vec<&'a Sample> {
    samples.iter().filter(|sample| store.lookup(&sample.key).unwrap().is_some()).collect()
}

#[test]
fn what_was_noted_adds_up() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("date", INLINE);
    sample.store_in(&store, Mark(0));
    for round in 0..2 {
        note(&store, &sample, EventKind::Hit, NOW + round, Duration::from_micros(5));
        note(&store, &sample, EventKind::StaleHit, NOW - 10, Duration::from_micros(7));
        note(&store, &sample, EventKind::Miss, NOW, Duration::ZERO);
        note(&store, &Sample::new("gone", 0), EventKind::Hit, NOW, Duration::from_micros(1));
        prune(&store, u64::MAX);
    }
    assert_eq!(numbers(&store, "SELECT used_at,hits,stale_hits,saved FROM usage"), [[NOW + 1, 2, 2, 24]]);
    let hour = NOW / 3_600_000;
    let expected = [[hour, 1, 4, 12], [hour, 2, 2, 14], [hour, 3, 2, 0]];
    assert_eq!(numbers(&store, "SELECT hour,kind,count,saved FROM activity ORDER BY kind"), expected);
}

#[test]
fn what_happened_long_ago_is_kept_as_a_sum() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("date", INLINE);
    let day = 24 * 3_600_000;
    for at in [NOW - 40 * day, NOW - 39 * day, NOW] {
        note(&store, &sample, EventKind::Hit, at, Duration::from_micros(3));
        prune(&store, u64::MAX);
    }
    let expected = [[i64::MIN, 2, 6], [NOW / 3_600_000, 1, 3]];
    assert_eq!(numbers(&store, "SELECT hour,count,saved FROM activity ORDER BY hour"), expected);
}

#[test]
fn results_in_chunks_and_without_a_noted_use_are_evicted() {
    let home = Home::new();
    let store = home.store();
    let samples: Vec<Sample> = (0..4).map(|number| Sample::new(&format!("large {number}"), CHUNKED)).collect();
    for sample in &samples {
        sample.store_in(&store, Mark(0));
    }
    prune(&store, 2 * CHUNKED as u64);
    assert_eq!(kept(&store, &samples).len(), 1);
    assert_eq!(numbers(&store, "SELECT count(*) FROM pending"), [[0]]);
    prune(&store, 0);
    assert!(kept(&store, &samples).is_empty());
}

#[test]
fn damaged_numbers_do_not_prevent_eviction() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("date", INLINE);
    for damage in [i64::MIN, i64::MAX] {
        sample.store_in(&store, Mark(0));
        let sql = store.connection.raw();
        sql.execute("UPDATE entry SET size=?1", [damage]).unwrap();
        sql.execute("INSERT OR REPLACE INTO activity VALUES(1,1,?1,?1),(2,1,?1,?1)", [damage]).unwrap();
        note(&store, &sample, EventKind::Hit, NOW, Duration::ZERO);
        let sweep = Sweep { now: Timestamp::from_millis(0), older_than: None, keep_last: None, limit: 0 };
        assert_eq!(store.would_sweep(&sweep).unwrap(), 1);
        prune(&store, 0);
        assert_eq!(count(&store, "entry"), 0, "{damage}");
    }
}

#[test]
fn events_too_old_to_be_kept_by_the_hour_still_count() {
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
