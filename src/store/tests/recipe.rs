//! Recipes are read as they were written, and damage is noticed.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn recipe() -> Recipe {
    let invocation = Invocation::new(["echo", "one"]);
    Recipe::new(&invocation, Path::new("/here"), &FetchPolicy::default(), &Policy::default())
}

#[test]
fn a_recipe_yields_the_invocation_that_it_was_made_of() {
    let recipe = recipe();
    assert_eq!(recipe.invocation(), Invocation::new(["echo", "one"]).in_dir("/here"));
    assert_eq!(recipe.fetch, FetchPolicy::default());
}

#[test]
fn the_words_are_not_stored_twice() {
    let recipe = recipe();
    let parts = KeyParts { argv: recipe.argv.clone(), ..KeyParts::default() };
    let bytes = recipe.encode(&parts);
    assert!(!bytes.windows(4).any(|window| window == b"echo"));
    assert_eq!(Recipe::decode(&bytes, &parts), Some(recipe));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let parts = KeyParts::default();
    let bytes = recipe().encode(&parts);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Recipe::decode(&damaged, &parts), None, "bit {bit}");
    }
}

fn any_text() -> impl Strategy<Value = OsString> {
    vec(any::<u8>(), 0..8).prop_map(OsString::from_vec)
}

proptest! {
    #[test]
    fn recipes_survive_the_round_trip(
        argv in vec(any_text(), 0..4),
        (shell, size, depends_on_program) in any::<(bool, Option<(u16, u16)>, bool)>(),
        cwd in any_text(),
        max_size: u64,
        refresh_timeout: u64,
        keep: u64,
        codes in vec(any::<u8>(), 1..5),
        (keyed_argv, keyed_cwd) in any::<(bool, bool)>(),
        (ttl, failure_ttl) in any::<(Option<u64>, Option<u64>)>(),
        (depends_on, tags) in (vec(any_text(), 0..3), vec(any_text(), 0..3)),
        (store_if, on_refresh) in (proptest::option::of(any_text()), proptest::option::of(any_text())),
        variables in vec((any_text(), any_text()), 0..3),
        job in proptest::option::of((any_text(), proptest::option::of(any_text()))),
        jitter in prop_oneof![
            any::<u32>().prop_map(Jitter::Share),
            any::<u64>().prop_map(|millis| Jitter::Span(Duration::from_millis(millis))),
        ],
    ) {
        let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
        let recipe = Recipe {
            argv,
            shell,
            terminal: size.map(|(rows, columns)| WindowSize { rows, columns }),
            cwd: cwd.into(),
            variables: variables.clone(),
            fetch: FetchPolicy {
                timeout: None,
                max_size,
                refresh_timeout: Duration::from_millis(refresh_timeout),
                on_refresh,
                store_if,
                depends_on,
                depends_on_program,
                tags,
                job: job.map(|(name, expiry)| Job { name, expiry, variables }),
            },
            keep: Duration::from_millis(keep),
            ttl: ttl.map(Duration::from_millis),
            jitter,
            cache_exit: codes.join(",").parse().unwrap(),
            failure_ttl: failure_ttl.map(Duration::from_millis),
        };
        let parts = KeyParts {
            argv: if keyed_argv { recipe.argv.clone() } else { vec!["other".into()] },
            cwd: keyed_cwd.then(|| recipe.cwd.clone()),
            ..KeyParts::default()
        };
        prop_assert_eq!(Recipe::decode(&recipe.encode(&parts), &parts), Some(recipe));
    }

    #[test]
    fn any_bytes_decode_without_panic(bytes in vec(any::<u8>(), 0..100)) {
        let _ = Recipe::decode(&bytes, &KeyParts::default());
    }
}
