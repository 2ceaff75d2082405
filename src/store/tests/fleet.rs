//! Following other hosts, and telling them.

use std::cell::Cell;
use std::time::Duration;

use super::*;
use crate::model::time::{Moment, Timestamp};
use crate::store::fleet::{Contact, LogAnswer, Missed, Queued, ServerId};
use crate::store::log::{BarrierKind, Epoch, Position, Tag};

const LOG: LogId = LogId(7);
const SERVER: ServerId = ServerId(-7);

fn at(epoch: u8, n: u64) -> Position {
    Position { epoch: Epoch([epoch; 16]), n, tag: (n > 0).then_some(Tag([n as u8; 16])) }
}

fn queued(tag: u8, kind: BarrierKind, selector: Selector) -> Queued {
    Queued { tag: Tag([tag; 16]), kind, selector, at: Timestamp::from_millis(i64::from(tag)) }
}

fn catch_up(store: &impl Fleet, now: Position, missed: Missed) {
    let answer = LogAnswer { log: LOG, now, missed: &|_| missed.clone(), since: Mark(0), contact: None };
    store.catch_up(&answer).unwrap();
}

fn standing(epoch: u8, fence: u64) -> Standing {
    Standing { log: LOG, epoch: [epoch; 16], fence }
}

/// Stores the sample with this origin, under the present mark.
fn store_as(store: &impl Store, sample: &Sample, origin: Origin) -> Stored {
    let mark = store.mark().unwrap();
    store.store(&NewEntry { origin, ..sample.entry() }, &mut &sample.transcript[..], mark).unwrap()
}

fn is_stale(store: &impl Store, sample: &Sample) -> Option<bool> {
    store.lookup(&sample.key).unwrap().map(|entry| entry.summary.invalidated)
}

fn samples() -> [Sample; 3] {
    [Sample::new("kubectl get pods", INLINE), Sample::new("kubectl get nodes", CHUNKED), Sample::new("date", INLINE)]
}

fn what_is_not_shared_is_left_alone<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let [pods, nodes, date] = samples();
    store_as(&store, &pods, Origin::Shared);
    store_as(&store, &nodes, Origin::Shared);
    store_as(&store, &date, Origin::Own);
    assert!(
        store.lookup(&pods.key).unwrap().unwrap().is_shared && store.lookup(&nodes.key).unwrap().unwrap().is_shared
    );
    catch_up(&store, at(1, 1), Missed::Barriers(vec![(BarrierKind::Invalidate, Selector::All)]));
    assert_eq!([&pods, &nodes, &date].map(|sample| is_stale(&store, sample)), [Some(true), Some(true), Some(false)]);
    let names = Selector::matching("* pods").unwrap();
    catch_up(
        &store,
        at(1, 2),
        Missed::Barriers(vec![(BarrierKind::Delete, names), (BarrierKind::Invalidate, Selector::All)]),
    );
    assert_eq!([&pods, &nodes, &date].map(|sample| is_stale(&store, sample)), [None, Some(true), Some(false)]);
    assert_eq!(store.known(LOG).unwrap().position, Some(at(1, 2)));
    assert_eq!(store.known(LogId(8)).unwrap().position, None);
    catch_up(&store, at(2, 0), Missed::Everything);
    assert_eq!([&nodes, &date].map(|sample| is_stale(&store, sample)), [Some(true), Some(false)]);
    // The present result of a key decides, not an earlier one.
    store_as(&store, &nodes, Origin::Own);
    catch_up(&store, at(2, 1), Missed::Barriers(vec![(BarrierKind::Delete, Selector::Key(nodes.key))]));
    assert_eq!(is_stale(&store, &nodes), Some(false));
}

fn a_store_with_many_entries_catches_up<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let many: Vec<_> = (0..700).map(|number| Sample::new(&format!("echo {number}"), 10)).collect();
    let all = |store: &_| many.iter().filter(|sample| is_stale(store, sample) == Some(true)).count();
    let mark = store.mark().unwrap();
    for sample in &many {
        let new = NewEntry { origin: Origin::Shared, ..sample.entry() };
        store.store(&new, &mut &sample.transcript[..], mark).unwrap();
    }
    let keys = many.iter().step_by(2).map(|sample| (BarrierKind::Invalidate, Selector::Key(sample.key)));
    catch_up(&store, at(1, 350), Missed::Barriers(keys.collect()));
    assert_eq!(all(&store), 350);
    catch_up(&store, at(2, 350), Missed::Everything);
    assert_eq!(all(&store), 700);
    let asked = Cell::new(0);
    let missed = |stored: Option<&Position>| {
        asked.set(asked.get() + 1);
        assert_eq!(stored, Some(&at(2, 350)));
        Missed::Nothing
    };
    store.catch_up(&LogAnswer { log: LOG, now: at(2, 3), missed: &missed, since: Mark(0), contact: None }).unwrap();
    assert_eq!((asked.get(), store.known(LOG).unwrap().position), (1, Some(at(2, 350))));
}

