//! What macOS says of processes (libproc). Nothing of it has been run on a Mac yet.

use std::mem::MaybeUninit;
use std::time::Duration;

use libc::{c_int, c_void, pid_t};

use super::proc::Process;

/// What is known of a process.
pub(super) fn process(pid: u32) -> Option<Process> {
    let mut info = MaybeUninit::<libc::proc_bsdinfo>::uninit();
    let size = size_of::<libc::proc_bsdinfo>() as c_int;
    // SAFETY: it writes one structure of that size, and says so if it does.
    let info = unsafe {
        let flavor = libc::PROC_PIDTBSDINFO;
        let written = libc::proc_pidinfo(pid as c_int, flavor, 0, info.as_mut_ptr().cast(), size);
        (written == size).then(|| info.assume_init())?
    };
    Some(Process {
        parent: info.pbi_ppid,
        is_stopped: info.pbi_status == libc::SSTOP,
        began: Duration::from_secs(info.pbi_start_tvsec) + Duration::from_micros(info.pbi_start_tvusec),
    })
}

/// Its children.
pub(super) fn children(pid: i32) -> Vec<i32> {
    // The call returns the number of processes, not of bytes.
    list(|buffer, size| {
        // SAFETY: it writes whole numbers of processes into as many bytes.
        let count = unsafe { libc::proc_listchildpids(pid, buffer, size) };
        usize::try_from(count).map_or(0, |count| count * size_of::<pid_t>())
    })
}

/// The device and the number of each file that it has open.
pub(super) fn open_files(pid: u32) -> Vec<(u64, u64)> {
    let pid = pid as c_int;
    let open: Vec<[i32; 2]> = list(|buffer, size| {
        // SAFETY: it writes whole records of two integers, and returns for how many bytes.
        let written = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, buffer, size) };
        usize::try_from(written).unwrap_or(0)
    });
    let files = open.into_iter().filter(|[_, kind]| *kind == libc::PROX_FDTYPE_VNODE);
    files.filter_map(|[fd, _]| file(pid, fd)).collect()
}

/// <sys/proc_info.h> has this; the crate libc has not.
#[repr(C)]
struct OpenFile {
    flags: [u32; 2],
    offset: i64,
    kind: [u32; 2],
    file: libc::vnode_info,
}
const OPEN_FILE: c_int = 1;

fn file(pid: c_int, fd: c_int) -> Option<(u64, u64)> {
    let mut info = MaybeUninit::<OpenFile>::uninit();
    let size = size_of::<OpenFile>() as c_int;
    // SAFETY: it writes one structure of that size, and says so if it does.
    let info = unsafe {
        let written = libc::proc_pidfdinfo(pid, fd, OPEN_FILE, info.as_mut_ptr().cast(), size);
        (written == size).then(|| info.assume_init())?
    };
    Some((info.file.vi_stat.vst_dev.into(), info.file.vi_stat.vst_ino))
}

/// The records that `fill` writes, which is given room and returns how many bytes it has used.
fn list<T: Copy + Default>(fill: impl Fn(*mut c_void, c_int) -> usize) -> Vec<T> {
    const MOST: usize = 1 << 16;
    let mut room = 64;
    loop {
        let mut records = vec![T::default(); room];
        let size = room * size_of::<T>();
        let used = fill(records.as_mut_ptr().cast(), size as c_int);
        if used < size || room >= MOST {
            records.truncate(used.min(size) / size_of::<T>());
            return records;
        }
        room *= 4;
    }
}
