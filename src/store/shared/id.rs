//! The names of entries on the server, and `vary`: what distinguishes hosts in them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::protocol::SharedId;
use super::secret::TeamKey;
use crate::codec::fields;
use crate::model::key::Key;
use crate::sys::{proc, trust};

const KEY: u8 = b'k';
const NAME: u8 = b'n';
const VALUE: u8 = b'v';
const PATH: u8 = b'p';
const CONTENT: u8 = b'c';

impl SharedId {
    /// The name of the entry that has the local `key`. It is the same on all hosts that have the same values of `vary`
    /// and the same `files`, each given as its path and a digest of its content. Without the team's key nobody can tell
    /// which entry it names.
    pub fn new<'a>(
        team: &TeamKey,
        key: &Key,
        vary: &[(Vary, OsString)],
        files: impl IntoIterator<Item = (&'a Path, Vec<u8>)>,
    ) -> Self {
        let mut parts = Vec::new();
        fields::put(&mut parts, KEY, key.0);
        for (name, value) in vary {
            fields::put(&mut parts, NAME, name.name().as_bytes());
            fields::put(&mut parts, VALUE, value.as_bytes());
        }
        for (path, content) in files {
            fields::put(&mut parts, PATH, path.as_os_str().as_bytes());
            fields::put(&mut parts, CONTENT, content);
        }
        let mut hmac = Hmac::<Sha256>::new_from_slice(team.id()).expect("any length is a key's");
        hmac.update(&parts);
        let code = hmac.finalize().into_bytes();
        Self(*code.first_chunk().expect("a code has 32 bytes"))
    }
}

/// What can distinguish hosts, besides what is in the key: `vary` in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vary {
    /// The processor's architecture.
    Arch,
    /// The host's name.
    Host,
    /// The operating system.
    Os,
    /// The user's name.
    User,
}

impl Vary {
    /// All, in the order of their names.
    pub const ALL: [Self; 4] = [Self::Arch, Self::Host, Self::Os, Self::User];

    /// Its name in a rule.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arch => "arch",
            Self::Host => "host",
            Self::Os => "os",
            Self::User => "user",
        }
    }

    /// The one with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vary| vary.name() == name)
    }

    /// Its value on this host. A user without a name in the tables that a static program can read is named by number.
    pub fn value(self) -> OsString {
        match self {
            Self::Arch => std::env::consts::ARCH.into(),
            Self::Os => std::env::consts::OS.into(),
            Self::Host => proc::host_name().into(),
            Self::User => trust::user_name().unwrap_or_else(|| format!("uid {}", trust::us())).into(),
        }
    }

    /// Each of `names` once, in order, with its value on this host.
    pub fn values(names: &[Self]) -> Vec<(Self, OsString)> {
        Self::ALL.into_iter().filter(|vary| names.contains(vary)).map(|vary| (vary, vary.value())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn team() -> TeamKey {
        TeamKey::new(&[7; 32])
    }

    #[test]
    fn each_difference_gives_another_name() {
        let vary = |user: &str| vec![(Vary::User, user.into())];
        let (one, other) = (Path::new("/a"), Path::new("/b"));
        let key = Key([1; 32]);
        let ids = [
            SharedId::new(&team(), &key, &[], []),
            SharedId::new(&TeamKey::new(&[8; 32]), &key, &[], []),
            SharedId::new(&team(), &Key([2; 32]), &[], []),
            SharedId::new(&team(), &key, &vary("ann"), []),
            SharedId::new(&team(), &key, &vary("bob"), []),
            SharedId::new(&team(), &key, &[(Vary::Host, "ann".into())], []),
            SharedId::new(&team(), &key, &[], [(one, vec![])]),
            SharedId::new(&team(), &key, &[], [(one, vec![0; 16])]),
            SharedId::new(&team(), &key, &[], [(one, vec![1; 16])]),
            SharedId::new(&team(), &key, &[], [(other, vec![1; 16])]),
            SharedId::new(&team(), &key, &[], [(one, vec![]), (other, vec![])]),
        ];
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    }

    /// Another derivation would be a cold cache everywhere.
    #[test]
    fn names_stay_the_same() {
        let vary = [(Vary::Os, "linux".into()), (Vary::User, "ann".into())];
        let id =
            SharedId::new(&team(), &Key([1; 32]), &vary, [(Path::new("/a"), vec![3; 16]), (Path::new("/b"), vec![])]);
        assert_eq!(id.to_string(), "d42d6bd4182da70ee327d7a7a98d35c3");
    }

    #[test]
    fn values_of_vary_are_in_one_order_and_never_empty() {
        let values = Vary::values(&[Vary::User, Vary::Arch, Vary::User]);
        assert_eq!(values.iter().map(|(vary, _)| vary.name()).collect::<Vec<_>>(), ["arch", "user"]);
        assert!(Vary::values(&Vary::ALL).iter().all(|(_, value)| !value.is_empty()));
        assert!(Vary::ALL.is_sorted_by_key(|vary| vary.name()));
        assert!(Vary::ALL.iter().all(|vary| Vary::from_name(vary.name()) == Some(*vary)));
    }
}
