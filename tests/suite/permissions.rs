//! Missing rights of an ordinary user, and their messages.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::common::{Home, Outcome};
use crate::faults_of_the_machine::{as_nobody, by_nobody};

/// `cacheback ARGS` by an ordinary user, to its end.
fn nobody(home: &Home, args: &[&str]) -> Outcome {
    by_nobody(home.call(home.bin("cacheback"), args)).go()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A home of an ordinary user with one entry, whose hit is in the tally and not yet in the database.
fn used() -> Option<Home> {
    let home = as_nobody()?;
    for _ in 0..2 {
        nobody(&home, &["run", "echo", "x"]).stdout("x\n").stderr("").status(0);
    }
    home.until_quiet();
    assert!(home.cache().join("cache.db-tally").exists());
    Some(home)
}

#[test]
fn reading_subcommands_need_no_right_to_write() {
    let Some(home) = used() else { return };
    set_mode(&home.cache(), 0o500);
    let note = format!(
        "cacheback: the latest hits are not counted yet: {}: Permission denied\n",
        home.cache().join("cache.db-tally").display()
    );
    for args in [&["list"][..], &["stats"], &["show", "echo", "x"]] {
        nobody(&home, args).stderr(&note).status(0);
    }
    let dry = ["prune", "--dry-run", "--older-than", "0"];
    nobody(&home, &dry).stderr(format!("{note}cacheback: would remove 1 entry\n")).status(0);
    set_mode(&home.db(), 0o400);
    nobody(&home, &dry).stderr_has("would remove 1 entry").status(0);
    set_mode(&home.db(), 0o600);
    let outcome = nobody(&home, &["prune", "--older-than", "0"]);
    outcome.warned_once().stderr_has("cache.db-tally: Permission denied\n").status(125);
    assert!(!outcome.stderr_text().contains("cannot make"), "{outcome}");
    set_mode(&home.cache(), 0o700);
}

#[test]
fn the_reason_why_a_database_cannot_be_opened_is_printed_once() {
    let Some(home) = used() else { return };
    set_mode(&home.db(), 0);
    let why = format!("cacheback: cannot open {}: Permission denied", home.db().display());
    for args in
        [&["list"][..], &["stats"], &["show", "echo", "x"], &["prune"], &["clear", "--yes"], &["prune", "--dry-run"]]
    {
        nobody(&home, args).stdout("").stderr(format!("{why}\n")).status(125);
    }
    let outcome = nobody(&home, &["run", "echo", "x"]);
    outcome.stdout("x\n").stderr(format!("{why}; running the command without a cache\n")).status(0);
}

#[test]
fn verify_finds_and_repairs_missing_rights_of_the_owner() {
    let Some(home) = used() else { return };
    for (path, wrong, right, checked) in [
        (home.db(), 0, 0o600, ""),
        (home.db(), 0o200, 0o600, ""),
        (home.db(), 0o400, 0o600, "checked 1 entry: "),
        (home.cache(), 0, 0o700, ""),
        (home.cache(), 0o500, 0o700, "checked 1 entry: "),
    ] {
        set_mode(&path, wrong);
        let line = format!("{} cannot be read and written by its owner (mode {wrong:04o})", path.display());
        nobody(&home, &["verify"])
            .stdout(format!("{line}\n"))
            .stderr(format!("cacheback: {checked}1 problem\n"))
            .status(1);
        let repaired = nobody(&home, &["verify", "--repair"]);
        repaired.stdout(format!("{line}: repaired\n"));
        repaired.stderr("cacheback: checked 1 entry: 1 problem, 1 repaired\n").status(1);
        assert_eq!(mode(&path), right);
        nobody(&home, &["verify"]).stdout("").stderr("cacheback: checked 1 entry: all is well\n").status(0);
    }
    nobody(&home, &["run", "--only-if-cached", "echo", "x"]).stdout("x\n").status(0);
}

#[test]
fn errors_of_the_system_are_printed_without_their_numbers() {
    let Some(home) = used() else { return };
    let denied = |args: &[&str]| {
        let outcome = nobody(&home, args);
        let text = outcome.stderr_text();
        assert!(text.contains("Permission denied") && !text.contains("os error"), "{args:?}: {outcome}");
    };
    set_mode(&home.cache(), 0);
    denied(&["run", "echo", "x"]);
    denied(&["list"]);
    set_mode(&home.cache(), 0o700);
    set_mode(&home.path(), 0o500);
    denied(&["--db", home.path().join("new/cache.db").to_str().unwrap(), "run", "echo", "x"]);
    set_mode(&home.path(), 0o700);
    let config = home.path().join("config.toml");
    fs::write(&config, "").unwrap();
    set_mode(&config, 0);
    denied(&["--config", config.to_str().unwrap(), "run", "echo", "x"]);
}

#[test]
fn files_made_under_a_umask_for_private_groups_are_accepted() {
    let group = nix::unistd::getgid().as_raw();
    if !cacheback::program::sys::trust::is_private(nix::unistd::getuid().as_raw(), group) {
        return crate::common::skipped("others are in the group of this user");
    }
    let home = Home::new();
    home.counter("count");
    let make = "umask 002; mkdir -p ~/.config/cacheback ~/.cache/cacheback; \
                printf '[job.x]\ncommand = [\"count\"]\n' >~/.config/cacheback/config.toml; \
                cacheback get x; cacheback get x; cacheback config check; cacheback verify";
    let outcome = home.shell(make).go();
    assert!(outcome.stdout_text().starts_with("1\n1\n"), "{outcome}");
    outcome.stderr_has("all is well").warned_once().status(0);
    assert_eq!(mode(&home.cache()), 0o775);
    // A group of others is refused, with the command that mends it.
    if !crate::common::is_root() {
        return;
    }
    for path in [home.config(), home.config().parent().unwrap().to_owned(), home.cache()] {
        std::os::unix::fs::chown(&path, None, Some(65534)).unwrap();
        let refused = format!("; 'chmod g-w {}' mends that", path.display());
        let outcome = home.run(["--refresh", "count"]);
        outcome.stderr_has(&refused);
        std::os::unix::fs::chown(&path, None, Some(group)).unwrap();
    }
}

#[test]
fn an_empty_file_that_becomes_a_cache_is_closed_to_others() {
    let home = Home::new();
    let path = home.work("given.db");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    home.running(["--db"]).arg(&path).arg_all(&["echo", "x"]).go().stdout("x\n").stderr("").status(0);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_is_removed_through_a_link_in_the_place_of_the_flights() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    std::fs::remove_dir_all(home.flights()).unwrap();
    std::fs::create_dir(home.work("others")).unwrap();
    std::fs::set_permissions(home.work("others"), std::fs::Permissions::from_mode(0o700)).unwrap();
    let file = home.work("others").join("a".repeat(64));
    std::fs::write(&file, "precious").unwrap();
    std::os::unix::fs::symlink(home.work("others"), home.flights()).unwrap();
    for call in [&["prune"][..], &["verify", "--repair"], &["clear", "--yes"]] {
        home.cacheback(call).go();
        assert!(file.exists(), "{call:?}");
    }
}
