//! `cacheback delete`: remove entries.

use crate::common::Home;

fn with_a_counter() -> Home {
    let home = Home::new();
    home.counter("count");
    home
}

#[test]
fn the_next_call_after_a_deletion_fetches() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    home.delete(["--", "count"]).counted(1);
    home.run(["--only-if-cached", "count"]).stdout("").status(1);
    home.run(["--async", "count"]).stdout("2\n").status(0);
}

#[test]
fn a_deletion_runs_nothing() {
    let home = with_a_counter();
    home.run(["count"]);
    home.delete(["--all"]).counted(1);
    home.until_quiet();
    assert_eq!(home.runs("count"), 1);
}

#[test]
fn hits_of_a_deleted_entry_are_not_counted_for_the_next_one() {
    for forget in [&["delete", "count"][..], &["clear", "--yes"]] {
        let home = with_a_counter();
        for _ in 0..3 {
            home.run(["count"]).stdout("1\n");
        }
        home.cacheback(forget).go().counted(1);
        home.run(["count"]).stdout("2\n");
        let entry = home.cacheback(["peek", "--json", "count"]).go().json();
        assert_eq!(entry["hits"], 0, "{forget:?}: {entry}");
        let stats = home.cacheback(["stats", "--json"]).go().json();
        assert_eq!(stats["hits"], 2, "{stats}");
    }
}

#[test]
fn deleting_twice_is_no_failure() {
    let home = with_a_counter();
    home.delete(["--", "count"]).counted(0);
    home.run(["count"]);
    home.delete(["count"]).counted(1);
    home.delete(["count"]).counted(0);
    home.delete(["--all"]).counted(0);
    home.delete(["--id", "0123"]).counted(0);
    home.delete(["--scope", "none"]).counted(0);
    home.delete(["--match", "*"]).counted(0);
}

#[test]
fn delete_selects_by_the_options_of_run() {
    let home = with_a_counter();
    for options in [
        &["count"][..],
        &["count", ""],
        &["--scope", "s", "count"],
        &["--key", "k", "count"],
        &["--cwd", "count"],
        &["-s", "count"],
        &["--env", "HOME", "count"],
        &["--env", "HOME,UNSET", "--cwd", "--scope", "t", "count", "x"],
    ] {
        home.run(options).status(0);
        home.run([&["--only-if-cached"], options].concat()).status(0);
        home.cacheback(["delete"]).arg_all(options).go().counted(1);
        home.run([&["--only-if-cached"], options].concat()).stdout("").status(1);
    }
}

#[test]
fn only_what_is_selected_is_deleted() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    home.run(["count", "a"]).stdout("2\n");
    home.run(["--scope", "s", "count"]).stdout("3\n");
    home.delete(["count"]).counted(1);
    home.run(["--only-if-cached", "count", "a"]).stdout("2\n");
    home.run(["--only-if-cached", "--scope", "s", "count"]).stdout("3\n");
    home.delete(["--scope", "s"]).counted(1);
    home.run(["--only-if-cached", "count", "a"]).stdout("2\n");
    home.delete(["--match", "count ?"]).counted(1);
    home.run(["--only-if-cached", "count", "a"]).stdout("").status(1);
}

#[test]
fn entries_are_deleted_by_id() {
    let home = with_a_counter();
    let id = home.run(["--status", "count"]).cache_status().get("key").unwrap().to_owned();
    home.run(["count", "other"]).stdout("2\n");
    home.delete(["--id", &id]).counted(1);
    home.run(["--only-if-cached", "count"]).stdout("").status(1);
    home.run(["--only-if-cached", "count", "other"]).stdout("2\n");
}

#[test]
fn entries_keyed_on_input_are_deleted_by_that_input() {
    let home = with_a_counter();
    home.running(["--stdin", "count"]).stdin("a").go().stdout("1\n");
    home.running(["--stdin", "count"]).stdin("b").go().stdout("2\n");
    home.cacheback(["delete", "--stdin", "count"]).stdin("a").go().counted(1);
    home.running(["--only-if-cached", "--stdin", "count"]).stdin("a").go().status(1);
    home.running(["--only-if-cached", "--stdin", "count"]).stdin("b").go().stdout("2\n");
}

#[test]
fn large_results_are_deleted_whole() {
    let home = Home::new();
    home.script("large", "head -c 3000000 /dev/zero");
    home.run(["large"]).status(0);
    home.delete(["--all"]).counted(1);
    home.run(["--only-if-cached", "large"]).stdout("").status(1);
    home.run(["large"]).stdout(vec![0; 3_000_000]).status(0);
    home.run(["--only-if-cached", "large"]).stdout(vec![0; 3_000_000]).status(0);
}

#[test]
fn quiet_prints_no_count() {
    let home = with_a_counter();
    home.run(["count"]);
    home.delete(["-q", "--all"]).stdout("").stderr("").status(0);
    home.run(["--only-if-cached", "count"]).status(1);
}

#[test]
fn an_id_without_its_option_is_pointed_out() {
    let home = Home::new();
    let id = home.run(["--status", "echo", "x"]).cache_status().get("key").unwrap().to_owned();
    let hint = format!("deleted 0 entries; one whose id begins with {id} is selected by --id {id}");
    home.cacheback(["delete", &id]).go().stderr_has(&hint).status(0);
    home.cacheback(["delete", "echo"]).go().stderr("cacheback: deleted 0 entries\n").status(0);
    home.cacheback(["delete", "--id", &id]).go().stderr("cacheback: deleted 1 entry\n").status(0);
}

/// The files below the cache directory that contain `needle`.
fn files_with(home: &Home, needle: &[u8]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![home.cache()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if std::fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn no_bytes_of_a_removed_result_are_left_on_the_disk() {
    for remove in [&["delete", "--key", "secret"][..], &["delete", "--all"], &["clear", "--yes"]] {
        for size in [10, 5_000, 2_000_000] {
            let home = Home::new();
            let needle = format!("hunter{}", 2);
            // Earlier results and neighbours move rows to other pages.
            for turn in 0..6 {
                let script = format!("head -c {size} /dev/zero; echo hunter$((1+1)) {turn}");
                home.run(["--refresh", "--key", "secret", "-s", &script]).status(0);
                for other in 0..8 {
                    let key = format!("{turn}-{other}");
                    home.run(["--key", &key, "-s", "head -c 3000 /dev/zero"]).status(0);
                }
            }
            home.until_quiet();
            assert!(!files_with(&home, needle.as_bytes()).is_empty());
            home.cacheback(remove).go().status(0);
            assert_eq!(files_with(&home, needle.as_bytes()), [] as [std::path::PathBuf; 0], "{remove:?} {size}");
        }
    }
}

#[test]
fn files_set_aside_are_named_by_verify_removed_by_clear_and_when_old_by_prune() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    home.until_quiet();
    let [old, new] =
        [home.cache().join("cache.db.corrupt-1"), home.cache().join("cache.db.corrupt-9000000000000-journal")];
    let others = home.cache().join("cache.db.corrupt-of-mine");
    for path in [&old, &new, &others] {
        std::fs::write(path, "output").unwrap();
    }
    let verified = home.cacheback(["verify"]).go();
    verified.stdout("").stderr_has("cache.db.corrupt-1 was set aside").stderr_has("-journal was set aside").status(0);
    home.cacheback(["prune"]).go().status(0);
    assert!(!old.exists() && new.exists());
    home.cacheback(["clear", "--yes"]).go().status(0);
    assert!(!new.exists() && others.exists());
}
