//! Storing, finding, marking and removing one entry.

use super::*;

on_each_store!(
    what_was_stored_is_found,
    an_invalidated_entry_is_still_found,
    a_deleted_entry_is_gone,
    a_new_result_takes_the_place_of_the_old_one,
    keys_that_share_a_row_are_told_apart,
    a_transcript_of_another_length_is_not_stored,
    the_writers_own_error_ends_a_replay,
    failures_are_remembered_until_a_result_is_stored_or_deleted,
    a_condition_belongs_to_one_result,
    a_long_transcript_is_received_piece_by_piece,
    a_backend_looks_up_whether_a_store_is_open_or_not,
);

fn what_was_stored_is_found<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [0, INLINE, 252_000, CHUNKED, 9 * CHUNKED] {
        let sample = Sample::new("echo hello", size);
        let Stored::Fresh(result) = sample.store_in(&store, Mark(0)) else { unreachable!() };
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        let new = sample.entry();
        let body = entry.body.clone();
        assert_eq!(entry, Entry { summary: new.summary, has_lifetime: false, result, is_shared: false, body });
        assert!(replayed(&store, &entry).unwrap() == sample.transcript, "{size} bytes");
    }
}

fn an_invalidated_entry_is_still_found<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("echo", size);
        sample.store_in(&store, store.mark().unwrap());
        assert_eq!(store.invalidate(&Selector::Key(sample.key)).unwrap(), [sample.selected()]);
        assert_eq!(store.invalidate(&Selector::Key(sample.key)).unwrap(), [sample.selected()]);
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        assert!(entry.summary.invalidated);
        assert!(replayed(&store, &entry).unwrap() == sample.transcript);
    }
}

fn a_deleted_entry_is_gone<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("echo", size);
        sample.store_in(&store, store.mark().unwrap());
        assert_eq!(store.delete(&Selector::Key(sample.key)).unwrap(), 1);
        assert_eq!(store.delete(&Selector::Key(sample.key)).unwrap(), 0);
        assert_eq!(store.lookup(&sample.key).unwrap(), None);
    }
}

fn a_new_result_takes_the_place_of_the_old_one<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for (old, new) in [(INLINE, INLINE), (INLINE, CHUNKED), (CHUNKED, CHUNKED), (CHUNKED, INLINE)] {
        Sample::new("date", old).store_in(&store, Mark(0));
        let sample = Sample { transcript: output("other", new), ..Sample::new("date", 0) };
        sample.store_in(&store, Mark(0));
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        assert!(replayed(&store, &entry).unwrap() == sample.transcript);
    }
}

fn keys_that_share_a_row_are_told_apart<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let sample = Sample::new("echo", INLINE);
    sample.store_in(&store, Mark(0));
    let mut other = sample.key;
    other.0[31] ^= 1;
    assert_eq!(store.lookup(&other).unwrap(), None);
    assert_eq!(store.delete(&Selector::Key(other)).unwrap(), 0);
    assert!(store.lookup(&sample.key).unwrap().is_some());
}

fn a_transcript_of_another_length_is_not_stored<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [INLINE, CHUNKED] {
        let sample = Sample::new("echo", size);
        for wrong in [sample.entry().summary.size - 1, sample.entry().summary.size + 1] {
            let new = sample.entry_with(|summary| summary.size = wrong);
            let stored = store.store(&new, &mut &sample.transcript[..], Mark(0));
            assert!(matches!(stored, Err(StoreError { kind: StoreErrorKind::Transcript, .. })), "{stored:?}");
            assert_eq!(store.lookup(&sample.key).unwrap(), None);
        }
    }
}

fn the_writers_own_error_ends_a_replay<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for size in [INLINE, CHUNKED, 9 * CHUNKED] {
        let sample = Sample::new("echo", size);
        sample.store_in(&store, Mark(0));
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        let replay = store.replay(&entry, &mut |_, _| Err(std::io::ErrorKind::BrokenPipe.into()));
        assert!(matches!(replay, Err(ReplayError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe));
    }
}

