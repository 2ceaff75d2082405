//! Reads files with secrets, and only if no other user could have read or written them.

use std::fmt;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::sys::error::words;
use crate::sys::file::NO_WAIT;
use crate::sys::trust::{Distrust, distrust_directory, distrust_file, is_private};

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct PrivateFileError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Unreadable(io::Error),
    Distrusted(Distrust),
    TooLarge(u64),
    Empty,
}

impl fmt::Display for PrivateFileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            Reason::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                write!(out, "{path} does not exist")
            }
            Reason::Unreadable(error) => write!(out, "{path} cannot be read: {}", words(error)),
            Reason::Distrusted(distrust @ Distrust::Readable(_)) => {
                write!(out, "{path} {distrust}; 'chmod 600 {path}' mends that")
            }
            Reason::Distrusted(distrust) => write!(out, "{path} {distrust}{}", distrust.remedy(&self.path)),
            Reason::TooLarge(largest) => {
                write!(out, "{path} has more than {largest} bytes, and is not what it should be")
            }
            Reason::Empty => write!(out, "{path} is empty"),
        }
    }
}

impl PrivateFileError {
    /// The error of an empty file.
    pub(super) fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), reason: Reason::Empty }
    }

    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(&self.reason, Reason::Unreadable(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// The content of the file, `largest` bytes at most.
///
/// # Errors
///
/// It cannot be read, is not a regular file or too large, or another user could have read it, written it or replaced
/// it.
pub(super) fn read(path: &Path, largest: u64) -> Result<Vec<u8>, PrivateFileError> {
    let wrong = |path: &Path, reason| PrivateFileError { path: path.to_owned(), reason };
    let unreadable = |error| wrong(path, Reason::Unreadable(error));
    // Opening a pipe would wait for its writer.
    let mut file = OpenOptions::new().read(true).custom_flags(NO_WAIT).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(distrust) = distrust_file(&metadata).or_else(|| readable_by_others(&metadata)) {
        return Err(wrong(path, Reason::Distrusted(distrust)));
    }
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Some(distrust) = distrust_directory(&fs::metadata(directory).map_err(unreadable)?) {
        return Err(wrong(directory, Reason::Distrusted(distrust)));
    }
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(largest + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > largest { Err(wrong(path, Reason::TooLarge(largest))) } else { Ok(bytes) }
}

/// Whether others may read the file. A group may, if root owns the file: an administrator has set that up (`root:ci`,
/// 0640).
fn readable_by_others(metadata: &Metadata) -> Option<Distrust> {
    let (uid, gid, mode) = (metadata.uid(), metadata.gid(), metadata.mode());
    let may_group_read = || uid == 0 || gid == 0 || is_private(uid, gid);
    let is_readable = mode & 0o004 != 0 || (mode & 0o040 != 0 && !may_group_read());
    is_readable.then_some(Distrust::Readable(mode & 0o7777))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::sys::file::make_pipe;

    #[test]
    fn a_file_that_others_can_read_or_write_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        fs::write(&path, "secret").unwrap();
        let said = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            read(&path, 6).map_err(|error| error.to_string())
        };
        let shown = path.display();
        assert_eq!(said(0o600), Ok(b"secret".to_vec()));
        assert_eq!(said(0o400), Ok(b"secret".to_vec()));
        let mended = format!("{shown} is readable by others (mode 0604); 'chmod 600 {shown}' mends that");
        assert_eq!(said(0o604), Err(mended));
        let error = said(0o602).unwrap_err();
        assert!(error.contains("is writable by others (mode 0602); 'chmod o-w"), "{error}");
        said(0o600).unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = read(&path, 6).unwrap_err().to_string();
        assert!(error.contains("is writable by others (mode 0777)"), "{error}");
    }

    #[test]
    fn a_pipe_a_directory_and_a_file_that_is_too_large_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        let said = |path: &Path| read(path, 6).unwrap_err().to_string();
        assert_eq!(said(&path), format!("{} does not exist", path.display()));
        assert!(read(&path, 6).unwrap_err().is_missing());
        make_pipe(&path);
        assert!(said(&path).ends_with("is not a regular file"), "{}", said(&path));
        assert!(said(home.path()).ends_with("is not a regular file"), "{}", said(home.path()));
        let large = home.path().join("large");
        fs::write(&large, "seven b").unwrap();
        fs::set_permissions(&large, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(said(&large).contains("has more than 6 bytes"), "{}", said(&large));
    }
}
