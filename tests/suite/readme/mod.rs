//! What the README and the manual pages show works: their snippets run, in the shells that they are for.

#[cfg(feature = "shared")]
mod fleet;
mod redrawn;
pub mod snippets;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::common::{Call, Home};
use snippets::{CONFIG, DJANGO, README, RECIPES, find, snippets};

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// The languages of what runs in `shell`.
fn languages(shell: &str) -> &'static [&'static str] {
    match shell {
        "bash" => &["all", "sh", "bash"],
        "zsh" => &["all", "sh", "zsh"],
        _ => &["all", "fish"],
    }
}

/// A home on a machine with `shell`, and with the programs that snippets call.
fn home_with(shell: &str) -> Option<Home> {
    let home = Home::with(shell)?;
    for program in ["kubectl", "gh", "aws", "curl", "report", "lsb_release"] {
        home.counter(program);
    }
    Some(home)
}

/// `script` in `shell`; it ends with the first command that fails, where the shell can.
fn script(home: &Home, shell: &str, script: &str) -> Call {
    let path = which(shell);
    let options = if shell == "fish" { "-c" } else { "-ec" };
    home.call(&path, [options, script]).env("SHELL", &path).env("TERM", "dumb")
}

fn which(program: &str) -> String {
    let directories = ["/usr/local/bin", "/usr/bin", "/bin"].map(|directory| format!("{directory}/{program}"));
    directories.into_iter().find(|path| fs::exists(path).unwrap_or(false)).expect("the machine has it")
}

/// Runs the snippets of `text` in their order, each in every shell that it is for.
fn run_all(text: &str) {
    for shell in SHELLS {
        let Some(home) = home_with(shell) else { continue };
        let mut count = 0;
        for snippet in snippets(text) {
            match snippet.language.as_str() {
                "toml" => home.configure(&snippet.code),
                language if languages(shell).contains(&language) => {
                    let outcome = script(&home, shell, &snippet.code).go();
                    assert!(outcome.status.success(), "{shell}: {}\n{outcome}", snippet.code);
                    let complaint = complaint(&outcome.stderr_text());
                    assert_eq!(complaint, None, "{shell}: {}", snippet.code);
                    count += 1;
                }
                _ => continue,
            }
            home.until_quiet();
            // The README removes it.
            let _ = symlink(Home::program(), home.bin("cacheback"));
        }
        assert!(count > 0, "nothing is for {shell}");
    }
}

/// A line on standard error that says more than what was done. fish ends with the status of its last command only.
fn complaint(stderr: &str) -> Option<String> {
    let counts =
        ["invalidated ", "deleted ", "set ", "removed ", "would remove "].map(|count| format!("cacheback: {count}"));
    let mut lines = stderr.lines().filter(|line| line.starts_with("cacheback: ") || line.contains("fish: "));
    lines.find(|line| !counts.iter().any(|count| line.starts_with(count))).map(str::to_owned)
}

#[test]
fn every_snippet_of_the_readme_runs() {
    let tour = snippets(README).into_iter().filter(|snippet| snippet.language == "all");
    assert!(tour.count() >= 8, "the tour is not where it was");
    run_all(README);
}

#[test]
fn every_snippet_of_the_page_of_settings_runs() {
    run_all(CONFIG);
}

#[test]
fn every_snippet_of_the_page_of_recipes_runs() {
    run_all(RECIPES);
}

#[test]
fn every_snippet_of_the_page_for_users_of_django_cacheback_runs() {
    run_all(DJANGO);
}

#[test]
fn the_page_of_recipes_has_those_of_the_readme() {
    let (_, recipes) = README.split_once("\n## Recipes\n").expect("a section of recipes");
    let page = snippets(RECIPES);
    for recipe in snippets(recipes) {
        assert!(page.contains(&recipe), "cacheback-recipes.7 has another text than:\n{}", recipe.code);
    }
}

