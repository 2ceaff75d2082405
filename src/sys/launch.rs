//! What a new process does before it becomes a program, whichever way the process is made.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::signal::{mask_at_start, restore_dispositions};

/// The error of a new process `pid` that could not become the program. It has ended, and is reaped.
pub(super) fn failure(pid: i32, error: Errno) -> io::Error {
    while waitpid(Pid::from_raw(pid), None) == Err(Errno::EINTR) {}
    error.into()
}

/// Where execvp(3) would look for `program`, in this order.
fn candidates(program: &[u8]) -> Vec<CString> {
    if program.contains(&b'/') {
        return CString::new(program).into_iter().collect();
    }
    let path = std::env::var_os("PATH");
    let path = path.as_ref().map_or(&b"/bin:/usr/bin"[..], |path| path.as_bytes());
    let directories = path.split(|byte| *byte == b':').filter(|_| !program.is_empty());
    let in_directory = |directory: &[u8]| match directory {
        // The working directory.
        b"" => CString::new(program),
        _ => CString::new([directory, b"/", program].concat()),
    };
    directories.flat_map(in_directory).collect()
}

/// A program to be started, with everything that takes memory prepared.
pub(super) struct Launch {
    paths: Vec<CString>,
    argv: Vec<*const libc::c_char>,
    standard: [RawFd; 3],
    mask: Option<&'static SigSet>,
    own_group: bool,
}

impl Launch {
    /// The strings and descriptors have to live until the new process has become the program.
    pub(super) fn new(file: &CString, argv: &[CString], standard: [BorrowedFd<'_>; 3], own_group: bool) -> Self {
        Self {
            paths: candidates(file.as_bytes()),
            argv: argv.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect(),
            standard: standard.map(|fd| fd.as_raw_fd()),
            mask: mask_at_start(),
            own_group,
        }
    }

    /// Becomes the program, in a new process that may share its parent's memory: system calls only, and no allocation.
    /// Returns why it could not.
    pub(super) fn become_program(&self) -> Errno {
        restore_dispositions();
        // SAFETY: system calls on integers, on strings that end with a zero, and on arrays of them that end with a null
        // pointer: those of `new`, and `environ`, which nobody changes.
        unsafe {
            if self.own_group {
                libc::setpgid(0, 0);
            }
            for (target, fd) in (0..).zip(self.standard) {
                let result = if fd == target { libc::fcntl(fd, libc::F_SETFD, 0) } else { libc::dup2(fd, target) };
                if result < 0 {
                    return Errno::last();
                }
            }
            let _ = sigprocmask(SigmaskHow::SIG_SETMASK, self.mask, None);
            let (mut error, mut refused) = (Errno::ENOENT, false);
            for path in &self.paths {
                libc::execve(path.as_ptr(), self.argv.as_ptr(), environ.cast());
                error = Errno::last();
                match error {
                    Errno::EACCES => refused = true,
                    Errno::ENOENT | Errno::ENOTDIR | Errno::ENODEV | Errno::ESTALE | Errno::ETIMEDOUT => {}
                    _ => return error,
                }
            }
            if refused { Errno::EACCES } else { error }
        }
    }
}

unsafe extern "C" {
    /// The variables of this process: an array that ends with a null pointer, or null.
    pub(super) static environ: *const *mut libc::c_char;
}
