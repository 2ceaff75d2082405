//! Starting a program (fork(2)).

use std::ffi::CString;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;

use nix::errno::Errno;

use crate::sys::descriptor::write;
use crate::sys::launch::{Launch, failure};
use crate::sys::process::{Fork, exit_now, fork};

/// Starts a program whose file is found as execvp(3) finds it, with these standard descriptors and the signal mask and
/// dispositions that this process was started with. Other descriptors that are not close-on-exec are inherited.
///
/// posix_spawn(3) cannot have a signal ignored again.
pub(crate) fn spawn(
    file: &CString,
    argv: &[CString],
    standard: [BorrowedFd<'_>; 3],
    own_group: bool,
) -> io::Result<i32> {
    let launch = Launch::new(file, argv, standard, own_group);
    // The new process says why it has not become the program. If it has, the pipe is closed.
    let (mut failures, failed) = io::pipe()?;
    match fork()? {
        Fork::Child => {
            let error = launch.become_program();
            let _ = write(&failed, &(error as i32).to_ne_bytes());
            exit_now(127)
        }
        Fork::Parent(pid) => {
            drop(failed);
            let mut error = [0; size_of::<i32>()];
            match failures.read_exact(&mut error) {
                Ok(()) => Err(failure(pid, Errno::from_raw(i32::from_ne_bytes(error)))),
                Err(_) => Ok(pid),
            }
        }
    }
}
