//! Files whose change makes a result stale: `--depends-on`.
//!
//! As git's index does it, a file whose size, modification time and inode are as they were counts as unchanged; where
//! one of them differs its content decides, so that `touch` costs nobody a fetch. A file that was modified at the
//! moment when it was looked at may be modified again without a trace ("racily clean"): its content is always compared.

pub mod change;
mod observation;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

pub use self::observation::Observation;
use crate::wire::{self, Fields};

/// What the files that some patterns name looked like at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependencies {
    /// By absolute path, sorted.
    files: Vec<(PathBuf, Observation)>,
}

/// Not a glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a file or a glob such as 'src/**/*.c': {0}")]
pub struct PatternError(&'static str);

mod tag {
    pub const PATH: u8 = b'p';
    pub const OBSERVATION: u8 = b'o';
}

/// Whether `pattern` can be given to [`Dependencies::observe`].
///
/// # Errors
///
/// [`PatternError`] if it is empty or has the signs of a glob and is none.
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
    /// Looks at the files that `patterns` name; relative ones are seen from `directory`.
    ///
    /// Reads each of them once.
    pub fn observe(patterns: &[OsString], directory: &Path) -> Self {
        let look = |path: PathBuf| {
            let seen = Observation::of(&path);
            (path, seen)
        };
        Self { files: expand(patterns, directory).into_iter().map(look).collect() }
    }

    /// Whether `patterns`, seen from `directory`, name the same files now, with the same content.
    pub fn hold(&self, patterns: &[OsString], directory: &Path) -> bool {
        let paths = expand(patterns, directory);
        paths.len() == self.files.len()
            && self.files.iter().zip(&paths).all(|((known, _), path)| known == path)
            && self.files.iter().all(|(path, seen)| seen.holds(path))
    }

    /// To bytes that end in a checksum.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (path, seen) in &self.files {
            wire::put(&mut out, tag::PATH, path.as_os_str().as_bytes());
            wire::put(&mut out, tag::OBSERVATION, &seen.encode());
        }
        let checksum = xxh3_64(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Back from [`encode`](Self::encode)d bytes; `None` if they are damaged.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (encoded, checksum) = bytes.split_last_chunk::<8>()?;
        if xxh3_64(encoded) != u64::from_le_bytes(*checksum) {
            return None;
        }
        let (mut files, mut path) = (Vec::new(), None);
        let mut fields = Fields::new(encoded);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                tag::PATH => path = Some(PathBuf::from(OsString::from_vec(bytes.to_vec()))),
                tag::OBSERVATION => files.push((path.take()?, Observation::decode(bytes)?)),
                _ => return None,
            }
        }
        (fields.is_exhausted() && path.is_none()).then_some(Self { files })
    }

    /// The files, as absolute paths.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }
}

/// The files that `patterns` name, sorted. A name without the signs of a glob stands for itself, there or not, and so
/// does one that is a file in spite of them.
fn expand(patterns: &[OsString], directory: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for pattern in patterns {
        let literal = directory.join(pattern);
        let Some(glob) = glob_in(pattern) else {
            paths.push(literal);
            continue;
        };
        let base = directory.to_str().map(glob::Pattern::escape);
        if let Some(base) = base
            && let Ok(found) = glob::glob(&Path::new(&base).join(glob).to_string_lossy())
        {
            paths.extend(found.filter_map(Result::ok));
        }
        if literal.symlink_metadata().is_ok() {
            paths.push(literal);
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

/// The pattern as a glob, if it has the signs of one. What is not text is a name.
fn glob_in(pattern: &OsStr) -> Option<&str> {
    pattern.to_str().filter(|text| text.contains(['*', '?', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::{Duration, SystemTime};

    fn patterns(list: &[&str]) -> Vec<OsString> {
        list.iter().map(OsString::from).collect()
    }

    /// Dates a file back, so that its time alone tells that it is unchanged.
    fn settle(path: &Path) {
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        fs::File::options().append(true).open(path).unwrap().set_modified(hour_ago).unwrap();
    }

    #[test]
    fn only_other_content_is_a_change() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config");
        fs::write(&file, "a").unwrap();
        settle(&file);
        let patterns = patterns(&["config"]);
        let seen = Dependencies::observe(&patterns, home.path());
        assert!(seen.hold(&patterns, home.path()));
        fs::File::options().append(true).open(&file).unwrap().set_modified(SystemTime::now()).unwrap();
        assert!(seen.hold(&patterns, home.path()), "touched");
        fs::rename(&file, home.path().join("old")).unwrap();
        fs::write(&file, "a").unwrap();
        assert!(seen.hold(&patterns, home.path()), "another inode");
        fs::write(&file, "b").unwrap();
        assert!(!seen.hold(&patterns, home.path()), "other content");
    }

    #[test]
    fn a_change_in_the_moment_of_the_look_is_seen() {
        let home = tempfile::tempdir().unwrap();
        let patterns = patterns(&["config"]);
        for _ in 0..200 {
            fs::write(home.path().join("config"), "a").unwrap();
            let seen = Dependencies::observe(&patterns, home.path());
            fs::write(home.path().join("config"), "b").unwrap();
            assert!(!seen.hold(&patterns, home.path()));
        }
    }

    #[test]
    fn a_missing_file_is_a_state_like_any_other() {
        let home = tempfile::tempdir().unwrap();
        let patterns = patterns(&["none", "dir"]);
        let seen = Dependencies::observe(&patterns, home.path());
        assert!(seen.hold(&patterns, home.path()));
        fs::create_dir(home.path().join("dir")).unwrap();
        assert!(!seen.hold(&patterns, home.path()));
        let seen = Dependencies::observe(&patterns, home.path());
        fs::write(home.path().join("dir/file"), "").unwrap();
        assert!(!seen.hold(&patterns, home.path()), "what is in a directory counts");
    }

    #[test]
    fn a_glob_is_what_it_matches() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("src/deep")).unwrap();
        let patterns = patterns(&["src/**/*.c"]);
        let seen = Dependencies::observe(&patterns, home.path());
        assert!(seen.hold(&patterns, home.path()));
        fs::write(home.path().join("src/deep/a.c"), "").unwrap();
        assert!(!seen.hold(&patterns, home.path()));
        assert_eq!(Dependencies::observe(&patterns, home.path()).paths().count(), 1);
    }

    #[test]
    fn other_patterns_or_another_directory_are_other_files() {
        let home = tempfile::tempdir().unwrap();
        let seen = Dependencies::observe(&patterns(&["a"]), home.path());
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
        let seen = Dependencies::observe(&patterns, home.path());
        fs::write(home.path().join("a[1].txt"), "y").unwrap();
        assert!(!seen.hold(&patterns, home.path()));
        assert!(check_pattern(OsStr::new("a[")).is_err() && check_pattern(OsStr::new("")).is_err());
    }

    #[test]
    fn a_pipe_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        nix::unistd::mkfifo(&home.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let patterns = patterns(&["pipe"]);
        assert!(Dependencies::observe(&patterns, home.path()).hold(&patterns, home.path()));
    }

    #[test]
    fn what_was_seen_survives_the_round_trip_and_no_damage() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a"), "x").unwrap();
        let seen = Dependencies::observe(&patterns(&["a", "b", "."]), home.path());
        let bytes = seen.encode();
        assert_eq!(Dependencies::decode(&bytes), Some(seen));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Dependencies::decode(&damaged), None, "byte {at}");
        }
    }
}