fn what_is_being_fetched_is_compared_with_the_barriers_of_others<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    for (origin, invalidated, deleted) in
        [(Origin::Shared, Change::Invalidated, Change::Deleted), (Origin::Own, Change::None, Change::None)]
    {
        for (kind, change) in [(BarrierKind::Invalidate, invalidated), (BarrierKind::Delete, deleted)] {
            let [pods, ..] = samples();
            let mark = store.mark().unwrap();
            catch_up(&store, at(1, 1), Missed::Barriers(vec![(kind, Selector::Key(pods.key))]));
            let shared = origin.is_shared();
            assert_eq!(store.changes(&pods.key, &pods.parts, &pods.recipe, mark, shared).unwrap(), change);
            let new = NewEntry { origin, ..pods.entry() };
            let stored = store.store(&new, &mut &pods.transcript[..], mark).unwrap();
            let expected = match change {
                Change::Deleted => matches!(stored, Stored::Deleted),
                Change::Invalidated => matches!(stored, Stored::Invalidated(_)),
                _ => matches!(stored, Stored::Fresh(_)),
            };
            assert!(expected, "{origin:?} {kind:?}: {stored:?}");
        }
    }
}

fn a_result_of_another_epoch_is_stale<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let [pods, nodes, date] = samples();
    assert!(matches!(store_as(&store, &date, Origin::Led(standing(1, 5))), Stored::Invalidated(_)));
    catch_up(&store, at(1, 1), Missed::Everything);
    assert!(matches!(store_as(&store, &pods, Origin::Led(standing(1, 5))), Stored::Fresh(_)));
    assert!(matches!(store_as(&store, &nodes, Origin::Copied(standing(1, 5))), Stored::Fresh(_)));
    catch_up(&store, at(2, 1), Missed::Everything);
    assert!(matches!(store_as(&store, &pods, Origin::Led(standing(1, 6))), Stored::Invalidated(_)));
    assert!(matches!(store_as(&store, &nodes, Origin::Copied(standing(1, 6))), Stored::Invalidated(_)));
}

fn a_copy_replaces_only_what_is_earlier<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    catch_up(&store, at(1, 0), Missed::Everything);
    let [pods, nodes, _] = samples();
    for sample in [pods, nodes] {
        assert!(matches!(store_as(&store, &sample, Origin::Led(standing(1, 5))), Stored::Fresh(_)));
        for fence in [4, 5] {
            assert_eq!(store_as(&store, &sample, Origin::Copied(standing(1, fence))), Stored::Overtaken);
        }
        assert!(matches!(store_as(&store, &sample, Origin::Copied(standing(1, 6))), Stored::Fresh(_)));
        // A run of this host always counts, and what has no fence stands in the way of nothing.
        assert!(matches!(store_as(&store, &sample, Origin::Led(standing(1, 3))), Stored::Fresh(_)));
        assert!(matches!(store_as(&store, &sample, Origin::Shared), Stored::Fresh(_)));
        assert!(matches!(store_as(&store, &sample, Origin::Copied(standing(1, 1))), Stored::Fresh(_)));
        store.delete(&Selector::Key(sample.key)).unwrap();
        assert!(matches!(store_as(&store, &sample, Origin::Copied(standing(1, 1))), Stored::Fresh(_)));
    }
}

fn what_the_server_has_not_been_told_is_on_record<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let [pods, nodes, date] = samples();
    for (sample, origin) in [(&pods, Origin::Shared), (&nodes, Origin::Own), (&date, Origin::Shared)] {
        store_as(&store, sample, origin);
    }
    let first = queued(1, BarrierKind::Invalidate, Selector::matching("kubectl *").unwrap());
    let mut found = Vec::new();
    assert_eq!(store.announce(LOG, &first, &mut |selected| found.push(selected.key)).unwrap(), 0);
    found.sort();
    let mut expected = [pods.key, nodes.key];
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!([&pods, &nodes, &date].map(|sample| is_stale(&store, sample)), [Some(true), Some(true), Some(false)]);
    assert_eq!(store.known(LOG).unwrap().queued, std::slice::from_ref(&first));
    assert_eq!(store.known(LogId(8)).unwrap().queued, []);
    // A copy that was made before the server was told.
    store_as(&store, &pods, Origin::Shared);
    store_as(&store, &nodes, Origin::Own);
    let mark = store.mark().unwrap();
    store.announced(&first).unwrap();
    assert_eq!([&pods, &nodes, &date].map(|sample| is_stale(&store, sample)), [Some(true), Some(false), Some(false)]);
    assert_eq!(store.changes(&pods.key, &pods.parts, &pods.recipe, mark, true).unwrap(), Change::Invalidated);
    assert_eq!(store.known(LOG).unwrap().queued, []);
    let second = queued(2, BarrierKind::Delete, Selector::All);
    assert_eq!(store.announce(LOG, &second, &mut |_| unreachable!("nothing is refreshed")).unwrap(), 3);
    assert_eq!(store.known(LOG).unwrap().queued, [second]);
}

