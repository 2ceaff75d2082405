//! Files whose change makes a result stale: `--depends-on`.
//!
//! As in git's index, a file with the same size, inode and times (of its content and of its inode) is unchanged. If one
//! of them differs its content is compared, so that `touch` causes no fetch. A file that was modified in the moment of
//! the observation may be modified again without a trace ("racily clean"), so its content is always compared.

pub mod change;
mod expand;
mod observation;
mod program;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use self::expand::{MOST_FILES, MOST_NAMES, expand, glob_in};
pub use self::observation::Observation;
pub use self::program::{Program, ProgramChange};
use crate::codec::fields::{self, Fields};
use crate::codec::{sealed, unsealed};

/// The state of the files that some patterns name, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependencies {
    /// By absolute path, sorted.
    files: Vec<(PathBuf, Observation)>,
}

/// Not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a file or a glob such as 'src/**/*.c': {0}")]
pub struct PatternError(&'static str);

/// The patterns match more than is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitExceeded {
    /// Too many files match.
    #[error("--depends-on names more than {MOST_FILES} files")]
    Files,
    /// Too many names would have to be compared with globs.
    #[error("--depends-on has more than {MOST_NAMES} names to look through")]
    Names,
    /// The files are too large, all together.
    #[error("the files of --depends-on are larger than {} TiB", MOST_BYTES >> 40)]
    Bytes,
}

/// Files with more bytes than this are not read: `/proc/kcore` claims to have 128 TiB.
const MOST_BYTES: u64 = 1 << 40;

mod tag {
    pub const PATH: u8 = b'p';
    pub const OBSERVATION: u8 = b'o';
}

/// Whether `pattern` can be given to [`Dependencies::observe`].
///
/// # Errors
///
/// [`PatternError`] if it is empty, or is a glob with a mistake.
pub fn check_pattern(pattern: &OsStr) -> Result<(), PatternError> {
    if pattern.is_empty() {
        return Err(PatternError("it is empty"));
    }
    match glob_in(pattern).map(glob::Pattern::new) {
        Some(Err(error)) => Err(PatternError(error.msg)),
        Some(Ok(_)) | None => Ok(()),
    }
}

impl Dependencies {
    /// Reads the files that `patterns` name, each once. Relative patterns begin in `directory`.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded`]: no file was read.
    pub fn observe(patterns: &[OsString], directory: &Path) -> Result<Self, LimitExceeded> {
        let paths = expand(patterns, directory)?;
        let total = paths.iter().map(|path| Observation::size(path)).fold(0, u64::saturating_add);
        if total > MOST_BYTES {
            return Err(LimitExceeded::Bytes);
        }
        let look = |path: PathBuf| {
            let seen = Observation::of(&path);
            (path, seen)
        };
        Ok(Self { files: paths.into_iter().map(look).collect() })
    }

    /// Whether `patterns`, which begin in `directory`, name the same files now, with the same content.
    pub fn hold(&self, patterns: &[OsString], directory: &Path) -> bool {
        let Ok(paths) = expand(patterns, directory) else { return false };
        paths.len() == self.files.len()
            && self.files.iter().zip(&paths).all(|((known, _), path)| known == path)
            && self.files.iter().all(|(path, seen)| seen.holds(path))
    }

