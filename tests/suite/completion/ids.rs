//! Ids of entries, each with its command.

use std::fs;

use super::{at_prompt, becomes, fish_offers, set_up, two_entries, with_completion_package};
use crate::common::Home;

#[test]
fn fish_completes_ids_with_their_commands() {
    let Some(home) = Home::with("fish") else { return };
    set_up(&home, "fish");
    let ids = two_entries(&home);
    for line in ["cacheback delete --id ", "cacheback invalidate --id="] {
        let offers = fish_offers(&home, line);
        assert_eq!(offers.lines().count(), 2, "{offers}");
        assert!(offers.contains(&format!("{}\ttalk a\n", ids[0])), "{offers}");
        assert!(offers.contains(&format!("{}\ttalk 'b  c'\n", ids[1])), "{offers}");
    }
}

#[test]
fn scripts_get_ids_and_jobs_and_never_an_error() {
    let home = Home::new();
    let ask = |words: &[&str]| {
        let call = home.cacheback(["--", "cacheback"]).env("_CACHEBACK_COMPLETE", "fish");
        words.iter().fold(call, |call, word| call.arg(word)).go()
    };
    ask(&["list", "--id", ""]).stdout("").stderr("").status(0);
    let words = ["--status", "printf", "a\tb\n\u{202e}\u{200b}\u{1b}c"];
    let key = home.run(words).cache_status().get("key").unwrap().to_owned();
    let line = format!("{key}\tprintf $'a\\tb\\n\\342\\200\\256\\342\\200\\213\\033c'\n");
    ask(&["list", "--id", ""]).stdout(&line);
    ask(&["list", "--id", &key[..3]]).stdout(&line);
    let whole = home.cacheback(["list", "--ids"]).go().stdout_text();
    ask(&["list", "--id", &whole[..12]]).stdout(line.replacen(&key, &whole[..12], 1));
    ask(&["--db", "/nowhere/db", "show", "--id", ""]).stdout("").stderr("").status(0);
    ask(&["list", "--id", if key.starts_with('0') { "1" } else { "0" }]).stdout("").status(0);
    for words in [&["list", "--id", "xyz"][..], &["list", "--job", ""], &["get", "a"], &["other", ""], &[]] {
        ask(words).stdout("").stderr("").status(0);
    }
    fs::write(home.db(), "this is no database").unwrap();
    ask(&["list", "--id", ""]).stdout("").stderr("").status(0);
    assert!(!home.cacheback(["--help"]).go().stdout_text().contains("COMPLETE"));
}

#[track_caller]
fn complete_the_word_after_show(shell: &str, more: &str) {
    let Some(home) = Home::with(shell) else { return };
    let mut terminal = at_prompt(&home, shell, more);
    becomes(&mut terminal, "cacheback show talkat\t", &["show", "talkative"]);
    let [id, other] = two_entries(&home);
    becomes(&mut terminal, &format!("cacheback show {}\t", &id[..6]), &["cacheback", "show", &id]);
    becomes(&mut terminal, &format!("cacheback show --json -- {}\t", &id[..6]), &["show", "--json", "--", &id]);
    becomes(&mut terminal, "cacheback show talkat\t", &["cacheback", "show", "talkative"]);
    becomes(&mut terminal, "cacheback show talk chec\t", &["cacheback", "show", "talk", "checkout"]);
    home.script(&format!("{}-program", &id[..6]), "");
    terminal.send("hash -r\n");
    becomes(&mut terminal, &format!("cacheback show {}-\t", &id[..6]), &["show", &format!("{}-program", &id[..6])]);
    home.delete(["--id", &other]).status(0);
    becomes(&mut terminal, "cacheback show \t", &["cacheback", "show", &id]);
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_the_id_after_show() {
    complete_the_word_after_show("bash", "");
}

#[test]
fn bash_with_its_completion_package_completes_the_id_after_show() {
    with_completion_package(complete_the_word_after_show);
}

#[test]
fn zsh_completes_the_id_after_show() {
    complete_the_word_after_show("zsh", "");
}

#[test]
fn fish_completes_the_id_after_show() {
    let Some(home) = Home::with("fish") else { return };
    set_up(&home, "fish");
    assert!(fish_offers(&home, "cacheback show ").contains("talkative"));
    let mut ids = two_entries(&home);
    let offers = fish_offers(&home, &format!("cacheback show --json {}", &ids[0][..6]));
    assert_eq!(offers, format!("{}\ttalk a\n", ids[0]));
    home.script(&format!("{}-program", &ids[0][..6]), "");
    let offers = fish_offers(&home, &format!("cacheback show {}", &ids[0][..6]));
    assert!(offers.contains(&format!("{}\ttalk a\n", ids[0])) && offers.contains("-program\t"), "{offers}");
    let offers = fish_offers(&home, "cacheback show ");
    let mut offered: Vec<&str> = offers.lines().filter_map(|line| line.split('\t').next()).collect();
    ids.sort();
    offered.sort();
    assert_eq!(offered, ids);
    assert_eq!(fish_offers(&home, "cacheback show talk ch"), "checkout\ncherish\n");
}
