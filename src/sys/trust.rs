//! Whether a file can be trusted: who owns it, and who else may write to it.
//!
//! On many systems every user has a group without other members, the umask is 002, and the files of a user are writable
//! by this group. So the tables of users and groups are read, as text, because a static executable cannot load the
//! modules of the user database. A group that is not in them counts as one with other members.

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::geteuid;

const GROUP_WRITE: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

/// Permission bits by which others than the owner write.
pub const WRITABLE_BY_OTHERS: u32 = GROUP_WRITE | OTHERS_WRITE;

/// In a directory with this bit users may only replace and remove what is theirs.
pub const STICKY: u32 = 0o1000;

/// The user that this process acts for.
pub fn us() -> u32 {
    geteuid().as_raw()
}

/// That user's name, if the table of this machine has it.
pub fn user_name() -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut lines = users.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(us())).then(|| name.to_owned())
    })
}

/// The owner of what `metadata` describes, if that is neither this user nor root.
pub fn foreign_owner(metadata: &Metadata) -> Option<u32> {
    let owner = metadata.uid();
    (owner != 0 && owner != us()).then_some(owner)
}

/// Whether somebody other than its owner may replace what is in the directory that `metadata` describes.
pub fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & STICKY == 0 && is_writable_by_others(metadata)
}

/// Whether somebody other than its owner may write to what `metadata` describes.
///
/// The tables of users and groups are read only if its mode lets a group write.
pub fn is_writable_by_others(metadata: &Metadata) -> bool {
    let mode = metadata.mode();
    mode & OTHERS_WRITE != 0 || (mode & GROUP_WRITE != 0 && !is_private(metadata.uid(), metadata.gid()))
}

/// Why a file or directory is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It belongs to this user.
    Owner(u32),
    /// Others may write to it; its permission bits.
    Mode(u32),
    /// Others may read it; its permission bits.
    Readable(u32),
    /// We may not read or write it, though it is ours; its permission bits.
    Closed(u32),
    /// It is a directory where a file is needed.
    Directory,
    /// It is neither a regular file nor a directory.
    NotAFile,
    /// It is something else where a directory is needed.
    NotADirectory,
}

impl fmt::Display for Distrust {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(uid) => write!(out, "is owned by uid {uid}"),
            Self::Mode(mode) => write!(out, "is writable by others (mode {mode:04o})"),
            Self::Readable(mode) => write!(out, "is readable by others (mode {mode:04o})"),
            Self::Closed(mode) => write!(out, "cannot be read and written by its owner (mode {mode:04o})"),
            Self::Directory => out.write_str("is a directory"),
            Self::NotAFile => out.write_str("is not a regular file"),
            Self::NotADirectory => out.write_str("is not a directory"),
        }
    }
}

impl Distrust {
    /// How the owner of `path` mends that, as the end of a message.
    pub fn remedy(self, path: &Path) -> Remedy<'_> {
        Remedy { path, mode: if let Self::Mode(mode) = self { mode } else { 0 } }
    }
}

/// Why what is read from a file cannot be trusted, if it cannot.
pub fn distrust_file(metadata: &Metadata) -> Option<Distrust> {
    if !metadata.is_file() {
        return Some(Distrust::NotAFile);
    }
    let is_writable = is_writable_by_others(metadata);
    is_writable
        .then(|| Distrust::Mode(metadata.mode() & 0o7777))
        .or_else(|| foreign_owner(metadata).map(Distrust::Owner))
}

/// Why the files in a directory cannot be trusted, whoever owns them, if they cannot. In a sticky directory, such as
/// /tmp, other users cannot replace them.
pub fn distrust_directory(metadata: &Metadata) -> Option<Distrust> {
    let is_open = is_open_to_others(metadata);
    is_open.then(|| Distrust::Mode(metadata.mode() & 0o7777)).or_else(|| foreign_owner(metadata).map(Distrust::Owner))
}

/// How to keep others from writing to a file, as the end of a message about that; empty if others may not write to it.
#[derive(Clone, Copy, Debug)]
pub struct Remedy<'a> {
    /// The file or directory.
    pub path: &'a Path,
    /// Its permission bits.
    pub mode: u32,
}

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match (self.mode & GROUP_WRITE != 0, self.mode & OTHERS_WRITE != 0) {
            (true, true) => "go",
            (true, false) => "g",
            (false, true) => "o",
            (false, false) => return Ok(()),
        };
        write!(out, "; 'chmod {who}-w {}' mends that", self.path.display())
    }
}

/// Whether the group `gid` has no member but the user `uid`.
pub fn is_private(uid: u32, gid: u32) -> bool {
    let read = |path| fs::read_to_string(path).ok();
    read("/etc/passwd").zip(read("/etc/group")).is_some_and(|(users, groups)| is_private_in(&users, &groups, uid, gid))
}

/// Such a group is named like the user, and is the first group of this user alone.
fn is_private_in(users: &str, groups: &str, uid: u32, gid: u32) -> bool {
    // Such a line includes entries of another database (NIS).
    let is_elsewhere = |line: &str| line.starts_with(['+', '-']);
    if users.lines().chain(groups.lines()).any(is_elsewhere) {
        return false;
    }
    let number = |field: Option<&str>| field.and_then(|field| field.parse::<u32>().ok());
    let mut name = None;
    for line in users.lines() {
        let mut fields = line.split(':');
        let user = fields.next();
        let (id, group) = (number(fields.nth(1)), number(fields.next()));
        match (id == Some(uid), group == Some(gid)) {
            (true, true) => name = name.or(user),
            // It is the first group of another user, or this user, perhaps by a second name, has another one.
            (false, true) | (true, false) => return false,
            (false, false) => {}
        }
    }
    let Some(name) = name else { return false };
    let mut lines = groups.lines().map(|line| line.split(':')).filter_map(|mut fields| {
        let group = fields.next();
        (number(fields.nth(1)) == Some(gid)).then(|| (group, fields.next().unwrap_or_default()))
    });
    let is_users_own = |(group, members): (Option<&str>, &str)| {
        group == Some(name) && members.split(',').map(str::trim).all(|member| member.is_empty() || member == name)
    };
    lines.next().is_some_and(is_users_own) && lines.all(is_users_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n";

    #[test]
    fn a_group_is_private_if_it_is_the_users_own_and_nobody_else_is_in_it() {
        for (groups, users, expected) in [
            ("ann:x:1000:\n", "", true),
            ("ann:x:1000:ann\n", "", true),
            ("ann:x:1000:bob\n", "", false),
            ("ann:x:1000:ann,bob\n", "", false),
            ("ann:x:1000:\nann:x:1000:bob\n", "", false),
            ("staff:x:1000:\n", "", false),
            ("ann:x:1000:\n", "eve:x:1002:1000::/:/bin/sh\n", false),
            ("ann:x:1000:\n+:::\n", "", false),
            ("ann:x:1000:\n", "+::::::\n", false),
            ("bob:x:1001:\n", "", false),
            ("", "", false),
        ] {
            assert_eq!(is_private_in(&format!("{USERS}{users}"), groups, 1000, 1000), expected, "{groups} {users}");
        }
        assert!(!is_private_in(USERS, "ann:x:1000:\nbob:x:1001:\n", 1000, 1001));
        assert!(!is_private_in(USERS, "ann:x:1000:\n", 2000, 1000));
    }
}
