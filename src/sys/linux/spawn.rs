//! Starting a program (clone(2)).

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::sys::check;
use crate::sys::signal::{keep_children, mask_at_start, restore_dispositions};

/// Starts a program whose file is found as execvp(3) finds it, with these standard descriptors and the signal mask and
/// dispositions that this process was started with. Other descriptors that are not close-on-exec are inherited.
///
/// std's `Command` would hand on our own mask, and reset a `SIGPIPE` that the caller ignores. posix_spawn(3) looks up
/// and resets every signal there is, which takes longer than the rest of it. nix's clone fills its stack first.
pub(crate) fn spawn(
    file: &CString,
    argv: &[CString],
    standard: [BorrowedFd<'_>; 3],
    own_group: bool,
) -> io::Result<i32> {
    keep_children();
    let paths = candidates(file.as_bytes());
    let pointers = |words: &[CString]| -> Vec<*const libc::c_char> {
        words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (words, paths_pointers) = (pointers(argv), pointers(&paths));
    let mut launch = Launch {
        paths: paths_pointers.as_ptr(),
        argv: words.as_ptr(),
        standard: standard.map(|fd| fd.as_raw_fd()),
        mask: mask_at_start(),
        own_group,
        error: 0,
    };
    // Not from the allocator, which would make memory ready for it that is needed only once the program runs.
    let mut stack = MaybeUninit::<[u8; LAUNCH_STACK]>::uninit();
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the new process works on the upper end of a stack of its own, aligned, while this one is suspended until
    // it has become the program or ended; `launch` and what it points to live that long.
    let pid = check(unsafe {
        let top = stack.as_mut_ptr().cast::<u8>().add(LAUNCH_STACK);
        let top = top.sub(top as usize % 16);
        libc::clone(become_program, top.cast(), flags, (&raw mut launch).cast())
    })?;
    if launch.error == 0 {
        return Ok(pid);
    }
    while waitpid(Pid::from_raw(pid), None) == Err(nix::Error::EINTR) {}
    Err(io::Error::from_raw_os_error(launch.error))
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

/// What a new process does before it becomes a program, prepared by its parent.
struct Launch<'a> {
    /// Both end with a null pointer.
    paths: *const *const libc::c_char,
    argv: *const *const libc::c_char,
    standard: [RawFd; 3],
    mask: Option<&'a SigSet>,
    own_group: bool,
    /// Why it has not become the program.
    error: libc::c_int,
}

/// Bytes of stack for [`become_program`]; each page of it is a page fault.
const LAUNCH_STACK: usize = 8 * 1024;

/// Runs in the new process, in its parent's memory: system calls only, and no allocation.
extern "C" fn become_program(launch: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the argument is the parent's `Launch`, which nobody else uses meanwhile; its pointers are to
    // null-terminated arrays of null-terminated strings, as is `environ`, which nobody changes.
    unsafe {
        let launch = &mut *launch.cast::<Launch<'_>>();
        restore_dispositions();
        if launch.own_group {
            libc::setpgid(0, 0);
        }
        for (target, fd) in (0..).zip(launch.standard) {
            let result = if fd == target { libc::fcntl(fd, libc::F_SETFD, 0) } else { libc::dup2(fd, target) };
            if result < 0 {
                launch.error = *libc::__errno_location();
                return 127;
            }
        }
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, launch.mask, None);
        let (mut error, mut refused) = (libc::ENOENT, false);
        while !(*launch.paths).is_null() {
            libc::execve(*launch.paths, launch.argv, environ.cast());
            error = *libc::__errno_location();
            match error {
                libc::EACCES => refused = true,
                libc::ENOENT | libc::ENOTDIR | libc::ENODEV | libc::ESTALE | libc::ETIMEDOUT => {}
                _ => break,
            }
            launch.paths = launch.paths.add(1);
        }
        let is_last = (*launch.paths).is_null();
        launch.error = if is_last && refused { libc::EACCES } else { error };
        127
    }
}

unsafe extern "C" {
    static environ: *const *mut libc::c_char;
}
