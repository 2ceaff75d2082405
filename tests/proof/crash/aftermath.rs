//! What may be left in a home when no process runs in it any more.

use std::fs;
use std::path::Path;

use cacheback::program::flight::{Directory, Flights as _};
use cacheback::program::model::time::Timestamp;
use cacheback::program::store::Store;
use cacheback::program::store::local::{Place, SqliteStore};

use super::super::common::{Home, weakness};

/// What is wrong with the database and the files beside it.
pub fn damage(home: &Home) -> Vec<String> {
    if !home.db().exists() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let sql = rusqlite::Connection::open(home.db()).expect("it can be opened");
    let verdict = sql.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    if verdict.as_deref() != Ok("ok") {
        found.push(format!("the database is damaged: {verdict:?}"));
    }
    for name in names(&home.cache()) {
        if !["cache.db", "cache.db-flights", "cache.db-journal", "cache.db-tally"].contains(&&*name) {
            found.push(format!("{name:?} is beside the database"));
        }
    }
    found
}

/// What a prune should have removed and has not.
pub fn left_after_a_prune(home: &Home) -> Option<String> {
    let place = Place::create(home.db()).expect("a place of ours");
    Directory(&place.flights_dir()).sweep();
    let store = SqliteStore::create(&place).expect("a sound database");
    store.prune(Timestamp::now(), u64::MAX).expect("a sound database");
    drop(store);
    let mut flights = names(&home.flights());
    flights.retain(|name| name != "chunks" && name != "aside");
    let mut temporary = names(&home.root().join("tmp"));
    if weakness::NAMELESS.is_here() {
        temporary.clear();
    }
    let sql = rusqlite::Connection::open(home.db()).expect("it can be opened");
    let count = |query: &str| sql.query_row(query, [], |row| row.get::<_, i64>(0)).expect("a table of ours");
    let pending = count("SELECT count(*) FROM pending");
    let orphans = count(
        "SELECT count(*) FROM chunk WHERE NOT EXISTS \
         (SELECT 1 FROM entry WHERE chunked AND chunk.id BETWEEN result AND result + 1048575)",
    );
    // SQLite keeps its journal for the next transaction; zeros at its beginning mean that it is empty.
    let journal = fs::read(home.cache().join("cache.db-journal")).unwrap_or_default();
    let journal = if journal.iter().take(28).all(|byte| *byte == 0) { 0 } else { journal.len() };
    let is_clean = flights.is_empty() && temporary.is_empty() && (pending, orphans, journal) == (0, 0, 0);
    (!is_clean).then(|| {
        format!(
            "left after a prune: flights {flights:?}, temporary files {temporary:?}, {pending} pending results, \
             {orphans} chunks without an entry, {journal} bytes of journal"
        )
    })
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
