//! Full disks, read-only homes, files of other users, no processes left: the command runs all the same.

mod full_disk;
mod no_processes;

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use nix::unistd::Gid;

use crate::common::{
    Call, FORK, Home, Outcome, Running, can_mount, can_trace, is_root, skipped, uid_of_nobody, weakness,
};

/// A home where `talk` writes a megabyte and a word on stderr, and fails.
fn with_a_command() -> Home {
    let home = Home::new();
    home.script("talk", "head -c 1000000 /dev/zero; echo err >&2; exit 3");
    home
}

/// Runs `script` with a file system of its own, `size` bytes large, on `$HOME/.cache`. In it, `settle` waits until no
/// process has a file there open: the process that stored a result ends a moment after its caller.
fn on_a_disk_of(home: &Home, size: &str, script: &str) -> Call {
    let mount = format!("mkdir -p \"$HOME/.cache\" && mount -t tmpfs -o size={size},mode=700 tmpfs \"$HOME/.cache\"");
    let settle = "settle() { while ls -l /proc/[0-9]*/fd 2> /dev/null | grep -q \"$HOME/.cache/\"; do :; done; }";
    home.call("unshare", ["--mount", "sh", "-c", &format!("{mount} || exit 99; {settle}; {script}")])
}

/// Expects what `talk` writes and its status, and at most `warnings` lines of cacheback's.
#[track_caller]
fn runs_complete(call: Call, warnings: std::ops::RangeInclusive<usize>) {
    let outcome = call.go();
    let text = outcome.status(3).stdout(vec![0; 1_000_000]).stderr_text();
    let (own, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| *line == "err");
    assert_eq!(own.len(), 1, "{outcome}");
    assert!(others.iter().all(|line| line.starts_with("cacheback: ")), "{outcome}");
    assert!(warnings.contains(&others.len()), "expected {warnings:?} warnings\n{outcome}");
}

const RUN: &str = "cacheback run --cache-exit any -- talk";
const FILL: &str = "dd if=/dev/zero of=\"$HOME/.cache/ballast\" bs=1k 2> /dev/null";

#[test]
fn a_read_only_home_costs_a_warning() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = with_a_command();
    let read_only = "mount -o remount,ro \"$HOME/.cache\"";
    runs_complete(on_a_disk_of(&home, "8m", &format!("{read_only}; {RUN}")), 1..=1);
    let with_a_database = format!("cacheback run -- true; settle; {read_only}; {RUN}");
    runs_complete(on_a_disk_of(&home, "8m", &with_a_database), 1..=1);
}

#[test]
fn a_hit_is_served_from_a_read_only_home() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = with_a_command();
    let script = format!("{RUN} > /dev/null 2>&1; settle; mount -o remount,ro \"$HOME/.cache\"; {RUN}");
    runs_complete(on_a_disk_of(&home, "8m", &script), 0..=1);
}

#[test]
fn a_home_that_an_ordinary_user_may_not_write_to_costs_a_warning() {
    let Some(home) = as_nobody() else { return };
    chown(home.path(), Some(0), Some(0)).unwrap();
    for _ in 0..2 {
        runs_complete(nobody(&home, &["--cache-exit", "any", "talk"]), 1..=1);
    }
    assert!(!home.cache().exists());
}

#[test]
fn a_home_that_may_not_be_searched_costs_one_warning() {
    let Some(home) = as_nobody() else { return };
    home.call("chmod", ["000", "home"]).cwd(home.root()).go().status(0);
    let outcome = nobody(&home, &["echo", "out"]).go();
    home.call("chmod", ["755", "home"]).cwd(home.root()).go().status(0);
    outcome.stdout("out\n").warned_once().status(0);
}

#[test]
fn a_database_or_directory_of_another_user_is_refused() {
    if !is_root() {
        return skipped("only root can give files away");
    }
    let nobody = Some(uid_of_nobody().as_raw());
    for foreign in ["db", "directory"] {
        let home = with_a_command();
        runs_complete(home.running(["--cache-exit", "any", "talk"]), 0..=0);
        chown(if foreign == "db" { home.db() } else { home.cache() }, nobody, None).unwrap();
        for _ in 0..2 {
            runs_complete(home.running(["--cache-exit", "any", "talk"]), 1..=1);
        }
        assert_eq!(home.runs("talk"), 3, "a foreign {foreign}");
    }
}

