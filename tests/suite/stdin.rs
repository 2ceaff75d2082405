//! Standard input: the command gets none, unless `--stdin` asks for it.

use std::io::{self, PipeReader, PipeWriter, Write};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::common::{Call, Home, Outcome, wait_until};

#[test]
fn the_command_has_no_input() {
    let home = Home::new();
    home.running(["cat"]).stdin("not for you\n").go().stdout("").stderr("").status(0);
    home.running(["readlink", "/proc/self/fd/0"]).stdin("not for you\n").go().stdout("/dev/null\n").status(0);
}

#[test]
fn a_loop_keeps_its_input() {
    let home = Home::new();
    // Like ssh, it would read the rest of the list.
    home.script("greedy", "cat > /dev/null; echo \"saw $1\"");
    let script = "printf 'a\\nb\\nc\\n' | while read -r host; do cacheback run -- greedy \"$host\"; done";
    for _ in 0..2 {
        home.shell(script).go().stdout("saw a\nsaw b\nsaw c\n").stderr("").status(0);
    }
    assert_eq!(home.runs("greedy"), 3);
}

#[test]
fn a_loop_keeps_its_input_when_a_refresh_runs_in_the_background() {
    let home = Home::new();
    home.script("greedy", "cat > /dev/null; echo \"saw $1\"");
    let script =
        "printf 'a\\nb\\nc\\n' | while read -r host; do cacheback run --async --ttl 0 -- greedy \"$host\"; done";
    for _ in 0..2 {
        home.shell(script).go().stdout("saw a\nsaw b\nsaw c\n").stderr("").status(0);
    }
    home.until_quiet();
    assert_eq!(home.runs("greedy"), 6);
}

#[test]
fn input_is_given_to_the_command_and_part_of_the_key() {
    let home = Home::new();
    home.script("upper", "tr a-z A-Z");
    let with = |input: &str| home.running(["--stdin", "upper"]).stdin(input).go();
    with("one\n").stdout("ONE\n").status(0);
    with("two\n").stdout("TWO\n").status(0);
    with("one\n").stdout("ONE\n").status(0);
    with("").stdout("").status(0);
    with("").stdout("").status(0);
    assert_eq!(home.runs("upper"), 3);
}

#[test]
fn input_that_is_not_asked_for_is_not_part_of_the_key() {
    let home = Home::new();
    home.counter("count");
    home.running(["count"]).stdin("a").go().stdout("1\n");
    home.running(["count"]).stdin("b").go().stdout("1\n");
    home.running(["--stdin", "count"]).stdin("").go().stdout("2\n");
}

#[test]
fn input_is_bytes_and_may_be_larger_than_a_pipe() {
    let home = Home::new();
    home.script("digest", "sha256sum");
    let input: Vec<u8> = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let expected = home.call("sha256sum", [""; 0]).stdin(input.clone()).go().stdout.clone();
    for _ in 0..2 {
        home.running(["--stdin", "digest"]).stdin(input.clone()).go().stdout(&expected).stderr("").status(0);
    }
    let mut other = input;
    *other.last_mut().unwrap() ^= 1;
    assert_ne!(home.running(["--stdin", "digest"]).stdin(other).go().stdout, expected);
    assert_eq!(home.runs("digest"), 2);
}

#[test]
fn a_command_that_does_not_read_its_input_does_no_harm() {
    let home = Home::new();
    home.script("deaf", "exec 0<&-; echo done");
    for _ in 0..2 {
        home.running(["--stdin", "deaf"]).stdin(vec![b'x'; 1_000_000]).go().stdout("done\n").stderr("").status(0);
    }
    assert_eq!(home.runs("deaf"), 1);
}

#[test]
fn a_background_refresh_is_given_the_same_input() {
    let home = Home::new();
    let with =
        |args: &[&str]| home.running(args).arg_all(&["--stdin", "tee"]).arg(home.work("seen")).stdin("hello\n").go();
    with(&[]).stdout("hello\n");
    std::fs::remove_file(home.work("seen")).unwrap();
    with(&["--async", "--ttl", "0"]).stdout("hello\n");
    home.until_quiet();
    assert_eq!(std::fs::read(home.work("seen")).unwrap(), b"hello\n");
}

#[test]
fn closed_descriptors_do_no_harm() {
    let home = Home::new();
    home.counter("count");
    home.shell("cacheback run -- count <&-").go().stdout("1\n").stderr("").status(0);
    home.shell("cacheback run -- count <&-").go().stdout("1\n").stderr("").status(0);
    home.shell("cacheback run --stdin -- count <&-").go().stdout("").stderr_has("Bad file descriptor").status(125);
    home.shell("cacheback set -- count <&-")
        .go()
        .stdout("")
        .warned_once()
        .stderr_has("Bad file descriptor")
        .status(125);
    home.run(["count"]).stdout("1\n").status(0);
}

#[test]
fn the_time_limit_includes_waiting_for_input() {
    let home = Home::new();
    let (reader, writer) = nix::unistd::pipe().unwrap();
    home.running(["--timeout", "300ms", "--stdin", "cat"]).stdin_from(reader).go().stdout("").status(124);
    drop(writer);
}

/// Both ends of a pipe whose reads do not block, as an event loop may leave it.
fn nonblocking_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().unwrap();
    fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    (reader, writer)
}

/// Starts `call` on such a pipe, and writes to it only after the call has found it empty.
fn with_late_input(call: Call) -> Outcome {
    let (reader, mut writer) = nonblocking_pipe();
    let running = call.stdin_from(reader).spawn();
    wait_until("the call waits for its input", || running.process().is_none_or(|process| process.state == 'S'));
    writer.write_all(b"late ").unwrap();
    wait_until("the call waits for the rest", || running.process().is_none_or(|process| process.state == 'S'));
    writer.write_all(b"input\n").unwrap();
    drop(writer);
    running.wait()
}

#[test]
fn input_that_comes_late_on_a_nonblocking_pipe_is_read() {
    let home = Home::new();
    for args in [&["--stdin", "cat"][..], &["--stdin", "--timeout", "20s", "cat"], &["--stdin", "cat"]] {
        with_late_input(home.running(args)).stdout("late input\n").stderr("").status(0);
    }
    with_late_input(home.cacheback(["set", "--", "date"])).stderr("cacheback: set 1 entry\n").status(0);
    home.run(["date"]).stdout("late input\n").status(0);
    with_late_input(home.cacheback(["peek", "--stdin", "cat"])).stdout("late input\n").status(0);
}
