//! The kernel's side of a fetch: fork, signals, descriptors. The only unsafe code of the crate.

#![allow(unsafe_code)]

use std::ffi::{CString, OsStr};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which side of a fork this is.
#[derive(Debug)]
pub(crate) enum Fork {
    /// The original, and the number of the new one.
    Parent(i32),
    Child,
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Splits the process in two. The engine never has a second thread when it calls this.
pub(crate) fn fork() -> io::Result<Fork> {
    // SAFETY: the process is single-threaded here (a thread that waited for a flight has been joined), so the child
    // finds no lock held by a thread that it does not have.
    match check(unsafe { libc::fork() })? {
        0 => Ok(Fork::Child),
        pid => Ok(Fork::Parent(pid)),
    }
}

/// Ends the process without running destructors, which belong to the process that it was forked from.
pub(crate) fn exit_now(code: u8) -> ! {
    // SAFETY: ending the process is always allowed.
    unsafe { libc::_exit(code.into()) }
}

/// One of the three standard descriptors.
pub(crate) fn standard(fd: RawFd) -> BorrowedFd<'static> {
    debug_assert!((0..=2).contains(&fd));
    // SAFETY: `occupy_standard_descriptors` has made sure that 0, 1 and 2 are open, and nothing ever closes them.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

static FILE_LIMIT_KILLS: AtomicBool = AtomicBool::new(false);

/// Makes a file that grows beyond `ulimit -f` an error for us to report, as a full disk is, instead of our end.
/// Commands get the signal back as it was.
pub fn survive_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours.
    let before = unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    FILE_LIMIT_KILLS.store(before == libc::SIG_DFL, Ordering::Relaxed);
}

/// Takes back [`survive_file_size_limit`], for a command that takes the place of this process.
pub fn restore_file_size_limit() {
    if FILE_LIMIT_KILLS.load(Ordering::Relaxed) {
        // SAFETY: as above.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_DFL) };
    }
}

/// Opens `/dev/null` in place of each standard descriptor that the caller closed, so that no file of ours lands there.
pub fn occupy_standard_descriptors() {
    for fd in 0..=2 {
        // SAFETY: a system call on integers.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
            // The lowest free number, which is `fd` because those below it are open; nobody closes it.
            let _ = open_null(0);
        }
    }
}

/// What reads as empty and may be written to: `/dev/null`, or a file in memory where there is none, as in a bare
/// chroot.
///
/// # Errors
///
/// The system's: descriptors or memory are lacking.
pub fn null() -> io::Result<OwnedFd> {
    let fd = open_null(libc::O_CLOEXEC)?;
    // SAFETY: it was opened for us just now, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `flags` are 0 or `O_CLOEXEC`.
fn open_null(flags: libc::c_int) -> io::Result<RawFd> {
    // SAFETY: constant strings and integers.
    unsafe {
        check(libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | flags)).or_else(|_| {
            let flags = if flags == libc::O_CLOEXEC { libc::MFD_CLOEXEC } else { 0 };
            check(libc::memfd_create(c"null".as_ptr(), flags))
        })
    }
}

