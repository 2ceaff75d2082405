//! Values of variables and input are in no file, and other users can neither read nor replace the files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::Chapter;
use super::common::{Home, is_root, skipped, uid_of_nobody};
use super::options::Asked;
use super::random::Random;
use super::report::Report;

pub const CHAPTER: Chapter = Chapter {
    name: "privacy",
    claim: "values of variables and input are in no file; no other user can read or replace the files",
    options: &[("searches", "homes to search", 2)],
    run,
};

fn run(asked: &Asked) -> Report {
    let mut report = Report::default();
    let mut random = Random::branch(asked.seed, 0);
    for _ in 0..asked.number(&CHAPTER, "searches") {
        no_secret_is_in_any_file(&mut random);
        report.count("homes searched", 1);
    }
    for umask in ["000", "077"] {
        no_file_is_open_to_others(umask);
        report.count("umasks", 1);
    }
    match is_root() {
        true => report.count("planted files", planted_files_are_refused()),
        false => skipped("only root can give files away"),
    }
    report
}

/// Every file below `directory`; some may have been removed by now.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            _ => found.push(entry.path()),
        }
    }
    found
}

/// Calls `look` on the files below the home and the temporary directory while `work` runs, and once after it.
fn watch(home: &Home, look: impl Fn(&Path) + Sync, work: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    let look_at_all = || {
        for directory in [home.path(), home.root().join("tmp")] {
            files(&directory).iter().for_each(|path| look(path));
        }
    };
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                look_at_all();
            }
        });
        work();
        is_over.store(true, Ordering::Relaxed);
        watcher.join().expect("no file shows what it must not");
    });
    home.until_quiet();
    look_at_all();
}

fn no_secret_is_in_any_file(random: &mut Random) {
    let secrets = [0; 3].map(|_: i32| format!("secret-{:016x}{:016x}", random.next(), random.next()));
    let [keyed, unkeyed, read] = &secrets;
    let home = Home::new();
    home.script("quiet", "cat > /dev/null; head -c 700000 /dev/zero");
    home.script("failing", "cat > /dev/null; echo sorry >&2; exit 9");
    let look = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        for secret in &secrets {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{} holds a secret", path.display());
        }
    };
    let call = |options: &[&str], command: &str| {
        let call = home.running(["--stdin", "--env", "KEYED,UNSET"]).arg_all(options).arg(command);
        call.env("KEYED", keyed).env("UNKEYED", unkeyed).stdin(read.repeat(2000)).go();
    };
    watch(&home, look, || {
        for options in [&[][..], &["--refresh"], &["--async", "--ttl", "0"], &["--warm"], &["--cache-exit", "any"]] {
            call(options, "quiet");
            call(options, "failing");
        }
        home.cacheback(["invalidate", "--all"]).env("KEYED", keyed).go().status(0);
    });
}

fn no_file_is_open_to_others(umask: &str) {
    let home = Home::new();
    let look = |path: &Path| {
        let Ok(metadata) = fs::symlink_metadata(path) else { return };
        let mode = metadata.permissions().mode() & 0o7777;
        // SQLite takes the mode of its journal from the database; cacheback opens files of flights with the right mode.
        assert!(mode & 0o077 == 0, "{} has mode {mode:04o} under umask {umask}", path.display());
    };
    watch(&home, look, || {
        let script = "cacheback run -- true; cacheback run -s 'head -c 3000000 /dev/zero' > /dev/null; \
                      cacheback run --stdin --refresh -- cat < /bin/sh > /dev/null; cacheback run --warm -s 'exit 3'; \
                      cacheback invalidate -q --all; cacheback delete -q -- true";
        home.shell(&format!("umask {umask}; {script}")).go().status(0);
        fs::write(home.db(), "garbage").expect("it is ours");
        home.shell(&format!("umask {umask}; cacheback run -q -- echo anew")).go().stdout("anew\n").status(0);
    });
    for directory in [home.cache(), home.flights()] {
        let mode = fs::metadata(&directory).expect("it is there").permissions().mode() & 0o7777;
        assert_eq!(mode, 0o700, "{} under umask {umask}", directory.display());
    }
}

/// Puts a file of another user in place of a file in a home.
type Plant = fn(&Home, &Path);

/// Files of another user in the place of ours: the command runs, and those files stay as they are.
fn planted_files_are_refused() -> u64 {
    let plants: &[(&str, Plant)] = &[
        ("a link to a file in place of the database", |home, theirs| link(theirs, &home.db())),
        ("a second name of a file in place of the database", |home, theirs| second_name(theirs, &home.db())),
        ("a link to a directory in place of ours", |home, theirs| {
            fs::remove_dir_all(home.cache()).expect("it is ours");
            link(theirs.parent().expect("a directory"), &home.cache());
        }),
        ("a link to a directory in place of the flights", |home, theirs| {
            link(theirs.parent().expect("a directory"), &home.flights());
        }),
        ("a link to a file in place of the journal", |home, theirs| {
            link(theirs, &home.cache().join("cache.db-journal"));
        }),
        ("a second name of a file in place of the journal", |home, theirs| {
            second_name(theirs, &home.cache().join("cache.db-journal"));
        }),
    ];
    for (what, plant) in plants {
        let home = Home::new();
        let directory = home.root().join("theirs");
        fs::create_dir(&directory).expect("a new directory");
        let theirs = directory.join("precious");
        fs::write(&theirs, "precious ".repeat(1000)).expect("a new file");
        home.run(["--refresh", "echo", "before"]).stdout("before\n").status(0);
        let nobody = Some(uid_of_nobody().as_raw());
        chown(&directory, nobody, None).and_then(|()| chown(&theirs, nobody, None)).expect("root may");
        plant(&home, &theirs);
        let before: Vec<_> = files(&directory).into_iter().map(|path| (fs::read(&path).ok(), path)).collect();
        for options in [&[][..], &["--refresh"], &["--async", "--ttl", "0"], &["--ttl", "0"]] {
            let outcome = home.running(options).arg_all(&["sh", "-c", "echo output; exit 3"]).go();
            outcome.stdout("output\n").status(3);
            assert!(outcome.stderr_text().lines().count() <= 1, "{what}: {outcome}");
        }
        home.run(["-s", "head -c 700000 /dev/zero"]).stdout(vec![0; 700_000]).status(0);
        home.until_quiet();
        let after: Vec<_> = files(&directory).into_iter().map(|path| (fs::read(&path).ok(), path)).collect();
        assert!(before == after, "{what}: something has changed");
    }
    plants.len() as u64
}

fn link(to: &Path, at: &Path) {
    let _ = fs::remove_file(at).or_else(|_| fs::remove_dir_all(at));
    symlink(to, at).expect("a free name");
}

fn second_name(of: &Path, at: &Path) {
    let _ = fs::remove_file(at);
    fs::hard_link(of, at).expect("a free name");
    fs::set_permissions(at.parent().expect("a directory"), Permissions::from_mode(0o700)).expect("it is ours");
}
