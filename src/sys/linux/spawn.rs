//! Starting a program (clone(2)).

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use crate::sys::check;
use crate::sys::launch::{Launch, failure};
use crate::sys::signal::keep_children;

/// Bytes of stack for the new process until it is the program; each page of it is a page fault.
const STACK: usize = 8 * 1024;

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
    let mut attempt = (Launch::new(file, argv, standard, own_group), None::<Errno>);
    // Not from the allocator, which would make memory ready for it that is needed only once the program runs.
    let mut stack = MaybeUninit::<[u8; STACK]>::uninit();
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the new process works on the upper end of a stack of its own, aligned, while this one is suspended until
    // it has become the program or ended; `attempt` and what it points to live that long.
    let pid = check(unsafe {
        let top = stack.as_mut_ptr().cast::<u8>().add(STACK);
        let top = top.sub(top as usize % 16);
        libc::clone(begin, top.cast(), flags, (&raw mut attempt).cast())
    })?;
    match attempt.1 {
        None => Ok(pid),
        Some(error) => Err(failure(pid, error)),
    }
}

/// Runs in the new process, in its parent's memory.
extern "C" fn begin(attempt: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the argument is the parent's, which nobody else uses meanwhile.
    let (launch, error) = unsafe { &mut *attempt.cast::<(Launch, Option<Errno>)>() };
    *error = Some(launch.become_program());
    127
}
