//! What `[shared]` of the configuration file and the environment say about the server.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::private_file::{self, PrivateFileError};
use super::secret::{SecretError, TeamKey};
use super::url::{Password, Url, redacted};

/// What this machine does with the shared tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// It prints what others have stored, and stores what it has fetched.
    #[default]
    ReadWrite,
    /// It prints what others have stored.
    ReadOnly,
    /// The server is not used.
    Off,
}

impl Access {
    /// The one with this name in the file.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::ReadWrite, Self::ReadOnly, Self::Off].into_iter().find(|access| access.name() == name)
    }

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Off => "off",
        }
    }
}

/// The section `[shared]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The server; `CACHEBACK_SHARED_URL` wins over it.
    pub url: Option<Url>,
    /// Keeps the results of several teams on one server apart.
    pub namespace: String,
    /// Where the team's key is.
    pub secret_file: Option<PathBuf>,
    /// The user to log in as; wins over the URL's user.
    pub username: Option<String>,
    /// Where the password is; `CACHEBACK_SHARED_PASSWORD` wins over it.
    pub password_file: Option<PathBuf>,
    /// The certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// What this machine does with the shared tier.
    pub mode: Access,
    /// The limit for the look-up of the server's name, the connection and its TLS.
    pub connect_timeout: Duration,
    /// The limit for one answer.
    pub timeout: Duration,
    /// How long a lease lasts after its last renewal.
    pub lease: Duration,
    /// How old the last contact with the server may be when a shared result is served.
    pub sync: Duration,
    /// How long to wait for another machine's run.
    pub max_wait: Duration,
    /// A larger result stays local; in bytes.
    pub max_size: u64,
    /// Which keys stand in the file: a bit for each, in the order of [`KEYS`].
    pub said: u16,
}

/// The keys of the section, in the order in which they are documented.
pub const KEYS: [&str; 13] = [
    "url",
    "namespace",
    "secret_file",
    "username",
    "password_file",
    "ca_file",
    "mode",
    "connect_timeout",
    "timeout",
    "lease",
    "sync",
    "max_wait",
    "max_size",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            namespace: "cacheback".to_owned(),
            secret_file: None,
            username: None,
            password_file: None,
            ca_file: None,
            mode: Access::ReadWrite,
            connect_timeout: Duration::from_millis(50),
            timeout: Duration::from_millis(150),
            lease: Duration::from_secs(10),
            sync: Duration::from_secs(30),
            max_wait: Duration::from_mins(10),
            max_size: 16 << 20,
            said: 0,
        }
    }
}

/// Which setting cannot be used, why, and what is expected.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Something is missing from the section, or does not fit the rest of it.
    #[error("{0}")]
    Incomplete(&'static str),
    /// A variable that cannot be read; neither user nor password is in the value.
    #[error("{name} is '{value}': {reason}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value, without a password.
        value: String,
        /// What is expected.
        reason: String,
    },
    /// The key of `secret_file`.
    #[error("secret_file in [shared]: {0}")]
    Secret(#[from] SecretError),
    /// The password of `password_file`.
    #[error("password_file in [shared]: {0}")]
    Password(PrivateFileError),
}

/// How to log in; without a password there is no login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The user; `None` is the server's default user.
    pub user: Option<String>,
    /// What AUTH sends.
    pub password: Option<Password>,
}

/// The longest password; more than any server takes.
const LONGEST_PASSWORD: u64 = 4096;

