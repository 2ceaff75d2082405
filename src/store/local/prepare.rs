//! Preparing to store a result while its command still runs, when that delays nobody.
//!
//! A process that has just opened a database has nothing in memory. Reading the schema and the pages on the way to a
//! row, and compiling the statements, takes longer than the transaction that they are needed for. The connection keeps
//! the statements; SQLite compiles one again if the schema has changed meanwhile.

use super::barriers;
use super::connection::{self, Connection};
use super::fault::Fault;
use super::ids;
use super::row;
use crate::model::key::Key;

/// What storing a small result runs between the beginning and the end of its transaction.
const STATEMENTS: [&str; 7] = [
    connection::VERSION,
    connection::APPLICATION,
    barriers::SINCE,
    barriers::LAST,
    row::DISCARD_CHUNKS,
    row::INSERT,
    row::FORGET_FAILURE,
];

/// Reads what a transaction that stores a result of `key` will read. Neither waits for a lock nor keeps one.
pub(crate) fn prepare(connection: &Connection, key: &Key) -> Result<(), Fault> {
    connection.prepare(|sql| {
        STATEMENTS.iter().try_for_each(|statement| sql.prepare_cached(statement).map(drop))?;
        row::lookup(sql, key)?;
        barriers::last(sql)?;
        sql.query_row("SELECT EXISTS(SELECT 1 FROM failure WHERE id=?1)", [ids::id_of(key)], |_| Ok(()))?;
        // The journal has a random number, for which SQLite asks the system once.
        sql.query_row("SELECT max(expires_at),random() FROM entry", [], |_| Ok(()))?;
        sql.query_row("SELECT max(fetched_at) FROM entry", [], |_| Ok(()))
    })
}
