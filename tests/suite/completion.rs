//! The completion scripts in the real shells: a key is typed at a prompt, and what runs then is what was completed.

use std::fs;
use std::path::Path;

use crate::common::pty::Terminal;
use crate::common::{Home, help, skipped, wait_until};

const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

/// Makes a command `talk`, whose arguments complete to two words, and the scripts of `shell`.
fn set_up(home: &Home, shell: &str) {
    fs::create_dir_all(home.work("completions")).unwrap();
    let name = if shell == "zsh" { "_cacheback" } else { "cacheback" };
    let script = home.cacheback(["completions", shell]).go();
    fs::write(home.work("completions").join(name), &script.status(0).stdout).unwrap();
    home.script("talk", r#"printf '<%s>' "$@"; echo"#);
    home.script("talkative", "echo \"[talkative $*]\"");
}

/// An interactive shell that can complete.
fn at_prompt(home: &Home, shell: &str, more: &str) -> Terminal {
    set_up(home, shell);
    let (args, lines): (&[&str], &str) = match shell {
        "bash" => (
            &["--norc", "--noprofile", "-i"],
            "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\n\
             _talk() { COMPREPLY=($(compgen -W 'checkout cherish' -- \"$2\")); }\n\
             . completions/cacheback; complete -o nospace -F _talk talk; complete -W 'checkout cherish' talkative",
        ),
        _ => (
            &["-f", "-i"],
            "fpath=($PWD/completions $fpath); autoload -U compinit; compinit -D -u\n\
             _talk() { _arguments '1:verb:(checkout cherish)' }; compdef _talk talk talkative",
        ),
    };
    let mut terminal = Terminal::with(home.call(shell, args).env("TERM", "dumb").env("PS1", "prompt> "));
    terminal.until_seen("prompt> ");
    for line in more.lines().chain(lines.lines()) {
        terminal.send(&format!("{line}\n"));
    }
    terminal.send("echo is re''ady\n");
    terminal.until_seen("is ready");
    terminal
}

/// Types `line` with its tab, and waits until the words that it became are `words`; the line is not run.
#[track_caller]
fn becomes(terminal: &mut Terminal, line: &str, words: &[&str]) {
    let before = terminal.seen().len();
    // To the beginning of the line, and another command before it.
    terminal.send(&format!("{line}\x01printf '<%s>' \n"));
    let shown: String = words.iter().map(|word| format!("<{word}>")).collect();
    wait_until(&format!("{line:?} becomes {shown}"), || terminal.seen()[before..].contains(&shown));
    terminal.send("echo do''ne\n");
    wait_until("the next prompt", || terminal.seen()[before..].contains("done"));
}

/// Lines with a tab in them, and what is printed by the command that they become.
const LINES: [(&str, &str); 12] = [
    ("cacheback run talk chec\t 1", "<checkout><1>"),
    ("cacheback run -- talk chec\t 2", "<checkout><2>"),
    ("cacheback run --ttl 60 --cwd talk chec\t 3", "<checkout><3>"),
    ("cacheback run --ttl=60 -- talk chec\t 4", "<checkout><4>"),
    ("cacheback -q run --env A,B --scope=a:b talk chec\t 5", "<checkout><5>"),
    ("cacheback run talkat\t 6", "[talkative 6]"),
    ("cacheback run --ttl 60 talkative chec\t 7", "[talkative checkout 7]"),
    ("cacheback run --only-if-cach\t talk checkout 1 && echo '('8')'", "(8)"),
    ("cacheback run talk --cw\t 9", "<--cw><9>"),
    ("cacheback dele\t talk chec\t 1", "deleted 1 entry"),
    ("cacheback delete --sco\ta:b --env A,B -- talk chec\t 5", "deleted 1 entry"),
    ("cacheback decorate --shell-kind sh talkat\t", "talkative() {"),
];

#[track_caller]
fn complete_at_prompt(shell: &str, more: &str) {
    let home = Home::new();
    let mut terminal = at_prompt(&home, shell, more);
    for (number, (line, shown)) in LINES.into_iter().enumerate() {
        terminal.send(&format!("{line}\n"));
        terminal.until_seen(shown);
        terminal.send(&format!("echo do''ne {number}\n"));
        terminal.until_seen(&format!("done {number}"));
    }
    let key = home.run(["--status", "talk", "only"]).cache_status().get("key").unwrap().to_owned();
    home.delete(["--match", "talk checkout*"]).status(0);
    home.delete(["--match", "talkative*"]).status(0);
    home.delete(["--match", "talk --cw*"]).status(0);
    terminal.send(&format!("cacheback delete --id {}\t; echo '('id')'\n", &key[..2]));
    terminal.until_seen("(id)");
    home.run(["--only-if-cached", "talk", "only"]).status(1);
    assert!(terminal.seen().contains(&key), "{}", terminal.seen());
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_the_wrapped_command() {
    complete_at_prompt("bash", "");
}

#[test]
fn bash_with_its_completion_package_completes_the_wrapped_command() {
    match Path::new(BASH_COMPLETION).exists() {
        true => complete_at_prompt("bash", &format!(". {BASH_COMPLETION}")),
        false => skipped("there is no bash-completion"),
    }
}

#[test]
fn zsh_completes_the_wrapped_command() {
    complete_at_prompt("zsh", "");
}

#[test]
fn bash_adds_no_space_where_the_wrapped_command_wants_none() {
    let home = Home::new();
    let mut terminal = at_prompt(&home, "bash", "");
    terminal.send("complete -o nospace -F _talk talk\n");
    terminal.send("cacheback run talk chec\tX\n");
    terminal.until_seen("<checkoutX>");
    terminal.send("exit\n");
    terminal.until_ended();
}

/// What fish offers for each of these lines.
#[track_caller]
fn fish_offers(home: &Home, line: &str) -> String {
    let script = "complete -c talk -f -a 'checkout cherish'; . completions/cacheback; complete -C $argv[1]";
    home.call("fish", ["--no-config", "-c", script, "--", line]).go().status(0).stdout_text()
}

#[test]
fn fish_completes_the_wrapped_command() {
    let home = Home::new();
    set_up(&home, "fish");
    for line in [
        "cacheback run talk ch",
        "cacheback run -- talk ch",
        "cacheback run --ttl 60 --cwd talk ch",
        "cacheback run --ttl=60 -- talk ch",
        "cacheback -q --db x run --env A,B --scope 'a b' talk ch",
        "cacheback invalidate talk ch",
        "cacheback delete --match x -- talk 'a b' ch",
        "cacheback run talk ",
    ] {
        assert_eq!(fish_offers(&home, line), "checkout\ncherish\n", "{line}");
    }
    for (line, offered) in [
        ("cacheback run talkat", "talkative"),
        ("cacheback run --ttl 5 -- talkat", "talkative"),
        ("cacheback decorate --ttl 5 talkat", "talkative"),
        ("cacheback run --only-if-c", "--only-if-cached"),
        ("cacheback dele", "delete"),
    ] {
        let offers = fish_offers(&home, line);
        assert!(offers.lines().count() == 1 && offers.starts_with(offered), "{line}: {offers}");
    }
    for line in ["cacheback run talk --cw", "cacheback run -- talk --", "cacheback man talk ch"] {
        assert!(!fish_offers(&home, line).contains("--cwd"), "{line}");
    }
}

#[test]
fn fish_completes_ids_with_their_commands() {
    let home = Home::new();
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
fn scripts_are_told_ids_and_jobs_and_never_of_trouble() {
    let home = Home::new();
    let ask = |words: &[&str]| words.iter().fold(home.cacheback(["__complete"]), |call, word| call.arg(word)).go();
    ask(&["ids"]).stdout("").stderr("").status(0);
    let words = ["--status", "printf", "a\tb\n\u{202e}\u{200b}\u{1b}c"];
    let key = home.run(words).cache_status().get("key").unwrap().to_owned();
    let line = format!("{key}\tprintf $'a\\tb\\n\\u202e\\u200b\\033c'\n");
    ask(&["ids"]).stdout(&line);
    ask(&["ids", &key[..3]]).stdout(&line);
    let whole = home.cacheback(["list", "--ids"]).go().stdout_text();
    ask(&["ids", &whole[..12]]).stdout(line.replacen(&key, &whole[..12], 1));
    ask(&["ids", "", "--db", "/nowhere/db", "show"]).stdout("").stderr("").status(0);
    ask(&["ids", if key.starts_with('0') { "1" } else { "0" }]).stdout("").status(0);
    for words in [&["ids", "xyz"][..], &["jobs"], &["jobs", "a"], &["other"], &[]] {
        ask(words).stdout("").stderr("").status(0);
    }
    fs::write(home.db(), "this is no database").unwrap();
    ask(&["ids"]).stdout("").stderr("").status(0);
    assert!(!home.cacheback(["--help"]).go().stdout_text().contains("__complete"));
}

const JOBS: &str = "[job.lunch]\nparams = [\"what\"]\ncommand = [\"talk\", \"{what}\"]\n\
                    [job.\"a b'c\"]\ncommand = [\"talk\", \"a\\u202eb\"]\n";

/// The subcommands that know `--job`, in words.
fn that_select_by_job(home: &Home) -> Vec<Vec<String>> {
    let help = |words: &[String]| home.cacheback(words).arg("--help").go().stdout_text();
    let nested = vec!["config".to_owned(), "show".to_owned()];
    let subcommands = help::subcommands(&help(&[])).into_iter().map(|name| vec![name]).chain([nested]);
    let found: Vec<_> = subcommands.filter(|words| help(words).contains("--job <")).collect();
    assert!(found.len() > 7, "{found:?}");
    found
}

#[track_caller]
fn complete_jobs_at_prompt(shell: &str) {
    let home = Home::new();
    home.configure(JOBS);
    let mut terminal = at_prompt(&home, shell, "");
    for subcommand in that_select_by_job(&home) {
        let mut words: Vec<&str> = ["cacheback"].into_iter().chain(subcommand.iter().map(String::as_str)).collect();
        let line = words.join(" ");
        words.extend(["--job", "lunch"]);
        becomes(&mut terminal, &format!("{line} --job lu\t"), &words);
    }
    becomes(&mut terminal, "cacheback get lu\t", &["cacheback", "get", "lunch"]);
    becomes(&mut terminal, "cacheback -q get --ttl 5 -- lu\t", &["get", "--ttl", "5", "--", "lunch"]);
    for typed in ["a\t", "a\\ \t", "'a \t", "\"a \t"] {
        becomes(&mut terminal, &format!("cacheback get {typed}"), &["cacheback", "get", "a b'c"]);
        becomes(&mut terminal, &format!("cacheback list --job {typed}"), &["list", "--job", "a b'c"]);
        becomes(&mut terminal, &format!("cacheback list --job={typed}"), &["list", "--job=a b'c"]);
    }
    if shell == "zsh" {
        for line in ["cacheback get \t", "cacheback list --job \t"] {
            let before = terminal.seen().len();
            terminal.send(line);
            wait_until("the commands are listed", || {
                let seen = terminal.seen()[before..].to_owned();
                seen.contains("-- talk WHAT") && seen.contains(r"-- talk $'a\u202eb'")
            });
            terminal.send("\x15");
        }
    }
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_jobs() {
    complete_jobs_at_prompt("bash");
}

#[test]
fn zsh_completes_jobs() {
    complete_jobs_at_prompt("zsh");
}

#[test]
fn fish_completes_jobs() {
    let home = Home::new();
    home.configure(JOBS);
    set_up(&home, "fish");
    let jobs = "a b'c\ttalk $'a\\u202eb'\nlunch\ttalk WHAT\n";
    for subcommand in that_select_by_job(&home) {
        assert_eq!(fish_offers(&home, &format!("cacheback {} --job ", subcommand.join(" "))), jobs);
    }
    assert_eq!(fish_offers(&home, "cacheback get "), jobs);
    for typed in ["a", "a\\ ", "'a "] {
        assert!(fish_offers(&home, &format!("cacheback get {typed}")).starts_with("a b'c\t"), "{typed}");
    }
    assert_eq!(fish_offers(&home, "cacheback get lunch lu"), "");
}

/// Two entries, with ids of which none begins the other.
fn two_entries(home: &Home) -> [String; 2] {
    ["a", "b  c"].map(|word| home.run(["--status", "talk", word]).cache_status().get("key").unwrap().to_owned())
}

#[track_caller]
fn complete_the_word_after_show(shell: &str, more: &str) {
    let home = Home::new();
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
    match Path::new(BASH_COMPLETION).exists() {
        true => complete_the_word_after_show("bash", &format!(". {BASH_COMPLETION}")),
        false => skipped("there is no bash-completion"),
    }
}

#[test]
fn zsh_completes_the_id_after_show() {
    complete_the_word_after_show("zsh", "");
}

#[test]
fn fish_completes_the_id_after_show() {
    let home = Home::new();
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

/// A database and a configuration of which only their options tell.
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
    let home = Home::new();
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
    let home = Home::new();
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

/// Lines whose last word is one of a few, and what it becomes.
const FEW: [(&str, &str); 6] = [
    ("cacheback completions zs", "zsh"),
    ("cacheback -q completions fi", "fish"),
    ("cacheback man sho", "show"),
    ("cacheback --db x man deco", "decorate"),
    ("cacheback help sho", "show"),
    ("cacheback -q help compl", "completions"),
];

#[track_caller]
fn complete_words_of_a_few(shell: &str) {
    let home = Home::new();
    let mut terminal = at_prompt(&home, shell, "");
    for (line, word) in FEW {
        becomes(&mut terminal, &format!("{line}\t"), &[word]);
    }
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_completes_shells_and_subcommands() {
    complete_words_of_a_few("bash");
}

#[test]
fn zsh_completes_shells_and_subcommands() {
    complete_words_of_a_few("zsh");
}

#[test]
fn fish_completes_shells_and_subcommands() {
    let home = Home::new();
    set_up(&home, "fish");
    let words = |line: &str| -> Vec<String> {
        let offers = fish_offers(&home, line);
        offers.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
    };
    for (line, word) in FEW {
        assert_eq!(words(line), [word], "{line}");
    }
    let mut subcommands = help::subcommands(&home.cacheback(["--help"]).go().stdout_text());
    assert!(subcommands.iter().all(|name| words("cacheback help ").contains(name)));
    subcommands.push("guarantees".to_owned());
    subcommands.sort();
    assert_eq!(words("cacheback man "), subcommands);
    assert_eq!(words("cacheback completions "), ["bash", "elvish", "fish", "powershell", "zsh"]);
}

/// Options whose values are no files, and some whose values are.
const FREE: [&str; 6] = ["run --tag", "run --ttl", "run --lifetime", "delete --match", "run --scope", "list --tag"];
const OF_FILES: [&str; 4] = ["run --db", "list --db", "run --config", "run --depends-on"];

#[track_caller]
fn offer_files_where_they_are_meant(shell: &str) {
    let home = Home::new();
    fs::write(home.work("freely"), "").unwrap();
    let mut terminal = at_prompt(&home, shell, "");
    for (options, word) in [(&FREE[..], "fre"), (&OF_FILES, "freely")] {
        for line in options {
            let option = line.split_once(' ').unwrap().1;
            becomes(&mut terminal, &format!("cacheback {line} fre\t"), &[option, word]);
        }
    }
    terminal.send("exit\n");
    terminal.until_ended();
}

#[test]
fn bash_offers_files_where_they_are_meant() {
    offer_files_where_they_are_meant("bash");
}

#[test]
fn zsh_offers_files_where_they_are_meant() {
    offer_files_where_they_are_meant("zsh");
}

#[test]
fn fish_offers_files_where_they_are_meant() {
    let home = Home::new();
    set_up(&home, "fish");
    fs::write(home.work("freely"), "").unwrap();
    for line in FREE {
        assert_eq!(fish_offers(&home, &format!("cacheback {line} fre")), "", "{line}");
    }
    for line in OF_FILES {
        assert_eq!(fish_offers(&home, &format!("cacheback {line} fre")), "freely\n", "{line}");
    }
}
