use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn breaker() -> (tempfile::TempDir, Breaker) {
    let home = tempfile::tempdir().unwrap();
    let breaker = Breaker { path: home.path().join("cache.db-shared"), server: None };
    (home, breaker)
}

fn route() -> Route {
    Route { server: "cache:6379".into(), host: "cache".into(), address: "192.0.2.7:6379".parse().unwrap() }
}

/// The waits after so many failures in a row, each of them at once after the wait.
fn waits(count: u32, trouble: Trouble, random: u64) -> Vec<Duration> {
    let (mut record, mut now) = (Record::default(), seconds(1000));
    let mut next = || {
        (record, _) = after_failure(&record, now, now, trouble, random);
        let wait = record.until - now;
        now = record.until + Duration::from_nanos(1);
        wait
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn the_wait_doubles_from_a_second_to_a_minute() {
    let longest = [1, 2, 4, 8, 16, 32, 60, 60].map(seconds);
    assert_eq!(waits(8, Trouble::Unreachable, 255), longest);
    assert_eq!(waits(8, Trouble::Unreachable, 0), longest.map(|wait| wait * 3 / 4));
    assert_eq!(waits(40, Trouble::Unreachable, 255).last(), Some(&seconds(60)));
    assert_eq!(waits(2, Trouble::Misconfigured, 255), [seconds(60), seconds(60)]);
}

#[test]
fn what_fails_together_is_one_failure() {
    let (first, _) = after_failure(&Record::default(), seconds(10), seconds(11), Trouble::Unreachable, 0);
    assert_eq!(after_failure(&first, seconds(10), seconds(12), Trouble::Unreachable, 9), (first.clone(), false));
    let (second, _) = after_failure(&first, seconds(12), seconds(12), Trouble::Unreachable, 0);
    assert_eq!(second.failures, 2);
}

#[test]
fn what_somebody_has_to_mend_is_a_warning_once_an_hour() {
    let mut record = Record::default();
    let mut warnings = 0;
    for second in (0..7200).step_by(60) {
        let now = seconds(second);
        let (after, warns) = after_failure(&record, now, now, Trouble::Misconfigured, 0);
        warnings += u32::from(warns);
        record = after;
    }
    assert_eq!(warnings, 2);
    assert!(!after_failure(&Record::default(), seconds(1), seconds(1), Trouble::Unreachable, 0).1);
}

#[test]
fn the_decision_follows_from_the_record_and_the_time() {
    let failed = Record { failures: 3, until: seconds(100), failed_at: seconds(96), ..Record::default() };
    for (record, now, decision) in [
        (&Record::default(), 0, Decision::Go),
        (&Record::default(), 1000, Decision::Go),
        (&failed, 97, Decision::Wait(seconds(3))),
        (&failed, 100, Decision::Probe),
        (&failed, 1000, Decision::Probe),
        // The machine has been started again since.
        (&failed, 5, Decision::Probe),
    ] {
        assert_eq!(decide(record, seconds(now)), decision, "{now}");
    }
    // A failure in the future is of another boot, and so is its wait.
    let (after, _) = after_failure(&failed, seconds(5), seconds(5), Trouble::Unreachable, 255);
    assert_eq!((after.failures, after.until), (1, seconds(6)));
}

#[test]
fn without_failures_everybody_tries_and_the_file_is_not_even_made() {
    let (_home, breaker) = breaker();
    breaker.attempt().unwrap().succeed(None);
    assert!(!breaker.path.exists());
    let two = (breaker.attempt().unwrap(), breaker.attempt().unwrap());
    drop(two);
    assert_eq!(breaker.record(), Record::default());
}

#[test]
fn after_a_failure_nobody_tries_and_then_one_does() {
    let (_home, breaker) = breaker();
    let failed = breaker.attempt().unwrap().fail(Trouble::Unreachable, "no answer in time");
    assert!(!failed.warns && failed.pause >= seconds(1) * 3 / 4 && failed.pause <= seconds(1), "{failed:?}");
    let open = breaker.attempt().unwrap_err();
    assert_eq!(open, Open { trouble: Trouble::Unreachable, reason: "no answer in time".into() });
    let over = Record { until: Duration::ZERO, ..breaker.record() };
    breaker.update(|_| (over.clone(), ())).unwrap();
    let probe = breaker.attempt().unwrap();
    assert_eq!(breaker.attempt().unwrap_err(), open);
    // The process that tried has died, and another one may try.
    drop(probe);
    breaker.attempt().unwrap().succeed(None);
    assert_eq!(breaker.record(), Record::default());
    drop((breaker.attempt().unwrap(), breaker.attempt().unwrap()));
}

#[test]
fn the_way_to_the_server_is_kept_for_some_minutes_and_not_past_a_failure() {
    let (_home, breaker) = breaker();
    breaker.attempt().unwrap().succeed(Some(&route()));
    assert_eq!(breaker.attempt().unwrap().route(), Some(route()));
    let before = fs::metadata(&breaker.path).unwrap().modified().unwrap();
    breaker.attempt().unwrap().succeed(Some(&route()));
    assert_eq!(fs::metadata(&breaker.path).unwrap().modified().unwrap(), before);
    let mut attempt = breaker.attempt().unwrap();
    attempt.begun += ROUTE_KEPT;
    assert_eq!(attempt.route(), None);
    breaker.attempt().unwrap().fail(Trouble::Unreachable, "");
    assert_eq!(breaker.pass_by().route(), None);
}

#[test]
fn a_file_that_cannot_be_used_is_as_good_as_none() {
    let nowhere = Breaker { path: "/nonexistent/cache.db-shared".into(), server: None };
    assert_eq!(nowhere.attempt().unwrap().fail(Trouble::Misconfigured, "WRONGPASS"), Failed::default());
    nowhere.attempt().unwrap().succeed(Some(&route()));
    let (_home, breaker) = breaker();
    fs::write(&breaker.path, "rubbish").unwrap();
    fs::set_permissions(&breaker.path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(breaker.record(), Record::default());
    breaker.attempt().unwrap().fail(Trouble::Unreachable, "x");
    assert_eq!(breaker.record().failures, 1);
    // Others could have written it.
    fs::set_permissions(&breaker.path, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(breaker.record(), Record::default());
}

#[test]
fn a_password_in_a_url_is_a_warning_once_a_day() {
    let (_home, breaker) = breaker();
    let warns: Vec<bool> = (0..3).map(|_| breaker.attempt().unwrap().warns_of_password()).collect();
    assert_eq!(warns, [true, false, false]);
    breaker.attempt().unwrap().fail(Trouble::Unreachable, "");
    breaker.pass_by().succeed(None);
    assert!(!breaker.attempt().unwrap().warns_of_password());
}

#[test]
fn what_is_known_of_one_server_is_not_known_of_another() {
    let (_home, breaker) = breaker();
    let [one, other] = [1, 2].map(|server| breaker.clone().of(server));
    one.attempt().unwrap().fail(Trouble::Misconfigured, "WRONGPASS");
    assert!(one.attempt().is_err() && breaker.attempt().is_err());
    assert!(other.pass_by().warns_of_password());
    let attempt = other.attempt().unwrap();
    assert_eq!((attempt.route(), attempt.warns_of_password()), (None, false));
    attempt.succeed(Some(&route()));
    assert_eq!(other.attempt().unwrap().route(), Some(route()));
    assert_eq!(one.attempt().unwrap().route(), None);
    one.attempt().unwrap().fail(Trouble::Unreachable, "no answer in time");
    assert_eq!((one.record().failures, other.record().failures), (1, 0));
    assert!(!one.pass_by().warns_of_password());
}

#[test]
fn a_mistake_in_the_configuration_is_a_warning_once_an_hour_and_closes_nothing() {
    let (_home, breaker) = breaker();
    let server = breaker.clone().of(1);
    server.attempt().unwrap().fail(Trouble::Unreachable, "no answer in time");
    let known = server.record();
    let warns = ["no key", "no key", "no password", "no password"].map(|text| breaker.warns_of_mistake(text));
    assert_eq!(warns, [true, false, true, false]);
    assert_eq!(Record { mistake: None, ..server.record() }, known);
    server.pass_by().succeed(None);
    assert!(breaker.warns_of_mistake("no password"));
    assert!(server.attempt().is_ok());
}

proptest! {
    #[test]
    fn a_record_survives_the_round_trip_and_no_damage(
        failures: u32, reason in "[a-z]{0,300}", times: [u32; 5], has_route: bool, digest: u64, at in 0..2048_usize
    ) {
        let [failed_at, until, warned, password, found] = times.map(|time| Duration::from_millis(time.into()));
        let record = Record {
            failures, reason, failed_at, until, trouble: Trouble::Misconfigured,
            warned_at: Some(warned), warned_password_at: Some(password), route: has_route.then(|| (found, route())),
            mistake: has_route.then_some((found, digest)), server: (!has_route).then_some(digest),
        };
        let mut bytes = record.encode();
        prop_assert_eq!(Record::decode(&bytes), Some(record.clone()));
        bytes[at] ^= 1;
        prop_assert!(Record::decode(&bytes).is_none_or(|read| read == record));
    }
}
