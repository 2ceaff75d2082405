//! The shared tier, as far as it can be known without the network: key, login, breaker, and how to connect.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::breaker::{Attempt, Breaker};
use super::down::Down;
use super::id::Vary;
use super::protocol::Names;
use super::seal::Sealer;
use super::secret::TeamKey;
use super::settings::{Login, Settings, SettingsError};
use super::url::{Address, Password};
use super::wire::{Connection, Target, Wire, WireError};
use crate::codec::fields;

/// How the result of a call is shared, as the configuration says. No file that it names has been read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The server, and how to use it.
    pub settings: Settings,
    /// What distinguishes hosts, besides what is in the key.
    pub vary: Vec<Vary>,
    /// The database; the breaker's file is beside it.
    pub database: PathBuf,
}

/// All that is needed to use the server.
#[derive(Clone, Debug)]
pub struct Tier {
    /// What the configuration and the environment say.
    pub settings: Settings,
    /// The keys that are derived from the team's key.
    pub team: TeamKey,
    /// The breaker; none if there is no place for its file.
    pub breaker: Option<Breaker>,
    target: Target,
}

impl Tier {
    /// Reads the team's key and the password. The breaker's file is beside the local `database`.
    ///
    /// # Errors
    ///
    /// One of the files cannot be used, or there is no server or no key.
    pub fn new(
        settings: Settings,
        database: Option<&Path>,
        env: &impl Fn(&'static str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        let url = settings.server()?.clone();
        let team = settings.team_key()?;
        let login = settings.login(env)?;
        let target =
            Target { url, login, ca_file: settings.ca_file.clone(), connect_timeout: settings.connect_timeout };
        let breaker = database.map(|database| Breaker::beside(database).of(digest(&target, &team)));
        Ok(Self { settings, team, breaker, target })
    }

    /// As [`new`](Self::new). That a mistake was warned of is recorded beside what is known of the server, so that not
    /// every call warns of it. It says nothing of the server, which is used as soon as the mistake is mended.
    ///
    /// # Errors
    ///
    /// [`Down`].
    pub fn open(
        settings: &Settings,
        database: &Path,
        env: &impl Fn(&'static str) -> Option<OsString>,
    ) -> Result<Self, Down> {
        Self::new(settings.clone(), Some(database), env).map_err(|error| {
            let reason = error.to_string();
            let warns = Breaker::beside(database).warns_of_mistake(&reason);
            Down { word: "misconfigured", reason, warns, failure: warns.then_some(Duration::ZERO) }
        })
    }

    /// Whether it is time to warn that a password in a URL is better kept in a file.
    pub fn warns_of_password(&self) -> bool {
        let attempt = || self.breaker.as_ref().map(Breaker::pass_by);
        self.settings.has_password_in_url() && attempt().is_some_and(|attempt| attempt.warns_of_password())
    }

    /// The names of everything on the server.
    pub fn names(&self) -> Names {
        let names = Names::new(&self.settings.namespace, self.team.kid());
        names.expect("the configuration is refused with a namespace that cannot be part of a name")
    }

    /// Seals and opens with the team's key.
    pub fn sealer(&self) -> Sealer {
        Sealer::new(&self.team)
    }

    /// A connection, which is made when it is first used.
    pub fn connection(&self, attempt: Option<&Attempt>) -> Connection {
        Connection::new(self.target.clone(), attempt.and_then(Attempt::route))
    }

    /// Whether the server speaks TLS where the URL says that it does not, or the other way round.
    pub fn speaks_otherwise(&self, deadline: Instant) -> bool {
        if let Address::Socket(_) = self.target.url.address {
            return false;
        }
        let mut target = Target { login: Login::default(), ..self.target.clone() };
        target.url.is_tls = !target.url.is_tls;
        match Connection::new(target, None).roundtrip(&[redis::cmd("PING")], deadline) {
            Ok(_) | Err(WireError::Server { .. } | WireError::Denied(_)) => true,
            // It has sent a certificate, which is not one that we trust.
            Err(WireError::Tls(text)) => !self.target.url.is_tls && text.contains("certificate"),
            Err(_) => false,
        }
    }
}

/// Which server `target` is and how this host logs in there. It reveals nothing of the password to who has not the key.
fn digest(target: &Target, team: &TeamKey) -> u64 {
    let Target { url, login, ca_file, .. } = target;
    let mut parts = Vec::new();
    fields::put(&mut parts, b'b', url.to_string());
    fields::put(&mut parts, b'u', login.user.as_deref().unwrap_or_default());
    fields::put(&mut parts, b'p', login.password.as_ref().map_or("", Password::reveal));
    fields::put(&mut parts, b'c', ca_file.as_deref().unwrap_or(Path::new("")).as_os_str().as_bytes());
    let mut hmac = Hmac::<Sha256>::new_from_slice(team.id()).expect("any length is a key's");
    hmac.update(&parts);
    u64::from_le_bytes(*hmac.finalize().into_bytes().first_chunk().expect("a code has 32 bytes"))
}
