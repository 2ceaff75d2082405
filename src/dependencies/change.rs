//! Which files have changed. [`Dependencies::hold`] only says whether any has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::expand::expand;
use super::{Dependencies, LimitExceeded};

/// A file that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// As an absolute path.
    pub path: PathBuf,
    /// How it has changed.
    pub how: How,
}

/// How a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its content is different.
    Changed,
    /// It was missing, or the patterns did not name it.
    Appeared,
    /// It is missing.
    Gone,
    /// The patterns do not name it any more.
    Dropped,
}

impl Dependencies {
    /// The files of `patterns`, which begin in `directory`, that have changed; none if [`hold`](Self::hold) is true.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded`]: no file was read.
    pub fn changes(&self, patterns: &[OsString], directory: &Path) -> Result<Vec<ChangedFile>, LimitExceeded> {
        let now = expand(patterns, directory)?;
        let mut changes = Vec::new();
        for (path, seen) in &self.files {
            let is_there = path.exists();
            let how = match (now.binary_search(path).is_ok(), seen.is_absent()) {
                (false, _) if is_there => How::Dropped,
                (false, false) => How::Gone,
                (false, true) => How::Dropped,
                (true, _) if seen.holds(path) => continue,
                (true, true) => How::Appeared,
                (true, false) if is_there => How::Changed,
                (true, false) => How::Gone,
            };
            changes.push(ChangedFile { path: path.clone(), how });
        }
        let is_new = |path: &PathBuf| self.files.binary_search_by(|(known, _)| known.cmp(path)).is_err();
        changes.extend(now.into_iter().filter(is_new).map(|path| ChangedFile { path, how: How::Appeared }));
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn each_changed_file_is_listed_with_its_change() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        for name in ["same", "changed.c", "gone.c", "dropped"] {
            fs::write(at(name), "a").unwrap();
        }
        let patterns = |list: &[&str]| -> Vec<OsString> { list.iter().map(OsString::from).collect() };
        let before = patterns(&["same", "*.c", "dropped", "appeared"]);
        let seen = Dependencies::observe(&before, home.path()).unwrap();
        assert_eq!(seen.changes(&before, home.path()).unwrap(), []);
        fs::write(at("changed.c"), "bb").unwrap();
        fs::remove_file(at("gone.c")).unwrap();
        fs::write(at("appeared"), "").unwrap();
        fs::write(at("new.c"), "").unwrap();
        let after = patterns(&["same", "*.c", "appeared"]);
        assert!(!seen.hold(&after, home.path()));
        let mut changes = seen.changes(&after, home.path()).unwrap();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let expected = [
            ("appeared", How::Appeared),
            ("changed.c", How::Changed),
            ("dropped", How::Dropped),
            ("gone.c", How::Gone),
            ("new.c", How::Appeared),
        ];
        assert_eq!(changes, expected.map(|(name, how)| ChangedFile { path: at(name), how }));
    }
}
