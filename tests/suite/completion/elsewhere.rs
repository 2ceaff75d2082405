//! The words before the cursor say in which database and configuration to look.

use std::fs;

use super::jobs::JOBS;
use super::{at_prompt, becomes, fish_offers, set_up, two_entries};
use crate::common::Home;

/// Makes a database and a configuration in a place of their own; returns the id of the entry there.
fn elsewhere(home: &Home) -> String {
    fs::create_dir(home.path().join("other place")).unwrap();
    let db = home.path().join("other place/db");
    let outcome = home.cacheback(["run", "--status", "--db"]).arg(&db).arg_all(&["talk", "elsewhere"]).go();
    fs::write(home.path().join("other place/config"), "[job.distant]\ncommand = [\"talk\"]\n").unwrap();
    outcome.cache_status().get("key").unwrap().to_owned()
}

/// Lines in which the words before the cursor say where to look, for an id and for a job.
const ELSEWHERE: [&str; 7] = [
    "cacheback --db ~/other\\ place/db --config ~/'other place/config' SUB ",
    "cacheback --db='../home/other place/db' --config=\"../home/other place/config\" -q SUB ",
    "cacheback SUB --db \"$HOME/other place/db\" --config \"$HOME/other place/config\" ",
    "cacheback --db=/nowhere SUB --scope=--config --db \"$HOME/other place/db\" --config=../home/'other place'/config ",
    "cacheback SUB --db ../home/other\\ place/db --scope=a:b --config ../home/other\\ place/config ",
    "cacheback SUB --lifetime 5 --db=../home/other\\ place/db --config ../home/other\\ place/config ",
    "cacheback --quiet SUB --scope a=b --db $HOME/other\\ place/db --config $HOME/other\\ place/config ",
];

#[track_caller]
fn complete_elsewhere(shell: &str) {
    let Some(home) = Home::with(shell) else { return };
    let mut terminal = at_prompt(&home, shell, "");
    let id = elsewhere(&home);
    two_entries(&home);
    home.configure(JOBS);
    for line in ELSEWHERE {
        becomes(&mut terminal, &format!("{}\t", line.replace("SUB", "show")), &[&id]);
        becomes(&mut terminal, &format!("{}--id \t", line.replace("SUB", "delete")), &["--id", &id]);
        becomes(
            &mut terminal,
            &format!("{}--id={}\t", line.replace("SUB", "list"), &id[..2]),
            &[&format!("--id={id}")],
        );
        becomes(&mut terminal, &format!("{}\t", line.replace("SUB", "get")), &["distant"]);
        becomes(&mut terminal, &format!("{}--job dis\t", line.replace("SUB", "list")), &["--job", "distant"]);
    }
    becomes(&mut terminal, "cacheback list --db $(touch pwned) --job lu\t", &["--job", "lunch"]);
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_looks_where_the_line_says() {
    complete_elsewhere("bash");
}

#[test]
fn zsh_looks_where_the_line_says() {
    complete_elsewhere("zsh");
}

#[test]
fn fish_looks_where_the_line_says() {
    let Some(home) = Home::with("fish") else { return };
    set_up(&home, "fish");
    let id = elsewhere(&home);
    two_entries(&home);
    home.configure(JOBS);
    for line in ELSEWHERE {
        let ids = format!("{id}\ttalk elsewhere\n");
        assert_eq!(fish_offers(&home, &line.replace("SUB", "show")), ids, "{line}");
        assert_eq!(fish_offers(&home, &format!("{}--id ", line.replace("SUB", "delete"))), ids, "{line}");
        let offers = fish_offers(&home, &format!("{}--id={}", line.replace("SUB", "list"), &id[..2]));
        assert_eq!(offers, format!("--id={ids}"), "{line}");
        assert_eq!(fish_offers(&home, &line.replace("SUB", "get")), "distant\ttalk\n", "{line}");
    }
}
