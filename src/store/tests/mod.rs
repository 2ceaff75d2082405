//! Tests that run on each kind of store, and the store in memory, which is the second kind.

mod details;
mod entries;
#[cfg(feature = "shared")]
mod fleet;
mod memory;
mod overtaken;
mod sample;
mod selectors;
mod upkeep;

use std::rc::Rc;
use std::time::Duration;

use tempfile::TempDir;

pub(crate) use self::memory::Memory;
pub(crate) use self::sample::{CHUNKED, INLINE, Sample, output, replayed};
use super::local::Database;
use super::*;

/// An empty store of one kind.
pub(crate) trait Fixture {
    type Backend: Backend<Store: Upkeep>;

    fn new() -> Self;

    fn backend(&self) -> &Self::Backend;

    fn store(&self) -> <Self::Backend as Backend>::Store {
        self.backend().create().unwrap()
    }
}

pub(crate) struct InFile {
    database: Database,
    _directory: TempDir,
}

impl Fixture for InFile {
    type Backend = Database;

    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::at(directory.path().join("cache.db"), Rc::new(|warning| panic!("{warning}")));
        Self { database, _directory: directory }
    }

    fn backend(&self) -> &Database {
        &self.database
    }
}

impl Fixture for Memory {
    type Backend = Self;

    fn new() -> Self {
        Self::new()
    }

    fn backend(&self) -> &Self {
        self
    }
}

/// Makes a test of each of these functions for each store.
macro_rules! on_each_store {
    ($($test:ident),* $(,)?) => {
        mod in_file {
            $(#[test] fn $test() { super::$test::<crate::store::tests::InFile>() })*
        }
        mod in_memory {
            $(#[test] fn $test() { super::$test::<crate::store::tests::Memory>() })*
        }
    };
}
use on_each_store;
