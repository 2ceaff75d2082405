//! Where the database is, and which users may read it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use crate::common::Home;

fn with_a_counter() -> Home {
    let home = Home::new();
    home.counter("count");
    home
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_database_is_in_the_cache_directory_of_the_user() {
    let home = with_a_counter();
    home.run(["count"]).stdout("1\n");
    assert!(home.db().is_file());
    let names: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [".cache"]);
}

#[test]
fn a_symbolic_link_to_a_database_is_another_name_for_it() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    home.run(["true"]).status(0);
    symlink(home.db(), home.work("b.db")).unwrap();
    let first = home.start(["--db", "b.db", "slow"]);
    home.until_runs("slow", 1);
    let second = home.start(["slow"]);
    home.until_joined(&second);
    gate.open();
    for caller in [first, second] {
        caller.wait().stdout("done\n").stderr("").status(0);
    }
    assert_eq!(home.runs("slow"), 1);
    home.run(["--db", "b.db", "slow"]).stdout("done\n").status(0);
    let stats = home.cacheback(["stats", "--json"]).go().json();
    assert_eq!(stats["hits"], 1, "{stats}");
    let beside =
        fs::read_dir(home.work(".")).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert_eq!(beside.filter(|name| name.starts_with("b.db")).collect::<Vec<_>>(), ["b.db"]);
}

#[test]
fn a_link_into_a_directory_that_all_may_write_to_is_refused() {
    let home = Home::new();
    home.run(["--db", "real/a.db", "true"]).status(0);
    symlink("real/a.db", home.work("b.db")).unwrap();
    fs::set_permissions(home.work("real"), Permissions::from_mode(0o777)).unwrap();
    home.run(["--db", "b.db", "echo", "x"]).stdout("x\n").stderr_has("real is writable by others").status(0);
}

#[test]
fn the_cache_directory_can_be_moved() {
    let home = with_a_counter();
    let elsewhere = home.root().join("elsewhere");
    home.running(["count"]).env("XDG_CACHE_HOME", &elsewhere).go().stdout("1\n").stderr("").status(0);
    assert!(elsewhere.join("cacheback/cache.db").is_file() && !home.cache().exists());
    home.running(["count"]).env("XDG_CACHE_HOME", &elsewhere).go().stdout("1\n");
    home.running(["count"]).env("XDG_CACHE_HOME", "relative/is/ignored").go().stdout("2\n").status(0);
    assert!(home.db().is_file() && !home.work("relative").exists());
}

#[test]
fn another_database_can_be_named() {
    let home = with_a_counter();
    let other = home.work("new/folder/other.db");
    let path = other.to_str().unwrap();
    home.run(["--db", path, "count"]).stdout("1\n").stderr("").status(0);
    assert!(other.is_file() && !home.cache().exists());
    home.run(["--db", path, "count"]).stdout("1\n");
    home.running(["count"]).env("CACHEBACK_DB", path).go().stdout("1\n");
    home.cacheback(["--db", path, "run", "count"]).go().stdout("1\n");
    home.run(["--db", "new/folder/other.db", "count"]).stdout("1\n");
    home.run(["count"]).stdout("2\n");
    let third = home.work("third.db");
    home.running(["--db", third.to_str().unwrap(), "count"]).env("CACHEBACK_DB", path).go().stdout("3\n");
    home.delete(["--db", path, "--all"]).counted(1);
    home.cacheback(["delete", "--all"]).env("CACHEBACK_DB", &third).go().counted(1);
    home.run(["--only-if-cached", "count"]).stdout("2\n");
}

#[test]
fn a_path_may_begin_with_the_home_directory() {
    let home = with_a_counter();
    home.running(["count"]).env("CACHEBACK_DB", "~/other.db").go().stdout("1\n").stderr("").status(0);
    assert!(home.path().join("other.db").is_file() && !home.work("~").exists());
    home.run(["--db=~/other.db", "count"]).stdout("1\n");
    home.cacheback(["delete", "--db", "~/other.db", "--all"]).go().counted(1);
    std::fs::write(home.path().join("settings.toml"), "[defaults]\nttl = 0\n").unwrap();
    std::fs::set_permissions(home.path().join("settings.toml"), PermissionsExt::from_mode(0o600)).unwrap();
    home.run(["count"]).stdout("2\n");
    home.run(["--only-if-cached", "count"]).stdout("2\n");
    home.run(["--config=~/settings.toml", "--only-if-cached", "count"]).stdout("").status(1);
    home.running(["--only-if-cached", "count"]).env("CACHEBACK_CONFIG", "~/settings.toml").go().stderr("").status(1);
}

#[test]
fn the_home_of_another_user_is_refused() {
    let home = with_a_counter();
    let only = "only ~/ stands for a home directory";
    for path in ["~", "~root", "~root/x.db"] {
        home.run(["--db", path, "count"]).stderr_has(&format!("{path}: {only}")).stdout("").status(125);
        home.cacheback(["delete", "--all"]).env("CACHEBACK_DB", path).go().stderr_has(only).status(125);
        home.run(["--depends-on", path, "count"]).stderr_has(only).status(125);
        home.run(["--key-file", path, "count"]).stderr_has(only).status(125);
        assert!(!home.work("~root").exists() && !home.work("~").exists());
    }
    home.run(["--db", "./~root/x.db", "count"]).stdout("1\n");
    assert!(home.work("~root/x.db").is_file());
}

