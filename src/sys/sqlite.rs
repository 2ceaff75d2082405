//! The configuration of the SQLite library, which takes unsafe code.

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Once;

use rusqlite::ffi;

/// Has SQLite use the program's allocator, reserve no memory in advance (most of the memory that a short process
/// touches), and keep no statistics of it.
///
/// This has no effect after the first connection of the process.
pub(crate) fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SQLite copies it.
        let memory = MEMORY;
        // SAFETY: each option is given the arguments that sqlite3_config() reads for it. A library that is in use
        // refuses with a status; nobody in this program opens another connection while the first one is being opened.
        unsafe {
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const memory);
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0);
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_LOOKASIDE, 0, 0);
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_PAGECACHE, ptr::null_mut::<u8>(), 0, 0);
        }
    });
}

/// Bytes before each of SQLite's blocks, which hold its size. A block is aligned to as many.
const HEAD: usize = 16;

const MEMORY: ffi::sqlite3_mem_methods = ffi::sqlite3_mem_methods {
    xMalloc: Some(allocate),
    xFree: Some(free),
    xRealloc: Some(resize),
    xSize: Some(size),
    xRoundup: Some(round_up),
    xInit: Some(begin),
    xShutdown: Some(end),
    pAppData: ptr::null_mut(),
};

/// The layout of a block of `size` bytes with its head.
fn layout(size: c_int) -> Option<Layout> {
    Layout::from_size_align(usize::try_from(size).ok()? + HEAD, HEAD).ok()
}

/// Writes the size into the head of a block, and returns what follows the head.
unsafe fn with_size(block: *mut u8, size: c_int) -> *mut c_void {
    if block.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the caller has a block of that size, with the head.
    unsafe {
        block.cast::<c_int>().write(size);
        block.add(HEAD).cast()
    }
}

unsafe extern "C" fn allocate(size: c_int) -> *mut c_void {
    let Some(layout) = layout(size) else { return ptr::null_mut() };
    // SAFETY: the layout is not empty, and the block is as large as it says.
    unsafe { with_size(alloc(layout), size) }
}

unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: SQLite gives back what it got from here, once, and never null.
    unsafe {
        if let Some(layout) = layout(size(block)) {
            dealloc(block.cast::<u8>().sub(HEAD), layout);
        }
    }
}

unsafe extern "C" fn resize(block: *mut c_void, new: c_int) -> *mut c_void {
    // SAFETY: as for `free`; if there is no memory, the block stays as it is.
    unsafe {
        match (layout(size(block)), layout(new)) {
            (Some(old), Some(layout)) => with_size(realloc(block.cast::<u8>().sub(HEAD), old, layout.size()), new),
            _ => ptr::null_mut(),
        }
    }
}

unsafe extern "C" fn size(block: *mut c_void) -> c_int {
    // SAFETY: it has a head, which was written when it was given out.
    unsafe { block.cast::<u8>().sub(HEAD).cast::<c_int>().read() }
}

unsafe extern "C" fn round_up(size: c_int) -> c_int {
    size.saturating_add(7) & !7
}

unsafe extern "C" fn begin(_: *mut c_void) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn end(_: *mut c_void) {}
