//! Invalidating, deleting and finding by selector.

use super::*;
use crate::policy::Job;

on_each_store!(
    what_is_selected_is_invalidated_and_the_rest_is_not,
    what_is_selected_is_deleted_and_the_rest_is_not,
    what_is_selected_is_listed_and_left_as_it_is,
    a_list_ends_at_its_limit,
    more_entries_than_a_batch_are_all_selected,
    keys_are_found_by_their_first_digits,
);

/// Three commands of two scopes, in the order of their keys.
fn samples(store: &impl Upkeep) -> Vec<Sample> {
    let mut samples = vec![
        Sample::new("kubectl get pods", INLINE).scoped("work"),
        Sample::new("kubectl get nodes", CHUNKED),
        tagged(Sample::new("git log", INLINE).scoped("work")),
    ];
    samples.sort_by_key(|sample| sample.key);
    for sample in &samples {
        sample.store_in(store, store.mark().unwrap());
    }
    samples
}

/// With tags and a job, which do not change the key.
fn tagged(mut sample: Sample) -> Sample {
    sample.recipe.fetch.tags = vec!["slow".into(), "vcs".into()];
    sample.recipe.fetch.job = Some(Job { name: "log".into(), ..Job::default() });
    sample
}

fn sorted(mut selected: Vec<Selected>) -> Vec<Selected> {
    selected.sort_by_key(|selected| selected.key);
    selected
}

type IsSelected = fn(&Sample) -> bool;
type StoreOf<F> = <<F as Fixture>::Backend as Backend>::Store;

fn cases(sample: &Sample) -> [(Selector, IsSelected); 8] {
    [
        (Selector::prefix(&sample.key.to_string()[..20]).unwrap(), |sample| sample.recipe.argv[0] == "git"),
        (Selector::Key(sample.key), |sample| sample.recipe.argv[0] == "git"),
        (Selector::Scope("work".into()), |sample| sample.parts.scope.is_some()),
        (Selector::matching("kubectl *").unwrap(), |sample| sample.recipe.argv[0] == "kubectl"),
        (Selector::Tag("vcs".into()), |sample| sample.recipe.argv[0] == "git"),
        (Selector::Tag("vc".into()), |_| false),
        (Selector::Job("log".into()), |sample| sample.recipe.argv[0] == "git"),
        (Selector::All, |_| true),
    ]
}

/// Calls `check` for each selector, with a store that has all samples.
fn with_each<F: Fixture>(check: impl Fn(&StoreOf<F>, &[Sample], &Selector, IsSelected)) {
    let git = Sample::new("git log", INLINE).scoped("work");
    for (selector, is_selected) in cases(&git) {
        let home = F::new();
        let store = home.store();
        check(&store, &samples(&store), &selector, is_selected);
    }
}

fn selected(samples: &[Sample], is_selected: IsSelected) -> Vec<Selected> {
    samples.iter().filter(|sample| is_selected(sample)).map(Sample::selected).collect()
}

fn what_is_selected_is_invalidated_and_the_rest_is_not<F: Fixture>() {
    with_each::<F>(|store, samples, selector, is_selected| {
        let invalidated = sorted(store.invalidate(selector).unwrap());
        assert_eq!(invalidated, selected(samples, is_selected), "{selector:?}");
        for sample in samples {
            let entry = store.lookup(&sample.key).unwrap().unwrap();
            assert_eq!(entry.summary.invalidated, is_selected(sample), "{selector:?}");
        }
    });
}

fn what_is_selected_is_deleted_and_the_rest_is_not<F: Fixture>() {
    with_each::<F>(|store, samples, selector, is_selected| {
        let expected = selected(samples, is_selected).len() as u64;
        assert_eq!(store.delete(selector).unwrap(), expected, "{selector:?}");
        for sample in samples {
            assert_eq!(store.lookup(&sample.key).unwrap().is_none(), is_selected(sample), "{selector:?}");
        }
    });
}

fn what_is_selected_is_listed_and_left_as_it_is<F: Fixture>() {
    with_each::<F>(|store, samples, selector, is_selected| {
        let expected = selected(samples, is_selected);
        assert_eq!(sorted(store.select(selector, 100).unwrap()), expected, "{selector:?}");
        assert_eq!(store.select(selector, 1).unwrap().len(), expected.len().min(1), "{selector:?}");
        assert!(samples.iter().all(|sample| !store.lookup(&sample.key).unwrap().unwrap().summary.invalidated));
    });
}

fn a_list_ends_at_its_limit<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for number in 0..600 {
        Sample::new(&format!("echo {number}"), 10).store_in(&store, Mark(0));
    }
    for limit in [0, 1, 300, 600, 1000] {
        assert_eq!(store.select(&Selector::All, limit).unwrap().len(), limit.min(600));
    }
}

fn more_entries_than_a_batch_are_all_selected<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    let samples: Vec<Sample> = (0..700).map(|number| Sample::new(&format!("echo {number}"), 10)).collect();
    for sample in &samples {
        sample.store_in(&store, Mark(0));
    }
    let big: Vec<Sample> = (0..30).map(|number| Sample::new(&format!("cat {number}"), 200_000)).collect();
    for sample in &big {
        sample.store_in(&store, Mark(0));
    }
    assert_eq!(store.invalidate(&Selector::All).unwrap().len(), 730);
    assert!(samples.iter().chain(&big).all(|sample| store.lookup(&sample.key).unwrap().unwrap().summary.invalidated));
    assert_eq!(store.delete(&Selector::matching("cat *").unwrap()).unwrap(), 30);
    assert_eq!(store.delete(&Selector::All).unwrap(), 700);
    assert_eq!(store.statistics(0).unwrap().entries, 0);
}

fn keys_are_found_by_their_first_digits<F: Fixture>() {
    let home = F::new();
    let store = home.store();
    for sample in samples(&store) {
        let digits = sample.key.to_string();
        for length in [12, 16, 17, 64] {
            assert_eq!(store.keys_with_prefix(&digits[..length]).unwrap(), [sample.key]);
            assert_eq!(store.keys_with_prefix(&digits[..length].to_uppercase()).unwrap(), [sample.key]);
        }
        let last = if digits.ends_with('0') { "1" } else { "0" };
        assert_eq!(store.keys_with_prefix(&format!("{}{last}", &digits[..63])).unwrap(), []);
    }
    for number in 0..40 {
        Sample::new(&format!("echo {number}"), 10).store_in(&store, Mark(0));
    }
    let counts = (0..16).map(|digit| store.keys_with_prefix(&format!("{digit:x}")).unwrap().len());
    assert_eq!(counts.max(), Some(2), "two at most");
    assert_eq!(store.keys_with_prefix("not hexadecimal").unwrap(), []);
    assert_eq!(store.keys_with_prefix("").unwrap(), []);
}
