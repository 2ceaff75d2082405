//! What this machine lets a test do.

use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{AccessFlags, Uid, User, access};

/// Reports that a test cannot run here, and why; in CI that is a failure.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "this must not be skipped in CI: {why}");
    eprintln!("skipped: {why}");
}

pub fn is_root() -> bool {
    Uid::effective().is_root()
}

/// An unprivileged user that owns nothing.
pub fn uid_of_nobody() -> Uid {
    User::from_name("nobody").ok().flatten().map_or(Uid::from_raw(65534), |user| user.uid)
}

/// Where programs are looked for.
pub const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Whether `program` is installed; where it is not, reports that the test is skipped.
pub fn has(program: &str) -> bool {
    let has = PATH.split(':').any(|directory| access(&Path::new(directory).join(program), AccessFlags::X_OK).is_ok());
    if !has {
        skipped(&format!("{program} is not installed"));
    }
    has
}

/// Whether a test may make mount namespaces of its own.
pub fn can_mount() -> bool {
    succeeds("unshare", &["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
}

/// Whether a test may inject failing system calls.
pub fn can_trace() -> bool {
    succeeds("strace", &["-f", "-o", "/dev/null", "true"])
}

/// The system calls that fork(3) may make, for strace(1): musl makes `fork` where the architecture has it, glibc the
/// call that also starts a program.
pub const FORK: &str = if cfg!(all(target_env = "musl", target_arch = "x86_64")) { "fork" } else { "clone,fork,vfork" };

fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