/// Runs `calls` with the README's recipe that has `part` in it.
fn with_recipe(home: &Home, shell: &str, part: &str, calls: &str) -> Call {
    let language = if shell == "fish" { "fish" } else { "sh" };
    script(home, shell, &format!("{}\n{calls}", find(README, language, part)))
}

#[test]
fn kubectl_is_memoised_where_it_reads_and_for_each_context() {
    for shell in SHELLS {
        let Some(home) = home_with(shell) else { continue };
        fs::create_dir(home.path().join(".kube")).unwrap();
        let other = "echo other > ~/.kube/config; kubectl get pods; kubectl get pods --watch; kubectl get -w pods";
        let calls = format!("kubectl get pods; kubectl get pods; kubectl apply -f x; {other}; kubectl get pods");
        with_recipe(&home, shell, "kubectl", &calls).go().stdout("1\n1\n2\n3\n4\n5\n3\n").stderr("").status(0);
    }
}

#[test]
fn pull_requests_belong_to_the_directory_and_instances_to_the_account() {
    for shell in ["bash", "zsh"] {
        let Some(home) = home_with(shell) else { continue };
        let calls = "prs; prs; cd /; prs; instances; export AWS_PROFILE=a; instances; instances";
        with_recipe(&home, shell, "prs()", calls).go().stdout("1\n1\n2\n1\n2\n2\n").stderr("").status(0);
    }
    let Some(home) = home_with("fish") else { return };
    let calls = "prs; prs; cd /; prs; instances; set -x AWS_PROFILE a; instances; instances";
    let aliases = find(RECIPES, "fish", "alias prs");
    script(&home, "fish", &format!("{aliases}\n{calls}")).go().stdout("1\n1\n2\n1\n2\n2\n").stderr("").status(0);
}

#[test]
fn a_prompt_shows_the_branch_at_once_after_a_checkout() {
    for shell in SHELLS {
        let (Some(home), Some(_)) = (home_with(shell), Home::with("git")) else { continue };
        let show = match shell {
            "bash" => r#"echo "${PS1@P}""#,
            "zsh" => r#"print -P -- "$PS1""#,
            _ => "fish_prompt",
        };
        let prompt = |calls: &str| with_recipe(&home, shell, "prompt_branch", calls).go().status(0).stdout_text();
        let first = prompt(&format!("git init -q -b first; {show}"));
        assert!(!first.contains("first"), "{shell} does not wait: {first}");
        home.until_quiet();
        assert!(prompt(show).contains(" first "), "{shell}");
        assert!(prompt(&format!("git checkout -q -b second; {show}")).contains(" second "), "{shell}");
        home.until_quiet();
    }
}

#[test]
fn the_status_line_of_tmux_does_not_wait() {
    let Some(home) = home_with("tmux") else { return };
    let config = find(README, "tmux", "status-right");
    fs::write(home.work("tmux.conf"), &config).unwrap();
    let tmux = |args: &[&str]| {
        let call = home.call("tmux", ["-L", "readme", "-f", "tmux.conf"]).arg_all(args);
        call.env("TMUX_TMPDIR", home.root().join("tmp")).env("TERM", "xterm").env("SHELL", "/bin/sh").go()
    };
    let shown = tmux(&["start-server", ";", "show-options", "-gv", "status-right"]).status(0).stdout_text();
    let command = shown.trim().strip_prefix("#(").and_then(|rest| rest.strip_suffix(')')).expect("a command");
    assert!(config.contains(command), "{command}");
    home.shell(command).go().stdout("").status(0);
    home.until_quiet();
    home.shell(command).go().stdout("1\n").status(0);
}

#[test]
fn a_preview_of_fzf_is_run_once() {
    let home = Home::new();
    home.counter("git");
    for text in [README, RECIPES] {
        let (_, rest) = text.split_once("fzf ").and_then(|(_, rest)| rest.split_once("preview ")).expect("a preview");
        let rest = rest.replace("\\-", "-").replace("\\(aq", "'");
        let preview = rest.split('\'').nth(1).expect("it is quoted").replace("{}", "'a file'");
        let first = home.shell(&preview).go().status(0).stdout_text();
        home.shell(&preview).go().stdout(first).status(0);
    }
}

