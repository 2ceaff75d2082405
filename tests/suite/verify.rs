//! `verify` finds damage, and removes it with `--repair`.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use rusqlite::Connection;

use crate::common::pty::Terminal;
use crate::common::{Home, Outcome};

fn verify(home: &Home, options: &[&str]) -> Outcome {
    home.cacheback(["verify"].iter().chain(options)).go()
}

/// A home with a small entry and one in chunks.
fn filled() -> Home {
    let home = Home::new();
    home.run(["echo", "x"]).status(0);
    home.shell("head -c 3000000 /dev/urandom | cacheback set -q -- large").go().status(0);
    home.until_quiet();
    home
}

fn change(home: &Home, statement: &str) {
    Connection::open(home.db()).unwrap().execute_batch(statement).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Damages an entry of `filled`; expects that only this entry is found and removed.
#[track_caller]
fn is_found_and_removed(statement: &str, what: &str) {
    let home = filled();
    change(&home, statement);
    let found = verify(&home, &[]);
    found.stderr("cacheback: checked 2 entries: 1 problem\n").status(1);
    assert!(found.stdout_text().ends_with(&format!("{what}\n")) && found.stdout_text().lines().count() == 1, "{found}");
    let repaired = verify(&home, &["--repair"]);
    repaired.stderr("cacheback: checked 2 entries: 1 problem, 1 repaired\n").status(1);
    assert!(repaired.stdout_text().ends_with(&format!("{what}: removed\n")), "{repaired}");
    verify(&home, &[]).stdout("").stderr("cacheback: checked 1 entry: all is well\n").status(0);
}

#[test]
fn a_sound_cache_has_no_problem() {
    let home = filled();
    verify(&home, &[]).stdout("").stderr("cacheback: checked 2 entries: all is well\n").status(0);
    verify(&home, &["--repair", "-q"]).stdout("").stderr("").status(0);
    assert_eq!(home.run(["--only-if-cached", "echo", "x"]).stdout_text(), "x\n");
}

#[test]
fn an_empty_cache_has_no_problem() {
    let home = Home::new();
    verify(&home, &[]).stdout("").stderr("cacheback: checked 0 entries: all is well\n").status(0);
    assert!(!home.cache().exists(), "`verify` made a directory");
}

#[test]
fn a_damaged_output_is_found() {
    let damage = "UPDATE entry SET body=zeroblob(7) WHERE NOT chunked";
    is_found_and_removed(damage, " (echo x): its output does not fit its checksum");
}

#[test]
fn a_damaged_chunk_is_found() {
    let damage = "UPDATE chunk SET data=zeroblob(length(data)) WHERE id=(SELECT max(id) FROM chunk)";
    is_found_and_removed(damage, " (large): its output does not fit its checksums");
}

#[test]
fn a_missing_chunk_is_found() {
    let damage = "DELETE FROM chunk WHERE id=(SELECT max(id) FROM chunk)";
    is_found_and_removed(damage, " (large): its output does not fit its checksums");
}

#[test]
fn a_damaged_command_is_found() {
    let damage = "UPDATE entry SET recipe=zeroblob(9) WHERE NOT chunked";
    is_found_and_removed(damage, ": what its key is made of, or how to fetch it again, is damaged");
}

#[test]
fn a_damaged_key_is_found() {
    is_found_and_removed("UPDATE entry SET key=zeroblob(32) WHERE NOT chunked", " (echo x): its key is damaged");
}

#[test]
fn a_damaged_condition_is_found() {
    let damage = "INSERT INTO condition SELECT id,result,zeroblob(20) FROM entry WHERE NOT chunked";
    is_found_and_removed(damage, " (echo x): what decides about its freshness is damaged");
}

#[test]
fn a_wrong_index_is_built_again() {
    let home = filled();
    let hide = "PRAGMA writable_schema=ON; CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name='entry_expires'; \
                DELETE FROM sqlite_schema WHERE name='entry_expires'";
    change(&home, hide);
    change(&home, "UPDATE entry SET expires_at=expires_at+1");
    change(&home, "PRAGMA writable_schema=ON; INSERT INTO sqlite_schema SELECT * FROM kept; DROP TABLE kept");
    change(&home, "UPDATE entry SET expires_at=expires_at-1 WHERE 0");
    let found = verify(&home, &[]).status(1).stdout_text();
    assert!(found.contains("cache.db: ") && found.contains("entry_expires"), "{found}");
    verify(&home, &["--repair"]).stderr_has(" repaired").status(1);
    let still = verify(&home, &[]);
    assert!(!still.stdout_text().contains("entry_expires"), "{still}");
}

#[test]
fn a_database_that_cannot_be_read_is_set_aside() {
    let home = filled();
    fs::write(home.db(), vec![0; 100_000]).unwrap();
    let found = verify(&home, &[]).stderr("cacheback: 1 problem\n").status(1).stdout_text();
    assert!(found.contains("cache.db is damaged"), "{found}");
    assert!(home.db().exists());
    let repaired = verify(&home, &["--repair"]).stderr("cacheback: 1 problem, 1 repaired\n").status(1).stdout_text();
    assert!(repaired.contains("it is kept as ") && repaired.contains("cache.db.corrupt-"), "{repaired}");
    assert!(!home.db().exists());
    verify(&home, &[]).stdout("").status(0);
    home.run(["echo", "x"]).stderr("").status(0);
}

#[test]
fn rights_of_others_are_found_and_removed() {
    for (path, wrong, right, is_kept) in [
        (Home::db as fn(&Home) -> PathBuf, 0o644, 0o600, true),
        (Home::db, 0o620, 0o600, false),
        (Home::db, 0o662, 0o600, false),
        (Home::cache, 0o777, 0o755, false),
        (Home::flights, 0o777, 0o755, false),
    ] {
        let home = filled();
        let path = path(&home);
        fs::set_permissions(&path, fs::Permissions::from_mode(wrong)).unwrap();
        let found = verify(&home, &[]).status(1).stdout_text();
        assert!(found.contains(&format!("{} is ", path.display())) && found.contains(&format!("(mode {wrong:04o})")));
        let repaired = verify(&home, &["--repair"]);
        repaired.status(1);
        // A file that others could have written to is not used any more, but kept.
        match is_kept {
            true => repaired.stderr_has("checked 2 entries: 1 problem, 1 repaired"),
            false => repaired.stderr_has("2 problems, 2 repaired"),
        };
        assert_eq!(repaired.stdout_text().contains("could have been written by others; it is kept as "), !is_kept);
        assert_eq!(home.db().exists(), is_kept);
        assert!(!path.exists() || mode(&path) == right);
        verify(&home, &[]).stdout("").status(0);
    }
}

#[test]
fn repairing_follows_no_link_and_changes_no_file_that_has_another_name() {
    let home = filled();
    let secret = home.work("secret");
    fs::write(&secret, "").unwrap();
    let plants: [fn(&Path, &Path) -> std::io::Result<()>; 2] =
        [|from, to| symlink(from, to), |from, to| fs::hard_link(from, to)];
    for plant in plants {
        for name in ["cache.db-tally", "cache.db-journal", "cache.db-flights/chunks"] {
            fs::set_permissions(&secret, fs::Permissions::from_mode(0o666)).unwrap();
            let path = home.cache().join(name);
            let _ = fs::remove_file(&path);
            plant(&secret, &path).unwrap();
            verify(&home, &["--repair"]).status(1);
            assert_eq!(mode(&secret), 0o666, "{name}");
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn files_that_turn_the_cache_off_are_found() {
    for (name, makes_directory, problem) in [
        ("cache.db-flights", false, "is not a directory"),
        ("cache.db-tally", true, "is not a regular file"),
        ("cache.db-journal", true, "is not a regular file"),
        ("cache.db-flights/chunks", true, "is not a regular file"),
    ] {
        let home = filled();
        let path = home.cache().join(name);
        let _ = fs::remove_dir_all(&path);
        let _ = fs::remove_file(&path);
        match makes_directory {
            true => fs::create_dir(&path).unwrap(),
            false => fs::write(&path, "").unwrap(),
        }
        let found = verify(&home, &[]).status(1).stdout_text();
        assert_eq!(found, format!("{} {problem}\n", path.display()));
        let repaired = verify(&home, &["--repair"]);
        assert!(repaired.stderr_text().contains("1 problem, 0 repaired"), "{repaired}");
    }
}

#[test]
fn a_database_that_is_not_a_cache_is_left_alone() {
    let home = Home::new();
    fs::create_dir_all(home.cache()).unwrap();
    fs::set_permissions(home.cache(), fs::Permissions::from_mode(0o700)).unwrap();
    change(&home, "CREATE TABLE theirs(x)");
    fs::set_permissions(home.db(), fs::Permissions::from_mode(0o600)).unwrap();
    verify(&home, &["--repair"]).stdout("").stderr_has("is not a cache of cacheback's").status(125);
    assert!(home.db().exists());
    fs::remove_file(home.db()).unwrap();
    fs::create_dir(home.db()).unwrap();
    fs::set_permissions(home.db(), fs::Permissions::from_mode(0o700)).unwrap();
    verify(&home, &["--repair"]).stdout("").stderr_has("is a directory").status(125);
}

#[test]
fn a_terminal_is_left_as_it_was() {
    let home = filled();
    let mut terminal = Terminal::with(home.cacheback(["verify"]).env("TERM", "xterm"));
    assert!(terminal.until_ended().success());
    let seen = terminal.seen();
    assert!(seen.ends_with("cacheback: checked 2 entries: all is well\r\n"), "{seen:?}");
}

#[test]
fn files_that_are_not_a_cache_are_not_repaired() {
    let home = Home::new();
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(home.work(name), Permissions::from_mode(mode)).unwrap();
    };
    for (directory, bits) in [("shared", 0o777), ("sticky", 0o1777)] {
        fs::create_dir(home.work(directory)).unwrap();
        mode(directory, bits);
    }
    fs::write(home.work("shared/report"), "not ours").unwrap();
    mode("shared/report", 0o664);
    nix::unistd::mkfifo(&home.work("fifo"), Mode::from_bits_truncate(0o666)).unwrap();
    mode("fifo", 0o666);
    let names = ["shared", "sticky", "shared/report", "fifo"];
    let modes = || names.map(|name| fs::metadata(home.work(name)).unwrap().permissions().mode());
    let before = modes();
    for db in ["shared", "shared/report", "shared/none", "sticky/none", "sticky", "fifo"] {
        let outcome = home.cacheback(["--db", db, "verify", "--repair"]).go();
        assert!(!outcome.status.success() && !outcome.stdout_text().contains("repaired"), "{db}: {outcome}");
        assert_eq!(modes(), before, "{db}");
    }
    assert_eq!(fs::read(home.work("shared/report")).unwrap(), b"not ours");
    let outcome = home.cacheback(["--db", "shared", "verify"]).go();
    outcome.stdout("").stderr_has("is a directory").status(125);
}

#[test]
fn a_cache_that_others_may_change_is_repaired_wherever_it_is() {
    let home = Home::new();
    let run = || home.run(["--db", "some/where", "echo", "x"]);
    run().stdout("x\n").stderr("").status(0);
    fs::remove_dir_all(home.work("some/where-flights")).unwrap();
    for name in ["some", "some/where"] {
        fs::set_permissions(home.work(name), Permissions::from_mode(0o777)).unwrap();
    }
    let repaired = home.cacheback(["--db", "some/where", "verify", "--repair"]).go();
    repaired.stderr("cacheback: 3 problems, 3 repaired\n").status(1);
    run().stdout("x\n").stderr("").status(0);
}
