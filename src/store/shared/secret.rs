//! The team's key: makes its file, reads it, and derives the keys for seals and for names from it.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hkdf::Hkdf;
use sha2::Sha256;

use super::private_file::{self, PrivateFileError};
use crate::sys::error::words;

/// Bytes of a key, and of each key that is derived from it.
pub const LENGTH: usize = 32;

/// The largest file that is read, in bytes; a key needs far less.
const LARGEST_FILE: u64 = 1024;

/// Separates these keys from keys that other programs or later versions derive from the same secret.
const SALT: &[u8] = b"cacheback shared 1";

/// A key that cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read, or others can read it.
    #[error("{file}{}", hint(file))]
    File {
        /// What is wrong with it.
        #[from]
        file: PrivateFileError,
    },
    /// It does not hold a key.
    #[error("{} has {length} characters, and a key has 64 hexadecimal digits; 'cacheback shared keygen' makes one", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// How many characters it has, without the end of the line.
        length: usize,
    },
    /// A new key cannot be written there.
    #[error("{}: {}", path.display(), unwritten(source))]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system has no random bytes.
    #[error("the system gives no random bytes: {0}")]
    NoRandomness(#[from] getrandom::Error),
}

fn hint(error: &PrivateFileError) -> &'static str {
    if error.is_missing() { "; 'cacheback shared keygen' makes a key" } else { "" }
}

fn unwritten(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "there is a file already, and a key is not replaced: what is sealed with \
                                         it could no longer be read"
            .to_owned(),
        _ => words(error),
    }
}

/// The keys that are derived from the team's secret. The secret itself is not kept.
#[derive(Clone)]
pub struct TeamKey {
    kid: String,
    seal: [u8; LENGTH],
    id: [u8; LENGTH],
}

impl std::fmt::Debug for TeamKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "TeamKey({})", self.kid)
    }
}

impl TeamKey {
    /// Derives the keys.
    pub fn new(secret: &[u8; LENGTH]) -> Self {
        let derivation = Hkdf::<Sha256>::new(Some(SALT), secret);
        let derive = |purpose: &[u8]| {
            let mut key = [0; LENGTH];
            derivation.expand(purpose, &mut key).expect("HKDF gives up to 8160 bytes");
            key
        };
        let kid = derive(b"kid")[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { kid, seal: derive(b"seal"), id: derive(b"id") }
    }

    /// Reads the key from a file that no other user can read or write.
    ///
    /// # Errors
    ///
    /// [`SecretError::File`] and [`SecretError::Wrong`].
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let bytes = private_file::read(path, LARGEST_FILE)?;
        let text = bytes.trim_ascii();
        let wrong =
            || SecretError::Wrong { path: path.to_owned(), length: String::from_utf8_lossy(text).chars().count() };
        Ok(Self::new(&from_hex(text).ok_or_else(wrong)?))
    }

    /// Writes a new key to a file of mode 0600, which must not exist yet.
    ///
    /// # Errors
    ///
    /// [`SecretError::Unwritten`] and [`SecretError::NoRandomness`].
    pub fn generate(path: &Path) -> Result<Self, SecretError> {
        let mut secret = [0; LENGTH];
        getrandom::fill(&mut secret)?;
        let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let write = || {
            // `create_new` follows no link that somebody has put there.
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            let written = file.write_all(format!("{digits}\n").as_bytes()).and_then(|()| file.sync_all());
            // A file with a part of a key would block the next attempt.
            written.inspect_err(|_| drop(std::fs::remove_file(path)))
        };
        write().map_err(|source| SecretError::Unwritten { path: path.to_owned(), source })?;
        Ok(Self::new(&secret))
    }

    /// Eight hexadecimal digits that identify this key and do not reveal it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key for seals.
    pub(super) fn seal(&self) -> &[u8; LENGTH] {
        &self.seal
    }

    /// The key for the names of entries.
    pub(super) fn id(&self) -> &[u8; LENGTH] {
        &self.id
    }
}

fn from_hex(text: &[u8]) -> Option<[u8; LENGTH]> {
    let text = str::from_utf8(text).ok().filter(|text| text.len() == 2 * LENGTH && text.is_ascii())?;
    let mut secret = [0; LENGTH];
    for (byte, at) in secret.iter_mut().zip((0..).step_by(2)) {
        let digits = text.get(at..at + 2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn a_generated_key_is_private_and_is_read_again() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("shared.key");
        let made = TeamKey::generate(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = TeamKey::read(&path).unwrap();
        assert_eq!((read.kid(), read.seal(), read.id()), (made.kid(), made.seal(), made.id()));
        assert!(made.kid().len() == 8 && made.kid().bytes().all(|digit| digit.is_ascii_hexdigit()));
    }

    #[test]
    fn a_key_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("shared.key");
        let kid = TeamKey::generate(&path).unwrap().kid().to_owned();
        let error = TeamKey::generate(&path).unwrap_err().to_string();
        assert!(error.contains("there is a file already"), "{error}");
        assert_eq!(TeamKey::read(&path).unwrap().kid(), kid);
    }

    /// Entries on servers are named and sealed with these: another derivation would be a cold cache everywhere.
    #[test]
    fn derived_keys_stay_the_same() {
        let key = TeamKey::new(&[7; LENGTH]);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            (key.kid(), hex(&key.seal()[..4]).as_str(), hex(&key.id()[..4]).as_str()),
            ("2356dca6", "505e2556", "87eff818")
        );
        assert_ne!(key.seal(), key.id());
        assert_eq!(format!("{key:?}"), format!("TeamKey({})", key.kid()));
    }

    #[test]
    fn a_file_without_a_key_is_refused_and_not_quoted() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("shared.key");
        for (text, length) in
            [("", 0), ("hunter2", 7), (&"0".repeat(63), 63), (&"x".repeat(64), 64), (&"é".repeat(32), 32)]
        {
            write(&path, text);
            let error = TeamKey::read(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("has {length} characters")) && error.contains("keygen"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        write(&path, &format!("  {}\r\n", "aB".repeat(32)));
        TeamKey::read(&path).unwrap();
        let error = TeamKey::read(&home.path().join("none")).unwrap_err().to_string();
        assert!(error.ends_with("does not exist; 'cacheback shared keygen' makes a key"), "{error}");
    }
}
