//! Sockets of this machine.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{check, system};

/// A socket without waiting that is connected to the one at `path`.
///
/// # Errors
///
/// `TimedOut`: nobody has accepted a connection there for too long; or the system's.
pub(crate) fn connect_to_socket(path: &Path, deadline: Instant) -> io::Result<OwnedFd> {
    let name = path.as_os_str().as_bytes();
    // SAFETY: it is plain data, of which zeros are a value.
    let mut address: libc::sockaddr_un = unsafe { MaybeUninit::zeroed().assume_init() };
    // A zero byte is left at the end.
    if name.len() >= address.sun_path.len() {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, from) in address.sun_path.iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    let socket = system::socket::local()?;
    loop {
        let length = size_of_val(&address) as libc::socklen_t;
        // SAFETY: the address is alive for the call, and as long as that. nix needs another crate for it.
        match check(unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), length) }) {
            Ok(_) => return Ok(socket),
            // So many wait for the other side already that there is no room, and poll(2) does not tell when there is.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if Instant::now() >= deadline {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether `work` raises SIGPIPE, which waits at a blocked signal even where it is ignored.
#[cfg(test)]
pub(crate) fn raises_sigpipe(work: impl FnOnce()) -> bool {
    use nix::sys::signal::{SigSet, Signal};
    let sigpipe = SigSet::from(Signal::SIGPIPE);
    sigpipe.thread_block().unwrap();
    work();
    let is_pending = super::signal::pending().contains(Signal::SIGPIPE);
    if is_pending {
        sigpipe.wait().unwrap();
    }
    sigpipe.thread_unblock().unwrap();
    is_pending
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_signal_that_is_raised_is_seen() {
        assert!(!raises_sigpipe(|| ()));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert!(raises_sigpipe(|| drop((&writer).write(b"x"))));
        let (socket, other) = UnixStream::pair().unwrap();
        drop(other);
        use std::os::fd::AsFd;
        assert!(!raises_sigpipe(|| drop(crate::sys::pipe::send_now(socket.as_fd(), b"x"))));
    }
}
