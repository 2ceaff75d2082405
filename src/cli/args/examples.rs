//! The examples of each help page and manual page.

/// A command line and what it is for.
pub struct Example {
    pub purpose: &'static str,
    /// One or more lines as one would type them.
    pub lines: &'static str,
}

const fn example(purpose: &'static str, lines: &'static str) -> Example {
    Example { purpose, lines }
}

/// The examples of a subcommand, or of cacheback itself under any other name.
pub fn of(subcommand: &str) -> &'static [Example] {
    match subcommand {
        "run" => RUN,
        "get" => GET,
        "invalidate" => INVALIDATE,
        "delete" => DELETE,
        "set" => SET,
        "peek" => PEEK,
        "decorate" => DECORATE,
        "config" => CONFIG,
        #[cfg(feature = "shared")]
        "shared" => SHARED,
        "explain" => EXPLAIN,
        "list" => LIST,
        #[cfg(feature = "browse")]
        "browse" => BROWSE,
        "show" => SHOW,
        "stats" => STATS,
        "prune" => PRUNE,
        "clear" => CLEAR,
        "verify" => VERIFY,
        "completions" => COMPLETIONS,
        "man" => MAN,
        _ => CACHEBACK,
    }
}

/// The end of a help page.
pub fn help(examples: &[Example]) -> String {
    let paragraph = |example: &Example| format!("  # {}\n  {}", example.purpose, example.lines.replace('\n', "\n  "));
    let paragraphs: Vec<String> = examples.iter().map(paragraph).collect();
    format!("{}:\n{}", if examples.len() == 1 { "Example" } else { "Examples" }, paragraphs.join("\n"))
}

const CACHEBACK: &[Example] = &[
    example(
        "Pods from the last five minutes; older ones only while new ones are fetched",
        "cacheback run --ttl 5m --async -- kubectl get pods",
    ),
    example("Something has changed: fetch them again in the background", "cacheback invalidate -- kubectl get pods"),
];

