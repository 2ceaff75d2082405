//! Directories on the path of the database that another user can exchange.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use crate::common::{Home, is_root, skipped, uid_of_nobody};
use crate::faults_of_the_machine::by_nobody;

const SCRIPT: &str = "cat out; true";

fn give_to_nobody(path: &Path) {
    let uid = Some(uid_of_nobody().as_raw());
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give_to_nobody(&entry.unwrap().path()));
    }
    chown(path, uid, None).unwrap();
}

/// Makes a directory `yard` of another user with two caches: `ours`, and `theirs` of that user with another output.
fn yard(home: &Home) -> std::path::PathBuf {
    let yard = home.work("yard");
    fs::create_dir(&yard).unwrap();
    for (name, output) in [("theirs", "foreign"), ("ours", "mine")] {
        fs::write(home.work("out"), output).unwrap();
        home.run(["--db", &format!("yard/{name}/cache.db"), "-s", SCRIPT]).stdout(output).stderr("").status(0);
    }
    home.until_quiet();
    give_to_nobody(&yard.join("theirs"));
    chown(&yard, Some(uid_of_nobody().as_raw()), None).unwrap();
    yard
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_directory_that_is_exchanged_all_the_time_is_never_used() {
    if !is_root() {
        return skipped("only root can become another user");
    }
    let home = Home::new();
    home.call("chmod", ["755", "."]).cwd(home.root()).go().status(0);
    let yard = yard(&home);
    let before = names(&yard.join("theirs"));
    // Perl's syscall takes strings only from variables.
    let exchange =
        format!("my ($a,$b)=('ours','theirs'); while (syscall({},-100,$a,-100,$b,2) == 0) {{}}", libc::SYS_renameat2);
    let mut attacker = by_nobody(home.call("perl", ["-e", &exchange]).cwd(&yard)).spawn();
    let mut met = 0;
    for turn in 0..300 {
        // Fetches, too, because they store by path.
        let options: &[&str] = if turn % 10 == 0 { &["--refresh"] } else { &[] };
        let outcome = home.run([&["--db", "yard/ours/cache.db"], options, &["-s", SCRIPT]].concat());
        outcome.stdout("mine").status(0);
        met += usize::from(outcome.stderr_text().contains("yard/ours is owned by uid"));
    }
    assert!(met > 0, "nothing was exchanged");
    attacker.signal(nix::sys::signal::Signal::SIGKILL);
    attacker.until_ended();
    let theirs = [yard.join("ours"), yard.join("theirs")]
        .into_iter()
        .find(|path| fs::metadata(path).unwrap().uid() != 0)
        .unwrap();
    assert_eq!(names(&theirs), before);
}

#[test]
fn a_fetch_stores_nothing_below_a_directory_of_another_user() {
    if !is_root() {
        return skipped("only root can become another user");
    }
    let home = Home::new();
    let yard = yard(&home);
    symlink("yard/ours", home.work("link")).unwrap();
    for path in ["yard/ours/cache.db", "link/cache.db", "yard/new/cache.db", "link/../new/cache.db"] {
        let outcome = home.run(["--db", path, "--refresh", "-s", SCRIPT]);
        let reason = format!("yard is owned by uid {}; running the command without a cache", uid_of_nobody());
        outcome.stdout("mine").stderr_has(&reason).warned_once().status(0);
    }
    assert!(!yard.join("new").exists());
    let verified = home.cacheback(["--db", "yard/ours/cache.db", "verify"]).go();
    assert!(verified.status(1).stdout_text().contains("yard is owned by uid"), "{verified}");
}

#[test]
fn a_directory_on_the_path_that_others_may_write_to_is_refused_unless_it_is_sticky() {
    let home = Home::new();
    home.run(["--db", "yard/mine/cache.db", "echo", "x"]).stdout("x\n").stderr("").status(0);
    for (mode, is_refused) in [(0o1777, false), (0o757, true), (0o755, false)] {
        fs::set_permissions(home.work("yard"), Permissions::from_mode(mode)).unwrap();
        let outcome = home.run(["--db", "yard/mine/cache.db", "--refresh", "echo", "x"]);
        outcome.stdout("x\n").status(0);
        if is_refused {
            outcome.warned_once().stderr_has("yard is writable by others (mode 0757); 'chmod o-w ");
        } else {
            outcome.stderr("");
        }
    }
}
