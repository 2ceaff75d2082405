//! `--depends-on-program`: a result is served only while the program of its command has not been upgraded.
//!
//! The program is the file that PATH finds. The file is not read: its path, size, inode, mtime and ctime show an
//! upgrade. If it was modified just before the observation, the clock is too coarse to show another modification; then
//! it counts as changed the next time, which costs one fetch.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::Observation;
use crate::codec::fields::{self, Fields};
use crate::codec::{sealed, unsealed};

/// The file of a program, or its absence, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program(Option<Box<(PathBuf, Observation)>>);

/// How the program of a result has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramChange {
    /// The program was not observed when the result was fetched.
    Unknown,
    /// Its file has been replaced or modified.
    Modified(PathBuf),
    /// PATH finds it elsewhere.
    Moved {
        /// Where it was, if there was one.
        from: Option<PathBuf>,
        /// Where it is, if there is one.
        to: Option<PathBuf>,
    },
}

mod tag {
    pub const PATH: u8 = b'p';
    pub const OBSERVATION: u8 = b'o';
}

impl Program {
    /// Looks at the program at `path`.
    pub fn observe(path: Option<&Path>) -> Self {
        Self(path.map(|path| Box::new((path.to_owned(), Observation::of_stat(path)))))
    }

    /// Whether the program at `path` is the same.
    pub fn holds(&self, path: Option<&Path>) -> bool {
        match (self.0.as_deref(), path) {
            (Some((known, seen)), Some(path)) => known == path && seen.is_untouched(path),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Whether the file at the observed path is unchanged, wherever PATH finds the program now.
    pub fn is_untouched(&self) -> bool {
        self.holds(self.path())
    }

    /// How the program at `path` differs; `None` if it does not.
    pub fn change(&self, path: Option<&Path>) -> Option<ProgramChange> {
        let (from, to) = (self.path().map(Path::to_owned), path.map(Path::to_owned));
        match to {
            _ if self.holds(path) => None,
            Some(to) if from.as_ref() == Some(&to) => Some(ProgramChange::Modified(to)),
            to => Some(ProgramChange::Moved { from, to }),
        }
    }

    /// The path of its file.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_deref().map(|(path, _)| path.as_path())
    }

    /// The path of its file, and a digest of its content that is the same on every host. Reads the file.
    pub fn content(&self) -> Option<(&Path, Vec<u8>)> {
        self.path().map(|path| (path, Observation::of(path).content()))
    }

    /// As bytes that end in a checksum.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some((path, seen)) = self.0.as_deref() {
            fields::put_each(&mut out, tag::PATH, [path]);
            fields::put(&mut out, tag::OBSERVATION, seen.encode());
        }
        sealed(out, 0)
    }

    /// Decodes what [`encode`](Self::encode) returned; `None` if it is damaged.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::new(unsealed(bytes, 0)?);
        let Some((tag::PATH, path)) = fields.next() else { return fields.is_exhausted().then_some(Self(None)) };
        let path = PathBuf::from(OsString::from_vec(path.to_vec()));
        let (tag::OBSERVATION, seen) = fields.next()? else { return None };
        let seen = Observation::decode(seen)?;
        (fields.next().is_none() && fields.is_exhausted()).then_some(Self(Some(Box::new((path, seen)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Duration, SystemTime};

    /// A file that was not modified just now.
    fn program(path: &Path, content: &str) {
        fs::write(path, content).unwrap();
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        fs::File::options().append(true).open(path).unwrap().set_modified(hour_ago).unwrap();
        while !Observation::of_stat(path).is_settled() {}
    }

    #[test]
    fn an_upgrade_or_another_path_is_a_change() {
        let home = tempfile::tempdir().unwrap();
        let (one, two, link) = (home.path().join("one"), home.path().join("two"), home.path().join("link"));
        program(&one, "a");
        program(&two, "a");
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let seen = Program::observe(Some(&link));
        assert!(seen.holds(Some(&link)) && seen.is_untouched() && seen.change(Some(&link)).is_none());
        let moved = ProgramChange::Moved { from: Some(link.clone()), to: Some(one.clone()) };
        assert_eq!(seen.change(Some(&one)), Some(moved), "another path");
        assert_eq!(seen.change(None), Some(ProgramChange::Moved { from: Some(link.clone()), to: None }), "none at all");
        fs::rename(&two, &one).unwrap();
        assert_eq!(
            seen.change(Some(&link)),
            Some(ProgramChange::Modified(link.clone())),
            "another file with its content"
        );
        assert!(!seen.is_untouched());
    }

    #[test]
    fn no_program_is_a_state_like_any_other() {
        let seen = Program::observe(None);
        assert!(seen.holds(None) && seen.is_untouched() && !seen.holds(Some(Path::new("/bin/sh"))));
    }

    #[test]
    fn a_modification_in_the_moment_of_the_observation_is_found() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tool");
        for _ in 0..200 {
            fs::write(&path, "a").unwrap();
            let seen = Program::observe(Some(&path));
            fs::write(&path, "b").unwrap();
            assert!(!seen.holds(Some(&path)));
        }
    }

    #[test]
    fn a_program_is_decoded_and_a_damaged_one_is_not() {
        for seen in [Program::observe(Some(Path::new("/bin/sh"))), Program::observe(None)] {
            let bytes = seen.encode();
            assert_eq!(Program::decode(&bytes).as_ref(), Some(&seen));
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1;
                assert_eq!(Program::decode(&damaged), None, "byte {at} of {seen:?}");
            }
        }
    }
}
