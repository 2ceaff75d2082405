//! Locates the configuration file. The working directory is never searched, because the file names programs to run.

use std::ffi::OsString;
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
    /// Whether it names no file at all.
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
        let at_home = |below| Some(variable("HOME").filter(|home| home.is_absolute())?.join(below));
        let below = path.strip_prefix("~").ok().filter(|below| !below.as_os_str().is_empty());
        Some(Self { path: below.and_then(at_home).unwrap_or(path), named })
    }
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
