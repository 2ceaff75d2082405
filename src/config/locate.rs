//! Locates the configuration file. The working directory is never searched, because the file names programs to run.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::sys::home;

/// Where the configuration file should be; it may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub path: PathBuf,
    pub named: Named,
}

/// What names the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// `--config`.
    Option,
    /// `CACHEBACK_CONFIG`.
    Environment,
    /// Nothing: it is the default place.
    Default,
}

impl Location {
    /// Whether it is /dev/null, which stands for no file at all.
    pub fn is_none(&self) -> bool {
        self.path == Path::new("/dev/null")
    }

    /// The file that the option or else the environment names, or `cacheback/config.toml` in the user's configuration
    /// directory; `None` if there is no such directory. A variable that is empty counts as unset.
    pub fn find(option: Option<PathBuf>, env: &impl Fn(&'static str) -> Option<OsString>) -> Option<Self> {
        let variable = |name| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (path, named) = match option {
            Some(path) => (path, Named::Option),
            None => match variable("CACHEBACK_CONFIG") {
                Some(path) => (path, Named::Environment),
                None => (home::config_directory()?.join("cacheback/config.toml"), Named::Default),
            },
        };
        Some(Self { path: at_home(path.as_os_str(), env).map_or(path, PathBuf::from), named })
    }
}

/// Replaces a leading `~/` by the home directory, which shells do not do in quotes and after a `=`. `~name`, which
/// shells replace as well, is refused here: it would be a relative path.
///
/// # Errors
///
/// What is wrong with the path.
pub fn at_home(path: &OsStr, env: &impl Fn(&'static str) -> Option<OsString>) -> Result<OsString, String> {
    let Some(below) = path.as_bytes().strip_prefix(b"~") else { return Ok(path.to_owned()) };
    let refuse = |why: &str| format!("{}: {why}", path.display());
    let below = below.strip_prefix(b"/").ok_or_else(|| {
        refuse("only ~/ stands for a home directory; begin the path with ./ if a name in it begins with ~")
    })?;
    let home = env("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let home = home.ok_or_else(|| refuse("HOME is not an absolute path"))?;
    Ok(home.join(OsStr::from_bytes(below)).into_os_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_environment_and_that_over_the_usual_place() {
        let usual = home::config_directory().map(|usual| usual.join("cacheback/config.toml"));
        for (option, named, expected) in [
            (Some("opt"), "/env", Some(("opt".into(), Named::Option))),
            (Some("~/opt"), "/env", Some(("/home/opt".into(), Named::Option))),
            (None, "/env", Some(("/env".into(), Named::Environment))),
            (None, "~/env", Some(("/home/env".into(), Named::Environment))),
            (None, "", usual.map(|path| (path, Named::Default))),
        ] {
            let env = |name: &'static str| match name {
                "CACHEBACK_CONFIG" => Some(named.into()),
                "HOME" => Some("/home".into()),
                _ => None,
            };
            let found = Location::find(option.map(PathBuf::from), &env);
            assert_eq!(found, expected.map(|(path, named)| Location { path, named }));
        }
    }
}