#[test]
fn root_leaves_nothing_of_its_own_in_the_cache_of_a_user() {
    if !is_root() {
        return skipped("only root can be sudo");
    }
    let Some(home) = as_nobody() else { return };
    let leaves_nothing = || {
        let outcome = home.running(["--cache-exit", "any", "talk"]).env("SUDO_UID", "65534").go();
        outcome.stdout(vec![0; 1_000_000]).status(3);
        home.run(["--async", "--ttl", "0", "echo", "x"]).stdout("x\n").status(0);
        home.run(["--warm", "echo", "y"]).status(0);
        home.until_quiet();
        let owned = home.call("find", ["-uid", "0"]).cwd(home.path()).go();
        owned.stdout("").status(0);
    };
    leaves_nothing();
    nobody(&home, &["echo", "z"]).go().stdout("z\n").stderr("").status(0);
    assert_ne!(fs::metadata(home.db()).unwrap().uid(), 0);
    leaves_nothing();
    nobody(&home, &["--only-if-cached", "echo", "z"]).go().stdout("z\n").stderr("").status(0);
}

#[test]
fn root_leaves_nothing_in_a_users_home_where_root_has_left_something_already() {
    let Some(home) = as_nobody() else { return };
    fs::create_dir(home.path().join(".cache")).unwrap();
    runs_complete(home.running(["--cache-exit", "any", "talk"]), 1..=1);
    home.run(["--warm", "echo", "x"]).status(0);
    home.until_quiet();
    assert!(!home.cache().exists());
    let own = home.work("own");
    home.running(["echo", "x"]).env("XDG_CACHE_HOME", &own).go().stdout("x\n").stderr("").status(0);
    assert!(own.join("cacheback/cache.db").is_file());
}

/// A home that belongs to an ordinary user, with a program that the user can reach.
pub fn as_nobody() -> Option<Home> {
    if !is_root() {
        skipped("only root can become another user");
        return None;
    }
    let home = with_a_command();
    let program = home.bin("cacheback");
    fs::remove_file(&program).unwrap();
    // Another process makes the copy, so that no process of this test has it open for writing.
    home.call("cp", [Home::program(), &program]).go().status(0);
    home.call("chmod", ["-R", "a+rwX", "."]).cwd(home.root()).go().status(0);
    chown(home.path(), Some(uid_of_nobody().as_raw()), None).unwrap();
    home.call("chmod", ["755", "home"]).cwd(home.root()).go().status(0);
    // Directories on the path of a cache must not be exchangeable by others.
    home.call("chmod", ["+t", ".", "work"]).cwd(home.root()).go().status(0);
    Some(home)
}

/// `cacheback run ARGS` by an ordinary user.
fn nobody(home: &Home, args: &[&str]) -> Call {
    by_nobody(home.call(home.bin("cacheback"), ["run"]).arg_all(args))
}

/// The same call by an ordinary user.
pub fn by_nobody(call: Call) -> Call {
    let (uid, gid) = (uid_of_nobody(), Gid::from_raw(65534));
    call.before_exec(move || {
        nix::unistd::setgroups(&[])?;
        nix::unistd::setgid(gid)?;
        Ok(nix::unistd::setuid(uid)?)
    })
}

#[test]
fn a_stale_result_that_cannot_be_refreshed_costs_a_warning() {
    if !can_mount() {
        return skipped("no file system may be mounted here");
    }
    let home = Home::new();
    home.counter("count");
    let script =
        "cacheback run count; settle; mount -o remount,ro \"$HOME/.cache\"; cacheback run --async --ttl 0 count";
    on_a_disk_of(&home, "1m", script).go().stdout("1\n1\n").status(0).warned_once();
    assert_eq!(home.runs("count"), 1);
    let script = script.replace("--async", "--async --status");
    let outcome = on_a_disk_of(&home, "1m", &script).go();
    let text = outcome.stdout_text() + &outcome.stderr_text();
    assert!(text.contains("; hit; ttl=-") && !text.contains("refreshing"), "{outcome}");
}

#[test]
fn a_root_with_nothing_in_it_but_the_command_costs_nothing() {
    if weakness::MEMORY.is_here() {
        return;
    }
    if !is_root() {
        return skipped("only root can change the root");
    }
    let home = Home::new();
    let root = home.work("root");
    fs::create_dir_all(root.join("home")).unwrap();
    home.call("cp", [Home::program(), &root.join("cacheback")]).go().status(0);
    let inside = |args: &[&str]| {
        let root = root.clone();
        let enter = move || Ok(nix::unistd::chroot(&root).and_then(|()| nix::unistd::chdir("/"))?);
        home.call("/cacheback", ["run"]).arg_all(args).env("HOME", "/home").stdin("input").before_exec(enter).go()
    };
    let page = home.cacheback(["man"]).go().stdout.clone();
    for args in [&["--refresh"][..], &[], &["--stdin"], &["--async", "--ttl", "0"], &["--timeout", "10s", "--ttl", "0"]]
    {
        let call = [args, &["/cacheback", "man"]].concat();
        inside(&call).stdout(&page).stderr("").status(0);
        home.until_quiet();
    }
    inside(&["--only-if-cached", "/cacheback", "man"]).stdout(&page).stderr("").status(0);
}
