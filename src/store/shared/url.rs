//! The URL of the server: `redis://`, `rediss://` (TLS) or `unix://`. Its password is never printed.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

const PORT: u16 = 6379;
const EXAMPLE: &str = "expected redis://HOST:PORT/DB, rediss://HOST:PORT/DB (TLS) or unix:///PATH?db=DB";

/// A place to connect to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// A name or an IP address without brackets, and a port.
    Host(String, u16),
    /// A socket of this machine.
    Socket(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host, port) if host.contains(':') => write!(out, "[{host}]:{port}"),
            Self::Host(host, port) => write!(out, "{host}:{port}"),
            Self::Socket(path) => write!(out, "{}", path.display()),
        }
    }
}

/// A password; it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to send it to the server.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// A parsed URL. Its display leaves the password out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Where to connect to.
    pub address: Address,
    /// Whether the server speaks TLS.
    pub is_tls: bool,
    /// The user to log in as, if the URL names one.
    pub user: Option<String>,
    /// The password, if the URL has one.
    pub password: Option<Password>,
    /// The number of the database.
    pub db: u32,
}

/// Why a URL cannot be used, and what is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(String);

impl Url {
    /// Reads a URL.
    ///
    /// ```
    /// use cacheback::program::store::shared::Url;
    ///
    /// let url = Url::parse("rediss://ci:secret@cache.example/2").unwrap();
    /// assert_eq!(url.to_string(), "rediss://ci@cache.example:6379/2");
    /// ```
    ///
    /// # Errors
    ///
    /// The text is not a URL, its scheme is unknown, or a part has no meaning. The error quotes neither user nor
    /// password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let expected = || UrlError(EXAMPLE.to_owned());
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(UrlError("a URL has no white space".to_owned()));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(expected)?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if path.contains('@') || query.is_some_and(|query| query.contains('@')) || text.contains('#') {
            return Err(UrlError(
                "in a user name or password, write each of / ? # @ : % as % and two hexadecimal digits, such as %2F"
                    .to_owned(),
            ));
        }
        let (login, place) =
            authority.rsplit_once('@').map_or((None, authority), |(login, place)| (Some(login), place));
        let (user, password) = login.map(Self::login).transpose()?.unwrap_or_default();
        let is_socket = match scheme.to_ascii_lowercase().as_str() {
            "redis" | "rediss" => false,
            "unix" => true,
            // Schemes of other programs can be quoted; an unknown text might be a password.
            "valkey" | "redis+tls" | "tcp" => return Err(UrlError(format!("unknown scheme '{scheme}'; {EXAMPLE}"))),
            _ => return Err(UrlError(format!("unknown scheme; {EXAMPLE}"))),
        };
        let (address, db) = if is_socket { Self::socket(place, path, query)? } else { Self::host(place, path, query)? };
        Ok(Self { address, is_tls: scheme.eq_ignore_ascii_case("rediss"), user, password, db })
    }

    fn login(login: &str) -> Result<(Option<String>, Option<Password>), UrlError> {
        let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
        let user = Some(decoded(user)?).filter(|user| !user.is_empty());
        let password = password.map(decoded).transpose()?.filter(|password| !password.is_empty());
        Ok((user, password.map(Password)))
    }

    fn host(place: &str, path: &str, query: Option<&str>) -> Result<(Address, u32), UrlError> {
        if query.is_some() {
            return Err(UrlError(
                "options after '?' are not known here; the database stands in the path: /0".to_owned(),
            ));
        }
        let (host, port) = match place.strip_prefix('[').map(|inner| inner.split_once(']')) {
            Some(Some((host, port))) if matches!(host.parse(), Ok(IpAddr::V6(_))) => (host, port),
            Some(_) => return Err(UrlError("expected an IPv6 address in brackets: redis://[::1]:6379/0".to_owned())),
            None => place.find(':').map_or((place, ""), |at| place.split_at(at)),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if host.is_empty() || host.starts_with('-') || !host.chars().all(is_name) {
            return Err(UrlError(format!("there is no host in it, or not a valid one; {EXAMPLE}")));
        }
        let port = match port {
            "" => PORT,
            port => port[1..].parse().ok().filter(|port| *port > 0).ok_or_else(|| match port.matches(':').count() {
                1 => UrlError("expected a port from 1 to 65535 behind the host".to_owned()),
                _ => UrlError("expected an IPv6 address in brackets: redis://[::1]:6379/0".to_owned()),
            })?,
        };
        Ok((Address::Host(host.to_owned(), port), database(path.trim_start_matches('/'))?))
    }

    fn socket(place: &str, path: &str, query: Option<&str>) -> Result<(Address, u32), UrlError> {
        // `sun_path` has room for 107 bytes and the zero behind them.
        let path = decoded(path)?;
        if !place.is_empty() || !path.starts_with('/') || path.len() < 2 || path.contains('\0') {
            return Err(UrlError("expected the absolute path of a socket: unix:///run/valkey.sock?db=0".to_owned()));
        }
        if path.len() > 107 {
            return Err(UrlError("the path of a socket has 107 bytes at most".to_owned()));
        }
        let db = match query.map(|query| query.split_once('=')) {
            None => 0,
            Some(Some(("db", number))) => database(number)?,
            Some(_) => return Err(UrlError("only ?db=NUMBER can stand behind the path of a socket".to_owned())),
        };
        Ok((Address::Socket(path.into()), db))
    }
}

