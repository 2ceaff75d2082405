//! `--depends-on-program`: an upgrade of the program is a miss.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::{Home, wait_until};

const OPTION: [&str; 1] = ["--depends-on-program"];

/// Waits until the times of a file alone tell that it is unchanged.
fn settle(path: &Path) {
    wait_until("the file was modified a while ago", || {
        let changed = fs::metadata(path).expect("a file").ctime_nsec();
        let second = fs::metadata(path).expect("a file").ctime();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        now.as_nanos() as i128 - (i128::from(second) * 1_000_000_000 + i128::from(changed)) > 100_000_000
    });
}

/// A home with a program `tool` that prints how often it has run.
fn with_a_tool() -> Home {
    let home = Home::new();
    home.counter("tool");
    settle(&home.bin("tool"));
    home
}

#[test]
fn an_upgrade_is_a_miss_also_for_a_caller_that_takes_stale_results() {
    let home = with_a_tool();
    let call = ["--depends-on-program", "--async", "--status", "tool"];
    home.run(call).stdout("1\n");
    let hit = home.run(call);
    assert!(hit.stdout("1\n").stderr_text().contains("; hit;"), "{}", hit.stderr_text());
    home.counter("tool");
    settle(&home.bin("tool"));
    let miss = home.run(call);
    assert!(miss.stdout("2\n").stderr_text().contains("; fwd=uri-miss; stored;"), "{}", miss.stderr_text());
    home.run(call).stdout("2\n");
    home.run(["--no-depends-on-program", "tool"]).stdout("2\n");
}

#[test]
fn another_program_of_that_name_is_a_miss_and_explained() {
    let home = with_a_tool();
    home.running(OPTION).arg("tool").go().stdout("1\n");
    let other = home.root().join("other");
    fs::create_dir(&other).unwrap();
    home.executable(&other.join("tool"), "#!/bin/sh\necho other\n");
    settle(&other.join("tool"));
    let path = format!("{}:{}:/usr/bin:/bin", other.display(), home.root().join("bin").display());
    let explained = home.cacheback(["explain", "--depends-on-program", "tool"]).env("PATH", &path).go();
    let text = explained.status(0).stdout_text();
    let reason =
        format!("because the program is {}; it was {}", other.join("tool").display(), home.bin("tool").display());
    assert!(text.contains("would run the command: what is stored may not be served"), "{text}");
    assert!(text.contains(&reason), "{text}");
    home.running(OPTION).arg("tool").env("PATH", &path).go().stdout("other\n");
    home.running(OPTION).arg("tool").env("PATH", &path).go().stdout("other\n");
}

#[test]
fn what_was_fetched_without_a_look_at_the_program_is_a_miss() {
    let home = with_a_tool();
    home.run(["tool"]).stdout("1\n");
    let text = home.cacheback(["explain", "--depends-on-program", "tool"]).go().stdout_text();
    assert!(text.contains("because its program was not looked at when it was fetched"), "{text}");
    home.running(OPTION).arg("tool").go().stdout("2\n");
    home.running(OPTION).arg("tool").go().stdout("2\n");
}

#[test]
fn a_rule_sets_it_and_refreshes_after_an_invalidation_keep_it() {
    let home = with_a_tool();
    home.configure("[[rule]]\ncommand = 'tool'\ndepends_on_program = true\n");
    home.run(["tool"]).stdout("1\n");
    home.invalidate(["tool"]).status(0);
    home.until_quiet();
    home.run(["--only-if-cached", "tool"]).stdout("2\n").status(0);
    let shown = home.cacheback(["show", "tool"]).go().stdout_text();
    assert!(shown.contains(&format!("{}: unchanged", home.bin("tool").display())), "{shown}");
    home.counter("tool");
    let shown = home.cacheback(["show", "tool"]).go().stdout_text();
    assert!(shown.contains(&format!("{}: changed", home.bin("tool").display())), "{shown}");
    assert!(shown.contains("expired"), "{shown}");
    home.run(["--only-if-cached", "tool"]).stdout("").status(1);
}

#[test]
fn a_program_with_a_path_and_one_behind_a_link_to_cacheback_are_looked_at() {
    let home = with_a_tool();
    fs::copy(home.bin("tool"), home.work("tool")).unwrap();
    settle(&home.work("tool"));
    for (program, upgraded) in [("./tool", home.work("tool")), ("tool", home.bin("tool"))] {
        let first = home.running(OPTION).arg(program).go().stdout_text();
        home.running(OPTION).arg(program).go().stdout(&first);
        fs::File::options().append(true).open(&upgraded).unwrap().set_modified(UNIX_EPOCH).unwrap();
        settle(&upgraded);
        assert_ne!(home.running(OPTION).arg(program).go().stdout_text(), first, "{program}");
    }
    let links = home.root().join("links");
    fs::create_dir(&links).unwrap();
    std::os::unix::fs::symlink(Home::program(), links.join("tool")).unwrap();
    home.configure("[defaults]\ndepends_on_program = true\n");
    let path = format!("{}:{}:/usr/bin:/bin", links.display(), home.root().join("bin").display());
    let call = || home.call(links.join("tool"), [""; 0]).env("PATH", &path).go().status(0).stdout_text();
    let first = call();
    assert_eq!(call(), first);
    home.counter("tool");
    settle(&home.bin("tool"));
    assert_ne!(call(), first);
}

#[test]
fn a_result_that_is_set_is_that_of_the_present_program() {
    let home = with_a_tool();
    home.cacheback(["set", "--depends-on-program", "tool"]).stdin("set\n").go().status(0);
    home.running(OPTION).arg("tool").go().stdout("set\n");
    home.counter("tool");
    home.running(OPTION).arg("tool").go().stdout("1\n");
}
