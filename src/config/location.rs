//! Where the configuration file is looked for. Never in the working directory: it names programs to run.

use std::ffi::OsString;
use std::path::PathBuf;

/// One file, which may not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub path: PathBuf,
    pub named: Named,
}

/// Who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// `--config`.
    Option,
    /// `CACHEBACK_CONFIG`.
    Environment,
    /// Nobody: it is the usual place.
    Nobody,
}

impl Location {
    /// The file that the option or else the environment names, or `cacheback/config.toml` in the user's configuration
    /// directory; `None` if there is no such directory. A variable that is empty counts as unset.
    pub fn find(option: Option<PathBuf>, env: &impl Fn(&'static str) -> Option<OsString>) -> Option<Self> {
        let variable = |name| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let (path, named) = match option {
            Some(path) => (path, Named::Option),
            None => match variable("CACHEBACK_CONFIG") {
                Some(path) => (path, Named::Environment),
                None => {
                    let absolute = |name| variable(name).filter(|path| path.is_absolute());
                    let home = || absolute("HOME").map(|home| home.join(".config"));
                    (absolute("XDG_CONFIG_HOME").or_else(home)?.join("cacheback/config.toml"), Named::Nobody)
                }
            },
        };
        Some(Self { path, named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_environment_and_that_over_the_usual_place() {
        let all = [("CACHEBACK_CONFIG", "/env"), ("XDG_CONFIG_HOME", "/xdg"), ("HOME", "/home")];
        let usual = "cacheback/config.toml";
        for (option, env, expected) in [
            (Some("opt"), &all[..], Some(("opt".to_owned(), Named::Option))),
            (None, &all, Some(("/env".to_owned(), Named::Environment))),
            (None, &all[1..], Some((format!("/xdg/{usual}"), Named::Nobody))),
            (None, &all[2..], Some((format!("/home/.config/{usual}"), Named::Nobody))),
            (
                None,
                &[("CACHEBACK_CONFIG", ""), ("XDG_CONFIG_HOME", "rel"), ("HOME", "/h")],
                Some((format!("/h/.config/{usual}"), Named::Nobody)),
            ),
            (None, &[("HOME", "rel")], None),
            (None, &[], None),
        ] {
            let env = |name: &'static str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
            let found = Location::find(option.map(PathBuf::from), &env);
            assert_eq!(found, expected.map(|(path, named)| Location { path: path.into(), named }));
        }
    }
}