/// Writes `bytes` to a descriptor that the user named.
///
/// # Errors
///
/// The system's; the descriptor need not even be open.
pub fn write_to(fd: RawFd, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the slice is alive for the call; writing to any descriptor number is memory-safe.
    let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    match usize::try_from(written) {
        Ok(size) if size == bytes.len() => Ok(()),
        Ok(_) => Err(io::ErrorKind::WriteZero.into()),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Keeps the signals that a terminal or a group sends from a process that is about to be forked off, until it has left
/// its caller's session.
pub(crate) fn hold_signals() -> io::Result<()> {
    // SAFETY: the set is initialised before use; all pointers are to locals.
    unsafe {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        for signal in FORWARDED {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        check(libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr()))?;
        MASK_AT_START.get_or_init(|| before.assume_init());
    }
    Ok(())
}

/// Forgets the signals that were held back: they were meant for a session that this process is no longer part of.
pub(crate) fn forget_held_signals() {
    for signal in FORWARDED {
        if !is_ignored(signal) {
            // SAFETY: ignoring a signal discards it where it is pending; no handler is ever installed.
            unsafe {
                libc::signal(signal, libc::SIG_IGN);
                libc::signal(signal, libc::SIG_DFL);
            }
        }
    }
    let_signals_through();
}

/// Takes back [`hold_signals`].
pub(crate) fn let_signals_through() {
    if let Some(mask) = MASK_AT_START.get() {
        // SAFETY: the mask is one that the kernel gave us.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, mask, std::ptr::null_mut()) };
    }
}

/// Leaves the caller's session and lets go of every descriptor that was inherited from it.
pub(crate) fn leave_session() {
    // SAFETY: takes nothing.
    unsafe { libc::setsid() };
    if let Ok(null) = null() {
        for fd in 0..=2 {
            // SAFETY: a system call on integers; 0, 1 and 2 stay open.
            unsafe { libc::dup2(null.as_raw_fd(), fd) };
        }
    }
    open_descriptors().into_iter().filter(|fd| *fd > 2).for_each(close_if_inherited);
}

/// What has come through our own exec is not marked close-on-exec; everything that this program opens is.
fn close_if_inherited(fd: RawFd) {
    // SAFETY: nothing in this process owns a descriptor that it did not open itself.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFD);
        if flags >= 0 && flags & libc::FD_CLOEXEC == 0 {
            libc::close(fd);
        }
    }
}

/// The numbers of the open descriptors, or of all that are likely to be where /proc does not tell.
fn open_descriptors() -> Vec<RawFd> {
    const LIKELY: RawFd = 1024;
    match std::fs::read_dir("/proc/self/fd") {
        Ok(names) => names.flatten().filter_map(|name| name.file_name().to_str()?.parse().ok()).collect(),
        Err(_) => (0..LIKELY).collect(),
    }
}

/// The signals that end a command and that reach it through us.
pub(crate) const FORWARDED: [i32; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// The signal by which the kernel announces each write to a pipe.
pub(crate) fn write_signal() -> i32 {
    libc::SIGRTMIN() + 4
}

static MASK_AT_START: OnceLock<libc::sigset_t> = OnceLock::new();

/// Starts a program found as execvp(3) finds it, with these standard descriptors and with the signal mask and the
/// dispositions that this process was started with. Everything else that is open and not close-on-exec goes with it.
///
/// std's `Command` would hand on our own mask, and reset a `SIGPIPE` that the caller ignores. posix_spawn(3) asks for
/// and resets every signal there is, which takes longer than the rest of it.
pub(crate) fn spawn(argv: &[CString], standard: [BorrowedFd<'_>; 3], own_group: bool) -> io::Result<i32> {
    let paths = candidates(argv[0].as_bytes());
    let pointers = |words: &[CString]| -> Vec<*const libc::c_char> {
        words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (words, paths_pointers) = (pointers(argv), pointers(&paths));
    let mut launch = Launch {
        paths: paths_pointers.as_ptr(),
        argv: words.as_ptr(),
        standard: standard.map(|fd| fd.as_raw_fd()),
        mask: MASK_AT_START.get(),
        restore_file_size_limit: FILE_LIMIT_KILLS.load(Ordering::Relaxed),
        own_group,
        error: 0,
    };
    let mut stack: Vec<u8> = Vec::with_capacity(LAUNCH_STACK);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the new process works on the upper end of a stack of its own, aligned, while this one is suspended until
    // it has become the program or ended; `launch` and what it points to live that long.
    let pid = check(unsafe {
        let top = stack.as_mut_ptr().add(LAUNCH_STACK);
        let top = top.sub(top as usize % 16);
        libc::clone(become_program, top.cast(), flags, (&raw mut launch).cast())
    })?;
    if launch.error == 0 {
        return Ok(pid);
    }
    wait_for(pid);
    Err(io::Error::from_raw_os_error(launch.error))
}

/// Where execvp(3) would look for `program`, in this order.
fn candidates(program: &[u8]) -> Vec<CString> {
    if program.contains(&b'/') {
        return CString::new(program).into_iter().collect();
    }
    let path = std::env::var_os("PATH");
    let path = path.as_ref().map_or(&b"/bin:/usr/bin"[..], |path| path.as_bytes());
    let directories = path.split(|byte| *byte == b':').filter(|_| !program.is_empty());
    let in_directory = |directory: &[u8]| match directory {
        // The working directory.
        b"" => CString::new(program),
        _ => CString::new([directory, b"/", program].concat()),
    };
    directories.flat_map(in_directory).collect()
}

/// What a new process does before it becomes a program, prepared by its parent.
struct Launch<'a> {
    /// Both end with a null pointer.
    paths: *const *const libc::c_char,
    argv: *const *const libc::c_char,
    standard: [RawFd; 3],
    mask: Option<&'a libc::sigset_t>,
    restore_file_size_limit: bool,
    own_group: bool,
    /// Why it has not become the program.
    error: libc::c_int,
}

/// Bytes of stack for [`become_program`].
const LAUNCH_STACK: usize = 64 * 1024;

/// Runs in the new process, in its parent's memory: system calls only, and no allocation.
extern "C" fn become_program(launch: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the argument is the parent's `Launch`, which nobody else uses meanwhile; its pointers are to
    // null-terminated arrays of null-terminated strings, as is `environ`, which nobody changes.
    unsafe {
        let launch = &mut *launch.cast::<Launch<'_>>();
        if launch.restore_file_size_limit {
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
        }
        if launch.own_group {
            libc::setpgid(0, 0);
        }
        for (target, fd) in (0..).zip(launch.standard) {
            let result = if fd == target { libc::fcntl(fd, libc::F_SETFD, 0) } else { libc::dup2(fd, target) };
            if result < 0 {
                launch.error = *libc::__errno_location();
                return 127;
            }
        }
        if let Some(mask) = launch.mask {
            libc::sigprocmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
        }
        let (mut error, mut refused) = (libc::ENOENT, false);
        while !(*launch.paths).is_null() {
            libc::execve(*launch.paths, launch.argv, environ.cast());
            error = *libc::__errno_location();
            match error {
                libc::EACCES => refused = true,
                libc::ENOENT | libc::ENOTDIR | libc::ENODEV | libc::ESTALE | libc::ETIMEDOUT => {}
                _ => break,
            }
            launch.paths = launch.paths.add(1);
        }
        let is_last = (*launch.paths).is_null();
        launch.error = if is_last && refused { libc::EACCES } else { error };
        127
    }
}

unsafe extern "C" {
    static environ: *const *mut libc::c_char;
}

/// Sets a variable for the commands that are started from now on.
pub(crate) fn set_variable(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
    // SAFETY: the process has one thread (see `fork`), so nobody reads the environment meanwhile.
    unsafe { std::env::set_var(name, value) };
}

/// Signals taken out of delivery and read from a descriptor instead.
#[derive(Debug)]
pub(crate) struct Signals {
    fd: OwnedFd,
}

/// A signal that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) signal: i32,
    /// The sending process; zero where the kernel itself sent it (a key typed at the terminal).
    pub(crate) sender: i32,
    /// The pipe that was written to, for [`write_signal`].
    pub(crate) fd: RawFd,
}

impl Signals {
    /// Blocks the signals in [`FORWARDED`] that are not ignored, `SIGPIPE`, and `more`.
    pub(crate) fn watch(more: &[i32]) -> io::Result<Self> {
        if more.contains(&libc::SIGCHLD) && is_ignored(libc::SIGCHLD) {
            // A caller that ignores it has its children reaped by the kernel, and their status lost.
            // SAFETY: SIG_DFL runs no code of ours.
            unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        }
        let ended = FORWARDED.into_iter().filter(|signal| !is_ignored(*signal));
        // SAFETY: the sets are initialised by sigemptyset before use; all pointers are to locals.
        unsafe {
            let mut set = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            let mut set = set.assume_init();
            for signal in ended.chain(more.iter().copied()) {
                libc::sigaddset(&mut set, signal);
            }
            let fd = check(libc::signalfd(-1, &set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC))?;
            let fd = OwnedFd::from_raw_fd(fd);
            libc::sigaddset(&mut set, libc::SIGPIPE);
            let mut before = MaybeUninit::<libc::sigset_t>::uninit();
            check(libc::sigprocmask(libc::SIG_BLOCK, &set, before.as_mut_ptr()))?;
            // The first time this is the mask that our own caller gave us, and the command has to get.
            MASK_AT_START.get_or_init(|| before.assume_init());
            Ok(Self { fd })
        }
    }

    /// Appends what has arrived to `out`, in the order of its arrival within each signal.
    pub(crate) fn read(&self, out: &mut Vec<Received>) {
        const BATCH: usize = 32;
        loop {
            let mut buffer = MaybeUninit::<[libc::signalfd_siginfo; BATCH]>::uninit();
            let size = size_of::<libc::signalfd_siginfo>();
            // SAFETY: the kernel fills whole records of plain integers into a buffer of that size; only the records
            // that it says it wrote are read.
            let records = unsafe {
                let read = libc::read(self.fd.as_raw_fd(), buffer.as_mut_ptr().cast(), size * BATCH);
                let count = usize::try_from(read).unwrap_or(0) / size;
                std::slice::from_raw_parts(buffer.as_ptr().cast::<libc::signalfd_siginfo>(), count)
            };
            out.extend(records.iter().map(|info| Received {
                signal: info.ssi_signo as i32,
                sender: if info.ssi_code == libc::SI_KERNEL { 0 } else { info.ssi_pid as i32 },
                fd: info.ssi_fd,
            }));
            if records.len() < BATCH {
                return;
            }
        }
    }

    pub(crate) fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

fn is_ignored(signal: i32) -> bool {
    // SAFETY: a query; the struct is written by the kernel before it is read.
    unsafe {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// The signals that leave a terminal to somebody else.
const PARTING: [i32; 5] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGTSTP];

/// Has the line at the terminal erased before one of [`PARTING`] does what it does; once for each.
pub(crate) fn erase_line_on_signals() {
    for signal in PARTING.into_iter().filter(|signal| !is_ignored(*signal)) {
        // SAFETY: the struct is plain data, zeroed where not set; the handler makes system calls only.
        unsafe {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            action.sa_sigaction = erase_line_and_part as extern "C" fn(libc::c_int) as usize;
            // Waiting for a lock goes on after a stop.
            action.sa_flags = libc::SA_RESETHAND | libc::SA_NODEFER | libc::SA_RESTART;
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}

/// Takes back [`erase_line_on_signals`].
pub(crate) fn erase_nothing_on_signals() {
    for signal in PARTING.into_iter().filter(|signal| !is_ignored(*signal)) {
        // SAFETY: SIG_DFL runs no code of ours, and is what was there before.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

extern "C" fn erase_line_and_part(signal: libc::c_int) {
    // SAFETY: both are safe in a signal handler; the disposition has been reset, so that the signal is the default.
    unsafe {
        let errno = *libc::__errno_location();
        libc::write(2, super::line::ERASE.as_ptr().cast(), super::line::ERASE.len());
        libc::raise(signal);
        *libc::__errno_location() = errno;
    }
}

/// Ends this process by `signal`, as the command was ended, without a core file of our own.
///
/// Where the signal cannot be had (it is ignored), the status is the shell's `128 + signal`.
pub fn die_by(signal: i32) -> ! {
    // SAFETY: only our own limits, dispositions and mask are changed, on the way out.
    unsafe {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &none);
        if !is_ignored(signal) {
            libc::signal(signal, libc::SIG_DFL);
            let mut set = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), signal);
            libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), std::ptr::null_mut());
            libc::raise(signal);
        }
    }
    exit_now(128u8.wrapping_add(signal as u8))
}

/// Sends `signal` to a process, or to the process group `-pid`; whether it was there to be sent to.
pub(crate) fn kill(pid: i32, signal: i32) -> bool {
    // SAFETY: a system call on integers.
    unsafe { libc::kill(pid, signal) == 0 }
}

/// The state of a child of ours that has ended, if it has.
pub(crate) fn reap(pid: i32) -> Option<i32> {
    let mut status = 0;
    loop {
        // SAFETY: the kernel writes one integer.
        let found = unsafe { libc::waitpid(pid, &mut status, libc::WNOHANG) };
        // Who asks was told of an end, and is not told again.
        if found >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return (found == pid).then_some(status);
        }
    }
}

/// Waits for the end of a child of ours that is about to end.
pub(crate) fn wait_for(pid: i32) {
    // SAFETY: a null pointer asks for no status.
    while unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}

/// Waits until a child of ours has ended; whether there was one to wait for.
pub(crate) fn wait_for_any_child() -> bool {
    loop {
        // SAFETY: a null pointer asks for no status.
        if unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) } > 0 {
            return true;
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return false;
        }
    }
}

