//! Shell functions as commands: `cacheback decorate` has a function run by a shell of its own, which is given the
//! function's source. People know it by its name, and not by that command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::digest::{Digest, digest};

/// The first words of a text that calls a function; the function's name and the end of the line follow.
pub const MARK: &str = "# function, memoised by cacheback: ";

/// Where `-c` can be among the words: behind the shell and its options.
const OPTIONS_MAX: usize = 4;

/// A call of a function, as it is found in the words of the command that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// What the function is called.
    pub name: &'a OsStr,
    /// All that its shell reads, the function's source included.
    pub text: &'a OsStr,
    /// What the function is given.
    pub args: &'a [OsString],
}

impl<'a> Function<'a> {
    /// The call that is made by `argv`, if it is such a command: `bash -c TEXT NAME ARG…`, or the like.
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

    /// The call as one types it.
    pub fn words(&self) -> Vec<OsString> {
        [self.name.to_owned()].into_iter().chain(self.args.iter().cloned()).collect()
    }

    /// What tells this version of the function from others.
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
