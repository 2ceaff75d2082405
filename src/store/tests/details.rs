//! Entries one after another, with all that is known of them.

use std::ops::ControlFlow;

use super::*;

on_each_store!(
    the_newest_come_first_however_many_have_the_same_time,
    a_list_ends_when_its_reader_breaks_off,
    a_walk_goes_on_where_an_earlier_one_ended_in_both_directions,
    entries_are_counted_up_to_a_limit,
    everything_that_is_known_is_listed,
);

fn found(store: &impl Upkeep, selectors: &[Selector]) -> Vec<Detail> {
    let mut details = Vec::new();
    let each = &mut |detail| {
        details.push(detail);
        ControlFlow::Continue(())
    };
    store.details(Start::of(Order::NewestFirst), selectors, each).unwrap();
    details
}

fn store_at(store: &impl Upkeep, sample: &Sample, millis: i64) {
    let new = sample.entry_with(|summary| summary.fetched_at = Timestamp::from_millis(millis));
    store.store(&new, &mut &sample.transcript[..], store.mark().unwrap()).unwrap();
}

fn the_newest_come_first_however_many_have_the_same_time<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let samples: Vec<Sample> = (0..600).map(|number| Sample::new(&format!("echo {number}"), 10)).collect();
    for (number, sample) in samples.iter().enumerate() {
        store_at(&store, sample, number as i64 / 300);
    }
    let details = found(&store, &[]);
    assert_eq!(details.len(), 600);
    assert!(details.is_sorted_by_key(|detail| -detail.summary.fetched_at.as_millis()));
    let matching = Selector::matching("echo 17?").unwrap();
    assert_eq!(found(&store, std::slice::from_ref(&matching)).len(), 10);
    let both = [matching, Selector::Key(samples[171].key)];
    assert_eq!(found(&store, &both).iter().map(|detail| detail.summary.key).collect::<Vec<_>>(), [samples[171].key]);
    assert_eq!(found(&store, &[Selector::Key(samples[2].key), Selector::Key(samples[3].key)]), []);
    assert_eq!(found(&store, &[Selector::prefix(&samples[9].key.to_string()[..20]).unwrap()]).len(), 1);
}

fn a_list_ends_when_its_reader_breaks_off<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for number in 0..5 {
        store_at(&store, &Sample::new(&format!("echo {number}"), 10), number);
    }
    let mut seen = 0;
    let each = &mut |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.details(Start::of(Order::NewestFirst), &[], each).unwrap();
    assert_eq!(seen, 2);
}

fn a_walk_goes_on_where_an_earlier_one_ended_in_both_directions<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for number in 0..40 {
        store_at(&store, &Sample::new(&format!("echo {number}"), 10), number / 20);
    }
    let all: Vec<Key> = found(&store, &[]).iter().map(|detail| detail.summary.key).collect();
    for (order, expected) in
        [(Order::NewestFirst, all.clone()), (Order::OldestFirst, all.iter().rev().copied().collect::<Vec<_>>())]
    {
        let (mut start, mut keys) = (Start::of(order), Vec::new());
        let mut goes_on = true;
        while goes_on {
            goes_on = false;
            let begin = start;
            let each = &mut |detail: Detail| {
                keys.push(detail.summary.key);
                start.after = Some(detail.rank());
                goes_on = keys.len() % 7 == 0;
                if goes_on { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            store.details(begin, &[], each).unwrap();
        }
        assert_eq!(keys, expected);
    }
}

fn entries_are_counted_up_to_a_limit<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    assert_eq!(store.count(3).unwrap(), 0);
    for (number, counted) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
        store_at(&store, &Sample::new(&format!("echo {number}"), 10), number);
        assert_eq!(store.count(3).unwrap(), counted);
    }
}

fn everything_that_is_known_is_listed<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let sample = Sample::new("echo one", INLINE);
    let condition = Condition { lifetime: Some(Duration::from_secs(7)), ..Condition::NONE };
    let new = NewEntry { condition: &condition, ..sample.entry() };
    store.store(&new, &mut &sample.transcript[..], store.mark().unwrap()).unwrap();
    let failure = Failure {
        count: 2,
        at: Timestamp::from_millis(5),
        status: 9,
        retry_at: Timestamp::from_millis(6),
        stderr: b"no\xff".to_vec(),
    };
    store.record_failure(&sample.key, &failure).unwrap();
    let event = |kind| Event { kind, key: sample.key, at: Timestamp::from_millis(8), saved: Duration::from_secs(1) };
    for kind in [EventKind::Hit, EventKind::StaleHit] {
        home.backend().note(&event(kind));
    }
    store.fold().unwrap();
    let entry = store.lookup(&sample.key).unwrap().unwrap();
    let expected = Detail {
        locator: found(&store, &[])[0].locator,
        summary: new.summary,
        parts: sample.parts.clone(),
        recipe: sample.recipe.clone(),
        result: entry.result,
        condition,
        usage: Usage { hits: 1, stale_hits: 1, saved: Duration::from_secs(2), last: Some(Timestamp::from_millis(8)) },
        failure: Some(failure),
    };
    assert_eq!(found(&store, &[Selector::All]), std::slice::from_ref(&expected));
    let mut again = Vec::new();
    let each = &mut |detail| {
        again.push(detail);
        ControlFlow::Continue(())
    };
    let locator = expected.locator;
    store.details_at(&mut [locator, Locator(locator.0 ^ 1), locator].into_iter(), each).unwrap();
    assert_eq!(again, [expected.clone(), expected]);
}