/// A pipe whose reads never block, as (read end, write end).
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    // SAFETY: on success the kernel has written two descriptors that nobody else owns.
    unsafe {
        check(libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC))?;
        let ends = (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1]));
        check(libc::fcntl(fds[0], libc::F_SETFL, libc::O_NONBLOCK))?;
        Ok(ends)
    }
}

/// fcntl(2)'s command that names the signal of `O_ASYNC`; the same number on every Linux architecture.
const F_SETSIG: libc::c_int = 10;

/// Asks the kernel to queue [`write_signal`] to this process for every write to the pipe read from `fd`.
pub(crate) fn announce_writes_of(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl with integer arguments.
    unsafe {
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETOWN, libc::getpid()))?;
        check(libc::fcntl(fd.as_raw_fd(), F_SETSIG, write_signal()))?;
    }
    Ok(())
}

/// The rows and columns of the terminal that is open as `fd`, if it is one and knows.
pub(crate) fn window_size(fd: BorrowedFd<'_>) -> Option<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one `winsize`.
    let asked = unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &mut size) };
    (asked == 0 && size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}

/// Switches one status flag of an open file.
pub(crate) fn set_flag(fd: BorrowedFd<'_>, flag: libc::c_int, on: bool) -> io::Result<()> {
    // SAFETY: fcntl with integer arguments.
    unsafe {
        let flags = check(libc::fcntl(fd.as_raw_fd(), libc::F_GETFL))?;
        let flags = if on { flags | flag } else { flags & !flag };
        check(libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags))?;
    }
    Ok(())
}

