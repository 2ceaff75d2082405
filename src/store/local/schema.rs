//! The versions of the tables.

/// Steps from each version to the next, beginning with an empty file.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../schema/1.sql"), include_str!("../schema/2.sql")];
/// The version that this program reads and writes.
pub(crate) const KNOWN: i64 = MIGRATIONS.len() as i64;
