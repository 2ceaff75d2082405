//! The configuration of the SQLite library, which takes unsafe code.

use std::ptr;
use std::sync::Once;

use rusqlite::ffi;

/// Has SQLite reserve no memory in advance, which would be most of what a short process touches, and count none.
///
/// This has no effect after the first connection of the process.
pub(crate) fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: each option is given the arguments that sqlite3_config() reads for it. A library that is in use refuses
        // with a status; nobody in this program opens another connection while the first one is being opened.
        unsafe {
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0);
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_LOOKASIDE, 0, 0);
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_PAGECACHE, ptr::null_mut::<u8>(), 0, 0);
        }
    });
}
