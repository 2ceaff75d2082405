//! Pages of memory.

use std::ptr::NonNull;

use nix::sys::mman::{MmapAdvise, madvise};

/// Has the kernel provide all these pages at once. They are this process's own, and what is on them stays. Kernels
/// before 5.14 provide each when it is written.
#[inline]
pub(in crate::sys) fn make_ready(from: NonNull<u8>, size: usize) {
    // SAFETY: the pages are ours, and this advice changes nothing on them.
    let _ = unsafe { madvise(from.cast(), size, MmapAdvise::MADV_POPULATE_WRITE) };
}