#[test]
fn what_cron_fetches_is_a_hit_for_its_readers() {
    let home = home_with("sh").expect("there is a shell");
    let line = find(README, "crontab", "report");
    let command = line.splitn(6, ' ').last().expect("a command").trim();
    for (directory, program) in [(".cargo/bin", "cacheback"), ("bin", "report")] {
        fs::create_dir_all(home.path().join(directory)).unwrap();
        symlink(home.bin(program), home.path().join(directory).join(program)).unwrap();
    }
    home.shell(command).env("PATH", "/usr/bin:/bin").go().stdout("").stderr("").status(0);
    home.until_quiet();
    let reader = find(RECIPES, "all", "--ttl 25h");
    assert!(README.contains(&format!("`{reader}`")), "{reader}");
    home.shell(&reader).go().stdout("1\n").stderr("").status(0);
    assert_eq!(home.runs("report"), 1);
}

#[test]
fn the_list_of_the_recipe_has_what_was_added() {
    for shell in ["bash", "zsh"] {
        let Some(home) = home_with(shell) else { continue };
        let outcome = with_recipe(&home, shell, "water the plants", "").go();
        outcome.stdout("water the plants\ncall home\nwater the plants\n").status(0);
        home.until_quiet();
    }
}

#[test]
fn a_script_runs_where_cacheback_is_not_installed() {
    for shell in SHELLS {
        let Some(home) = home_with(shell) else { continue };
        let part = if shell == "fish" { "type -q cacheback" } else { "cached()" };
        let calls = "cached curl; cached curl";
        with_recipe(&home, shell, part, calls).go().stdout("1\n1\n").status(0);
        fs::remove_file(home.bin("cacheback")).unwrap();
        with_recipe(&home, shell, part, calls).go().stdout("2\n3\n").status(0);
    }
}

#[test]
fn pages_and_completions_are_found_where_the_readme_puts_them() {
    for shell in SHELLS {
        let Some(home) = home_with(shell) else { continue };
        for snippet in snippets(README) {
            let is_install = snippet.code.contains("--into") || snippet.code.contains("completions");
            if is_install && !snippet.code.contains("rm -f") && languages(shell).contains(&snippet.language.as_str()) {
                script(&home, shell, &snippet.code).go().stderr("").status(0);
            }
        }
        for page in ["man1/cacheback.1", "man1/cacheback-run.1", "man5/cacheback-config.5", "man7/cacheback-django.7"] {
            assert!(home.root().join("share/man").join(page).exists(), "{shell}: {page}");
        }
        if Home::with("manpath").is_some() {
            let path = home.call("manpath", ["-q"]).go().status(0).stdout_text();
            assert!(path.contains(&format!("{}/share/man", home.root().display())), "{path}");
        }
        match shell {
            "zsh" => {
                let shown = script(&home, "zsh", "source ~/.zshrc; echo $_comps[cacheback]").go();
                assert_eq!(shown.stdout_text(), "_cacheback\n", "{shown}");
            }
            "fish" => {
                let shown = script(&home, "fish", "complete -C 'cacheback invalid'").go();
                assert!(shown.stdout_text().starts_with("invalidate"), "{shown}");
            }
            _ => assert!(home.path().join(".local/share/bash-completion/completions/cacheback").exists()),
        }
        script(&home, "bash", &find(README, "sh", "-exec rm")).go().stderr("").status(0);
        for place in [home.root().join("share"), home.root().join("bin"), home.path()] {
            assert!(!has_traces(&place), "{shell}: {}", place.display());
        }
    }
}

/// Is there a file or directory below `place` that is cacheback's?
fn has_traces(place: &Path) -> bool {
    fs::read_dir(place).into_iter().flatten().flatten().any(|entry| {
        let is_ours = entry.file_name().to_string_lossy().contains("cacheback");
        is_ours || entry.path().is_dir() && has_traces(&entry.path())
    })
}
