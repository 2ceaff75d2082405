//! The entry point of a static program: it has the kernel provide all pages at once that are about to be written.
//!
//! The C library's start-up code relocates 18 pages of data, a hit uses nine of stack, and each of them is a page fault
//! of about a microsecond. Two system calls take half as long. `build.rs` makes this the entry point.

#[cfg(all(target_arch = "x86_64", target_feature = "crt-static"))]
core::arch::global_asm!(
    ".pushsection .text.cacheback_start, \"ax\", @progbits",
    ".globl cacheback_start",
    ".hidden __init_array_start",
    ".hidden _end",
    "cacheback_start:",
    // The start-up code gets this register from the kernel. All others and the stack are its own from here.
    "mov r8, rdx",
    // From the first data that is relocated to the end of all data.
    "lea rdi, [rip + __init_array_start]",
    "and rdi, -4096",
    "lea rsi, [rip + _end + 4095]",
    "and rsi, -4096",
    "sub rsi, rdi",
    "mov edx, {populate}",
    "mov eax, {madvise}",
    "syscall",
    // Kernels before 5.14 refuse this call, and provide each page when it is written.
    "mov rdi, rsp",
    "and rdi, -4096",
    "sub rdi, {stack}",
    "mov esi, {stack} + 4096",
    "mov edx, {populate}",
    "mov eax, {madvise}",
    "syscall",
    "mov rdx, r8",
    "jmp _start",
    ".popsection",
    populate = const libc::MADV_POPULATE_WRITE,
    madvise = const libc::SYS_madvise,
    stack = const 8 * 4096,
);
