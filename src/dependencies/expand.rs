//! The files that patterns name.
//!
//! The crate glob matches each part of a path. Walking the directories is done here, for three reasons: `**` does not
//! follow links to directories, which may lead to themselves; `**` at the end is everything below and not only the
//! directories; and the number of files and names is limited.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::LimitExceeded;
use crate::sys::directory;
use crate::sys::directory::Listed;

/// Patterns that name more files than this are refused.
pub(super) const MOST_FILES: usize = 100_000;
/// Patterns for which more names in directories than this would have to be compared are refused.
pub(super) const MOST_NAMES: usize = 1_000_000;

/// The files that `patterns` name, sorted. A pattern that is no glob names itself, even if there is no such file. So
/// does a glob that is also the name of a file.
pub(super) fn expand(patterns: &[OsString], directory: &Path) -> Result<Vec<PathBuf>, LimitExceeded> {
    expand_within(patterns, directory, MOST_FILES, MOST_NAMES)
}

fn expand_within(
    patterns: &[OsString],
    directory: &Path,
    most_files: usize,
    most_names: usize,
) -> Result<Vec<PathBuf>, LimitExceeded> {
    let mut walk = Walk { found: Vec::new(), most_files, names_left: most_names };
    for pattern in patterns {
        let literal = directory.join(pattern);
        let Some(glob) = glob_in(pattern) else {
            walk.found.push(literal);
            continue;
        };
        walk.match_all(glob, directory)?;
        if literal.symlink_metadata().is_ok() {
            walk.found.push(literal);
        }
    }
    let mut paths = walk.found;
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The pattern as a glob, if it looks like one. What is not UTF-8 is a name.
pub(super) fn glob_in(pattern: &OsStr) -> Option<&str> {
    pattern.to_str().filter(|text| text.contains(['*', '?', '[']))
}

/// A part of a pattern between slashes.
enum Part<'a> {
    Name(&'a str),
    Glob(glob::Pattern),
    /// `**`: any number of directories.
    Deep,
}

/// A search for files that fails when they are too many.
struct Walk {
    found: Vec<PathBuf>,
    most_files: usize,
    names_left: usize,
}

impl Walk {
    /// Finds what matches `glob`, which begins in `directory`; nothing matches what cannot be parsed.
    fn match_all(&mut self, glob: &str, directory: &Path) -> Result<(), LimitExceeded> {
        let Some(parts) = parts(glob) else { return Ok(()) };
        let root = if glob.starts_with('/') { Path::new("/") } else { directory };
        let mut to_do = vec![(root.to_owned(), &parts[..])];
        while let Some((path, parts)) = to_do.pop() {
            match parts.split_first() {
                None if glob.ends_with('/') && !path.is_dir() => {}
                None => self.find(path)?,
                Some((Part::Name(name), rest)) => {
                    let path = path.join(name);
                    if path.symlink_metadata().is_ok() {
                        to_do.push((path, rest));
                    }
                }
                Some((Part::Glob(pattern), rest)) => {
                    let matching = self.list(&path)?.into_iter().filter(|entry| is_match(pattern, &entry.name));
                    to_do.extend(matching.map(|entry| (path.join(entry.name), rest)));
                }
                Some((Part::Deep, rest)) => {
                    for Listed { name, is_directory } in self.list(&path)? {
                        let below = path.join(&name);
                        match rest.split_first() {
                            None => to_do.push((below.clone(), rest)),
                            // Matched here, so that each directory is listed once.
                            Some((Part::Glob(pattern), rest)) if is_match(pattern, &name) => {
                                to_do.push((below.clone(), rest));
                            }
                            Some(_) => {}
                        }
                        if is_directory.unwrap_or_else(|| below.symlink_metadata().is_ok_and(|found| found.is_dir())) {
                            to_do.push((below, parts));
                        }
                    }
                    if let Some(Part::Name(_)) = rest.first() {
                        to_do.push((path, rest));
                    }
                }
            }
        }
        Ok(())
    }

    fn find(&mut self, path: PathBuf) -> Result<(), LimitExceeded> {
        self.found.push(path);
        if self.found.len() > self.most_files { Err(LimitExceeded::Files) } else { Ok(()) }
    }

    /// What is in a directory, if it can be read.
    fn list(&mut self, path: &Path) -> Result<Vec<Listed>, LimitExceeded> {
        let listed = directory::list(path).unwrap_or_default();
        self.names_left = self.names_left.checked_sub(listed.len()).ok_or(LimitExceeded::Names)?;
        Ok(listed)
    }
}

fn is_match(pattern: &glob::Pattern, name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| pattern.matches(name))
}

