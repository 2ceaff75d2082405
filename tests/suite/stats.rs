//! `stats`: what the cache has done so far.

use rusqlite::Connection;
use serde_json::Value;

use crate::common::{Home, Outcome, has};

fn stats(home: &Home, options: &[&str]) -> Outcome {
    home.cacheback(["stats"].iter().chain(options)).go()
}

fn object(home: &Home) -> Value {
    stats(home, &["--json"]).stderr("").status(0).json()
}

/// One of each: a miss, two hits, a stale hit, the refresh after it and a failure.
fn used() -> Home {
    let home = Home::new();
    for _ in 0..3 {
        home.run(["echo", "x"]).status(0);
    }
    home.run(["--ttl", "0", "--async", "echo", "x"]).status(0);
    home.until_quiet();
    home.run(["false"]).status(1);
    home
}

#[test]
fn all_events_are_counted() {
    let home = used();
    for _ in 0..2 {
        let found = object(&home);
        let counts = ["entries", "hits", "stale_hits", "misses", "refreshes", "failures"].map(|name| &found[name]);
        assert_eq!(counts, [1, 2, 1, 1, 1, 1], "`stats` changed its own counts");
        assert!(found["saved"].as_f64().unwrap() > 0.0);
        assert!(found["database_bytes"].as_u64().unwrap() >= 4096);
        assert_eq!(found["bytes"], 7);
        let top = &found["top"][0];
        assert_eq!((&top["command"], &top["hits"], &top["stale_hits"]), (&"echo x".into(), &2.into(), &1.into()));
        assert_eq!(top["saved"], found["saved"]);
        let of_day = found["last_24_hours"].as_array().unwrap();
        let of_month = found["last_30_days"].as_array().unwrap();
        assert_eq!((of_day.len(), of_month.len()), (24, 30));
        let sum = |bars: &[Value], of: &str| bars.iter().map(|bar| bar[of].as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum(of_day, "hits"), sum(of_month, "hits")), (2, 2));
        assert_eq!((sum(of_day, "stale_hits"), sum(of_month, "stale_hits")), (1, 1));
    }
}

#[test]
fn counts_outlive_the_entries() {
    let home = used();
    object(&home);
    home.delete(["--all"]).status(0);
    let found = object(&home);
    assert_eq!((&found["entries"], &found["hits"], &found["top"]), (&0.into(), &2.into(), &Value::Array(Vec::new())));
}

#[test]
fn an_unused_cache_has_done_nothing() {
    let home = Home::new();
    assert_eq!(object(&home)["hits"], 0);
    assert!(stats(&home, &[]).stderr("").status(0).stdout_text().starts_with("entries     0\n"));
    assert!(!home.cache().exists(), "`stats` made a directory");
}

#[test]
fn a_page_has_counts_bars_and_the_commands_that_saved_most() {
    let home = used();
    let page = stats(&home, &[]).stderr("").status(0).stdout_text();
    let lines: Vec<&str> = page.lines().collect();
    assert_eq!(lines[..2], ["entries     1", "output      7 B"]);
    let counts = ["hits        2", "stale hits  1", "misses      1", "refreshes   1", "failures    1"];
    assert_eq!(lines[3..8], counts);
    assert!(lines[8].starts_with("time saved  "), "{page}");
    let titles: Vec<&str> = lines[9..].iter().filter(|line| line.starts_with("Served each ")).copied().collect();
    assert_eq!(
        titles,
        ["Served each hour: 3 in 24 hours, 1 of them stale", "Served each day: 3 in 30 days, 1 of them stale"]
    );
    let top = lines.iter().position(|line| line.contains("COMMAND")).unwrap();
    assert_eq!((top, lines[top - 1]), (26, ""), "{page}");
    let heading: Vec<&str> = lines[top].split_whitespace().collect();
    assert_eq!(heading, ["SAVED", "HITS", "STALE", "TOOK", "COMMAND"]);
    let row: Vec<&str> = lines[top + 1].split_whitespace().collect();
    assert_eq!((&row[1..4], &row[5..]), (&["##########", "2", "1"][..], &["echo", "x"][..]));
    assert_eq!(stats(&home, &["--limit", "0"]).stdout_text().lines().count(), 25);
}

/// A cache in which the hours before this one have these numbers of hits, the last one first.
fn with_hits(hours: &[i64]) -> Home {
    let home = used();
    object(&home);
    let sql = Connection::open(home.db()).unwrap();
    sql.execute("DELETE FROM activity", []).unwrap();
    for (ago, count) in hours.iter().enumerate() {
        let now = "CAST(strftime('%s','now') AS INTEGER)/3600";
        sql.execute(&format!("INSERT INTO activity VALUES({now}-?1,1,?2,0)"), [ago as i64, *count]).unwrap();
    }
    home
}

