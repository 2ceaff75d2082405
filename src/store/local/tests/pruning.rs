//! What pruning removes, and what it leaves.

use super::*;

fn pages(store: &SqliteStore) -> i64 {
    store.connection.raw().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap()
}

fn unused_pages(store: &SqliteStore) -> i64 {
    store.connection.raw().pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap()
}

/// After everything stored here has expired.
fn later(sample: &Sample) -> Timestamp {
    sample.entry().summary.expires_at
}

#[test]
fn expired_entries_are_removed_and_the_file_shrinks() {
    let home = Home::new();
    let store = home.store();
    for number in 0..300 {
        Sample::new(&format!("echo {number}"), 20_000).store_in(&store, Mark(0));
    }
    let sample = Sample::new("cat big", 3 * CHUNKED);
    sample.store_in(&store, Mark(0));
    let other = Sample { transcript: sample.transcript.clone(), ..Sample::new("kept", INLINE) };
    let kept = other.entry_with(|summary| summary.expires_at = Timestamp::from_millis(i64::MAX));
    store.store(&kept, &mut &other.transcript[..], Mark(0)).unwrap();
    let before = pages(&store);
    store.prune(Timestamp::from_millis(later(&sample).as_millis() - 1), u64::MAX).unwrap();
    assert_eq!((count(&store, "entry"), pages(&store)), (302, before));
    store.prune(later(&sample), u64::MAX).unwrap();
    assert_eq!((count(&store, "entry"), count(&store, "pending")), (1, 0));
    assert!(pages(&store) < before - 200, "{before} pages became {}", pages(&store));
    assert!(unused_pages(&store) <= pages(&store) / 2 + 64);
    let entry = store.lookup(&other.key).unwrap().unwrap();
    assert!(replayed(&store, &entry).unwrap() == sample.transcript);
    store.delete(&Selector::All).unwrap();
    store.prune(later(&sample), u64::MAX).unwrap();
    assert_eq!(count(&store, "chunk"), 0);
    assert!(pages(&store) < 150, "{} pages", pages(&store));
}

#[test]
fn chunks_of_replaced_and_deleted_results_are_removed() {
    let home = Home::new();
    let store = home.store();
    let sample = Sample::new("cat big", CHUNKED);
    sample.store_in(&store, Mark(0));
    let chunks = count(&store, "chunk");
    sample.store_in(&store, Mark(0));
    assert_eq!(count(&store, "chunk"), 2 * chunks);
    store.prune(sample.entry().summary.fetched_at, u64::MAX).unwrap();
    assert_eq!(count(&store, "chunk"), chunks);
    let entry = store.lookup(&sample.key).unwrap().unwrap();
    assert!(replayed(&store, &entry).unwrap() == sample.transcript);
    store.delete(&Selector::All).unwrap();
    assert_eq!(count(&store, "chunk"), 0, "what is deleted is gone at once");
    assert!(matches!(replayed(&store, &entry), Err(ReplayError::Damaged)));
}

#[test]
fn a_result_being_read_stays_until_it_is_read() {
    let home = Home::new();
    let (reader, pruner) = (home.store(), home.store());
    let sample = Sample::new("cat big", 4 * CHUNKED);
    sample.store_in(&reader, Mark(0));
    let entry = reader.lookup(&sample.key).unwrap().unwrap();
    let mut transcript = Transcript::default();
    reader
        .replay(&entry, &mut |stream, data| {
            if transcript.as_bytes().is_empty() {
                pruner.delete(&Selector::All).unwrap();
                pruner.prune(later(&sample), u64::MAX).unwrap();
            }
            transcript.push(stream, data);
            Ok(())
        })
        .unwrap();
    assert!(transcript.as_bytes() == sample.transcript);
    pruner.prune(later(&sample), u64::MAX).unwrap();
    assert_eq!(count(&pruner, "chunk"), 0);
}

#[test]
fn a_result_that_disappears_while_it_is_replayed_is_torn() {
    let home = Home::new();
    let (reader, other) = (home.store(), home.store());
    let sample = Sample::new("cat big", 4 * CHUNKED);
    sample.store_in(&reader, Mark(0));
    let entry = reader.lookup(&sample.key).unwrap().unwrap();
    let replay = reader.replay(&entry, &mut |_, _| {
        other.connection.raw().execute("DELETE FROM chunk", []).unwrap();
        Ok(())
    });
    assert!(matches!(replay, Err(ReplayError::Torn)), "{replay:?}");
}

#[test]
fn chunks_being_written_stay_until_their_writer_is_gone() {
    let home = Home::new();
    let (writer, pruner) = (home.store(), home.store());
    let sample = Sample::new("cat big", CHUNKED);
    let mut incoming = writer.receive(Duration::ZERO, false).unwrap();
    incoming.write_rest(&writer, sample.entry().summary.size, &mut &sample.transcript[..]).unwrap();
    let chunks = count(&pruner, "chunk");
    assert!(chunks > 2);
    pruner.prune(later(&sample), u64::MAX).unwrap();
    assert_eq!((count(&pruner, "chunk"), count(&pruner, "pending")), (chunks, 1));
    drop(incoming);
    pruner.prune(later(&sample), u64::MAX).unwrap();
    assert_eq!((count(&pruner, "chunk"), count(&pruner, "pending")), (0, 0));
}
