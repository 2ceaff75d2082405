//! The program's first allocations, without the C library's allocator.
//!
//! A hit needs a few kilobytes. Setting musl's allocator up for them takes five system calls and as many page faults, and it
//! returns and takes pages again and again. Here they come one after another from a static array; what does not fit is
//! for the C library.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

const SIZE: usize = 12 * 1024;
/// A larger block is for the C library: it may be an output, which would take the room of everything else.
const LARGEST: usize = 2 * 1024;

#[repr(align(16))]
struct Bytes(UnsafeCell<[u8; SIZE]>);

// SAFETY: nothing is read or written through it but blocks, each of which belongs to one owner.
unsafe impl Sync for Bytes {}

static BYTES: Bytes = Bytes(UnsafeCell::new([0; SIZE]));
/// Where the free part begins. What is before it stays taken, but for a block that ends just there.
static FREE: AtomicUsize = AtomicUsize::new(0);

/// The allocator: `#[global_allocator]` of the program.
pub struct Arena;

fn begin() -> *mut u8 {
    BYTES.0.get().cast()
}

/// Where in the array `block` begins, if it does.
fn offset(block: *const u8) -> Option<usize> {
    block.addr().checked_sub(begin().addr()).filter(|offset| *offset < SIZE)
}

/// Moves the beginning of the free part, unless another thread has.
fn move_free(from: usize, to: usize) -> bool {
    FREE.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// A block from the array, if it has room for one.
fn take(layout: Layout) -> Option<*mut u8> {
    if layout.size() > LARGEST || layout.align() > 16 {
        return None;
    }
    loop {
        let free = FREE.load(Ordering::Relaxed);
        let start = free.next_multiple_of(layout.align());
        let end = start + layout.size();
        if end > SIZE {
            return None;
        }
        if move_free(free, end) {
            return Some(begin().wrapping_add(start));
        }
    }
}

// SAFETY: a block of the array is within it, aligned, and between two positions of `FREE`, so that no other block that
// has not been freed overlaps it. All other blocks are the system allocator's, and go back there.
unsafe impl GlobalAlloc for Arena {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        take(layout).unwrap_or_else(|| unsafe { System.alloc(layout) })
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match take(layout) {
            Some(block) => {
                // SAFETY: it is as long as that. Somebody may have used it before.
                unsafe { ptr::write_bytes(block, 0, layout.size()) };
                block
            }
            // SAFETY: the caller's promise is the same.
            None => unsafe { System.alloc_zeroed(layout) },
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match offset(block) {
            Some(start) => _ = move_free(start + layout.size(), start),
            // SAFETY: then it is from there.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(start) = offset(block) else {
            // SAFETY: then it is from there, and the caller's promise is the same.
            return unsafe { System.realloc(block, layout, size) };
        };
        let fits = size <= LARGEST && start + size <= SIZE;
        if fits && move_free(start + layout.size(), start + size) {
            return block;
        }
        // SAFETY: the alignment is that of a layout, and the caller promises that the size is right with it.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both are as long as that, and the new one is no part of the old one.
            unsafe { ptr::copy_nonoverlapping(block, new, layout.size().min(size)) };
            // SAFETY: the caller's promise; nobody uses it any more.
            unsafe { self.dealloc(block, layout) };
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    /// One test, because there is one array.
    #[test]
    fn blocks_belong_to_one_owner_each() {
        blocks_do_not_overlap_and_the_last_one_grows_and_goes();
        threads_get_blocks_of_their_own();
    }

    fn threads_get_blocks_of_their_own() {
        let fill = |byte: u8| {
            for size in (1..200).cycle().take(20_000) {
                // SAFETY: as above.
                unsafe {
                    let block = Arena.alloc(layout(size));
                    block.write_bytes(byte, size);
                    std::thread::yield_now();
                    assert!(std::slice::from_raw_parts(block, size).iter().all(|found| *found == byte));
                    Arena.dealloc(block, layout(size));
                }
            }
        };
        std::thread::scope(|scope| (1..=4).for_each(|byte| _ = scope.spawn(move || fill(byte))));
    }

    fn blocks_do_not_overlap_and_the_last_one_grows_and_goes() {
        // SAFETY: each block is used within its size, and freed once with its layout.
        unsafe {
            let first = Arena.alloc(layout(24));
            let second = Arena.alloc(layout(8));
            assert_eq!(second.addr() - first.addr(), 24);
            assert_eq!(Arena.realloc(second, layout(8), 64), second);
            first.write_bytes(1, 24);
            second.write_bytes(2, 64);
            let moved = Arena.realloc(first, layout(24), 48);
            assert_eq!(std::slice::from_raw_parts(moved, 24), [1; 24]);
            Arena.dealloc(moved, layout(48));
            Arena.dealloc(second, layout(64));
            let zeroed = Arena.alloc_zeroed(layout(32));
            assert_eq!(zeroed, second);
            assert_eq!(std::slice::from_raw_parts(zeroed, 32), [0; 32]);
            assert!(offset(zeroed).is_some());
            let large = Arena.realloc(zeroed, layout(32), LARGEST + 1);
            assert_eq!(offset(large), None);
            assert_eq!(std::slice::from_raw_parts(large, 32), [0; 32]);
            Arena.dealloc(large, layout(LARGEST + 1));
            let left = SIZE - FREE.load(Ordering::Relaxed);
            let blocks: Vec<_> = std::iter::from_fn(|| take(layout(LARGEST))).take(SIZE).collect();
            assert_eq!(blocks.len(), left / LARGEST);
            let beyond = Arena.alloc(layout(LARGEST));
            assert_eq!(offset(beyond), None);
            Arena.dealloc(beyond, layout(LARGEST));
            blocks.into_iter().rev().for_each(|block| Arena.dealloc(block, layout(LARGEST)));
            assert_eq!(SIZE - FREE.load(Ordering::Relaxed), left);
        }
    }
}
