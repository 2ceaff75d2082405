//! How often results were served, hour by hour and day by day.

use std::ops::Range;

use jiff::{ToSpan, Zoned, civil::Weekday, tz::TimeZone};

use crate::model::time::Timestamp;
use crate::store::{Activity, EventKind, Statistics};

pub const HOURS: usize = 24;
pub const DAYS: usize = 30;

/// A stretch of time, and how often results were served in it.
#[derive(Clone, Copy)]
pub struct Served {
    /// In hours since 1970.
    pub from: i64,
    pub hits: u64,
    pub stale_hits: u64,
}

impl Served {
    fn within(statistics: &Statistics, hours: Range<i64>) -> Self {
        let count = |kind| statistics.count_in(kind, hours.clone());
        Self { from: hours.start, hits: count(EventKind::Hit), stale_hits: count(EventKind::StaleHit) }
    }

    pub fn total(&self) -> u64 {
        self.hits.saturating_add(self.stale_hits)
    }
}

/// The last `count` stretches of `hours` hours each, up to the end of `hour`.
pub fn stretches(statistics: &Statistics, hour: i64, count: usize, hours: i64) -> Vec<Served> {
    let end = hour.saturating_add(1);
    let begin = |number: usize| end.saturating_sub(hours.saturating_mul((count - number) as i64));
    let stretch = |from: i64| Served::within(statistics, from..from.saturating_add(hours));
    (0..count).map(|number| stretch(begin(number))).collect()
}

/// The last hours, each with the local time of its beginning if that is one of four in a day.
pub fn hourly(statistics: &Statistics, hour: i64, zone: &TimeZone) -> Vec<(Served, Option<String>)> {
    let label = |served: &Served| {
        let begin = local(served.from, zone)?;
        (begin.hour() % 6 == 0).then(|| begin.strftime("%H:%M").to_string())
    };
    stretches(statistics, hour, HOURS, 1).into_iter().map(|served| (served, label(&served))).collect()
}

/// The last days of the local calendar, each with its date if it is a Monday. An hour belongs to the day in which it
/// begins. Without a date, because the clock is far off, there are no days.
pub fn daily(statistics: &Statistics, hour: i64, zone: &TimeZone) -> Vec<(Served, Option<String>)> {
    let Some(today) = local(hour, zone).map(|now| now.date()) else { return Vec::new() };
    let begin = |days_ago: i64| {
        let midnight = today.checked_sub(days_ago.days()).ok()?.to_zoned(zone.clone()).ok()?.timestamp();
        Some(Activity::hour_of(Timestamp::from_millis(midnight.as_millisecond().saturating_add(HOUR_MS - 1))))
    };
    let day = |days_ago: i64| {
        let served = Served::within(statistics, begin(days_ago)?..begin(days_ago - 1)?);
        let date = today.checked_sub(days_ago.days()).ok()?;
        let label = (date.weekday() == Weekday::Monday).then(|| date.strftime("%b %-d").to_string());
        Some((served, label))
    };
    (0..DAYS as i64).rev().filter_map(day).collect()
}

const HOUR_MS: i64 = 60 * 60 * 1000;

fn local(hour: i64, zone: &TimeZone) -> Option<Zoned> {
    let at = jiff::Timestamp::from_millisecond(Activity::begin_of(hour).as_millis()).ok()?;
    Some(at.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(text: &str) -> i64 {
        let at: jiff::Timestamp = text.parse().unwrap();
        Activity::hour_of(Timestamp::from_millis(at.as_millisecond()))
    }

    fn hits(hours: &[(&str, u64)]) -> Statistics {
        let activity = hours.iter().map(|(hour, count)| Activity {
            hour: Some(at(hour)),
            kind: EventKind::Hit,
            count: *count,
            saved: Duration::ZERO,
        });
        Statistics { activity: activity.collect(), ..Statistics::default() }
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::posix(name).unwrap()
    }

    #[test]
    fn days_begin_at_midnight_of_the_local_time() {
        // In this zone, the first hour of the second of March begins at 23:00 of the first.
        let statistics = hits(&[("2026-03-01T22:00:00Z", 1), ("2026-03-01T23:00:00Z", 2), ("2026-03-02T12:00:00Z", 4)]);
        let days = daily(&statistics, at("2026-03-02T12:30:00Z"), &zone("CET-1"));
        let counts: Vec<u64> = days.iter().map(|(served, _)| served.hits).collect();
        assert_eq!((days.len(), &counts[27..]), (30, &[0, 1, 6][..]));
        let labels: Vec<&str> = days.iter().filter_map(|(_, label)| label.as_deref()).collect();
        assert_eq!(labels, ["Feb 2", "Feb 9", "Feb 16", "Feb 23", "Mar 2"]);
    }

    #[test]
    fn no_hour_is_counted_twice_or_lost_where_clocks_are_set() {
        let zone = zone("CET-1CEST,M3.5.0,M10.5.0/3");
        let statistics = hits(&[("2026-03-28T22:00:00Z", 1), ("2026-03-29T00:00:00Z", 2), ("2026-03-29T21:00:00Z", 4)]);
        let days = daily(&statistics, at("2026-03-29T21:00:00Z"), &zone);
        let counts: Vec<u64> = days.iter().map(|(served, _)| served.hits).collect();
        assert_eq!(counts[27..], [0, 1, 6]);
    }

    #[test]
    fn hours_have_the_local_time_also_where_it_is_half_an_hour_off() {
        let hours = hourly(&hits(&[("2026-03-01T22:00:00Z", 1)]), at("2026-03-01T22:30:00Z"), &zone("IST-5:30"));
        assert_eq!((hours.len(), hours[23].0.total()), (24, 1));
        let labels: Vec<&str> = hours.iter().filter_map(|(_, label)| label.as_deref()).collect();
        assert_eq!(labels, ["06:30", "12:30", "18:30", "00:30"]);
    }

    #[test]
    fn a_clock_that_is_far_off_has_no_calendar() {
        assert!(daily(&hits(&[]), i64::MAX, &TimeZone::UTC).is_empty());
        assert_eq!(hourly(&hits(&[]), i64::MAX, &TimeZone::UTC).len(), 24);
    }
}
