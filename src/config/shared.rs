//! `[shared]`: the server that results are shared by.

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::nearest::advice;
use super::reader::{Entry, Reader, Table};
use super::value::Value;
use crate::model::units;
use crate::store::shared::{Access, KEYS, Settings, Url, redacted};

/// The shortest lease: a leader has to renew it three times while it lasts, also on a busy host.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

impl Reader<'_> {
    /// Reads the section; what is wrong in it is a problem.
    pub(super) fn shared(&mut self, (table, span): (Table<'_>, Range<usize>)) -> Settings {
        let mut settings = Settings::default();
        for (key, entry) in &table {
            self.shared_key(&mut settings, key, entry);
        }
        let url = settings.url.as_ref();
        let twice = [
            ("username", settings.username.is_some() && url.is_some_and(|url| url.user.is_some())),
            ("password_file", settings.password_file.is_some() && settings.has_password_in_url()),
        ];
        for (key, _) in twice.into_iter().filter(|(_, is_twice)| *is_twice) {
            let span = table.get(key).map_or(span.clone(), |entry| entry.key.clone());
            self.problem(span, format!("{key} says what the url says, too; leave it out of the url"));
        }
        if !table.contains_key("secret_file") {
            let text =
                "[shared] has no secret_file: nothing is shared without a key; 'cacheback shared keygen' makes one";
            self.problem(span, text);
        }
        settings
    }

    fn shared_key(&mut self, settings: &mut Settings, key: &str, entry: &Entry<'_>) {
        let limit = |value: &DeValue<'_>| of::<Duration, _, _>(value, units::limit);
        settings.said |= KEYS.iter().position(|known| *known == key).map_or(0, |number| 1 << number);
        match key {
            "url" => settings.url = self.url(entry),
            "namespace" => put(&mut settings.namespace, self.read(entry, key, namespace)),
            "secret_file" => put(&mut settings.secret_file, self.read(entry, key, path)),
            "username" => put(&mut settings.username, self.read(entry, key, |value| some_string(value).map(Some))),
            "password_file" => put(&mut settings.password_file, self.read(entry, key, path)),
            "ca_file" => put(&mut settings.ca_file, self.read(entry, key, path)),
            "mode" => put(&mut settings.mode, self.read(entry, key, mode)),
            "connect_timeout" => put(&mut settings.connect_timeout, self.read(entry, key, limit)),
            "timeout" => put(&mut settings.timeout, self.read(entry, key, limit)),
            "lease" => put(&mut settings.lease, self.read(entry, key, lease)),
            "sync" => {
                put(&mut settings.sync, self.read(entry, key, |value| of::<Duration, _, _>(value, units::duration)))
            }
            "max_wait" => put(&mut settings.max_wait, self.read(entry, key, limit)),
            "max_size" => {
                put(&mut settings.max_size, self.read(entry, key, |value| of::<u64, _, _>(value, units::size)))
            }
            _ => self.problem(entry.key.clone(), format!("unknown key '{key}' in [shared]{}", advice(key, KEYS))),
        }
    }

    /// Not by way of [`read`](Reader::read), which quotes what is written: there may be a password in it.
    fn url(&mut self, entry: &Entry<'_>) -> Option<Url> {
        let Some(text) = entry.value.get_ref().as_str() else {
            self.problem(entry.value.span(), "invalid value for 'url': expected a string");
            return None;
        };
        let wrong = |error| format!("invalid value '{}' for 'url': {error}", redacted(text));
        Url::parse(text).map_err(|error| self.problem(entry.value.span(), wrong(error))).ok()
    }
}

fn put<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

/// What `read` makes of what a value of this type would be on the command line.
fn of<T: Value, R, E: Display>(value: &DeValue<'_>, read: fn(&OsStr) -> Result<R, E>) -> Result<R, String> {
    let texts = T::texts(value)?;
    read(texts.first().map(OsString::as_os_str).unwrap_or_default()).map_err(|error| error.to_string())
}

fn path(value: &DeValue<'_>) -> Result<Option<PathBuf>, String> {
    let is_fixed = |path: &&str| path.starts_with('/') || path.strip_prefix("~/").is_some_and(|rest| !rest.is_empty());
    let path = value.as_str().filter(is_fixed).filter(|path| !path.contains('\0'));
    path.map(|path| Some(path.into())).ok_or_else(|| "expected an absolute path, or one that begins with ~/".to_owned())
}

fn some_string(value: &DeValue<'_>) -> Result<String, String> {
    let text = value.as_str().filter(|text| !text.is_empty() && !text.contains('\0'));
    text.map(str::to_owned).ok_or_else(|| "expected a string that is not empty".to_owned())
}