fn one_record_stands_for_earlier_ones_of_the_same<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let key = Selector::Key(samples()[0].key);
    let announce = |queued: &Queued| store.announce(LOG, queued, &mut |_| ()).unwrap();
    let [first, second] = [1, 2].map(|tag| queued(tag, BarrierKind::Invalidate, key.clone()));
    announce(&first);
    announce(&second);
    // The first one arrives late: the second has still to be sent.
    store.announced(&first).unwrap();
    assert_eq!(store.known(LOG).unwrap().queued, [second]);
    let deletion = queued(3, BarrierKind::Delete, key.clone());
    announce(&deletion);
    assert_eq!(store.known(LOG).unwrap().queued, std::slice::from_ref(&deletion));
    let third = queued(4, BarrierKind::Invalidate, key);
    announce(&third);
    assert_eq!(store.known(LOG).unwrap().queued, [deletion, third]);
}

fn what_the_server_has_judged_is_not_compared_with_its_log_again<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let catch_up = |now, missed: Missed, since| {
        store.catch_up(&LogAnswer { log: LOG, now, missed: &|_| missed.clone(), since, contact: None }).unwrap()
    };
    let all = || Missed::Barriers(vec![(BarrierKind::Invalidate, Selector::All)]);
    let first = store.mark().unwrap();
    // Two processes ask at a time: one replays, and neither holds that against what it fetches then.
    let one = catch_up(at(1, 1), all(), first);
    let other = catch_up(at(1, 1), Missed::Nothing, first);
    assert!(one == other && one == store.mark().unwrap() && one != first);
    // A slow answer knows less than this host.
    assert_eq!(catch_up(at(1, 0), Missed::Nothing, first), first);
    // This host's own changes count.
    let own = queued(1, BarrierKind::Invalidate, Selector::All);
    store.announce(LOG, &own, &mut |_| ()).unwrap();
    assert_eq!(catch_up(at(1, 2), all(), one), one);
    let announced = store.mark().unwrap();
    store.announced(&own).unwrap();
    assert_eq!(catch_up(at(1, 3), all(), announced), announced);
    let now = store.mark().unwrap();
    assert_eq!(catch_up(at(1, 3), Missed::Nothing, now), now);
}

fn contact_is_the_latest_of_this_boot<F: Fixture>() {
    let fixture = F::new();
    let store = fixture.store();
    let contact = |contact| {
        store
            .catch_up(&LogAnswer {
                log: LOG,
                now: at(1, 0),
                missed: &|_| Missed::Nothing,
                since: Mark(0),
                contact: Some((SERVER, contact)),
            })
            .unwrap();
        store.contact(SERVER).unwrap()
    };
    let now = Contact::now();
    let earlier = Contact {
        sent_at: Moment::from_nanos(now.sent_at.as_nanos() - 5_000_000_000),
        wall: Timestamp::from_millis(now.wall.as_millis() - 5_000),
    };
    // The clock of an earlier boot may have counted further.
    let other = Contact { sent_at: Moment::from_nanos(now.sent_at.as_nanos() + 9_000_000_000), wall: earlier.wall };
    assert_eq!(store.contact(SERVER).unwrap(), None);
    assert_eq!(contact(other), Some(other));
    assert_eq!(contact(earlier), Some(earlier));
    assert_eq!(contact(now), Some(now));
    assert_eq!(contact(earlier), Some(now));
    assert_eq!(store.contact(ServerId(1)).unwrap(), None);
    let found = fixture.backend().shared_entry(&samples()[0].key, SERVER).unwrap();
    assert_eq!((found.entry, found.contact), (None, Some(now)));
    let called_at = Moment::now();
    let s = Duration::from_secs;
    assert!(
        now.is_within(s(5), called_at) && !earlier.is_within(s(5), called_at) && earlier.is_within(s(60), called_at)
    );
    assert!(!other.is_within(s(60), called_at), "another boot");
    assert!(!now.is_within(Duration::ZERO, called_at) && now.is_within(Duration::ZERO, now.sent_at));
    let later =
        Contact { sent_at: Moment::from_nanos(now.sent_at.as_nanos() + 60_000_000_000), wall: now.wall.after(s(60)) };
    assert!(!later.is_within(s(600), called_at), "it is in the future");
}

on_each_store!(
    what_is_not_shared_is_left_alone,
    a_store_with_many_entries_catches_up,
    what_is_being_fetched_is_compared_with_the_barriers_of_others,
    a_result_of_another_epoch_is_stale,
    a_copy_replaces_only_what_is_earlier,
    what_the_server_has_not_been_told_is_on_record,
    one_record_stands_for_earlier_ones_of_the_same,
    what_the_server_has_judged_is_not_compared_with_its_log_again,
    contact_is_the_latest_of_this_boot,
);
