//! Pages of memory.

use std::ptr::NonNull;

/// Says that these pages are about to be written. Each is made when it is.
pub(in crate::sys) fn make_ready(_from: NonNull<u8>, _size: usize) {}