fn failures_are_remembered_until_a_result_is_stored_or_deleted<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let sample = Sample::new("false", INLINE);
    let failure = Failure {
        count: 3,
        at: Timestamp::from_millis(5),
        status: 255,
        retry_at: Timestamp::from_millis(9),
        stderr: b"oh\xff\n".to_vec(),
    };
    let record = || {
        store.record_failure(&sample.key, &Failure { count: 2, ..failure.clone() }).unwrap();
        store.record_failure(&sample.key, &failure).unwrap();
        assert_eq!(store.failure(&sample.key).unwrap().as_ref(), Some(&failure));
    };
    record();
    assert_eq!(store.failure(&Sample::new("true", 0).key).unwrap(), None);
    sample.store_in(&store, Mark(0));
    assert_eq!(store.failure(&sample.key).unwrap(), None);
    for selector in [Selector::matching("false").unwrap(), Selector::Key(sample.key), Selector::All] {
        record();
        store.delete(&selector).unwrap();
        assert_eq!(store.failure(&sample.key).unwrap(), None, "{selector:?}");
    }
}

fn a_condition_belongs_to_one_result<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let sample = Sample::new("date", INLINE);
    let [first, second, third] = [Some(5), None, Some(6)].map(|seconds| {
        let condition = Condition { lifetime: seconds.map(Duration::from_secs), ..Condition::NONE };
        let new = NewEntry { condition: &condition, ..sample.entry_with(|summary| summary.is_failure = false) };
        store.store(&new, &mut &sample.transcript[..], Mark(0)).unwrap();
        let entry = store.lookup(&sample.key).unwrap().unwrap();
        assert_eq!(entry.has_lifetime, seconds.is_some());
        assert_eq!(store.condition(&entry).unwrap(), Some(condition).filter(|condition| !condition.is_empty()));
        entry
    });
    let lifetime = |entry| store.condition(entry).unwrap().and_then(|condition| condition.lifetime);
    assert_eq!([first, second, third].each_ref().map(lifetime), [None, None, Some(Duration::from_secs(6))]);
}

fn a_long_transcript_is_received_piece_by_piece<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let sample = Sample::new("cat big", CHUNKED);
    let mut incoming = store.receive(Duration::from_secs(5), false).unwrap();
    let (received, more) = sample.transcript.split_at(2 * CHUNKED / 3);
    for piece in received.chunks(100_000) {
        incoming.append(&store, piece, Duration::from_secs(5)).unwrap();
    }
    let mut read = Vec::new();
    let take = &mut |piece: &[u8]| {
        read.extend_from_slice(piece);
        Ok(())
    };
    incoming.read_back(&store, take).unwrap();
    assert_eq!(read.len() as u64, incoming.written());
    assert!([&read, incoming.rest()].concat() == received);
    assert!(!store.has(&sample.key).unwrap(), "it is no entry yet");
    assert!(matches!(incoming.finish(&store, &sample.entry(), &mut &more[..], Mark(0)), Ok(Stored::Fresh(_))));
    let entry = store.lookup(&sample.key).unwrap().unwrap();
    assert!(replayed(&store, &entry).unwrap() == sample.transcript);
}

fn a_backend_looks_up_whether_a_store_is_open_or_not<F: Fixture>() {
    let home = F::new();
    let backend = home.backend();
    let sample = Sample::new("date", INLINE);
    assert!(matches!(backend.entry(&sample.key), Ok((None, None))));
    assert!(backend.open().unwrap().is_none() && backend.open_readable().unwrap().is_none());
    for is_open in [false, true] {
        let store = backend.open_or_create().unwrap();
        sample.store_in(&store, store.mark().unwrap());
        store.invalidate(&Selector::Key(sample.key)).unwrap();
        let (expected, mark) = (store.lookup(&sample.key).unwrap(), store.mark().unwrap());
        let _open = is_open.then_some(store);
        assert_eq!(backend.entry(&sample.key).unwrap().1, expected);
        let (_, found) = backend.before_fetch(&sample.key).unwrap();
        assert_eq!(found, BeforeFetch { entry: expected.clone(), retry_at: None, mark });
        assert_eq!(backend.condition(&expected.unwrap()).unwrap(), None);
    }
}
