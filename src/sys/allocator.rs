//! An allocator for a process that soon ends.
//!
//! musl's allocator returns a page to the kernel as soon as nothing is on it, and a fetch needs the page again a moment
//! later: 60 mappings made and removed, and twice as many page faults. A hit pays for the set-up of musl's. This one
//! cuts blocks of 37 sizes from two pieces of memory, and hands freed blocks out again. The C library's allocator
//! serves large blocks, and every block once both pieces are used up.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::hint;
use std::num::NonZeroUsize;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};

use super::system::pages;

/// Bytes of the first piece: enough for a hit. It is part of the program's own data, so it needs no mapping.
const FIRST: usize = 16 * 1024;
/// Bytes of the second piece: enough for a fetch. A process that needs more does not end soon.
const SECOND: usize = FIRST_STEP + 4 * STEP;
/// Bytes of the second piece that are made ready at first: enough for a hit with a long configuration file.
const FIRST_STEP: usize = 16 * 1024;
/// Bytes that are made ready at a time afterwards: a page fault for each page would take longer.
const STEP: usize = 64 * 1024;

/// The sizes and the addresses of blocks are multiples of this.
const UNIT: usize = 16;
/// How many sizes there are: 1, 2, 3, 4 units; 5, 6, 7, 8; 10, 12, 14, 16; and so on.
const SIZES: usize = 37;
/// The largest block, which holds a database page of SQLite's. The memory of larger buffers goes back to the system.
const LARGEST: usize = 20 * 1024;

/// The allocator: `#[global_allocator]` of the program.
pub struct Allocator;

#[repr(align(16))]
struct Bytes(UnsafeCell<[u8; FIRST]>);

struct Blocks(UnsafeCell<Lists>);

/// The free memory.
struct Lists {
    /// The block of each size that was freed last. It begins with the address of the one that was freed before it.
    freed: [*mut u8; SIZES],
    /// The part of the present piece that was never handed out, and its size.
    next: *mut u8,
    left: usize,
    /// How many bytes at the end of that part have pages that are not ready.
    unready: usize,
    pieces: Pieces,
}

/// Which pieces of memory are in use.
#[derive(Clone, Copy)]
enum Pieces {
    None,
    First,
    Both,
}

// SAFETY: its blocks have one owner each.
unsafe impl Sync for Bytes {}
// SAFETY: only the thread that has locked `IS_LOCKED` uses it.
unsafe impl Sync for Blocks {}

static BYTES: Bytes = Bytes(UnsafeCell::new([0; FIRST]));
static BLOCKS: Blocks = Blocks(UnsafeCell::new(Lists {
    freed: [ptr::null_mut(); SIZES],
    next: ptr::null_mut(),
    left: 0,
    unready: 0,
    pieces: Pieces::None,
}));
/// Where the second piece is, once there is one.
static SECOND_AT: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static IS_LOCKED: AtomicBool = AtomicBool::new(false);

/// Calls `use_them` with the lists; `None` if they stay locked: another thread may have locked them before a fork.
fn with_lists<T>(use_them: impl FnOnce(&mut Lists) -> Option<T>) -> Option<T> {
    for _ in 0..100 {
        if !IS_LOCKED.swap(true, Ordering::Acquire) {
            // SAFETY: no other thread has the lists, and the reference ends before they are unlocked.
            let result = use_them(unsafe { &mut *BLOCKS.0.get() });
            IS_LOCKED.store(false, Ordering::Release);
            return result;
        }
        hint::spin_loop();
    }
    None
}

/// Which size of block is the smallest that holds `size` bytes.
fn size_number(size: usize) -> usize {
    let units = size.div_ceil(UNIT).max(1);
    if units <= 4 {
        return units - 1;
    }
    let power = (units - 1).ilog2() as usize;
    (power - 1) * 4 + ((units - 1) >> (power - 2)) - 4
}