#[test]
fn a_relative_database_is_found_by_the_background_fetch() {
    let home = with_a_counter();
    home.run(["--db", "here.db", "--warm", "count"]).status(0);
    home.until_quiet();
    home.run(["--db", "here.db", "--only-if-cached", "count"]).stdout("1\n");
}

#[test]
fn no_other_user_can_read_the_database_under_any_umask() {
    for umask in ["000", "022", "077", "777"] {
        let home = Home::new();
        home.shell(&format!("umask {umask}; cacheback run -s 'head -c 300000 /dev/zero' > /dev/null")).go().status(0);
        home.shell(&format!("umask {umask}; cacheback run --async -- echo 1")).go().stdout("1\n").stderr("").status(0);
        assert_eq!(mode(&home.cache()), 0o700, "the directory, umask {umask}");
        for entry in fs::read_dir(home.cache()).unwrap() {
            let path = entry.unwrap().path();
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "{}, umask {umask}", path.display());
        }
        home.run(["--only-if-cached", "echo", "1"]).stdout("1\n").stderr("").status(0);
    }
}

#[test]
fn a_flight_is_shared_under_any_umask() {
    let home = Home::new();
    let gate = home.gated("slow", "echo done");
    gate.let_one_go();
    home.run(["slow", "first"]).stdout("done\n");
    let start = || {
        let umask = || {
            nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o777));
            Ok(())
        };
        home.running(["slow"]).before_exec(umask).spawn()
    };
    let leader = start();
    home.until_runs("slow", 2);
    let flights: Vec<_> = fs::read_dir(home.flights()).unwrap().map(|entry| mode(&entry.unwrap().path())).collect();
    assert_eq!(flights, [0o600]);
    let other = start();
    home.until_joined(&other);
    gate.let_one_go();
    for caller in [leader, other] {
        caller.wait().stdout("done\n").stderr("").status(0);
    }
    assert_eq!(home.runs("slow"), 2);
}

#[test]
fn nothing_is_left_beside_the_database() {
    let home = with_a_counter();
    home.script("large", "head -c 5000000 /dev/zero");
    home.run(["large"]).status(0);
    home.run(["--max-size", "1M", "--refresh", "large"]).status(0);
    home.run(["count"]).status(0);
    home.run(["--async", "--ttl", "0", "count"]).status(0);
    home.until_quiet();
    let mut names: Vec<_> = fs::read_dir(home.cache()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let kept = ["cache.db", "cache.db-journal", "cache.db-flights", "cache.db-tally"];
    names.retain(|name| kept.iter().all(|kept| name != kept));
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(fs::read_dir(home.root().join("tmp")).unwrap().count(), 0, "temporary files");
}

#[test]
fn the_folder_of_a_named_database_keeps_its_mode() {
    let home = with_a_counter();
    fs::create_dir(home.work("shared")).unwrap();
    fs::set_permissions(home.work("shared"), fs::Permissions::from_mode(0o755)).unwrap();
    home.run(["--db", "shared/my.db", "count"]).stdout("1\n").stderr("").status(0);
    home.run(["--db", "shared/my.db", "count"]).stdout("1\n").stderr("").status(0);
    assert_eq!((mode(&home.work("shared")), mode(&home.work("shared/my.db"))), (0o755, 0o600));
}

#[test]
fn without_a_home_the_command_runs_uncached() {
    let home = with_a_counter();
    for runs in ["1\n", "2\n"] {
        home.running(["count"]).without_env("HOME").go().stdout(runs).status(0).warned_once();
    }
    home.running(["-q", "count"]).without_env("HOME").go().stdout("3\n").status(0).stderr("");
    let elsewhere = home.root().join("elsewhere");
    let call = home.running(["count"]).without_env("HOME").env("XDG_CACHE_HOME", &elsewhere);
    call.go().stdout("4\n").stderr("").status(0);
}

#[test]
fn the_database_passes_the_integrity_check() {
    let home = with_a_counter();
    home.run(["count"]);
    home.run(["-s", "head -c 5000000 /dev/zero"]);
    home.delete(["count"]);
    assert_eq!(fs::metadata(home.db()).unwrap().uid(), nix::unistd::getuid().as_raw());
    let db = rusqlite::Connection::open(home.db()).unwrap();
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[test]
fn a_database_that_is_removed_during_a_fetch_is_reported() {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    // It waits until the database is in use: before that, a removed database is only a missing one.
    let in_use = format!("until ls -l /proc/[0-9]*/fd 2> /dev/null | grep -q {}$; do :; done", home.db().display());
    let remove = format!("{in_use}; rm {}; echo y", home.db().display());
    let outcome = home.run(["-s", &remove]);
    outcome.stdout("y\n").status(0).stderr_has("was removed").stderr_has("while it was in use").warned_once();
    home.run(["echo", "x"]).stdout("x\n").stderr("");
}
