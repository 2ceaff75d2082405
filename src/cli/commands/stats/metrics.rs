//! Statistics in Prometheus' text exposition format, for node_exporter's textfile collector.

use std::fmt::Write as _;

use super::Counts;
use crate::store::EventKind;

/// The whole file.
pub fn exposition(Counts { statistics, shared, .. }: &Counts) -> String {
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
    if let Some(shared) = shared {
        let mut counter = |name, help, value| metric(&format!("shared_{name}_total"), "counter", help, value);
        counter("hits", "Results that the server of [shared] had.", shared.hits as f64);
        counter("misses", "Commands run because the server had nothing that would do.", shared.misses as f64);
        counter("waits", "Calls that waited for the run of another host.", shared.waits as f64);
        counter("wait_seconds", "Time that calls waited for other hosts.", shared.waited.as_secs_f64());
        counter("stored", "Results that the server was given.", shared.stored as f64);
        counter("errors", "Failures of the server, and results of it that could not be used.", shared.errors as f64);
        counter(
            "downtime_seconds",
            "Time in which the server was not asked because it had failed.",
            shared.downtime.as_secs_f64(),
        );
    }
    page
}
