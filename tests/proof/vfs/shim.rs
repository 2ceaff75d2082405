//! SQLite's default file system with methods that fail on demand.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

use rusqlite::ffi;

/// Which of the next calls fails, and with which code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fault {
    /// How many calls succeed before it.
    pub after: u64,
    pub code: c_int,
    /// Whether all later calls fail, too.
    pub lasts: bool,
}

thread_local! {
    static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// The methods of a kind of file, and their replacements.
struct Methods {
    original: ffi::sqlite3_io_methods,
    replaced: ffi::sqlite3_io_methods,
}

/// The methods of databases, and of other files.
static OF_DATABASES: OnceLock<Methods> = OnceLock::new();
static OF_OTHERS: OnceLock<Methods> = OnceLock::new();

type Open = unsafe extern "C" fn(
    *mut ffi::sqlite3_vfs,
    ffi::sqlite3_filename,
    *mut ffi::sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;
static OPEN: OnceLock<Open> = OnceLock::new();

/// The error of the next call, if it has to fail.
fn verdict() -> Option<c_int> {
    CALLS.set(CALLS.get() + 1);
    let fault = FAULT.get()?;
    if fault.after > 0 {
        FAULT.set(Some(Fault { after: fault.after - 1, ..fault }));
        return None;
    }
    if !fault.lasts {
        FAULT.set(None);
    }
    Some(fault.code)
}

macro_rules! replaced {
    ($name:ident, $method:ident, $($argument:ident: $kind:ty),*) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($argument: $kind),*) -> c_int {
            // SAFETY: called by SQLite with an open file and the arguments that the original expects.
            unsafe {
                let is_its = |methods: &&Methods| std::ptr::eq(&methods.replaced, (*file).pMethods);
                let methods = OF_DATABASES.get().filter(is_its).or(OF_OTHERS.get()).expect("it was opened");
                verdict().unwrap_or_else(|| methods.original.$method.expect("every kind has it")(file, $($argument),*))
            }
        }
    };
}

replaced!(read, xRead, buffer: *mut c_void, size: c_int, at: ffi::sqlite3_int64);
replaced!(write, xWrite, buffer: *const c_void, size: c_int, at: ffi::sqlite3_int64);
replaced!(truncate, xTruncate, size: ffi::sqlite3_int64);
replaced!(sync, xSync, flags: c_int);
replaced!(file_size, xFileSize, size: *mut ffi::sqlite3_int64);
replaced!(lock, xLock, level: c_int);
replaced!(check_lock, xCheckReservedLock, is_locked: *mut c_int);

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: called by SQLite as the original would be; on success the original has set the methods of the file, which
    // are those of every file of its kind.
    unsafe {
        let answer = OPEN.get().expect("it was replaced")(vfs, name, file, flags, out);
        let Some(methods) = (*file).pMethods.as_ref() else { return answer };
        let kind = if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 { &OF_DATABASES } else { &OF_OTHERS };
        let methods = kind.get_or_init(|| Methods {
            original: *methods,
            replaced: ffi::sqlite3_io_methods {
                xRead: Some(read),
                xWrite: Some(write),
                xTruncate: Some(truncate),
                xSync: Some(sync),
                xFileSize: Some(file_size),
                xLock: Some(lock),
                xCheckReservedLock: Some(check_lock),
                ..*methods
            },
        });
        (*file).pMethods = &methods.replaced;
        answer
    }
}

/// Replaces the methods of every file that SQLite opens in this process from now on.
pub fn replace_methods() {
    // SAFETY: the default file system lives as long as the process, and no connection is being opened at this time.
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(std::ptr::null()).as_mut().expect("there is a default one");
        OPEN.get_or_init(|| vfs.xOpen.expect("it can open files"));
        vfs.xOpen = Some(open);
    }
}

pub fn restore_methods() {
    // SAFETY: as above.
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(std::ptr::null()).as_mut().expect("there is a default one");
        vfs.xOpen = OPEN.get().copied();
    }
}

/// The number of calls in `work` that can fail.
pub fn count(work: impl FnOnce()) -> u64 {
    CALLS.set(0);
    work();
    CALLS.get()
}

/// Does `work` with a fault in it.
pub fn with<T>(fault: Fault, work: impl FnOnce() -> T) -> T {
    FAULT.set(Some(fault));
    let done = work();
    FAULT.set(None);
    done
}
