//! The definition of the whole command line: what the types say, and what a subcommand hides or describes differently.

use std::ffi::OsStr;

use clap::{Args, CommandFactory, ValueHint};

use super::{Cli, examples};
use crate::config::Settings;

/// The command line's definition, ready to parse, to complete from and to print as a manual.
pub fn definition() -> clap::Command {
    let ignored = Settings::augment_args(clap::Command::new("ignored"));
    let is_ignored = |arg: &clap::Arg| {
        ignored.get_arguments().any(|other| other.get_id() == arg.get_id() && other.get_help_heading() != Some("Key"))
    };
    let selector = |command: clap::Command| {
        command
            .mut_args(|arg| if is_ignored(&arg) { arg.hide(true) } else { arg })
            .mut_arg("scope", |arg| arg.help("Select by scope; with COMMAND, its scope [env: CACHEBACK_SCOPE]"))
            .mut_arg("tag", |arg| arg.help("Select by label").help_heading("Selection").hide(false))
    };
    let one = |command: clap::Command, shown: &[&str]| {
        selector(command).mut_args(|arg| match arg.get_id().as_str() {
            "pattern" | "all" | "tag" => arg.hide(true),
            id if shown.contains(&id) => arg.hide(false),
            _ => arg,
        })
    };
    const OWN_TTL: &str = "Call the entry fresh for this long after its fetch [env: CACHEBACK_TTL] [default: its own]";
    const OWN_TTL_MORE: [&str; 2] = [
        "Without this option, the ttl of its last fetch counts.",
        "An entry with a lifetime of its own is fresh for that long.",
    ];
    const SET_TTL: &str = "Call the result stale after this long, whatever the ttl of its readers [default: no limit]";
    const SET_TTL_MORE: &str =
        "For a reader with a shorter ttl it is stale before that. A job's expiry script is not run.";
    const KEPT: [&str; 10] = [
        "keep",
        "max_size",
        "store_if",
        "on_refresh",
        "cache_exit",
        "failure_ttl",
        "refresh_timeout",
        "depends_on",
        "depends_on_program",
        "tag",
    ];
    let subcommands = |command: clap::Command| match command.get_name() {
        "invalidate" | "delete" => with_examples(selector(command)),
        "decorate" => with_examples(decorate(command)),
        "set" => with_examples(
            one(command, &KEPT)
                .mut_arg("ttl", |arg| arg.hide(false).help(SET_TTL).long_help(format!("{SET_TTL}\n\n{SET_TTL_MORE}"))),
        ),
        "explain" => with_examples(command.mut_args(|arg| match arg.get_id().as_str() {
            "progress" | "process_result" | "status" | "status_fd" => arg.hide(true),
            "command" => arg.help("The command that would be run, and its arguments"),
            _ => arg,
        })),
        "peek" => with_examples(one(command, &["ttl", "depends_on"])),
        "show" => with_examples(one(command, &["ttl"]).mut_args(|arg| match arg.get_id().as_str() {
            "pattern" | "tag" => arg.hide(false),
            "ttl" => arg.help(OWN_TTL).long_help(format!("{OWN_TTL}\n\n{}", OWN_TTL_MORE.join(" "))),
            _ => arg,
        })),
        _ => with_examples(command),
    };
    with_examples(Cli::command()).mut_subcommands(|command| without_files(subcommands(command)))
}

/// Switches completion off for values that are free text, for which shells would offer files.
fn without_files(command: clap::Command) -> clap::Command {
    let is_free = |arg: &clap::Arg| {
        // Jobs and ids have completions of their own; the others are files, or commands that may begin with a file.
        let is_known = matches!(
            arg.get_id().as_str(),
            "job" | "id" | "depends_on" | "key_file" | "process_result" | "store_if" | "on_refresh"
        );
        arg.get_action().takes_values() && !arg.is_positional() && !is_known
    };
    let hinted = command.mut_args(|arg| match arg.get_value_hint() {
        ValueHint::Unknown if is_free(&arg) => arg.value_hint(ValueHint::Other),
        _ => arg,
    });
    hinted.mut_subcommands(without_files)
}

/// `decorate` takes the name of a command where `run` takes a command with its arguments.
fn decorate(command: clap::Command) -> clap::Command {
    command.mut_arg("shell", |arg| arg.hide(true)).mut_arg("no_shell", |arg| arg.hide(true)).mut_arg("command", |arg| {
        arg.value_name("NAME").help("The command or function to memoise").value_hint(ValueHint::CommandName)
    })
}

fn with_examples(command: clap::Command) -> clap::Command {
    let examples = examples::of(command.get_name());
    command.after_help(examples::help(&examples[..1])).after_long_help(examples::help(examples))
}

/// The option of `command` that `word` names, if the next word may be its value. No option of one letter has a value.
pub fn valued<'a>(command: &'a clap::Command, word: &OsStr) -> Option<&'a clap::Arg> {
    let long = word.to_str()?.strip_prefix("--")?;
    let is_meant = |arg: &&clap::Arg| arg.get_long_and_visible_aliases().is_some_and(|names| names.contains(&long));
    command.get_arguments().filter(|arg| arg.get_action().takes_values()).find(is_meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_letter_has_a_value() {
        fn check(command: &clap::Command) {
            let mut letters = command.get_arguments().filter(|arg| arg.get_short().is_some());
            assert!(letters.all(|arg| !arg.get_action().takes_values()), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&definition());
    }

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }
}
