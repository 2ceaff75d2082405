//! Shell functions as commands. `cacheback decorate` runs a function in a new shell, with the source of the function as
//! an argument. Messages and selectors use the name and the arguments of the function instead of that command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::digest::{Digest, digest};

/// The beginning of a text that calls a function. The name of the function and the end of the line follow.
pub const MARK: &str = "# function, memoised by cacheback: ";

/// So many words are searched for `-c`, which comes after the shell and its options.
const OPTIONS_MAX: usize = 4;

/// A call of a function, in the words of the command that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// The name of the function.
    pub name: &'a OsStr,
    /// The text for `-c`, which has the source of the function in it.
    pub text: &'a OsStr,
    /// The arguments of the function.
    pub args: &'a [OsString],
}

impl<'a> Function<'a> {
    /// The call that `argv` makes, if it is a command such as `bash -c TEXT NAME ARG…`.
    ///
    /// ```
    /// use cacheback::program::model::function::{Function, MARK};
    ///
    /// let text = format!("{MARK}w\nw () {{ uptime; }}\nw \"$@\"");
    /// let argv = ["bash", "-c", &text, "w", "-p"].map(Into::into);
    /// assert_eq!(Function::of(&argv).unwrap().words(), ["w", "-p"]);
    /// ```
    pub fn of(argv: &'a [OsString]) -> Option<Self> {
        let at = argv.iter().take(OPTIONS_MAX).position(|word| word == "-c")?;
        let text = argv.get(at + 1)?;
        let name = text.as_bytes().strip_prefix(MARK.as_bytes())?.split(|byte| *byte == b'\n').next()?;
        // The word in between is the shell's `$0`, or the end of its options.
        Some(Self { name: OsStr::from_bytes(name), text, args: argv.get(at + 3..)? })
    }

    /// The words of the call as a user types them.
    pub fn words(&self) -> Vec<OsString> {
        [self.name.to_owned()].into_iter().chain(self.args.iter().cloned()).collect()
    }

    /// The digest of the text, which changes with the source of the function.
    pub fn source(&self) -> Digest {
        digest(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_decorate_makes_is_a_function() {
        let text = format!("{MARK}w\nw () {{ date; }}\nw \"$@\"");
        let words = |argv: &[&str]| {
            let argv: Vec<OsString> = argv.iter().map(Into::into).collect();
            Function::of(&argv).map(|function| function.words())
        };
        assert_eq!(words(&["bash", "-O", "extglob", "-c", &text, "w", "a", "-c"]).unwrap(), ["w", "a", "-c"]);
        assert_eq!(words(&["fish", "--no-config", "-c", &text, "--"]).unwrap(), ["w"]);
        for other in
            [&[][..], &["bash", "-c"], &["bash", "-c", &text], &["bash", "-c", "w", "w"], &["echo", &text, "w"]]
        {
            assert_eq!(words(other), None, "{other:?}");
        }
    }
}