/// Enlarges a pipe where the system's limits allow it; its new size.
pub(crate) fn enlarge_pipe(fd: BorrowedFd<'_>, size: usize) -> Option<usize> {
    // SAFETY: fcntl with integer arguments; a refusal changes nothing.
    usize::try_from(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, size as libc::c_int) }).ok()
}

/// How many bytes wait in a pipe.
pub(crate) fn waiting_in(fd: BorrowedFd<'_>) -> usize {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one integer.
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::FIONREAD, &mut count) };
    usize::try_from(count).unwrap_or(0)
}

/// Waits until one of `fds` is ready or `timeout` milliseconds have passed (`-1`: for ever).
pub(crate) fn poll(fds: &mut [libc::pollfd], timeout: i32) {
    // SAFETY: the pointer and the length describe one live slice. An interruption counts as "nothing ready".
    unsafe {
        if libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout) < 0 {
            fds.iter_mut().for_each(|fd| fd.revents = 0);
        }
    }
}

/// An entry for [`poll`]; `None` is skipped by the kernel.
pub(crate) fn interest(fd: Option<RawFd>, events: libc::c_short) -> libc::pollfd {
    libc::pollfd { fd: fd.unwrap_or(-1), events, revents: 0 }
}

/// Runs `work` with lost readers being errors of its writes and not signals.
pub(crate) fn without_sigpipe<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: neither SIG_IGN nor what was there before, if that is a handler of ours, runs other code than before.
    let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let result = work();
    // SAFETY: the same.
    unsafe { libc::signal(libc::SIGPIPE, before) };
    result
}
