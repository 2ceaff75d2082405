//! Which shell will read the definition, where `--shell-kind` does not say it.
//!
//! `$SHELL` names the user's login shell, which may be another one than the shell that calls. The nearest shell among
//! the processes that this one descends from is the reader, unless a script in between called us for it. Where the two
//! agree, that is taken. Else the definition asks: what sh, bash and zsh can all read finds out which of them reads it.
//! fish reads none of that, so there its process or, where the system does not say, `$SHELL` decides.

use std::ffi::OsStr;
use std::path::Path;

use crate::cli::args::ShellKind;
use crate::sys::proc;

/// The shell that reads the definition; `None` if that is one of sh, bash and zsh, and the definition has to find out.
pub fn kind() -> Option<ShellKind> {
    let of_user = std::env::var_os("SHELL").and_then(|path| ShellKind::of(&path));
    decide(proc::names_of_ancestors().find_map(|name| ShellKind::of(&name)), of_user)
}

fn decide(caller: Option<ShellKind>, of_user: Option<ShellKind>) -> Option<ShellKind> {
    match caller.or(of_user) {
        Some(ShellKind::Fish) => Some(ShellKind::Fish),
        _ => caller.filter(|_| caller == of_user),
    }
}

impl ShellKind {
    /// The kind of the shell of this name or path.
    fn of(path: &OsStr) -> Option<Self> {
        match Path::new(path).file_name()?.to_str()? {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            "sh" | "ash" | "dash" | "busybox" | "ksh" | "ksh93" | "lksh" | "mksh" | "yash" => Some(Self::Sh),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ShellKind::{Bash, Fish, Sh, Zsh};
    use super::*;

    #[test]
    fn a_shell_is_known_by_its_base_name() {
        for (path, shell) in [
            ("/bin/bash", Some(Bash)),
            ("/usr/local/bin/fish", Some(Fish)),
            ("zsh", Some(Zsh)),
            ("/bin/dash", Some(Sh)),
            ("/bin/tcsh", None),
            ("", None),
        ] {
            assert_eq!(ShellKind::of(OsStr::new(path)), shell, "{path}");
        }
    }

    #[test]
    fn the_calling_shell_reads_unless_another_one_is_the_users() {
        for (caller, of_user, reader) in [
            (Some(Bash), Some(Bash), Some(Bash)),
            (Some(Zsh), Some(Zsh), Some(Zsh)),
            (Some(Sh), Some(Sh), Some(Sh)),
            (Some(Bash), Some(Zsh), None),
            (Some(Bash), Some(Fish), None),
            (Some(Bash), Some(Sh), None),
            (Some(Bash), None, None),
            (Some(Fish), Some(Bash), Some(Fish)),
            (Some(Fish), None, Some(Fish)),
            (None, Some(Fish), Some(Fish)),
            (None, Some(Zsh), None),
            (None, None, None),
        ] {
            assert_eq!(decide(caller, of_user), reader, "{caller:?} {of_user:?}");
        }
    }
}
