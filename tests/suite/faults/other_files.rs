//! A file that is no cache, or that another tool has changed, costs a warning and is left as it is.

use super::*;

#[test]
fn a_file_that_never_was_ours_is_left_alone_in_the_default_place() {
    let text = b"Notes of mine, and of nobody else.\n".repeat(200);
    for (content, begins_with_ours) in [(text, true), (b"\x89PNG\r\n\0".repeat(900), false)] {
        let home = Home::new();
        home.counter("count");
        if begins_with_ours {
            home.run(["count"]).stdout("1\n");
        } else {
            fs::create_dir_all(home.cache()).unwrap();
            fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
        }
        fs::write(home.db(), &content).unwrap();
        for _ in 0..2 {
            let outcome = home.run(["count"]);
            outcome.status(0);
            assert_eq!(outcome.stderr_text().lines().count(), 1, "{outcome}");
        }
        home.cacheback(["clear", "--yes"]).go();
        home.cacheback(["verify", "--repair"]).go();
        assert_eq!(fs::read(home.db()).unwrap(), content);
        let aside = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().contains("corrupt");
        assert_eq!(fs::read_dir(home.cache()).unwrap().filter(|entry| aside(entry.as_ref().unwrap())).count(), 0);
    }
}

#[test]
fn links_in_place_of_the_database_are_not_followed_to_other_peoples_files() {
    let home = with_a_command();
    fs::create_dir_all(home.cache()).unwrap();
    fs::set_permissions(home.cache(), Permissions::from_mode(0o700)).unwrap();
    fs::write(home.work("precious"), "precious").unwrap();
    symlink(home.work("precious"), home.db()).unwrap();
    let outcome = home.run(["talk"]);
    outcome.stdout("out\n").status(3);
    home.run(["talk"]).stdout("out\n").status(3);
    assert_eq!(fs::read(home.work("precious")).unwrap(), b"precious");
}

/// Expects that no subcommand changes a file of the user's that `--db` names by mistake.
fn assert_left_alone(home: &Home, name: &str, content: &[u8]) {
    let path = home.work(name);
    fs::write(&path, content).unwrap();
    let refused = format!("invalid value '{name}' for '--db <PATH>': it is not a cache of cacheback's");
    for args in [
        &["run", "talk"][..],
        &["run", "--refresh", "talk"],
        &["run", "--warm", "talk"],
        &["run", "--only-if-cached", "talk"],
        &["run", "--no-fetch-on-miss", "talk"],
        &["invalidate", "--all"],
        &["delete", "--all"],
        &["list"],
        &["stats"],
        &["prune"],
        &["clear", "--yes"],
        &["verify"],
        &["verify", "--repair"],
        &["peek", "talk"],
        &["set", "talk"],
    ] {
        let outcome = home.cacheback([&["--db", name], args].concat()).go();
        outcome.stderr_has(&refused).status(125);
        assert!(args[0] == "verify" || outcome.stdout.is_empty(), "{args:?}: {outcome}");
        assert!(fs::read(&path).unwrap() == content, "{args:?}");
    }
    let outcome = home.running(["talk"]).env("CACHEBACK_DB", name).go();
    outcome.stdout("out\n").stderr_has("is not a cache of cacheback's; running the command without").status(3);
    assert!(fs::read(&path).unwrap() == content);
    let beside = fs::read_dir(home.work(".")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(beside.filter(|other| other.starts_with(name)).collect::<Vec<_>>(), [name]);
    assert_eq!(home.runs("talk"), 1);
}

#[test]
fn a_file_that_never_was_a_cache_is_left_alone() {
    for content in [&b"# Notes\n"[..], b"x", &[0; 5000], &b"a sentence. ".repeat(500)] {
        assert_left_alone(&with_a_command(), "notes.md", content);
    }
}

#[test]
fn the_database_of_another_program_is_left_alone_whatever_its_version() {
    for (id, version) in [(0, 0), (0, 2), (0, 7), (77, 1), (77, 2), (77, 7), (77, -1)] {
        let home = with_a_command();
        let path = home.work("theirs.sqlite");
        let sql = Connection::open(&path).unwrap();
        sql.execute_batch("CREATE TABLE bookmarks(url)").unwrap();
        sql.pragma_update(None, "application_id", id).unwrap();
        sql.pragma_update(None, "user_version", version).unwrap();
        drop(sql);
        let content = fs::read(&path).unwrap();
        assert_left_alone(&home, "theirs.sqlite", &content);
    }
}

#[test]
fn a_text_in_place_of_a_named_database_is_left_alone() {
    let home = with_a_command();
    home.run(["--db", "a.db", "true"]).status(0);
    home.until_quiet();
    fs::write(home.work("a.db"), "# Notes\n").unwrap();
    home.run(["--db", "a.db", "true"]).stdout("").stderr_has("not a cache of cacheback's").status(125);
    assert_eq!(fs::read(home.work("a.db")).unwrap(), b"# Notes\n");
}

/// Switches the database to write-ahead logging in its header, as another tool would.
fn switch_to_write_ahead(path: &std::path::Path) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[2, 2], 18).unwrap();
}