fn parts(glob: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    for text in glob.split('/').filter(|text| !text.is_empty()) {
        match text {
            // Two of them in a row mean the same as one.
            "**" if matches!(parts.last(), Some(Part::Deep)) => {}
            "**" => parts.push(Part::Deep),
            text if text.contains(['*', '?', '[']) => parts.push(Part::Glob(glob::Pattern::new(text).ok()?)),
            name => parts.push(Part::Name(name)),
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("src/deep/.hidden")).unwrap();
        for file in ["a.c", "src/b.c", "src/deep/c.c", "src/deep/.hidden/d.c", "src/deep/e.h"] {
            fs::write(home.path().join(file), "").unwrap();
        }
        home
    }

    fn found(home: &Path, patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<OsString> = patterns.iter().map(OsString::from).collect();
        let relative = |path: PathBuf| path.strip_prefix(home).unwrap().to_str().unwrap().to_owned();
        expand(&patterns, home).unwrap().into_iter().map(relative).collect()
    }

    #[test]
    fn each_part_of_a_glob_is_matched_by_itself() {
        let home = tree();
        for (pattern, expected) in [
            ("*.c", &["a.c"][..]),
            ("src/*", &["src/b.c", "src/deep"]),
            ("src/*/", &["src/deep"]),
            ("*/*/c.c", &["src/deep/c.c"]),
            ("s?c/[ab].c", &["src/b.c"]),
            ("**/*.c", &["a.c", "src/b.c", "src/deep/.hidden/d.c", "src/deep/c.c"]),
            ("src/**/**/deep/*.h", &["src/deep/e.h"]),
            ("src/deep/**", &["src/deep/.hidden", "src/deep/.hidden/d.c", "src/deep/c.c", "src/deep/e.h"]),
            ("./src/../*.c", &["src/../a.c"]),
            ("none/*", &[]),
            ("a.c/**", &[]),
        ] {
            assert_eq!(found(home.path(), &[pattern]), expected, "{pattern}");
        }
        let absolute = home.path().join("src/*.c");
        assert_eq!(found(home.path(), &[absolute.to_str().unwrap(), "src/*.c"]), ["src/b.c"]);
    }

    #[test]
    fn two_stars_do_not_follow_links_to_directories() {
        let home = tree();
        symlink(".", home.path().join("src/self")).unwrap();
        symlink("..", home.path().join("src/deep/up")).unwrap();
        let expected = ["src/b.c", "src/deep/.hidden/d.c", "src/deep/c.c"];
        assert_eq!(found(home.path(), &["src/**/*.c"]), expected);
        assert!(found(home.path(), &["src/**"]).contains(&"src/self".to_owned()));
        // Where it is named it is followed.
        assert_eq!(found(home.path(), &["src/self/*.c"]), ["src/self/b.c"]);
    }

    #[test]
    fn a_search_ends_at_its_limits() {
        let home = tree();
        let expand = |pattern: &str, files, names| expand_within(&[pattern.into()], home.path(), files, names);
        assert_eq!(expand("**/*.c", 4, 8).map(|found| found.len()), Ok(4));
        assert_eq!(expand("**/*.c", 3, 9), Err(LimitExceeded::Files));
        assert_eq!(expand("**/none", 4, 7), Err(LimitExceeded::Names));
    }
}