const RUN: &[Example] = &[
    example("Ask the server at most once an hour", "cacheback run --ttl 1h curl -fsS https://example.org/rates.json"),
    example(
        "One result for each directory, refreshed in the background",
        "cacheback run --ttl 30s --async --cwd git status --short",
    ),
    example("One result for each value of a variable", "cacheback run --env AWS_PROFILE aws s3 ls"),
    example("A shell string", r#"cacheback run --ttl 1d -s 'find . -name "*.rs" | xargs cat | wc -l'"#),
    example("Keep the colours of the output", "cacheback run --pty --cwd git status --short"),
    example("Key on standard input, and pass it on", "jq -c .query query.json | cacheback run --stdin ./search"),
    example(
        "In a prompt: never wait, not even the first time",
        "cacheback run --async --no-fetch-on-miss --cwd gh pr list",
    ),
    example("Was it a hit?", "cacheback run --status date"),
];

const GET: &[Example] = &[
    example("The result of a job for one value of its parameter", "cacheback get tweets codeinthehole"),
    example("No older than a minute, whatever the file says", "cacheback get --ttl 1m tweets username=codeinthehole"),
];

const CONFIG: &[Example] = &[
    example("Is anything wrong with the file?", "cacheback config check"),
    example("Which settings does this command have, and from which rule?", "cacheback config show -- kubectl get pods"),
];

const INVALIDATE: &[Example] = &[
    example("The result of one command", "cacheback invalidate -- kubectl get pods"),
    example("The result of a job", "cacheback invalidate --job tweets codeinthehole"),
    example("The results of many commands", "cacheback invalidate --match 'kubectl get *'"),
];

const DELETE: &[Example] = &[
    example("The result of one command, in this directory", "cacheback delete --cwd -- git status --short"),
    example("Everything under a scope", "cacheback delete --scope ci"),
    example("Everything", "cacheback delete --all"),
];

const SET: &[Example] = &[
    example("Hand over what another program has fetched", "sort words | cacheback set -- sort words"),
    example("A result under a name of its own", "date +%F | cacheback set --key today"),
];

const PEEK: &[Example] = &[
    example("The last result, however old", "cacheback peek -- kubectl get pods"),
    example("When does it become stale?", "cacheback peek --json -- kubectl get pods | jq .fresh_until"),
];

const DECORATE: &[Example] = &[
    example(
        "In ~/.bashrc: run each kubectl command at most once in twenty minutes",
        r#"eval "$(cacheback decorate --shell-kind bash --ttl 20m --async -- kubectl)""#,
    ),
    example("In fish", "cacheback decorate --shell-kind fish --ttl 20m -- kubectl | source"),
    example(
        "A function: its source is part of the key",
        r#"weather() { curl -fsS "https://wttr.in/$1?format=3"; }
eval "$(cacheback decorate --ttl 1h -- weather)""#,
    ),
    example("Once without the cache", "command kubectl get pods"),
];

const EXPLAIN: &[Example] = &[
    example("Why does this run again?", "cacheback explain --cwd -- git status --short"),
    example("For a script", "cacheback explain --json -- kubectl get pods | jq -r .verdict"),
];

const LIST: &[Example] = &[
    example("What was fetched last", "cacheback list --limit 20"),
    example("What takes the most space", "cacheback list --sort size --limit 10"),
    example("What fails to be refreshed, and why", "cacheback list --failing --json | jq '.[] | .command, .failure'"),
    example("Refresh what is stale", "cacheback list --stale --ids | xargs -rn1 cacheback invalidate --id"),
];

#[cfg(feature = "browse")]
const BROWSE: &[Example] = &[
    example("Look around", "cacheback browse"),
    example("Stale entries of kubectl, the largest output first", "cacheback browse --sort size kubectl stale"),
];

const SHOW: &[Example] = &[
    example("By the id that list prints", "cacheback show 3f2a91c0"),
    example("By the command", "cacheback show -- kubectl get pods"),
    example("Its output alone", "cacheback show --output 3f2a91c0"),
];

const STATS: &[Example] = &[
    example("How much time has been saved?", "cacheback stats"),
    example(
        "For Prometheus: into the directory of node_exporter's textfile collector",
        "cacheback stats --prometheus | sponge cacheback.prom",
    ),
];

const PRUNE: &[Example] = &[
    example("What has expired", "cacheback prune"),
    example("How many have not been fetched for a week?", "cacheback prune --older-than 7d --dry-run"),
    example("Keep the thousand newest", "cacheback prune --keep-last 1000"),
];

const CLEAR: &[Example] = &[example("Everything, without a question", "cacheback clear --yes")];

const VERIFY: &[Example] = &[
    example("Is everything well?", "cacheback verify"),
    example("Remove what is damaged", "cacheback verify --repair"),
];

#[cfg(feature = "shared")]
const SHARED: &[Example] = &[
    example("A key for the team, once", "cacheback shared keygen ~/.config/cacheback/shared.key"),
    example("Why is nothing shared?", "cacheback shared doctor"),
    example(
        "In the configuration",
        "[shared]\nurl = \"rediss://cache.example:6379/0\"\nsecret_file = \"~/.config/cacheback/shared.key\"\n\n\
         [[rule]]\ncommand = \"kubectl get *\"\nshared = true",
    ),
];

const COMPLETIONS: &[Example] = &[
    example("For bash, in ~/.bashrc", r#"eval "$(cacheback completions bash)""#),
    example("For zsh, in a directory of $fpath", "cacheback completions zsh > ~/.zfunc/_cacheback"),
    example("For fish", "cacheback completions fish > ~/.config/fish/completions/cacheback.fish"),
];

const MAN: &[Example] = &[
    example("Read the manual of run", "cacheback man run | man -l -"),
    example("Read what is promised", "cacheback man guarantees | man -l -"),
    example("Install all pages", "cacheback man --into ~/.local/share/man"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::SUBCOMMANDS;

    /// A line that is wrapped cannot be copied.
    #[test]
    fn examples_fit_a_terminal() {
        for subcommand in SUBCOMMANDS.iter().chain(&["cacheback"]) {
            for line in help(of(subcommand)).lines() {
                assert!(line.chars().count() <= 80, "{subcommand}: {line}");
            }
        }
    }
}
