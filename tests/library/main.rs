//! The library in a program with threads of its own: what it returns, and that it leaves the program as it was.
//!
//! A program without the test harness: the harness has threads and descriptors that come and go.

mod host;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cacheback::{Cache, Error, ExitStatus, Invocation, OnStale, Policy, Selector, Source};

use host::Host;

const MINUTE: Duration = Duration::from_secs(60);

type Test = (&'static str, fn(&Home));

const TESTS: &[Test] = &[
    ("eight_threads_share_one_run_and_the_host_is_as_it_was", eight_threads_share_one_run_and_the_host_is_as_it_was),
    ("program_and_library_share_results", program_and_library_share_results),
    ("program_and_library_share_one_run", program_and_library_share_one_run),
    ("a_stale_result_is_treated_as_the_policy_says", a_stale_result_is_treated_as_the_policy_says),
    ("a_failing_refresh_in_a_thread_keeps_the_result", a_failing_refresh_in_a_thread_keeps_the_result),
    ("a_command_that_runs_out_of_time_is_ended", a_command_that_runs_out_of_time_is_ended),
    ("a_large_output_is_returned_and_not_stored", a_large_output_is_returned_and_not_stored),
    ("an_output_larger_than_memory_for_captures_is_stored", an_output_larger_than_memory_for_captures_is_stored),
    ("a_command_that_cannot_be_started_is_an_error", a_command_that_cannot_be_started_is_an_error),
    ("a_killed_command_is_a_result_that_is_not_stored", a_killed_command_is_a_result_that_is_not_stored),
    ("a_process_left_in_the_background_is_not_waited_for", a_process_left_in_the_background_is_not_waited_for),
    ("a_relative_program_is_that_of_its_directory", a_relative_program_is_that_of_its_directory),
];

fn main() {
    // With the first thread the C library takes a signal for itself.
    thread::spawn(|| ()).join().expect("a thread");
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_meant = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    for (name, test) in TESTS.iter().filter(|(name, _)| is_meant(name)) {
        let home = Home(tempfile::tempdir().expect("a temporary directory"));
        let before = Host::now();
        test(&home);
        assert_eq!(Host::settled(&before), before, "{name}: the host has changed");
        println!("test {name} ... ok");
    }
}

struct Home(tempfile::TempDir);

impl Home {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn cache(&self) -> Cache {
        Cache::open(self.path("cache.db")).expect("a cache")
    }

    /// A command that notes each of its runs in a file, and then runs `script`.
    fn counting(&self, script: &str) -> Invocation {
        Invocation::shell(format!("echo run >> '{}'; {script}", self.path("runs").display()))
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }

    /// The program with the same database.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cacheback"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.0.path());
        command.env("CACHEBACK_DB", self.path("cache.db")).args(arguments);
        command
    }
}

#[track_caller]
fn wait_until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "not within 20 s");
        thread::sleep(Duration::from_millis(4));
    }
}

fn eight_threads_share_one_run_and_the_host_is_as_it_was(home: &Home) {
    let cache = home.cache();
    let policy = Policy::fresh_for(MINUTE);
    let gate = home.path("gate");
    let same = home.counting(&format!("until test -e '{}'; do sleep 0.01; done; echo same", gate.display()));
    let before = Host::now();
    thread::scope(|scope| {
        for number in 0..8 {
            let (cache, policy, same, gate) = (&cache, &policy, &same, &gate);
            let thread_before = before.signals.clone();
            scope.spawn(move || {
                let own = cache.get(&Invocation::new(["echo", &number.to_string()]), policy).expect("a result");
                assert_eq!(own.stdout(), format!("{number}\n").as_bytes());
                if number == 7 {
                    fs::write(gate, "").expect("a gate");
                }
                let served = cache.get(same, policy).expect("a result");
                assert_eq!((served.stdout(), served.status()), (&b"same\n"[..], ExitStatus::Exited(0)));
                let again = cache.get(same, policy).expect("a result");
                assert_eq!(again.source(), Source::Stored);
                assert_eq!(Host::now().signals, thread_before);
            });
        }
    });
    assert_eq!(home.runs(), 1);
}

