//! The shells that `decorate` prints a definition for.

use clap::ValueEnum;

/// A shell that a definition can be printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShellKind {
    Bash,
    Zsh,
    Fish,
    /// Any other shell that reads POSIX's language.
    Sh,
}
