//! Files whose content is part of the key.

use super::*;

/// A home with a `kubectl` that prints its configuration, the name of a cluster.
fn with_a_kubectl() -> Home {
    let home = Home::new();
    home.script("kubectl", r#"cat "$HOME/.kube/config"; echo pods"#);
    fs::create_dir(home.path().join(".kube")).unwrap();
    use_context(&home, "one");
    home
}

fn use_context(home: &Home, name: &str) {
    fs::write(home.path().join(".kube/config"), format!("{name}\n")).unwrap();
}

const KUBECTL: [&str; 6] = ["--async", "--key-file", "~/.kube/config", "kubectl", "get", "pods"];

#[test]
fn each_content_of_a_key_file_has_a_result_of_its_own() {
    let home = with_a_kubectl();
    home.run(KUBECTL).stdout("one\npods\n");
    use_context(&home, "two");
    home.run(KUBECTL).stdout("two\npods\n");
    use_context(&home, "one");
    home.run(KUBECTL).stdout("one\npods\n");
    assert_eq!(home.runs("kubectl"), 2);
    fs::remove_file(home.path().join(".kube/config")).unwrap();
    home.run(KUBECTL).stdout("pods\n");
    assert_eq!(home.runs("kubectl"), 3);
}

#[test]
fn key_files_of_a_rule_apply_to_all_subcommands() {
    let home = with_a_kubectl();
    home.configure("[[rule]]\ncommand = \"kubectl *\"\nkey_file = [\"~/.kube/config\"]\n");
    home.run(["kubectl", "get", "pods"]).stdout("one\npods\n");
    home.run(KUBECTL).stdout("one\npods\n");
    assert_eq!(home.runs("kubectl"), 1);
    home.cacheback(["peek", "kubectl", "get", "pods"]).go().stdout("one\npods\n");
    let listed = home.cacheback(["list", "--json"]).go().stdout_text();
    assert!(listed.contains("kubectl get pods"), "{listed}");
    let shown = home.cacheback(["show", "kubectl", "get", "pods"]).go().stdout_text();
    assert!(shown.contains(".kube/config") && shown.contains("sha256:"), "{shown}");
    use_context(&home, "two");
    let explained = home.cacheback(["explain", "kubectl", "get", "pods"]).go().stdout_text();
    assert!(explained.contains(".kube/config: other content"), "{explained}");
    home.cacheback(["invalidate", "--all"]).go().counted(1);
    home.until_quiet();
    assert_eq!(home.runs("kubectl"), 1);
    use_context(&home, "one");
    home.run(["--only-if-cached", "kubectl", "get", "pods"]).stdout("").status(1);
    home.cacheback(["invalidate", "--all"]).go().counted(1);
    home.until_quiet();
    home.run(["--only-if-cached", "kubectl", "get", "pods"]).stdout("one\npods\n");
    home.cacheback(["delete", "kubectl", "get", "pods"]).go().counted(1);
}

#[test]
fn a_result_is_not_stored_if_a_key_file_changed_during_the_fetch() {
    let home = Home::new();
    home.script("switch", "echo two > \"$HOME/choice\"; cat \"$HOME/choice\"");
    fs::write(home.path().join("choice"), "one\n").unwrap();
    home.run(["--key-file", "~/choice", "switch"]).stdout("two\n");
    fs::write(home.path().join("choice"), "one\n").unwrap();
    home.run(["--only-if-cached", "--key-file", "~/choice", "switch"]).stdout("").status(1);
}

#[test]
fn a_file_that_cannot_be_part_of_a_key_costs_a_warning_and_the_cache() {
    let home = with_a_counter();
    let large = fs::File::create(home.work("large")).unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    for (file, reason) in [("large", "has more than 16 MiB"), (".", "is not a regular file")] {
        let outcome = home.run(["--key-file", file, "count"]);
        outcome.status(0).stderr_has(reason);
        assert_eq!(outcome.stderr_text().lines().count(), 1, "{outcome}");
    }
    assert_eq!(home.runs("count"), 2);
    home.run(["--key-file", "", "count"]).status(125).stderr_has("--key-file");
}