fn program_and_library_share_results(home: &Home) {
    let (cache, policy) = (home.cache(), Policy::fresh_for(MINUTE));
    let output = home.program(&["run", "--", "printf", "a b"]).output().expect("the program");
    assert_eq!(output.stdout, b"a b");
    let command = Invocation::new(["printf", "a b"]);
    let served = cache.get(&command, &policy).expect("a result");
    assert_eq!((served.stdout(), served.source()), (&b"a b"[..], Source::Stored));

    let command = home.counting("echo out; echo err >&2");
    assert_eq!(cache.get(&command, &policy).expect("a result").source(), Source::Fetched);
    let script = format!("echo run >> '{}'; echo out; echo err >&2", home.path("runs").display());
    let output = home.program(&["run", "-s", "--", &script]).output().expect("the program");
    assert_eq!((&output.stdout[..], &output.stderr[..], home.runs()), (&b"out\n"[..], &b"err\n"[..], 1));

    assert_eq!(cache.invalidate(&Selector::command(&command).unwrap()).unwrap(), 1);
    assert!(cache.peek(&command, &policy).unwrap().unwrap().is_stale());
    assert_eq!(cache.delete(&Selector::all()).unwrap(), 2);
    assert!(cache.peek(&command, &policy).unwrap().is_none());
}

fn program_and_library_share_one_run(home: &Home) {
    let cache = home.cache();
    let gate = home.path("gate");
    let script = format!("until test -e '{}'; do sleep 0.01; done; echo done", gate.display());
    let counting = format!("echo run >> '{}'; {script}", home.path("runs").display());
    let mut program =
        home.program(&["run", "-s", "--", &counting]).stdout(std::process::Stdio::null()).spawn().unwrap();
    wait_until(|| home.runs() == 1);
    let waiting = thread::scope(|scope| {
        let waiting = scope.spawn(|| cache.get(&home.counting(&script), &Policy::fresh_for(MINUTE)));
        fs::write(&gate, "").expect("a gate");
        waiting.join().expect("no panic").expect("a result")
    });
    assert!(program.wait().expect("the program").success());
    assert_eq!((waiting.stdout(), home.runs()), (&b"done\n"[..], 1));
}

fn a_stale_result_is_treated_as_the_policy_says(home: &Home) {
    let cache = home.cache();
    let command = home.counting(&format!("wc -l < '{}'", home.path("runs").display()));
    let policy = Policy::fresh_for(Duration::ZERO);
    let number = |policy: &Policy| {
        let served = cache.get(&command, policy).expect("a result");
        (String::from_utf8_lossy(served.stdout()).trim().to_owned(), served.is_stale())
    };
    assert_eq!(number(&policy), ("1".to_owned(), false));
    assert_eq!(number(&policy), ("2".to_owned(), false));
    let refreshing = policy.clone().on_stale(OnStale::Refresh);
    assert_eq!(number(&refreshing), ("2".to_owned(), true));
    cache.finish_refreshes();
    let serving = policy.clone().on_stale(OnStale::Serve);
    assert_eq!(number(&serving), ("3".to_owned(), true));
    assert_eq!((number(&serving), home.runs()), (("3".to_owned(), true), 3));
    let refreshed = cache.refresh(&command, &serving).expect("a result");
    assert_eq!((refreshed.stdout().trim_ascii(), refreshed.is_stale()), (&b"4"[..], false));
}

fn a_failing_refresh_in_a_thread_keeps_the_result(home: &Home) {
    let cache = home.cache();
    let command = home.counting(&format!("test ! -e '{}' && echo good", home.path("broken").display()));
    let policy = Policy::fresh_for(Duration::ZERO).on_stale(OnStale::Refresh);
    cache.get(&command, &policy).expect("a result");
    fs::write(home.path("broken"), "").expect("a file");
    for _ in 0..3 {
        assert_eq!(cache.get(&command, &policy).expect("a result").stdout(), b"good\n");
        cache.finish_refreshes();
    }
    assert_eq!(home.runs(), 2, "the second refresh has to wait");
}

