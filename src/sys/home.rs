//! The user's cache and configuration directories.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use directories::BaseDirs;

/// `$XDG_CACHE_HOME`, or else `.cache` at home. `None` if neither variable is an absolute path.
pub fn cache_directory() -> Option<PathBuf> {
    directory("XDG_CACHE_HOME", BaseDirs::cache_dir)
}

/// `$XDG_CONFIG_HOME`, or else `.config` at home. `None` if neither variable is an absolute path.
pub fn config_directory() -> Option<PathBuf> {
    directory("XDG_CONFIG_HOME", BaseDirs::config_dir)
}

fn directory(variable: &str, of: fn(&BaseDirs) -> &Path) -> Option<PathBuf> {
    // Looked up once: the crate finds every directory at once, and a hit needs two of them.
    static DIRECTORIES: OnceLock<Option<BaseDirs>> = OnceLock::new();
    // Without HOME the crate would ask the user database, whose modules a static executable cannot load.
    let find = || absolute("HOME").and_then(|_| BaseDirs::new());
    match DIRECTORIES.get_or_init(find) {
        Some(directories) => Some(of(directories).to_owned()),
        None => absolute(variable),
    }
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