impl Settings {
    /// Replaces settings of the file by those of the environment. An empty variable counts as unset.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Variable`].
    pub fn with_environment(mut self, env: &impl Fn(&'static str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let variable = |name| env(name).filter(|value| !value.is_empty());
        if let Some(text) = variable("CACHEBACK_SHARED_URL") {
            let text = text.to_string_lossy();
            self.url = Some(Url::parse(&text).map_err(|error| SettingsError::Variable {
                name: "CACHEBACK_SHARED_URL",
                value: redacted(&text),
                reason: error.to_string(),
            })?);
        }
        if variable("CACHEBACK_SHARED").is_some_and(|value| value == "read-only") && self.mode == Access::ReadWrite {
            self.mode = Access::ReadOnly;
        }
        Ok(self)
    }

    /// The server's URL, which has to be set.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Incomplete`].
    pub fn server(&self) -> Result<&Url, SettingsError> {
        self.url.as_ref().ok_or(SettingsError::Incomplete(
            "url in [shared] is not set, and neither is CACHEBACK_SHARED_URL; for example: url = \
             \"rediss://cache.example:6379/0\"",
        ))
    }

    /// Reads the team's key.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Incomplete`] and [`SettingsError::Secret`].
    pub fn team_key(&self) -> Result<TeamKey, SettingsError> {
        let path = self.secret_file.as_deref().ok_or(SettingsError::Incomplete(
            "secret_file in [shared] is not set: nothing is shared without a key; 'cacheback shared keygen' makes one",
        ))?;
        Ok(TeamKey::read(path)?)
    }

    /// The user, and the password from the environment, its file, or else the URL.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Password`].
    pub fn login(&self, env: &impl Fn(&'static str) -> Option<OsString>) -> Result<Login, SettingsError> {
        let url = self.url.as_ref();
        let of_variable = env("CACHEBACK_SHARED_PASSWORD").filter(|password| !password.is_empty());
        let password = match (of_variable, &self.password_file) {
            (Some(password), _) => Some(Password::new(password.to_string_lossy())),
            (None, Some(path)) => Some(password(path)?),
            (None, None) => url.and_then(|url| url.password.clone()),
        };
        let user = self.username.clone().or_else(|| url.and_then(|url| url.user.clone()));
        Ok(Login { user, password })
    }

    /// Whether a password stands in the URL, where lists of processes and copies of files show it.
    pub fn has_password_in_url(&self) -> bool {
        self.url.as_ref().is_some_and(|url| url.password.is_some())
    }
}

/// The password: the first line of the file.
fn password(path: &Path) -> Result<Password, SettingsError> {
    let bytes = private_file::read(path, LONGEST_PASSWORD).map_err(SettingsError::Password)?;
    let text = String::from_utf8_lossy(&bytes);
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Password::new(line)),
        None => Err(SettingsError::Password(PrivateFileError::empty(path))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn with(url: &str) -> Settings {
        Settings { url: Some(Url::parse(url).unwrap()), ..Settings::default() }
    }

    fn environment(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&'static str) -> Option<OsString> {
        |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let env = environment(&[("CACHEBACK_SHARED_URL", "redis://b:1"), ("CACHEBACK_SHARED", "read-only")]);
        let settings = with("redis://a").with_environment(&env).unwrap();
        assert_eq!(settings.server().unwrap().to_string(), "redis://b:1/0");
        assert_eq!(settings.mode, Access::ReadOnly);
        let off = Settings { mode: Access::Off, ..with("redis://a") };
        assert_eq!(off.with_environment(&env).unwrap().mode, Access::Off);
        let empty = environment(&[("CACHEBACK_SHARED_URL", "")]);
        assert_eq!(with("redis://a").with_environment(&empty).unwrap(), with("redis://a"));
    }

    #[test]
    fn a_wrong_variable_is_named_with_its_value_but_for_the_password() {
        let env = environment(&[("CACHEBACK_SHARED_URL", "http://ci:hunter2@h/0")]);
        let error = Settings::default().with_environment(&env).unwrap_err().to_string();
        assert!(error.starts_with("CACHEBACK_SHARED_URL is 'http://***@h/0': unknown scheme"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_has_to_be_set_is_named() {
        let error = Settings::default().server().unwrap_err().to_string();
        assert!(error.contains("url in [shared]") && error.contains("CACHEBACK_SHARED_URL"), "{error}");
        let error = Settings::default().team_key().unwrap_err().to_string();
        assert!(error.contains("secret_file in [shared]") && error.contains("shared keygen"), "{error}");
    }

    #[test]
    fn the_password_is_that_of_the_environment_or_the_file_or_the_url() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pw");
        fs::write(&path, "of file\nmore\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let in_file = Settings { password_file: Some(path), username: Some("me".into()), ..with("redis://ci:url@h") };
        let password = |settings: &Settings, env: &'static [_]| {
            settings.login(&environment(env)).unwrap().password.unwrap().reveal().to_owned()
        };
        assert_eq!(password(&in_file, &[("CACHEBACK_SHARED_PASSWORD", "of env")]), "of env");
        assert_eq!(password(&in_file, &[("CACHEBACK_SHARED_PASSWORD", "")]), "of file");
        assert_eq!(password(&with("redis://ci:url@h"), &[]), "url");
        assert_eq!(in_file.login(&environment(&[])).unwrap().user.as_deref(), Some("me"));
        assert_eq!(with("redis://ci:url@h").login(&environment(&[])).unwrap().user.as_deref(), Some("ci"));
        assert_eq!(with("redis://h").login(&environment(&[])).unwrap(), Login::default());
    }

    #[test]
    fn an_empty_password_file_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pw");
        fs::write(&path, "\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let settings = Settings { password_file: Some(path.clone()), ..with("redis://h") };
        let error = settings.login(&environment(&[])).unwrap_err().to_string();
        assert_eq!(error, format!("password_file in [shared]: {} is empty", path.display()));
    }
}
