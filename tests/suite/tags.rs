//! `--tag`: labels to select entries by.

use crate::common::Home;

#[test]
fn entries_are_selected_by_any_of_their_labels() {
    let home = Home::new();
    home.run(["--tag", "slow", "--tag", "net", "echo", "1"]).status(0);
    home.run(["--tag", "slow", "echo", "2"]).status(0);
    home.run(["echo", "3"]).status(0);
    home.delete(["--tag", "net"]).counted(1);
    home.delete(["--tag", "net"]).counted(0);
    home.invalidate(["--tag", "slow"]).counted(1);
    home.until_quiet();
    home.delete(["--all"]).counted(2);
}

#[test]
fn a_label_is_not_part_of_the_key_and_the_last_fetch_sets_it() {
    let home = Home::new();
    home.counter("date");
    home.run(["--tag", "a", "date"]).status(0);
    home.run(["--tag", "b", "date"]).status(0);
    assert_eq!(home.runs("date"), 1);
    home.delete(["--tag", "b"]).counted(0);
    home.run(["--tag", "b", "--refresh", "date"]).status(0);
    home.delete(["--tag", "b"]).counted(1);
}

#[test]
fn a_refresh_keeps_the_labels() {
    let home = Home::new();
    home.run(["--tag", "a", "echo", "x"]).status(0);
    home.invalidate(["--tag", "a"]).counted(1);
    home.until_quiet();
    home.delete(["--tag", "a"]).counted(1);
}

#[test]
fn a_label_needs_a_name() {
    let home = Home::new();
    home.run(["--tag", "", "true"]).stderr_has("--tag").status(125);
}
