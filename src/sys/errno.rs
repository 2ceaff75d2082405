//! The numbers of the system's errors, errno(3).

pub use libc::{
    EACCES, EAGAIN, EINVAL, EIO, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOBUFS, ENOENT, ENOEXEC, ENOMEM, ENOSPC,
    ENOTDIR, EPIPE,
};