#[test]
fn a_database_that_a_tool_has_switched_to_write_ahead_logging_is_switched_back() {
    let home = with_an_entry();
    for args in [&["--cache-exit", "any", "talk"][..], &["--refresh", "--cache-exit", "any", "talk"]] {
        home.until_quiet();
        switch_to_write_ahead(&home.db());
        home.run(args).stdout("out\n").stderr("err\n").status(3);
        home.run(["--only-if-cached", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
    }
    for args in [&["list"][..], &["verify"]] {
        home.until_quiet();
        switch_to_write_ahead(&home.db());
        home.cacheback(args).go().status(0);
    }
    assert_eq!(home.runs("talk"), 2);
    assert!(
        !fs::read_dir(home.cache())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().into_string().unwrap().contains("corrupt") })
    );
}

#[test]
fn a_write_ahead_log_with_something_in_it_is_not_lost() {
    let home = with_an_entry();
    home.until_quiet();
    switch_to_write_ahead(&home.db());
    let log = home.cache().join("cache.db-wal");
    fs::write(&log, "frames").unwrap();
    let before = fs::read(home.db()).unwrap();
    let outcome = home.run(["--cache-exit", "any", "talk"]);
    outcome.stdout("out\n").stderr_has("was switched to write-ahead logging by another program").status(3);
    assert!(fs::read(home.db()).unwrap() == before && fs::read(&log).unwrap() == b"frames");
}

#[test]
fn a_missing_database_is_made_where_a_link_leads() {
    let home = with_a_command();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(home.work("disk")).unwrap();
    symlink("disk/real.db", home.work("hop.db")).unwrap();
    symlink("hop.db", home.work("link.db")).unwrap();
    for runs in [1, 1] {
        home.run(["--db", "link.db", "--cache-exit", "any", "talk"]).stdout("out\n").stderr("err\n").status(3);
        assert_eq!(home.runs("talk"), runs);
    }
    assert!(home.work("disk/real.db").is_file() && home.work("disk/real.db-flights").is_dir());
    // The directory that a link leads to is not made.
    symlink("unmounted/real.db", home.work("far.db")).unwrap();
    home.run(["--db", "far.db", "talk"]).stdout("out\n").stderr_has("running the command without a cache").status(3);
    assert!(!home.work("unmounted").exists());
}

#[test]
fn a_home_directory_that_is_missing_is_not_made() {
    let home = with_a_command();
    let missing = home.work("nonexistent");
    for variable in ["/.cache", ""] {
        let xdg = format!("{}{variable}", missing.display());
        let call = home.running(["talk"]).env("HOME", &missing).env("XDG_CACHE_HOME", &xdg);
        call.go().stdout("out\n").stderr_has("running the command without a cache").status(3);
        assert!(!missing.exists());
    }
}