#[test]
fn charts_have_an_axis_of_numbers_and_one_of_local_times() {
    // Enough hours for a new one to begin now and then.
    let home = with_hits(&[400; 26]);
    let page = |locale| home.cacheback(["stats"]).env("LC_ALL", locale).env("TZ", "IST-5:30").go().stdout_text();
    let plain = page("C");
    let chart: Vec<&str> = plain.lines().skip(10).take(7).collect();
    assert!(chart[0].starts_with("Served each hour: 9600 in 24 hours"), "{plain}");
    let full = "#".repeat(48);
    let rows = [format!("400 +{full}"), format!("    |{full}"), format!("200 +{full}"), format!("    |{full}")];
    assert_eq!(chart[1..5], rows);
    let labels: Vec<&str> = chart[6].split_whitespace().collect();
    assert_eq!(chart[5].matches('+').count(), labels.len(), "one for each label but the last, and the origin: {plain}");
    assert_eq!(labels.last(), Some(&"now"), "{plain}");
    assert!(labels.len() >= 4 && labels[..3].iter().all(|label| label.ends_with(":30")), "{plain}");
    let at = chart[6].find(labels[0]).unwrap();
    assert_eq!(chart[5].as_bytes()[at], b'+', "a label stands below its mark: {plain}");
    assert!(plain.lines().any(|line| line.ends_with(" today")), "{plain}");
    assert!(plain.is_ascii(), "{plain}");
    let drawn = page("en_US.UTF-8");
    assert!(drawn.contains(&format!("400 ┤{}", "█".repeat(48))) && drawn.contains("  0 ┼"), "{drawn}");
}

#[test]
fn charts_are_coloured_on_request_only() {
    let home = with_hits(&[1]);
    let page = |option: &str| stats(&home, &[&format!("--color={option}")]).stdout_text();
    assert!(page("always").contains("##\x1b[0m") && !page("auto").contains('\x1b'));
}

#[test]
fn a_chart_without_bars_is_one_line() {
    let home = with_hits(&[]);
    let page = stats(&home, &["--limit", "0"]).stdout_text();
    assert!(page.ends_with("\nNone in 24 hours\n\nNone in 30 days\n"), "{page}");
}

#[test]
fn metrics_are_in_the_form_that_prometheus_reads() {
    let home = used();
    let metrics = stats(&home, &["--prometheus"]).stderr("").status(0).stdout_text();
    assert!(metrics.contains("# TYPE cacheback_hits_total counter\ncacheback_hits_total 2\n"), "{metrics}");
    assert!(metrics.contains("# HELP cacheback_output_bytes Size of all output as it is stored, "), "{metrics}");
    if has("promtool") {
        home.call("promtool", ["check", "metrics"]).stdin(metrics).go().stdout("").stderr("").status(0);
    }
}

#[test]
fn json_and_prometheus_exclude_each_other() {
    let home = Home::new();
    stats(&home, &["--json", "--prometheus"]).stderr_has("--prometheus").status(125);
    std::fs::create_dir_all(home.cache()).unwrap();
    std::fs::write(home.db(), "no database, but some text that is long enough").unwrap();
    stats(&home, &["--prometheus"]).stdout("").stderr_has("is not a cache").status(125);
}

#[test]
fn counts_can_be_set_to_0() {
    let home = used();
    stats(&home, &["--reset"]).stdout("").stderr("cacheback: all counts are 0 again\n").status(0);
    let found = object(&home);
    let counts = ["hits", "stale_hits", "misses", "refreshes", "failures", "saved"].map(|name| found[name].as_f64());
    assert_eq!(counts, [Some(0.0); 6]);
    assert_eq!((&found["entries"], &found["top"]), (&1.into(), &Value::Array(Vec::new())));
    let entry = home.cacheback(["show", "--json", "echo", "x"]).go().stdout_text();
    assert!(entry.contains("\"hits\": 0,") && !entry.contains("\"last_used\": null"), "{entry}");
    home.run(["--ttl", "1h", "echo", "x"]).status(0);
    assert_eq!(object(&home)["hits"], 1);
    stats(&home, &["--reset", "--json"]).stdout("").status(125);
    stats(&Home::new(), &["-q", "--reset"]).stdout("").stderr("").status(0);
}
