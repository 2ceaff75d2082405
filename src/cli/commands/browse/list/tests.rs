use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::cache::{Host, Setting};
use crate::cli::args::upkeep::SortColumn;
use crate::cli::commands::browse::filter::Filter;
use crate::cli::render::entry::command;
use crate::model::input::Input;
use crate::model::invocation::Invocation;
use crate::model::key::{KeyOptions, KeyParts};
use crate::model::time::Timestamp;
use crate::policy::{FetchPolicy, Policy};

const COUNT: usize = 1200;
const ROWS: usize = 20;

/// A cache of `echo 0`, the oldest one, to `echo 1199`, which all tests read.
fn engine() -> Engine {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let engine = at(home.path());
        (0..COUNT).for_each(|number| add(&engine, number, Timestamp::now()));
        home
    });
    at(home.path())
}

fn at(directory: &Path) -> Engine {
    Engine::at(directory.join("cache.db"), Host::silent())
}

fn add(engine: &Engine, number: usize, now: Timestamp) {
    let invocation = Invocation::new(["echo", &number.to_string()]);
    let parts = KeyParts::new(&invocation, &KeyOptions::default(), Path::new("/"), |_: &std::ffi::OsStr| None);
    let setting = Setting {
        invocation,
        parts,
        policy: Policy { ttl: Duration::from_secs(3600), ..Policy::default() },
        fetch: FetchPolicy::default(),
        is_shared: false,
        lifetime: None,
        fetched_at: Timestamp::from_millis(now.as_millis() - 10_000_000 + number as i64),
    };
    engine.set(&setting, &Input::read(&b"output"[..], 100).unwrap(), 0).unwrap();
}

fn criteria() -> Criteria {
    Criteria {
        policy: Policy::default(),
        ttl_is_said: false,
        depends_on: Vec::new(),
        in_progress: Default::default(),
        now: Timestamp::now(),
    }
}

fn query(filter: &str, sort: SortColumn) -> Query {
    Query { filter: Filter::new(filter), sort, order: Order::NewestFirst }
}

fn finish(list: &mut List, engine: &Engine) {
    while list.work(engine, &criteria()).unwrap() {}
}

fn started(engine: &Engine) -> List {
    let mut list = List::new(query("", SortColumn::Age));
    list.set_rows(ROWS);
    finish(&mut list, engine);
    list
}

fn shown(list: &List) -> Vec<String> {
    list.shown().map(|(_, detail)| detail.map(command).unwrap_or_default()).collect()
}

fn numbers(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("echo {number}")).collect()
}

#[test]
fn no_more_is_read_than_is_shown() {
    let engine = engine();
    let mut list = started(&engine);
    assert_eq!(shown(&list), numbers((COUNT - ROWS..COUNT).rev()));
    assert_eq!(list.walk.read, 256, "one piece");
    assert!(!list.is_complete());
    list.go_to_end(Order::OldestFirst);
    finish(&mut list, &engine);
    assert_eq!(shown(&list), numbers((0..ROWS).rev()));
    assert_eq!(list.walk.read, 256, "one piece, from the other end");
    assert_eq!(list.selection().map(command).as_deref(), Some("echo 0"));
    list.go_to_end(Order::NewestFirst);
    finish(&mut list, &engine);
    assert_eq!((shown(&list), list.walk.read), (numbers((COUNT - ROWS..COUNT).rev()), 256));
}

#[test]
fn reading_goes_on_at_both_ends() {
    let engine = engine();
    for (end, step) in [(Order::NewestFirst, 7), (Order::OldestFirst, -7)] {
        let mut list = started(&engine);
        list.go_to_end(end);
        finish(&mut list, &engine);
        let mut seen = Vec::new();
        for _ in 0..COUNT / 7 + 1 {
            seen.push(list.selection().map(command).unwrap());
            list.go(step);
            finish(&mut list, &engine);
        }
        let mut expected: Vec<String> = numbers((0..COUNT).rev().step_by(7));
        if end == Order::OldestFirst {
            expected = numbers((0..COUNT).step_by(7));
        }
        assert_eq!(seen[..expected.len()], expected);
        assert!(list.is_complete());
    }
}

#[test]
fn a_search_reads_on_until_the_screen_is_full() {
    let engine = engine();
    let mut list = started(&engine);
    list.ask(query("echo 99", SortColumn::Age));
    finish(&mut list, &engine);
    assert_eq!(shown(&list), numbers((0..COUNT).rev().filter(|number| number.to_string().contains("99")))[..ROWS]);
    assert!(list.is_complete());
    list.ask(query("ECHO 1", SortColumn::Age));
    finish(&mut list, &engine);
    assert!(!list.is_complete(), "the newest entries are enough");
    list.ask(query("nothing", SortColumn::Age));
    finish(&mut list, &engine);
    assert_eq!((list.len(), list.selection()), (0, None));
    list.ask(query("", SortColumn::Age));
    finish(&mut list, &engine);
    assert_eq!(shown(&list), numbers((COUNT - ROWS..COUNT).rev()));
}

#[test]
fn a_sorted_list_has_read_everything() {
    let engine = engine();
    let mut list = started(&engine);
    list.ask(query("", SortColumn::Command));
    finish(&mut list, &engine);
    assert_eq!(list.walk.read, COUNT as u64);
    assert_eq!(shown(&list)[..3], ["echo 0", "echo 1", "echo 10"]);
}

#[test]
fn the_selection_stays_where_it_is_when_the_list_is_read_again() {
    let home = tempfile::tempdir().unwrap();
    let engine = at(home.path());
    let now = Timestamp::now();
    (0..100).for_each(|number| add(&engine, number, now));
    let mut list = started(&engine);
    list.select(30);
    finish(&mut list, &engine);
    assert_eq!(list.selection().map(command).as_deref(), Some("echo 69"));
    (100..110).for_each(|number| add(&engine, number, now));
    list.reload();
    finish(&mut list, &engine);
    assert_eq!((list.selected, list.top), (40, 21));
    assert_eq!(list.selection().map(command).as_deref(), Some("echo 69"));
    let key = list.selection().unwrap().summary.key;
    engine.delete(&crate::store::Selector::Key(key)).unwrap();
    list.reload();
    finish(&mut list, &engine);
    assert_eq!(list.selection().map(command).as_deref(), Some("echo 68"));
    // What is gone is left out at once.
    let key = list.selection().unwrap().summary.key;
    engine.delete(&crate::store::Selector::Key(key)).unwrap();
    list.is_outdated = true;
    list.work(&engine, &criteria()).unwrap();
    assert!(list.shown().all(|(_, detail)| detail.is_some()));
    drop(home);
    list.reload();
    finish(&mut list, &engine);
    assert_eq!(list.len(), 0);
}

#[test]
fn any_number_of_rows_is_filled() {
    let engine = engine();
    let mut list = started(&engine);
    for rows in [0, 1, 5, 300, 3] {
        list.set_rows(rows);
        list.go_to_end(Order::OldestFirst);
        finish(&mut list, &engine);
        assert_eq!(list.shown().count(), rows.max(1));
        assert_eq!(list.selection().map(command).as_deref(), Some("echo 0"));
        list.go_to_end(Order::NewestFirst);
        finish(&mut list, &engine);
        assert_eq!(list.shown().count(), rows.max(1));
    }
}
