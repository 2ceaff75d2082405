//! Where the comparison takes place: copies of the programs, and homes for them, in one temporary directory.

use std::ffi::{CString, OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::build::Build;
use crate::failure::Failure;
use crate::options::Pace;
use crate::pattern;
use crate::process::{Command, word_of};

/// What the small commands print: as in `programs/payload.h`.
pub const PAYLOAD: &[u8] = b"main: 3 files changed, 42 insertions(+), 7 deletions(-)\n";

const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The directory, and what is in it.
pub struct Stage {
    directory: PathBuf,
    pub build: Build,
    pub pace: Pace,
    pub cacheback: PathBuf,
    pub bkt: PathBuf,
    /// Writes the payload and nothing else.
    pub noop: PathBuf,
    /// Counts itself, then writes the payload.
    pub mark: PathBuf,
}

/// A home directory with caches of its own. It is removed with the value.
pub struct Home {
    pub directory: PathBuf,
    environment: Vec<CString>,
}

impl Stage {
    /// The stage in `directory` for the programs of one build, from its folder `built`; `None` if they are missing.
    ///
    /// Copies all programs at the same moment: the layout of a file in the page cache is worth 10 to 15 %.
    pub fn new(directory: &Path, build: Build, pace: Pace) -> Result<Option<Self>, Failure> {
        let (built, bin) = (directory.join("built").join(build.name()), directory.join("bin").join(build.name()));
        if !built.exists() {
            return Ok(None);
        }
        fs::create_dir_all(&bin)?;
        let copy = |name: &str| -> Result<PathBuf, Failure> {
            let (from, to) = (built.join(name), bin.join(name));
            fs::copy(&from, &to).map_err(|error| Failure(format!("{}: {error}", from.display())))?;
            Ok(to)
        };
        Ok(Some(Self {
            build,
            cacheback: copy("cacheback")?,
            bkt: copy("bkt")?,
            noop: copy("noop")?,
            mark: copy("mark")?,
            directory: directory.to_owned(),
            pace,
        }))
    }

    /// A new, empty home.
    pub fn home(&self, name: &str) -> Result<Home, Failure> {
        let directory = self.directory.join(format!("home-{name}"));
        for path in [directory.clone(), directory.join("cache"), directory.join("tmp")] {
            DirBuilder::new().mode(0o700).create(path)?;
        }
        let variable = |name: &str, value: &OsStr| {
            let mut text = OsString::from(name);
            text.push("=");
            text.push(value);
            word_of(&text)
        };
        let environment = vec![
            variable("HOME", directory.as_os_str()),
            variable("XDG_CACHE_HOME", directory.join("cache").as_os_str()),
            variable("XDG_CONFIG_HOME", directory.join("config").as_os_str()),
            variable("BKT_TMPDIR", directory.join("tmp").as_os_str()),
            variable("PATH", OsStr::new(SEARCH_PATH)),
            variable("LC_ALL", OsStr::new("C")),
        ];
        Ok(Home { directory, environment })
    }

    /// A file beside the homes.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The file with the large output; it is made by the first call.
    pub fn large_file(&self) -> Result<PathBuf, Failure> {
        let path = self.directory.join("large");
        if !path.exists() {
            pattern::write(&path, self.pace.large_size)?;
        }
        Ok(path)
    }
}

impl Home {
    /// A command line in this home.
    pub fn command<W: AsRef<OsStr>>(&self, argv: impl IntoIterator<Item = W>) -> Command {
        Command::new(argv, &self.environment)
    }

    /// A file in this home that does not exist yet.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Where cacheback keeps its database.
    pub fn database(&self) -> PathBuf {
        self.directory.join("cache/cacheback/cache.db")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // The script removes what is left.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Makes one argv from words of different types.
#[macro_export]
macro_rules! argv {
    ($($word:expr),* $(,)?) => { [$(std::ffi::OsString::from($word)),*] };
}
