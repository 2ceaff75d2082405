//! `--jitter`: a result is fresh for less than its ttl, by a part that is fixed for that result.

use crate::common::Home;

/// What `explain` says of the stored result of `count`: its ttl in seconds, and what the jitter has taken off.
fn explained(home: &Home, options: &[&str]) -> (f64, f64) {
    let page = home.cacheback(["explain", "--json"]).arg_all(options).arg("count").go().status(0).json();
    let seconds = |name: &str| page["entry"][name].as_f64().expect("a number of seconds");
    (seconds("ttl"), seconds("jitter"))
}

#[test]
fn the_share_is_fixed_for_a_result_and_drawn_anew_for_the_next() {
    let home = Home::new();
    home.counter("count");
    let jitter = ["--ttl", "100000", "--jitter", "50%"];
    let mut drawn = Vec::new();
    for _ in 0..8 {
        home.running(jitter).arg_all(&["--refresh", "count"]).go().status(0);
        let first = explained(&home, &jitter);
        assert_eq!(first, explained(&home, &jitter), "another process draws another share");
        assert!((first.0 + first.1 - 100_000.0).abs() < 0.01 && first.1 < 50_000.0, "{first:?}");
        drawn.push(first.1);
    }
    drawn.sort_by(f64::total_cmp);
    drawn.dedup();
    assert!(drawn.len() > 1, "each fetch has drawn {drawn:?}");
}

#[test]
fn a_reader_judges_by_what_is_left_of_the_ttl() {
    let home = Home::new();
    home.counter("count");
    home.run(["count"]).stdout("1\n");
    let jitter = ["--ttl", "100000", "--jitter", "100%"];
    let (ttl, _) = explained(&home, &jitter);
    let outcome = home.running(jitter).arg_all(&["--status", "count"]).go();
    let line = outcome.stdout("1\n").stderr_text();
    let left = line.split("ttl=").nth(1).and_then(|rest| rest.split(';').next()?.parse::<f64>().ok()).expect(&line);
    assert!(left <= ttl && left > ttl - 1000.0, "{line}: the ttl is {ttl}");
    // A share of a ttl that is over is no less over.
    home.running(["--ttl", "0", "--jitter", "10%", "count"]).go().stdout("2\n");
}

#[test]
fn a_rule_sets_it_and_the_command_line_switches_it_off() {
    let home = Home::new();
    home.counter("count");
    home.configure("[[rule]]\ncommand = 'count'\nttl = '1d'\njitter = '25%'\n");
    home.run(["count"]).stdout("1\n");
    let (ttl, off) = explained(&home, &[]);
    assert!(off > 0.0 && (ttl + off - 86_400.0).abs() < 0.01, "{ttl} {off}");
    assert_eq!(explained(&home, &["--no-jitter"]), (86_400.0, 0.0));
    assert_eq!(explained(&home, &["--no-jitter", "--jitter", "25%"]), (ttl, off));
    assert_eq!(explained(&home, &["--jitter", "25%", "--no-jitter"]), (86_400.0, 0.0));
    let text = home.cacheback(["list", "--json"]).go().json().to_string();
    assert!(text.contains(&format!("\"ttl\":{ttl}")), "{ttl} is not in {text}");
    let page = home.cacheback(["explain", "count"]).go().stdout_text();
    assert!(page.contains(" earlier because of --jitter") && page.contains("25%"), "{page}");
}

#[test]
fn a_result_with_a_lifetime_of_its_own_keeps_it() {
    let home = Home::new();
    home.counter("count");
    home.cacheback(["set", "--ttl", "1000", "count"]).stdin("9\n").go().status(0);
    assert_eq!(explained(&home, &["--ttl", "1d", "--jitter", "10%"]), (1000.0, 0.0));
}

#[test]
fn what_is_neither_a_share_nor_a_duration_is_refused() {
    let home = Home::new();
    for wrong in ["101%", "soon", "-1%"] {
        let outcome = home.run(["--jitter", wrong, "date"]);
        let message = outcome.status(125).stderr_text();
        assert!(message.contains("expected a share of the ttl from 0% to 100%"), "{message}");
    }
}