fn a_command_that_runs_out_of_time_is_ended(home: &Home) {
    let policy = Policy::fresh_for(MINUTE).timeout(Duration::from_millis(300));
    let command = home.counting("echo begun; sleep 1000; echo never");
    let served = home.cache().get(&command, &policy).expect("a result");
    assert_eq!((served.status(), served.stdout(), served.is_stored()), (ExitStatus::TimedOut, &b"begun\n"[..], false));
}

fn a_large_output_is_returned_and_not_stored(home: &Home) {
    let (cache, policy) = (home.cache(), Policy::fresh_for(MINUTE).max_size(1000));
    let command = home.counting("head -c 300000 /dev/zero");
    for runs in 1..3 {
        let served = cache.get(&command, &policy).expect("a result");
        assert_eq!((served.stdout().len(), served.is_stored(), home.runs()), (300_000, false, runs));
    }
}

fn an_output_larger_than_memory_for_captures_is_stored(home: &Home) {
    let (cache, policy) = (home.cache(), Policy::fresh_for(MINUTE));
    let command = home.counting("head -c 3000000 /dev/zero; echo end >&2");
    let served = cache.get(&command, &policy).expect("a result");
    assert!(served.is_stored());
    let again = cache.get(&command, &policy).expect("a result");
    assert_eq!(again.source(), Source::Stored);
    assert_eq!((again.stdout(), again.stderr()), (served.stdout(), &b"end\n"[..]));
    assert_eq!(again.pieces().map(|(_, piece)| piece.len()).sum::<usize>(), 3_000_004);
}

fn a_command_that_cannot_be_started_is_an_error(home: &Home) {
    let (cache, policy) = (home.cache(), Policy::fresh_for(MINUTE));
    for program in ["/no/such/program", "no-such-program-anywhere", "/etc/passwd"] {
        let error = cache.get(&Invocation::new([program]), &policy).expect_err("no result");
        assert!(matches!(&error, Error::NotStarted { .. }), "{error:?}");
        assert!(error.to_string().starts_with(&format!("{program}: ")), "{error}");
    }
}

fn a_killed_command_is_a_result_that_is_not_stored(home: &Home) {
    let (cache, policy) = (home.cache(), Policy::fresh_for(MINUTE).storing_exit(0..=255));
    let command = home.counting("echo part; kill -9 $$");
    for runs in 1..3 {
        let served = cache.get(&command, &policy).expect("a result");
        assert_eq!((served.status(), served.stdout()), (ExitStatus::Killed(9), &b"part\n"[..]));
        assert_eq!((served.is_stored(), home.runs()), (false, runs));
    }
}

fn a_process_left_in_the_background_is_not_waited_for(home: &Home) {
    let policy = Policy::fresh_for(MINUTE);
    let command = Invocation::shell("sleep 1000 & echo $!");
    let began = Instant::now();
    let served = home.cache().get(&command, &policy).expect("a result");
    assert!(began.elapsed() < Duration::from_secs(20));
    let pid = String::from_utf8_lossy(served.stdout()).trim().to_owned();
    assert!(Command::new("kill").arg(&pid).status().expect("kill").success());
}

fn a_relative_program_is_that_of_its_directory(home: &Home) {
    let (cache, policy) = (home.cache(), Policy::fresh_for(MINUTE));
    let place = |name: &str| {
        let directory = home.path(name);
        fs::create_dir(&directory).expect("a directory");
        make_script(&directory.join("build"), &format!("#!/bin/sh\necho {name}\n"));
        directory
    };
    for name in ["one", "two"] {
        let command = Invocation::new(["./build"]).in_dir(place(name));
        let served = cache.get(&command, &policy).expect("a result");
        assert_eq!((served.stdout().trim_ascii(), served.source()), (name.as_bytes(), Source::Fetched));
    }
}

/// Written by another process: a child of another thread could have it open for writing while it is executed.
fn make_script(path: &Path, text: &str) {
    let mut made = Command::new("sh");
    made.args(["-c", "printf %s \"$2\" > \"$1\" && chmod +x \"$1\"", "sh"]).arg(path).arg(text);
    assert!(made.status().expect("sh").success());
}