fn database(text: &str) -> Result<u32, UrlError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let expected = || UrlError("expected the number of a database, such as 0".to_owned());
    if text.is_empty() { Ok(0) } else { is_number.then(|| text.parse().ok()).flatten().ok_or_else(expected) }
}

fn decoded(text: &str) -> Result<String, UrlError> {
    let wrong = || UrlError("a % stands before two hexadecimal digits; % itself is written %25".to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let digits =
            part.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())).ok_or_else(wrong)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map_err(|_| UrlError("a name or password in it is not UTF-8".to_owned()))
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, is_tls, user, db, .. } = self;
        let user = user.as_ref().map(|user| format!("{}@", user.escape_default())).unwrap_or_default();
        match address {
            Address::Socket(_) => write!(out, "unix://{user}{address}?db={db}"),
            Address::Host(..) => write!(out, "redis{}://{user}{address}/{db}", if *is_tls { "s" } else { "" }),
        }
    }
}

/// `text` without the parts that could hold a password; for messages about a text that is not a valid URL.
pub fn redacted(text: &str) -> String {
    let is_scheme = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| is_scheme(scheme));
    let (scheme, rest) = text.split_at(scheme.map_or(0, |scheme| scheme.len() + 3));
    let (hidden, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?..."));
    format!("{scheme}{hidden}{rest}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Url {
        Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn schemes_hosts_ports_and_databases_are_read() {
        for (text, shown) in [
            ("redis://cache.example", "redis://cache.example:6379/0"),
            ("redis://cache.example/", "redis://cache.example:6379/0"),
            ("rediss://cache.example:6380/3", "rediss://cache.example:6380/3"),
            ("REDISS://h:1", "rediss://h:1/0"),
            ("redis://127.0.0.1:7000/1", "redis://127.0.0.1:7000/1"),
            ("redis://[::1]", "redis://[::1]:6379/0"),
            ("rediss://[fe80::1]:7/2", "rediss://[fe80::1]:7/2"),
            ("unix:///run/valkey.sock", "unix:///run/valkey.sock?db=0"),
            ("unix:///run/a%20b.sock?db=4", "unix:///run/a b.sock?db=4"),
            ("unix://ci:pw@/run/valkey.sock", "unix://ci@/run/valkey.sock?db=0"),
        ] {
            assert_eq!(parsed(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn user_and_password_are_read_and_the_password_is_not_shown() {
        let url = parsed("redis://ci:p%40s%2Fs%3A%25@h/0");
        assert_eq!((url.user.as_deref(), url.password.as_ref().map(Password::reveal)), (Some("ci"), Some("p@s/s:%")));
        assert!(!format!("{url} {url:?}").contains("p@s"), "{url:?}");
        let url = parsed("redis://:pw@h");
        assert_eq!((url.user, url.password), (None, Some(Password::new("pw"))));
        assert_eq!(parsed("redis://ci@h").user, Some("ci".to_owned()));
        assert_eq!(parsed("redis://a:b:c@h").password, Some(Password::new("b:c")));
    }

    #[test]
    fn a_text_that_is_not_a_url_is_refused_with_what_is_expected() {
        for (text, reason) in [
            ("", "expected redis://"),
            ("cache.example:6379", "expected redis://"),
            ("http://cache.example", "unknown scheme"),
            ("valkey://cache.example", "unknown scheme 'valkey'"),
            ("redis://", "no host"),
            ("redis://:6379", "no host"),
            ("redis://-x", "no host"),
            ("redis://h:0", "port from 1"),
            ("redis://h:65536", "port from 1"),
            ("redis://h:x", "port from 1"),
            ("redis://::1", "no host"),
            ("redis://fe80::1", "IPv6 address in brackets"),
            ("redis://[::1", "IPv6 address in brackets"),
            ("redis://[h]", "IPv6 address in brackets"),
            ("redis://h/zero", "number of a database"),
            ("redis://h/99999999999", "number of a database"),
            ("redis://h/0?db=1", "the database stands in the path"),
            ("redis://u:p/w@h", "write each of"),
            ("redis://u:p#w@h", "write each of"),
            ("redis://u:p%w@h", "two hexadecimal digits"),
            ("redis://u:p%ff@h", "not UTF-8"),
            ("redis://h h", "no white space"),
            ("unix://run/valkey.sock", "absolute path"),
            ("unix://", "absolute path"),
            ("unix:///run/v.sock?password=x", "only ?db="),
            ("unix:///run/v.sock?db=x", "number of a database"),
        ] {
            let error = Url::parse(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_password_is_in_no_message(password in "[a-z0-9/?#@%:&=]{0,3}hunter2[a-z0-9/?#@%:&=]{0,3}", before in "(redis|unix|http|)", slashes in "(://|:/|)") {
            let text = format!("{before}{slashes}ci:{password}@cache.example/0");
            let said = match Url::parse(&text) {
                Ok(url) => format!("{url} {url:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            prop_assert!(!said.contains("hunter2"), "{said}");
            prop_assert!(!redacted(&text).contains("hunter2"), "{}", redacted(&text));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = Url::parse(&text);
            let _ = redacted(&text);
        }
    }
}