    /// As bytes that end in a checksum.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (path, seen) in &self.files {
            fields::put_each(&mut out, tag::PATH, [path]);
            fields::put(&mut out, tag::OBSERVATION, seen.encode());
        }
        sealed(out, 0)
    }

    /// Decodes what [`encode`](Self::encode) returned; `None` if it is damaged.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (mut files, mut path) = (Vec::new(), None);
        let mut fields = Fields::new(unsealed(bytes, 0)?);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                tag::PATH => path = Some(PathBuf::from(OsString::from_vec(bytes.to_vec()))),
                tag::OBSERVATION => files.push((path.take()?, Observation::decode(bytes)?)),
                _ => return None,
            }
        }
        (fields.is_exhausted() && path.is_none()).then_some(Self { files })
    }

    /// The files, each with what stands for its content: other bytes for other content, and the same on every host.
    pub fn contents(&self) -> impl Iterator<Item = (&Path, Vec<u8>)> {
        self.files.iter().map(|(path, seen)| (path.as_path(), seen.content()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Duration, SystemTime};

    fn patterns(list: &[&str]) -> Vec<OsString> {
        list.iter().map(OsString::from).collect()
    }

    fn date(path: &Path, time: SystemTime) {
        fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    /// Dates a file back, and waits until its times alone tell that it is unchanged.
    fn settle(path: &Path) {
        date(path, SystemTime::now() - Duration::from_secs(3600));
        while !Observation::of(path).is_settled() {}
    }

    /// A directory with a settled file `config`, its pattern, and what was observed of it.
    fn observed() -> (tempfile::TempDir, Vec<OsString>, Dependencies) {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config");
        fs::write(&file, "a").unwrap();
        settle(&file);
        let patterns = patterns(&["config"]);
        let seen = Dependencies::observe(&patterns, home.path()).unwrap();
        (home, patterns, seen)
    }

    #[test]
    fn only_other_content_is_a_change() {
        let (home, patterns, seen) = observed();
        let file = home.path().join("config");
        assert!(seen.hold(&patterns, home.path()));
        date(&file, SystemTime::now());
        assert!(seen.hold(&patterns, home.path()), "touched");
        fs::rename(&file, home.path().join("old")).unwrap();
        fs::write(&file, "a").unwrap();
        assert!(seen.hold(&patterns, home.path()), "another inode");
        fs::write(&file, "b").unwrap();
        assert!(!seen.hold(&patterns, home.path()), "other content");
    }

    #[test]
    fn other_content_with_the_old_size_and_time_is_a_change() {
        let (home, patterns, seen) = observed();
        let file = home.path().join("config");
        let time = file.metadata().unwrap().modified().unwrap();
        fs::write(&file, "b").unwrap();
        date(&file, time);
        assert!(!seen.hold(&patterns, home.path()));
    }

    #[test]
    fn a_file_that_claims_to_be_endless_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        fs::File::create(home.path().join("huge")).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert_eq!(Dependencies::observe(&patterns(&["h*"]), home.path()), Err(LimitExceeded::Bytes));
    }

    #[test]
    fn a_change_in_the_moment_of_the_observation_is_found() {
        let home = tempfile::tempdir().unwrap();
        let patterns = patterns(&["config"]);
        for _ in 0..200 {
            fs::write(home.path().join("config"), "a").unwrap();
            let seen = Dependencies::observe(&patterns, home.path()).unwrap();
            fs::write(home.path().join("config"), "b").unwrap();
            assert!(!seen.hold(&patterns, home.path()));
        }
    }

    #[test]
    fn a_missing_file_is_a_state_like_any_other() {
        let home = tempfile::tempdir().unwrap();
        let patterns = patterns(&["none", "dir"]);
        let seen = Dependencies::observe(&patterns, home.path()).unwrap();
        assert!(seen.hold(&patterns, home.path()));
        fs::create_dir(home.path().join("dir")).unwrap();
        assert!(!seen.hold(&patterns, home.path()));
        let seen = Dependencies::observe(&patterns, home.path()).unwrap();
        fs::write(home.path().join("dir/file"), "").unwrap();
        assert!(!seen.hold(&patterns, home.path()), "what is in a directory counts");
    }

    #[test]
    fn a_new_file_that_a_glob_matches_is_a_change() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("src/deep")).unwrap();
        let patterns = patterns(&["src/**/*.c"]);
        let seen = Dependencies::observe(&patterns, home.path()).unwrap();
        assert!(seen.hold(&patterns, home.path()));
        fs::write(home.path().join("src/deep/a.c"), "").unwrap();
        assert!(!seen.hold(&patterns, home.path()));
        assert_eq!(Dependencies::observe(&patterns, home.path()).unwrap().files.len(), 1);
    }

    #[test]
    fn other_patterns_or_another_directory_are_other_files() {
        let home = tempfile::tempdir().unwrap();
        let seen = Dependencies::observe(&patterns(&["a"]), home.path()).unwrap();
        assert!(!seen.hold(&patterns(&["b"]), home.path()));
        assert!(!seen.hold(&patterns(&["a", "b"]), home.path()));
        assert!(!seen.hold(&patterns(&["a"]), Path::new("/")));
        assert!(seen.hold(&[home.path().join("a").into()], Path::new("/")));
    }

    #[test]
    fn a_name_may_look_like_a_glob() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a[1].txt"), "x").unwrap();
        let patterns = patterns(&["a[1].txt"]);
        let seen = Dependencies::observe(&patterns, home.path()).unwrap();
        fs::write(home.path().join("a[1].txt"), "y").unwrap();
        assert!(!seen.hold(&patterns, home.path()));
        assert!(check_pattern(OsStr::new("a[")).is_err() && check_pattern(OsStr::new("")).is_err());
    }

    #[test]
    fn a_pipe_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        crate::sys::file::make_pipe(&home.path().join("pipe"));
        let patterns = patterns(&["pipe"]);
        assert!(Dependencies::observe(&patterns, home.path()).unwrap().hold(&patterns, home.path()));
    }

    #[test]
    fn observations_are_decoded_and_damaged_ones_are_not() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a"), "x").unwrap();
        let seen = Dependencies::observe(&patterns(&["a", "b", "."]), home.path()).unwrap();
        let bytes = seen.encode();
        assert_eq!(Dependencies::decode(&bytes), Some(seen));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Dependencies::decode(&damaged), None, "byte {at}");
        }
    }
}
