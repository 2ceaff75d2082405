//! Statistics in Prometheus' text exposition format, for node_exporter's textfile collector.

use std::fmt::Write as _;

use crate::store::{EventKind, Statistics};

/// The whole file.
pub fn exposition(statistics: &Statistics) -> String {
    let mut page = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, value: f64| {
        let _ =
            write!(page, "# HELP cacheback_{name} {help}\n# TYPE cacheback_{name} {kind}\ncacheback_{name} {value}\n");
    };
    let count = |kind| statistics.count(kind) as f64;
    metric("entries", "gauge", "Results that are stored.", statistics.entries as f64);
    metric(
        "output_bytes",
        "gauge",
        "Size of all output as it is stored, with 5 bytes more for each piece that was written.",
        statistics.bytes as f64,
    );
    metric("database_bytes", "gauge", "Size of the database.", statistics.database as f64);
    metric("hits_total", "counter", "Calls that were served a fresh result.", count(EventKind::Hit));
    metric("stale_hits_total", "counter", "Calls that were served a stale result.", count(EventKind::StaleHit));
    metric("misses_total", "counter", "Commands run because nothing was stored.", count(EventKind::Miss));
    metric("refreshes_total", "counter", "Commands run again.", count(EventKind::Refresh));
    metric(
        "failures_total",
        "counter",
        "Commands run that failed and whose result was not stored.",
        count(EventKind::Failure),
    );
    metric("saved_seconds_total", "counter", "Time that callers did not wait.", statistics.saved().as_secs_f64());
    page
}
