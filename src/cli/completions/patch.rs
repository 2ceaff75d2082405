//! Where clap's scripts are completed by hand. A place that a new version of clap writes differently is an error.

use clap_complete::Shell;

use super::vocabulary::Vocabulary;

/// `script`, which clap has written for `shell`, with what it lacks.
pub fn patched(shell: Shell, script: String, words: &Vocabulary) -> String {
    match shell {
        Shell::Bash => bash(&script, words),
        Shell::Zsh => zsh(&script, words),
        Shell::Fish => fish(&script, words),
        _ => script,
    }
}

/// clap's function becomes one that another calls where the cursor is at a word of cacheback's own.
fn bash(script: &str, words: &Vocabulary) -> String {
    let mut arguments = Vec::new();
    let mut case = |names: &[String], action: &str| {
        if !names.is_empty() {
            arguments.push(format!("            {}) {action}; return ;;", names.join(" | ")));
        }
    };
    case(&words.ids, "_cacheback_id_or_command");
    case(&words.wrapping, r#"_cacheback_command "$at""#);
    case(&words.naming, r#"mapfile -t COMPREPLY < <(compgen -c -- "$cur" | sort -u)"#);
    case(&words.jobs, r#"((at < COMP_CWORD)) || _cacheback_candidates jobs "$cur""#);
    let own = include_str!("bash.sh")
        .replace("@VALUED@", &words.valued.join(" | "))
        .replace("@ARGUMENTS@", &arguments.join("\n"));
    let script = replaced(script, "_cacheback() {", "_cacheback_words() {");
    before(&script, "\nif [[ \"${BASH_VERSINFO[0]}\" -eq 4", &own)
}

/// The arguments are completed as if they stood alone, and cacheback's options no more.
fn zsh(script: &str, words: &Vocabulary) -> String {
    let mut script = script.replace(":_cmdambivalent'", ":_normal'");
    for name in words.wrapping.iter().chain(&words.jobs) {
        let head = format!("({name})\n_arguments \"${{_arguments_options[@]}}\"");
        // clap has the same line, with less in it, for the words of `cacheback help`.
        script = replaced(&script, &format!("{head} : \\\n"), &format!("{head} -A '-*' : \\\n"));
    }
    for name in &words.ids {
        script = with_arguments(&script, name, "_cacheback_id_or_command");
    }
    for name in &words.jobs {
        script = with_arguments(&script, name, "_cacheback_job_and_values");
    }
    for (label, function) in [("JOB", "_cacheback_jobs"), ("PREFIX", "_cacheback_ids")] {
        script = script.replace(&format!(":{label}:_default'"), &format!(":{label}:{function}'"));
    }
    let whole_line = "    local -a cacheback_line=(\"${(@)words[2,CURRENT-1]}\")\n";
    script = before(&script, "    local context curcontext", whole_line);
    before(&script, "if [ \"$funcstack[1]\" = \"_cacheback\" ]", include_str!("zsh.zsh"))
}

/// The arguments of the subcommand `name` are completed by `function` instead.
fn with_arguments(script: &str, name: &str, function: &str) -> String {
    let place = |from: usize, text: &str| from + script[from..].find(text).expect("clap writes this for arguments");
    let start = place(place(place(0, &format!("({name})\n_arguments")), "\n'*::"), ":_");
    format!("{}:{function}{}", &script[..start], &script[place(start, "'")..])
}

/// clap's conditions are false where the cursor is in the wrapped command.
fn fish(script: &str, words: &Vocabulary) -> String {
    let own = include_str!("fish.fish")
        .replace("@VALUED@", &words.valued.join(" "))
        .replace("@WRAPPING@", &words.wrapping.join(" "))
        .replace("@IDS@", &words.ids.join(" "));
    let condition = "function __fish_cacheback_using_subcommand\n";
    let script =
        replaced(script, condition, &format!("{condition}    __fish_cacheback_is_wrapped\n    and return 1\n"));
    let script = before(&script, "complete -c cacheback", &own);
    let lines = script.lines().map(|line| match line {
        _ if line.contains(" -l id ") => format!("{line} -f -a '(__fish_cacheback_candidates ids)'\n"),
        _ if line.contains(" -l job ") => format!("{line} -f -a '(__fish_cacheback_candidates jobs)'\n"),
        // For clap `help` itself is one of the words that have to be missing behind `help`.
        _ if line.contains("_using_subcommand help; and not") => format!("{}\n", replaced(line, " help\"", "\"")),
        _ => format!("{line}\n"),
    });
    let argument = |name: &String, words: &str| {
        format!("complete -c cacheback -n \"__fish_cacheback_at_first_argument {name}\" -f -a '{words}'\n")
    };
    let jobs = words.jobs.iter().map(|name| argument(name, "(__fish_cacheback_candidates jobs)"));
    let commands = words.naming.iter().map(|name| argument(name, "(__fish_complete_command)"));
    let few = words.few.iter().map(|(name, words)| argument(name, &words.join(" ")));
    lines.chain(jobs).chain(commands).chain(few).collect()
}

fn replaced(script: &str, from: &str, to: &str) -> String {
    assert!(script.contains(from), "clap's script has no {from:?}");
    script.replacen(from, to, 1)
}

fn before(script: &str, place: &str, text: &str) -> String {
    replaced(script, place, &format!("{text}{place}"))
}
