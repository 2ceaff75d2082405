//! The compiled form of the configuration file that was read last, in the user's cache directory.
//!
//! Reading 50 rules as TOML takes longer than all the rest of the way that the configuration adds to a hit. The form
//! is used only if it was made by this version from a text with the same digest and its own checksum holds; with any
//! doubt the file is read as TOML again. So nothing here has to be kept in step, and nothing is lost if it cannot be
//! written.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::Place;
use nix::unistd::geteuid;
use xxhash_rust::xxh3::xxh3_128;

use super::compiled::Compiled;

/// The last number is that of the encoding; a test knows when it has to change.
const MAGIC: &[u8] = concat!("cacheback ", env!("CARGO_PKG_VERSION"), " configuration 3\n").as_bytes();
const DIGEST: usize = 16;
const LARGEST: u64 = 16 << 20;

/// Where it is kept, if there is a cache directory.
pub fn place() -> Option<PathBuf> {
    Some(Place::default_path().ok()?.with_file_name("config.compiled"))
}

/// The form of `text` at `path`, if it is there.
pub fn read(path: &Path, text: &[u8]) -> Option<Compiled> {
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    let is_ours = metadata.is_file() && metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0;
    if !is_ours || metadata.len() > LARGEST {
        return None;
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.read_to_end(&mut bytes).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?;
    let (of_text, rest) = rest.split_first_chunk::<DIGEST>()?;
    let (checksum, body) = rest.split_first_chunk::<DIGEST>()?;
    let is_sound = *of_text == digest(text) && *checksum == sum(of_text, body);
    let length = body.len();
    is_sound.then(|| Compiled::from_bytes(bytes.split_off(bytes.len() - length)))
}

/// Keeps the form of `text` at `path`, if the directory is there and ours alone. Failing is no loss.
pub fn write(path: &Path, text: &[u8], compiled: &Compiled) {
    let _ = try_write(path, text, compiled);
}

fn try_write(path: &Path, text: &[u8], compiled: &Compiled) -> Option<()> {
    let metadata = fs::metadata(path.parent()?).ok()?;
    if metadata.uid() != geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
        return None;
    }
    let of_text = digest(text);
    let bytes = [MAGIC, &of_text, &sum(&of_text, compiled.bytes()), compiled.bytes()].concat();
    // One name for all writers, so that none is left behind by the thousand: what two of them make of it at the same
    // time has no checksum that holds.
    let new = path.with_extension("compiled.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    options.open(&new).ok()?.write_all(&bytes).ok()?;
    fs::rename(new, path).ok()
}

fn digest(text: &[u8]) -> [u8; DIGEST] {
    xxh3_128(text).to_le_bytes()
}

fn sum(of_text: &[u8], body: &[u8]) -> [u8; DIGEST] {
    (xxh3_128(body) ^ xxh3_128(of_text)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::document;
    use std::os::unix::fs::PermissionsExt;

    fn compiled() -> Compiled {
        document::read(include_str!("tests/everything.toml")).expect("it is right")
    }

    fn in_a_directory() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.compiled");
        (directory, path)
    }

    #[test]
    fn what_was_kept_is_found_for_the_same_text_only() {
        let (_directory, path) = in_a_directory();
        assert_eq!(read(&path, b"text"), None);
        write(&path, b"text", &compiled());
        assert_eq!(read(&path, b"text"), Some(compiled()));
        assert_eq!(read(&path, b"texd"), None);
        write(&path, b"texd", &Compiled::default());
        assert_eq!(read(&path, b"texd"), Some(Compiled::default()));
        assert_eq!(read(&path, b"text"), None);
    }

    #[test]
    fn a_form_with_one_byte_changed_or_cut_off_is_not_used() {
        let (_directory, path) = in_a_directory();
        write(&path, b"text", &compiled());
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert_eq!(read(&path, b"text"), None, "byte {at}");
        }
        for length in 0..good.len() {
            fs::write(&path, &good[..length]).unwrap();
            assert_eq!(read(&path, b"text"), None, "{length} bytes");
        }
    }

    #[test]
    fn nothing_is_kept_where_others_may_write() {
        let (directory, path) = in_a_directory();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        write(&path, b"text", &compiled());
        assert!(!path.exists());
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        write(&path, b"text", &compiled());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(read(&path, b"text"), None);
    }

    #[test]
    fn another_encoding_has_another_number() {
        let digest = xxh3_128(compiled().bytes());
        assert_eq!(
            digest, 250028704226857901392353884306982388868,
            "if the encoding has changed, count up the number in MAGIC, and note this digest here"
        );
    }
}
