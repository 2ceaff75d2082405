//! Where nothing is stored: which entries of the same command are there, and what differs.

use super::*;

#[test]
fn the_nearest_entries_are_shown_with_what_differs() {
    let home = Home::new();
    home.script("fake", "exit 0");
    fs::create_dir(home.work("other")).unwrap();
    let last_difference = |stored: &[&str], asked: Call| {
        home.delete(["--all"]);
        home.running(stored).env("PROFILE", "a").stdin("in").go().status(0);
        let text = explained(asked.env("PROFILE", "b"));
        has(&text, &["would run the command: nothing is stored", "nearest entries of the same command"]);
        let nearest = text.split("\n\n").nth(1).expect("the nearest entries");
        nearest.lines().last().unwrap_or_default().trim().to_owned()
    };
    let ask = |args: &[&str]| explaining(&home, args);
    let work = fs::canonicalize(home.work(".")).unwrap().display().to_string();
    for (stored, asked, expected) in [
        (&["fake", "get", "pods"][..], ask(&["fake", "get", "nodes"]), "argument 2: pods, now nodes".to_owned()),
        (&["fake", "get"], ask(&["fake", "get", "-o", "my file"]), "arguments 2 to 3: none, now -o 'my file'".into()),
        (&["fake", "-v", "get"], ask(&["fake", "get"]), "argument 1: -v, now none".into()),
        (&["--cwd", "fake"], ask(&["--cwd", "fake"]).cwd(home.work("other")), format!("cwd: {work}, now {work}/other")),
        (&["--cwd", "fake"], ask(&["fake"]), format!("cwd: {work}, now not part of the key")),
        (&["--env", "PROFILE", "fake"], ask(&["--env", "PROFILE", "fake"]), "env PROFILE: another value".into()),
        (
            &["--env", "NONE", "fake"],
            ask(&["--env", "NONE", "fake"]).env("NONE", ""),
            "env NONE: unset, now set".into(),
        ),
        (&["--scope", "ci", "fake"], ask(&["fake"]), "scope: ci, now none".into()),
        (&["--key", "k", "fake"], ask(&["fake"]), "key: k, now none".into()),
        (&["--stdin", "fake"], ask(&["--stdin", "fake"]).stdin("out"), "stdin: other input".into()),
        (&["-s", "fake"], ask(&["fake"]), "shell: yes, now no".into()),
        (&["fake"], ask(&["--pty", "fake"]), "pty: no, now yes".into()),
    ] {
        assert_eq!(last_difference(stored, asked), expected, "{stored:?}");
    }
}

#[test]
fn three_entries_are_shown_the_nearest_first_and_none_of_other_commands() {
    let home = Home::new();
    home.script("fake", "exit 0");
    home.script("other", "exit 0");
    for stored in [&["fake", "a", "b", "c"][..], &["fake", "a", "b"], &["--cwd", "fake", "a"], &["fake", "b"]] {
        home.run(stored).status(0);
    }
    home.run(["other", "a"]).status(0);
    let object = json(&home, &["fake", "a"]);
    let found: Vec<&Value> =
        object["nearest"].as_array().unwrap().iter().map(|near| &near["differences"][0]["part"]).collect();
    assert_eq!(found[0], "cwd");
    assert_eq!(found.len(), 3);
    assert_eq!(object["nearest"][0]["argv"], serde_json::json!(["fake", "a"]));
    assert_eq!(object["verdict"], "fetch");
    assert!(json(&home, &["missing", "a"])["nearest"].as_array().unwrap().is_empty());
}