fn size_of_number(number: usize) -> usize {
    let units = if number < 4 { number + 1 } else { (number % 4 + 5) << (number / 4 - 1) };
    units * UNIT
}

impl Lists {
    fn take(&mut self, number: usize) -> Option<*mut u8> {
        let freed = self.freed[number];
        if !freed.is_null() {
            // SAFETY: `put` has written it there, and nobody has used the block since.
            self.freed[number] = unsafe { freed.cast::<*mut u8>().read() };
            return Some(freed);
        }
        let size = size_of_number(number);
        while self.left < size {
            self.begin_another()?;
        }
        let block = self.next;
        self.next = block.wrapping_add(size);
        self.left -= size;
        while self.left < self.unready {
            self.make_ready();
        }
        Some(block)
    }

    /// # Safety
    ///
    /// `block` is one of this size that `take` gave, and nobody uses it any more.
    unsafe fn put(&mut self, block: *mut u8, number: usize) {
        // SAFETY: it is long enough for an address, and aligned for one.
        unsafe { block.cast::<*mut u8>().write(self.freed[number]) };
        self.freed[number] = block;
    }

    /// Begins the next piece of memory. What is left of the piece before is not used.
    #[cold]
    fn begin_another(&mut self) -> Option<()> {
        match self.pieces {
            Pieces::None => (self.next, self.left, self.pieces) = (BYTES.0.get().cast(), FIRST, Pieces::First),
            Pieces::First => {
                // Tried once, even if there is no memory.
                self.pieces = Pieces::Both;
                let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
                // SAFETY: a new mapping is nobody else's.
                let second = unsafe { mmap_anonymous(None, NonZeroUsize::new(SECOND)?, rights, MapFlags::MAP_PRIVATE) };
                let second = second.ok()?.as_ptr().cast();
                SECOND_AT.store(second, Ordering::Relaxed);
                (self.next, self.left, self.unready) = (second, SECOND, SECOND);
            }
            Pieces::Both => return None,
        }
        Some(())
    }

    #[cold]
    fn make_ready(&mut self) {
        let step = if self.unready == SECOND { FIRST_STEP } else { STEP };
        let from = SECOND_AT.load(Ordering::Relaxed).wrapping_add(SECOND - self.unready);
        if let Some(from) = NonNull::new(from) {
            pages::make_ready(from, step);
        }
        self.unready -= step;
    }
}

/// Whether the block is of one of the pieces. A thread that has a block of the second piece sees `SECOND_AT` set.
fn is_ours(block: *const u8) -> bool {
    let is_within = |begin: *const u8, size| block.addr().wrapping_sub(begin.addr()) < size;
    is_within(BYTES.0.get().cast(), FIRST) || is_within(SECOND_AT.load(Ordering::Relaxed), SECOND)
}

/// A block for `layout` from the lists, if they have one.
fn take(layout: Layout) -> Option<*mut u8> {
    if layout.size() > LARGEST || layout.align() > UNIT {
        return None;
    }
    with_lists(|lists| lists.take(size_number(layout.size())))
}

// SAFETY: a block is aligned, as large as its size says, and shares no byte with another block. It is in a list only
// between `dealloc` and `alloc`. All other blocks are from the system allocator, and go back there.
unsafe impl GlobalAlloc for Allocator {
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
        if !is_ours(block) {
            // SAFETY: then the block is from the system allocator.
            return unsafe { System.dealloc(block, layout) };
        }
        // If the lists stay locked, the block is lost.
        with_lists(|lists| {
            // SAFETY: it is of the size that it was taken with, and the caller promises not to use it any more.
            unsafe { lists.put(block, size_number(layout.size())) };
            Some(())
        });
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_ours(block) {
            // SAFETY: then the block is from the system allocator, and the caller's promise is the same.
            return unsafe { System.realloc(block, layout, size) };
        }
        if size <= LARGEST && size_number(size) == size_number(layout.size()) {
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
mod tests;
