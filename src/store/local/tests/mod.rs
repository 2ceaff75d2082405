//! Tests of what only the local store does.

mod concurrency;
mod conditions;
mod damage;
mod origins;
mod overtaken;
mod pruning;
mod quick;
mod usage;

use super::*;
use crate::model::time::Timestamp;
use crate::model::transcript::Transcript;
use crate::store::tests::*;
use crate::store::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

struct Home {
    dir: TempDir,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache.db")
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::create(&Place::check(self.path()).unwrap()).unwrap()
    }
}

#[test]
fn an_empty_store_has_nothing() {
    let home = Home::new();
    assert!(SqliteStore::open(&Place::check(home.path()).unwrap()).unwrap().is_none());
    let place = Place::create(home.path()).unwrap();
    let store = SqliteStore::open(&place).unwrap().unwrap();
    let sample = Sample::new("echo", INLINE);
    assert_eq!(store.lookup(&sample.key).unwrap(), None);
    assert_eq!(store.mark().unwrap(), Mark(0));
    assert_eq!(store.failure(&sample.key).unwrap(), None);
    assert_eq!(store.keys_with_prefix("0").unwrap(), []);
    assert_eq!(fs::metadata(home.path()).unwrap().len(), 0, "reading makes nothing");
    sample.store_in(&store, Mark(0));
    assert!(store.lookup(&sample.key).unwrap().is_some());
}

#[test]
fn every_file_is_ours_alone() {
    let home = Home::new();
    let store = SqliteStore::create(&Place::check(home.dir.path().join("a/b/cache.db")).unwrap()).unwrap();
    Sample::new("echo", CHUNKED).store_in(&store, Mark(0));
    let write = store.connection.write().unwrap();
    barriers::append(&write, &Selector::All, barriers::Barrier::Deletion).unwrap();
    let names =
        ["a", "a/b", "a/b/cache.db", "a/b/cache.db-journal", "a/b/cache.db-flights", "a/b/cache.db-flights/chunks"];
    for name in names {
        let metadata = fs::metadata(home.dir.path().join(name)).unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.mode() & 0o7777, expected, "{name}");
    }
}

/// The umask belongs to the whole process, so the test above runs again in other processes.
#[test]
fn every_file_is_ours_alone_whatever_the_umask() {
    for umask in ["0", "0777"] {
        let script = format!(r#"umask {umask}; exec "$0" --exact store::local::tests::every_file_is_ours_alone"#);
        let test = Command::new("sh").arg("-c").arg(script).arg(std::env::current_exe().unwrap()).output().unwrap();
        let said = String::from_utf8_lossy(&test.stdout);
        assert!(test.status.success() && said.contains("1 passed"), "umask {umask}: {said}");
    }
}

fn count(store: &SqliteStore, table: &str) -> i64 {
    store.connection.raw().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}
