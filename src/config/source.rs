//! Reads the text of the configuration file, unless another user could have written it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::locate::{Location, Named};
use super::problem::ConfigError;
use crate::sys::trust::{distrust_directory, distrust_file};
use crate::sys::{file::NO_WAIT, home};

const LARGEST: u64 = 1 << 20;

/// The bytes of the file; `None` if there is none in the usual place. `/dev/null` names no file at all.
///
/// # Errors
///
/// Any [`ConfigError`] but `Wrong`.
pub fn read(location: &Location) -> Result<Option<Vec<u8>>, ConfigError> {
    let path = location.path.as_path();
    if location.is_none() {
        return Ok(None);
    }
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    // Not blocking: opening a pipe would wait for its writer. What is not a file is refused below.
    let mut file = match open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return match location.named {
                Named::Default => Ok(None),
                Named::Option | Named::Environment => Err(ConfigError::Missing(path.to_owned())),
            };
        }
        // The user's cache cannot be reached either, and the message about that is enough.
        Err(error) if is_denied(&error) && matches!(location.named, Named::Default) && cache_is_out_of_reach() => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    let distrusted = |path: &Path, distrust| ConfigError::Distrusted { path: path.to_owned(), distrust };
    if let Some(distrust) = distrust_file(&metadata) {
        return Err(distrusted(path, distrust));
    }
    let directory = directory(path);
    let of_directory = fs::metadata(&directory).map_err(unreadable)?;
    if let Some(distrust) = distrust_directory(&of_directory) {
        return Err(distrusted(&directory, distrust));
    }
    let mut text = Vec::with_capacity(metadata.len().min(LARGEST) as usize + 1);
    Read::by_ref(&mut file).take(LARGEST + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST {
        return Err(ConfigError::TooLarge(path.to_owned()));
    }
    Ok(Some(text))
}

fn cache_is_out_of_reach() -> bool {
    home::cache_directory().is_some_and(|directory| directory.symlink_metadata().is_err_and(|error| is_denied(&error)))
}

fn is_denied(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied
}

fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().read(true).custom_flags(NO_WAIT).open(path)
}

fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::trust::is_private;
    use std::fs::Permissions;
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::fs::PermissionsExt;

    fn read_at(path: &Path, named: Named) -> Result<Option<Vec<u8>>, String> {
        read(&Location { path: path.to_owned(), named }).map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_named_file_has_to_exist() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        assert_eq!(read_at(&path, Named::Default), Ok(None));
        assert_eq!(read_at(&path.join("below"), Named::Default), Ok(None));
        for named in [Named::Option, Named::Environment] {
            assert!(read_at(&path, named).unwrap_err().contains("does not exist"));
        }
        assert_eq!(read_at(Path::new("/dev/null"), Named::Option), Ok(None));
        fs::write(&path, "a").unwrap();
        assert_eq!(read_at(&path, Named::Option), Ok(Some(b"a".to_vec())));
    }

    #[test]
    fn what_others_may_write_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, "").unwrap();
        // Whether others are in the group that runs this.
        let made = fs::metadata(&path).unwrap();
        let group = !is_private(made.uid(), made.gid());
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        for (of_directory, of_file, refused) in [
            (0o755, 0o644, None),
            (0o1777, 0o600, None),
            (0o700, 0o664, group.then_some("mode 0664")),
            (0o700, 0o602, Some("mode 0602")),
            (0o775, 0o600, group.then_some("mode 0775")),
            (0o777, 0o600, Some("mode 0777")),
            (0o1777, 0o622, Some("mode 0622")),
        ] {
            set(directory.path(), of_directory);
            set(&path, of_file);
            match refused {
                None => assert!(read_at(&path, Named::Default).is_ok()),
                Some(mode) => assert!(read_at(&path, Named::Default).unwrap_err().contains(mode), "{mode}"),
            }
        }
        set(directory.path(), 0o700);
    }

    #[test]
    fn what_is_no_file_or_too_large_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert!(read_at(directory.path(), Named::Option).unwrap_err().ends_with("is not a regular file"));
        assert!(read_at(Path::new("/dev/zero"), Named::Option).unwrap_err().contains("regular file"));
        let path = directory.path().join("large");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(read_at(&path, Named::Option).unwrap_err().contains("1 MiB"));
    }
}
