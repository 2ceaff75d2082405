//! `cacheback completions SHELL`: clap's script, and what it cannot know, for bash, zsh and fish.
//!
//! Behind the options of `run` the completion of the wrapped command takes over, and ids and jobs are looked up when
//! they are asked for. Which options and subcommands these are comes from clap's definitions as well.

mod candidates;
mod patch;
mod place;
mod vocabulary;

use cacheback::ExitStatus;
use clap_complete::Shell;

use super::args;
use super::message;
pub use candidates::requested;
use patch::patched;
use vocabulary::Vocabulary;

/// Prints the script.
pub fn run(shell: Shell) -> ExitStatus {
    message::print(&script(shell, args::definition()))
}

fn script(shell: Shell, mut definition: clap::Command) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition, "cacheback", &mut script);
    let script = String::from_utf8(script).expect("clap writes text");
    patched(shell, script, &Vocabulary::of(&definition)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command, ValueHint};

    /// A program with a subcommand of each kind.
    fn definition() -> Command {
        let several = |arg: Arg| arg.num_args(1..).trailing_var_arg(true);
        let wrapped = several(Arg::new("command").value_name("COMMAND").value_hint(ValueHint::CommandWithArguments));
        Command::new("cacheback")
            .arg(Arg::new("db").long("db").global(true))
            .subcommand(
                Command::new("run").arg(Arg::new("ttl").long("ttl").visible_alias("lifetime")).arg(wrapped.clone()),
            )
            .subcommand(Command::new("get").arg(several(Arg::new("job").value_name("JOB"))))
            .subcommand(Command::new("show").override_usage("show ID\n       show COMMAND").arg(wrapped))
            .subcommand(Command::new("man").arg(Arg::new("about").value_parser(["run", "get"])))
            .subcommand(
                Command::new("peek")
                    .arg(Arg::new("id").long("id").value_name("PREFIX"))
                    .arg(Arg::new("of").long("job").value_name("JOB")),
            )
    }

    fn text(shell: Shell) -> String {
        String::from_utf8(script(shell, definition())).unwrap()
    }

    #[test]
    fn jobs_and_ids_are_looked_up_wherever_they_stand() {
        let zsh = text(Shell::Zsh);
        assert_eq!(zsh.matches(":_cacheback_jobs'").count(), 1, "{zsh}");
        assert_eq!(zsh.matches(":_cacheback_job_and_values'").count(), 1, "{zsh}");
        assert_eq!(zsh.matches(":_cacheback_ids'").count(), 1, "{zsh}");
        assert_eq!(zsh.matches(":_cacheback_id_or_command'").count(), 1, "{zsh}");
        assert_eq!(zsh.matches(":_normal'").count(), 1, "{zsh}");
        let bash = text(Shell::Bash);
        assert!(bash.contains("get) ") && bash.contains("_cacheback_candidates jobs"), "{bash}");
        assert!(bash.contains("show) _cacheback_id_or_command"), "{bash}");
        let fish = text(Shell::Fish);
        assert_eq!(fish.matches("(__fish_cacheback_candidates jobs)'").count(), 2, "{fish}");
        assert_eq!(fish.matches("(__fish_cacheback_candidates ids)'").count(), 1, "{fish}");
        assert!(fish.contains("contains -- $subcommand show;"), "{fish}");
        assert!(fish.contains("at_first_argument man\" -f -a 'run get'"), "{fish}");
    }

    #[test]
    fn nothing_is_left_to_be_filled_in() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let text = text(shell);
            assert!(
                ["@VALUED@", "@ARGUMENTS@", "@WRAPPING@", "@IDS@"].iter().all(|mark| !text.contains(mark)),
                "{text}"
            );
            assert!(text.contains("--lifetime"), "{text}");
        }
    }
}
