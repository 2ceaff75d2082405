//! What the README shows works: its shell examples run, in the shells that it names.

use crate::common::Home;

/// The README's runnable examples, in their order.
fn examples() -> Vec<&'static str> {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("\n```sh\n").skip(1);
    blocks.map(|rest| rest.split("\n```").next().expect("a block ends")).collect()
}

#[test]
fn every_example_runs() {
    let examples = examples();
    assert!(examples.len() >= 5, "the README has {} examples", examples.len());
    let home = Home::new();
    for example in examples {
        let outcome = home.call("bash", ["-ec", example]).go();
        assert!(outcome.status.success(), "{example}\n{outcome}");
        home.until_quiet();
    }
}

#[test]
fn the_list_of_the_recipe_has_what_was_added() {
    let home = Home::new();
    let recipe = examples().into_iter().find(|example| example.contains("water the plants")).expect("the recipe");
    home.call("bash", ["-ec", recipe]).go().stdout("water the plants\ncall home\nwater the plants\n").status(0);
}
