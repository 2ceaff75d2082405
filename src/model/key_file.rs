//! Files whose content is part of a key: `--key-file`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::digest::Digest;
use crate::sys::error::words;
use crate::sys::file::{NO_TERMINAL, NO_WAIT};

/// A larger file is refused, because every call reads it, even a hit.
pub const SIZE_MAX: u64 = 16 << 20;

/// A file that cannot be a part of a key.
#[derive(Debug, thiserror::Error)]
#[error("{}, which is part of the key, {reason}", path.display())]
pub struct KeyFileError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("cannot be read: {}", words(.0))]
    Unreadable(#[from] io::Error),
    #[error("is not a regular file")]
    NotRegular,
    #[error("has more than {} MiB", SIZE_MAX >> 20)]
    TooLarge,
}

/// Each of `files`, sorted, with the digest of its content or `None` if it is missing. Relative paths begin in `cwd`.
///
/// # Errors
///
/// One of them cannot be read, is not a regular file, or is larger than [`SIZE_MAX`].
pub fn observe(files: &[OsString], cwd: &Path) -> Result<Vec<(OsString, Option<Digest>)>, KeyFileError> {
    let mut files = files.to_vec();
    files.sort();
    files.dedup();
    let one = |path: OsString| match content(&cwd.join(&path)) {
        Ok(content) => Ok((path, content)),
        Err(reason) => Err(KeyFileError { path: path.into(), reason }),
    };
    files.into_iter().map(one).collect()
}

/// The digest of the content of a file; `None` if the file is missing.
fn content(path: &Path) -> Result<Option<Digest>, Reason> {
    // Opening a FIFO would wait for its other end.
    let file = match OpenOptions::new().read(true).custom_flags(NO_WAIT | NO_TERMINAL).open(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        file => file?,
    };
    if !file.metadata()?.is_file() {
        return Err(Reason::NotRegular);
    }
    hash(file).map(Some)
}

fn hash(mut file: File) -> Result<Digest, Reason> {
    let mut hash = Sha256::new();
    let mut buffer = [0; 16 * 1024];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(read) => {
                size += read as u64;
                if size > SIZE_MAX {
                    return Err(Reason::TooLarge);
                }
                hash.update(&buffer[..read]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::digest;

    fn one(path: &str, cwd: &Path) -> Result<Option<Digest>, String> {
        observe(&[path.into()], cwd).map(|files| files[0].1).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_is_its_content_or_missing() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("a"), "one").unwrap();
        assert_eq!(one("a", home.path()), Ok(Some(digest(b"one"))));
        assert_eq!(one(home.path().join("a").to_str().unwrap(), Path::new("/")), Ok(Some(digest(b"one"))));
        assert_eq!(one("none", home.path()), Ok(None));
        assert_eq!(one("a/b", home.path()), Ok(None));
    }

    #[test]
    fn files_are_sorted_and_named_once() {
        let home = tempfile::tempdir().unwrap();
        let paths = |files: &[&str]| {
            let files: Vec<OsString> = files.iter().map(Into::into).collect();
            observe(&files, home.path()).unwrap().into_iter().map(|(path, _)| path).collect::<Vec<_>>()
        };
        assert_eq!(paths(&["b", "a", "b"]), ["a", "b"]);
    }

    #[test]
    fn what_is_no_regular_file_or_too_large_is_refused() {
        let home = tempfile::tempdir().unwrap();
        assert!(one(".", home.path()).unwrap_err().contains("is not a regular file"));
        assert!(one("/dev/zero", home.path()).unwrap_err().contains("is not a regular file"));
        let large = |size| File::create(home.path().join("l")).and_then(|file| file.set_len(size)).unwrap();
        large(SIZE_MAX);
        assert!(one("l", home.path()).is_ok());
        large(SIZE_MAX + 1);
        assert!(one("l", home.path()).unwrap_err().contains("has more than 16 MiB"));
    }
}
