//! `cacheback stats`: what the cache has done so far.

mod chart;
#[cfg(feature = "shared")]
mod fleet;
mod metrics;
mod page;
mod served;

use cacheback::ExitStatus;
use serde_json::{Value, json};

use crate::cli::args::{GlobalArgs, StatsArgs};
use crate::cli::render::{Paint, entry, figures, glyphs::Glyphs, json, message};
use crate::cli::resolve::{Environment, UsageError, configured, shared, with_cache};
use crate::model::time::Timestamp;
use crate::store::{Activity, EventKind, SharedStatistics, Statistics};
use served::{DAYS, HOURS, Served};

/// This many commands are listed without --limit.
const TOP: u64 = 10;

pub fn run(args: StatsArgs, global: GlobalArgs, env: &impl Environment) -> Result<ExitStatus, UsageError> {
    #[cfg(feature = "shared")]
    if args.shared {
        return fleet::run(args.json, Paint::stdout(args.color.color), &global, env);
    }
    let StatsArgs { json, prometheus, limit, reset, color, .. } = args;
    let db = configured::database(&global, env)?;
    Ok(with_cache(&db, global.quiet, |cache| {
        if reset {
            cache.reset_statistics()?;
            message::warning(global.quiet, "all counts are 0 again");
            return Ok(ExitStatus::Exited(0));
        }
        cache.fold();
        let may_share = shared::is_configured(&global, env);
        let statistics = cache.statistics(usize::try_from(limit.unwrap_or(TOP)).unwrap_or(usize::MAX))?;
        let shared = Some(statistics.shared()).filter(|shared| may_share || *shared != SharedStatistics::default());
        let hour = Activity::hour_of(Timestamp::now());
        let running = cache.refreshes()?;
        let counts = Counts { statistics, running, shared, hour };
        Ok(match (json, prometheus) {
            (true, _) => message::print(&json::page(&object(&counts))),
            (_, true) => message::print(metrics::exposition(&counts).as_bytes()),
            _ => page::print(&counts, Glyphs::of(env), Paint::stdout(color.color)),
        })
    }))
}

/// All that there is to print.
struct Counts {
    statistics: Statistics,
    /// How many background fetches go on, and the limit, if there is one.
    running: Option<(u32, u32)>,
    /// Where a server is configured, or was.
    shared: Option<SharedStatistics>,
    /// The present one, since 1970.
    hour: i64,
}

fn object(Counts { statistics, running, shared, hour }: &Counts) -> Value {
    let series = |count, hours| {
        let served = served::stretches(statistics, *hour, count, hours).into_iter();
        let object = |Served { from, hits, stale_hits }| {
            json!({
                "from": figures::instant(Activity::begin_of(from)), "hits": hits, "stale_hits": stale_hits,
            })
        };
        served.map(object).collect()
    };
    let (hourly, daily): (Value, Value) = (series(HOURS, 1), series(DAYS, 24));
    let top = statistics.top.iter().map(|detail| {
        json!({
            "key": detail.summary.key.to_string(),
            "command": entry::command(detail),
            "hits": detail.usage.hits,
            "stale_hits": detail.usage.stale_hits,
            "saved": figures::seconds(detail.usage.saved),
            "duration": figures::seconds(detail.summary.took),
        })
    });
    let mut object = json!({
        "entries": statistics.entries,
        "bytes": statistics.bytes,
        "database_bytes": statistics.database,
        "hits": statistics.count(EventKind::Hit),
        "stale_hits": statistics.count(EventKind::StaleHit),
        "misses": statistics.count(EventKind::Miss),
        "refreshes": statistics.count(EventKind::Refresh),
        "failures": statistics.count(EventKind::Failure),
        "saved": figures::seconds(statistics.saved()),
        "running": running.map(|(running, limit)| json!({ "refreshes": running, "limit": limit })),
        "last_24_hours": hourly,
        "last_30_days": daily,
        "top": top.collect::<Value>(),
    });
    if let Some(shared) = shared {
        object["shared"] = json!({
            "hits": shared.hits,
            "misses": shared.misses,
            "waits": shared.waits,
            "waited": figures::seconds(shared.waited),
            "stored": shared.stored,
            "errors": shared.errors,
            "downtime": figures::seconds(shared.downtime),
        });
    }
    object
}
