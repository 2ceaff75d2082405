//! Barriers: the history of invalidations, deletions and results stored by hand. Before a result is stored, it is
//! compared with the barriers that were added during its fetch.

use rusqlite::{Connection, params};

use crate::model::key::{Key, KeyParts};
use crate::model::time::Timestamp;
use crate::store::{Change, Mark, Recipe, Selector};

/// This many of the newest barriers are always kept.
const KEPT_ALWAYS: i64 = 1_000;
/// More are kept while they are younger than this.
const KEPT_FOR_MS: i64 = 24 * 60 * 60 * 1000;
/// Never more than this are kept.
const KEPT_AT_MOST: i64 = 100_000;

/// What a barrier stands for, by its number in the column `is_delete`. Older programs take every number but 0 for a
/// deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    Invalidation = 0,
    Deletion = 1,
    /// Another result was stored by hand.
    Setting = 2,
    /// An invalidation in the log of a server. It concerns shared calls alone.
    LogInvalidation = 3,
    /// A deletion in the log of a server. It concerns shared calls alone.
    LogDeletion = 4,
    /// An invalidation that the server has been told. It concerns shared calls alone.
    ToldInvalidation = 5,
    /// A deletion that the server has been told. It concerns shared calls alone.
    ToldDeletion = 6,
}

impl Barrier {
    /// The barrier with this number; `None` for a number of another version.
    fn from_number(number: i64) -> Option<Self> {
        use Barrier::{Deletion, Invalidation, LogDeletion, LogInvalidation, Setting, ToldDeletion, ToldInvalidation};
        let all = [Invalidation, Deletion, Setting, LogInvalidation, LogDeletion, ToldInvalidation, ToldDeletion];
        all.into_iter().find(|barrier| *barrier as i64 == number)
    }

    fn is_of_shared_calls(self) -> bool {
        !matches!(self, Self::Invalidation | Self::Deletion | Self::Setting)
    }
}

/// Finds the number of the newest barrier.
pub(crate) const LAST: &str = "SELECT ifnull(max(id),0) FROM barrier";
/// Finds the barriers since a mark.
pub(crate) const SINCE: &str = "SELECT id,is_delete,selector FROM barrier WHERE id>?1 ORDER BY id";

/// The number of the newest barrier.
pub(crate) fn last(sql: &Connection) -> rusqlite::Result<i64> {
    sql.prepare_cached(LAST)?.query_row([], |row| row.get(0))
}

/// Adds a barrier.
pub(crate) fn append(sql: &Connection, selector: &Selector, barrier: Barrier) -> rusqlite::Result<()> {
    let now = Timestamp::now().as_millis();
    sql.execute("INSERT INTO barrier VALUES(NULL,?1,?2,?3)", params![now, barrier as i64, selector.encode()])?;
    Ok(())
}

/// What the barriers since `since` mean for a result of `key`, made of `parts` and fetched by `recipe`. Those of other
/// hosts mean something only if the call `is_shared`.
///
/// A barrier that was pruned, or cannot be read, is taken for one that selects the result.
pub(crate) fn change_since(
    sql: &Connection,
    key: &Key,
    parts: &KeyParts,
    recipe: &Recipe,
    since: Mark,
    is_shared: bool,
) -> rusqlite::Result<Change> {
    let (mut is_invalidated, mut is_overtaken) = (false, false);
    let (mut seen, mut last_seen) = (0, since.0);
    let mut statement = sql.prepare_cached(SINCE)?;
    let mut rows = statement.query([since.0])?;
    while let Some(row) = rows.next()? {
        last_seen = row.get(0)?;
        seen += 1;
        let barrier = row.get(1).ok().and_then(Barrier::from_number);
        if barrier.is_some_and(|barrier| barrier.is_of_shared_calls() && !is_shared) {
            continue;
        }
        let selector = row.get_ref(2)?.as_blob().ok().and_then(Selector::decode);
        if selector.is_none_or(|selector| selector.matches(key, parts, recipe)) {
            match barrier {
                Some(Barrier::Invalidation | Barrier::LogInvalidation | Barrier::ToldInvalidation) => {
                    is_invalidated = true;
                }
                Some(Barrier::Setting) => is_overtaken = true,
                Some(Barrier::Deletion | Barrier::LogDeletion | Barrier::ToldDeletion) | None => {
                    return Ok(Change::Deleted);
                }
            }
        }
    }
    // If no barrier follows, `since` must be the newest. If it is not, the mark is of another database.
    let is_complete = if seen == 0 { last(sql)? == since.0 } else { last_seen.checked_sub(since.0) == Some(seen) };
    Ok(match (is_overtaken, is_invalidated || !is_complete) {
        (false, false) => Change::None,
        (false, true) => Change::Invalidated,
        (true, false) => Change::Overtaken,
        // The result is neither stored nor passed to the callers that wait for it.
        (true, true) => Change::Deleted,
    })
}

/// The newest mark, if all barriers since `since` are of the log of a server; otherwise `since`.
#[cfg(feature = "shared")]
pub(crate) fn mark_beyond_log(sql: &Connection, since: Mark) -> rusqlite::Result<Mark> {
    const QUERY: &str = "SELECT count(*) FROM barrier WHERE id>?1 AND is_delete IN (?2,?3)";
    let (of_log, last) = (params![since.0, Barrier::LogInvalidation as i64, Barrier::LogDeletion as i64], last(sql)?);
    let count: i64 = sql.query_row(QUERY, of_log, |row| row.get(0))?;
    Ok(if last.checked_sub(since.0) == Some(count) { Mark(last) } else { since })
}

/// Removes old barriers, never the newest.
pub(crate) fn prune(sql: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let last = last(sql)?;
    sql.execute(
        "DELETE FROM barrier WHERE id<=?1 OR (id<=?2 AND at<?3)",
        params![
            last.saturating_sub(KEPT_AT_MOST),
            last.saturating_sub(KEPT_ALWAYS),
            now.as_millis().saturating_sub(KEPT_FOR_MS)
        ],
    )?;
    Ok(())
}