/// It stands in braces in names on the server, where a cluster looks for what keeps them together.
fn namespace(value: &DeValue<'_>) -> Result<String, String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let text = value.as_str().filter(|text| (1..=64).contains(&text.len()) && text.chars().all(is_part));
    text.map(str::to_owned).ok_or_else(|| "expected 1 to 64 letters, digits, hyphens, underscores and dots".to_owned())
}

fn mode(value: &DeValue<'_>) -> Result<Access, String> {
    let mode = value.as_str().and_then(Access::from_name);
    mode.ok_or_else(|| "expected \"read-write\", \"read-only\" or \"off\"".to_owned())
}

fn lease(value: &DeValue<'_>) -> Result<Duration, String> {
    let expected = || "expected a second at least".to_owned();
    Some(of::<Duration, _, _>(value, units::limit)?).filter(|lease| *lease >= SHORTEST_LEASE).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::problem::Problem;
    use crate::config::read::read;

    fn settings(text: &str) -> Settings {
        read(&format!("[shared]\nsecret_file = \"/key\"\n{text}")).expect(text).shared.unwrap()
    }

    fn problems(text: &str) -> Vec<String> {
        let problems = read(text).expect_err(text);
        problems.into_iter().map(|Problem { line, text }| format!("{line}: {text}")).collect()
    }

    #[test]
    fn every_key_is_taken() {
        let settings = settings(
            "url = \"rediss://cache.example:6379/0\"\nnamespace = \"team\"\nusername = \"ci\"\n\
             password_file = \"~/pw\"\nca_file = \"/etc/ca.pem\"\nmode = \"read-only\"\nconnect_timeout = \"5ms\"\n\
             timeout = 0.2\nlease = \"20s\"\nsync = 0\nmax_wait = \"1m\"\nmax_size = \"1MiB\"\n",
        );
        let expected = Settings {
            url: Some(Url::parse("rediss://cache.example").unwrap()),
            namespace: "team".to_owned(),
            secret_file: Some("/key".into()),
            username: Some("ci".to_owned()),
            password_file: Some("~/pw".into()),
            ca_file: Some("/etc/ca.pem".into()),
            mode: Access::ReadOnly,
            connect_timeout: Duration::from_millis(5),
            timeout: Duration::from_millis(200),
            lease: Duration::from_secs(20),
            sync: Duration::ZERO,
            max_wait: Duration::from_mins(1),
            max_size: 1 << 20,
            said: (1 << KEYS.len()) - 1,
        };
        assert_eq!(settings, expected);
        assert_eq!(read("").unwrap().shared, None);
    }

    #[test]
    fn what_is_not_said_is_built_in() {
        let built_in = Settings { secret_file: Some("/key".into()), said: 0b100, ..Settings::default() };
        assert_eq!(settings(""), built_in);
    }

    #[test]
    fn every_mistake_is_reported_in_its_line() {
        let text = "[shared]\nurl = \"http://ci:hunter2@h\"\nnamespace = \"a b\"\nmode = \"on\"\nlease = \"500ms\"\n\
                    timeout = 0\nmax_size = \"big\"\nsecret_file = \"key\"\nusernam = \"ci\"\n";
        let found = problems(text);
        let begin = |line: usize| found.iter().find(|text| text.starts_with(&format!("{line}: "))).unwrap().as_str();
        assert!(begin(2).starts_with("2: invalid value 'http://***@h' for 'url': unknown scheme"), "{}", begin(2));
        assert!(begin(3).contains("for 'namespace': expected 1 to 64 letters"), "{}", begin(3));
        assert!(begin(4).contains("expected \"read-write\""), "{}", begin(4));
        assert!(begin(5).contains("a second at least"), "{}", begin(5));
        assert!(begin(8).contains("expected an absolute path"), "{}", begin(8));
        assert_eq!(begin(9), "9: unknown key 'usernam' in [shared]; did you mean 'username'?");
        assert_eq!(found.len(), 8, "{found:?}");
        assert!(!found.join("\n").contains("hunter2"));
    }

    #[test]
    fn a_section_without_a_key_and_what_is_said_twice_are_mistakes() {
        let found = problems("[shared]\nurl = \"redis://h\"\n");
        assert!(found[0].starts_with("1: [shared] has no secret_file"), "{found:?}");
        let text =
            "[shared]\nurl = \"redis://ci:pw@h\"\nsecret_file = \"/key\"\nusername = \"ci\"\npassword_file = \"/pw\"\n";
        let found = problems(text);
        assert!(found[0].starts_with("4: username says what the url says") && found[1].starts_with("5: password_file"));
        assert_eq!(problems("shared = 3\n"), ["1: 'shared' is not a table; expected [shared]"]);
    }
}
