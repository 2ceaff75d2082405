//! Preparing to store a result while its command still runs, when that delays nobody.
//!
//! A process that has just opened a database has nothing in memory. Reading the schema, the pages on the way to a row,
//! and SQLite's own code for compiling statements takes longer than the transaction that they are needed for.

use super::barriers;
use super::connection::Connection;
use super::fault::Fault;
use super::ids;
use super::row;
use crate::model::key::Key;

/// They resemble those that store a small result. Compiling them loads the code and the memory that those need.
const STATEMENTS: [&str; 3] = [
    "INSERT OR REPLACE INTO entry(id) VALUES(?1)",
    "INSERT OR IGNORE INTO pending SELECT result FROM entry WHERE id=?1",
    "DELETE FROM failure WHERE id=?1",
];

/// Reads what a transaction that stores a result of `key` will read. Neither waits for a lock nor keeps one.
pub(crate) fn prepare(connection: &Connection, key: &Key) -> Result<(), Fault> {
    connection.prepare(|sql| {
        row::lookup(sql, key)?;
        barriers::last(sql)?;
        sql.query_row("SELECT max(expires_at) FROM entry", [], |_| Ok(()))?;
        sql.query_row("SELECT EXISTS(SELECT 1 FROM failure WHERE id=?1)", [ids::id_of(key)], |_| Ok(()))?;
        STATEMENTS.iter().try_for_each(|statement| sql.prepare(statement).map(drop))
    })
}
