//! Conditions of entries, read with SQLite and without.

use super::*;
use crate::dependencies::Dependencies;

fn stored_with(store: &SqliteStore, sample: &Sample, condition: &Condition) -> Entry {
    let new = NewEntry { condition, ..sample.entry() };
    store.store(&new, &mut &sample.transcript[..], Mark(0)).unwrap();
    store.lookup(&sample.key).unwrap().unwrap()
}

fn lifetime(seconds: u64) -> Condition {
    Condition { lifetime: Some(Duration::from_secs(seconds)), ..Condition::NONE }
}

#[test]
fn the_quick_lookup_reads_the_condition_of_one_result() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("date", INLINE);
    let first = stored_with(&store, &sample, &lifetime(5));
    let third = stored_with(&store, &sample, &lifetime(6));
    drop(store);
    let place = Place::check(home.path()).unwrap();
    assert_eq!(crate::store::local::quick::condition(&place, &third), Some(Some(lifetime(6))));
    assert_eq!(crate::store::local::quick::condition(&place, &first), Some(None));
    home.store().delete(&Selector::All).unwrap();
    assert_eq!(crate::store::local::quick::condition(&place, &third), Some(None));
}

#[test]
fn a_long_condition_is_read_by_sqlite() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("date", INLINE);
    let patterns: Vec<std::ffi::OsString> = (0..3000).map(|number| format!("/none/{number}").into()).collect();
    let condition =
        Condition { dependencies: Some(Dependencies::observe(&patterns, Path::new("/")).unwrap()), ..Condition::NONE };
    let entry = stored_with(&store, &sample, &condition);
    assert_eq!(store.condition(&entry).unwrap(), Some(condition));
    drop(store);
    assert_eq!(crate::store::local::quick::condition(&Place::check(home.path()).unwrap(), &entry), None);
}

#[test]
fn a_damaged_condition_is_none() {
    let home = Home::new();
    let store = home.store();
    let entry = stored_with(&store, &Sample::new("date", INLINE), &lifetime(5));
    let sql = store.connection.raw();
    for damage in ["substr(facts,2)", "'text'", "NULL", "7", "zeroblob(20)"] {
        sql.execute_batch(&format!("UPDATE condition SET facts={damage}")).unwrap();
        assert!(matches!(store.condition(&entry), Ok(None) | Err(_)), "{damage}");
    }
}
