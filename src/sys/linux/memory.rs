//! memcpy(3), memmove(3) and memset(3) for a static program with musl, whose own begin with an instruction that takes
//! longer to start than a short copy. Most copies are short: a hit makes hundreds, and reading a configuration or a
//! statement of SQL thousands.
//!
//! The symbols are weak: a program that uses the library and brings its own keeps them. Labels have no 0 and 1: the
//! assembler would take them for binary numbers.

/// Defines the three functions under these names.
#[cfg(any(test, all(target_env = "musl", target_feature = "crt-static")))]
macro_rules! define {
    ($copy:literal, $move:literal, $fill:literal) => {
        core::arch::global_asm!(
            ".pushsection .text.memcpy, \"ax\", @progbits",
            concat!(".weak ", $copy),
            concat!(".weak ", $move),
            concat!(".weak ", $fill),
            // Moves down, or between places that do not overlap: forwards, with what is last read first.
            concat!(".type ", $move, ", @function"),
            concat!($move, ":"),
            "mov rax, rdi",
            "sub rax, rsi",
            "cmp rax, rdx",
            "jb 7f",
            concat!(".type ", $copy, ", @function"),
            concat!($copy, ":"),
            "mov rax, rdi",
            "cmp rdx, 16",
            "jb 3f",
            "movups xmm0, [rsi + rdx - 16]",
            "lea r8, [rdi + rdx - 16]",
            "cmp rdx, 1024",
            "ja 2f",
            "cmp rdi, r8",
            "jae 6f",
            "22: movups xmm1, [rsi]",
            "movups [rdi], xmm1",
            "add rsi, 16",
            "add rdi, 16",
            "cmp rdi, r8",
            "jb 22b",
            "6: movups [r8], xmm0",
            "ret",
            "2: lea rcx, [rdx - 1]",
            "shr rcx, 3",
            "rep movsq",
            "movups [r8], xmm0",
            "ret",
            // Fewer than 16 bytes: all are read before one is written.
            "3: cmp edx, 8",
            "jb 4f",
            "mov rcx, [rsi]",
            "mov rsi, [rsi + rdx - 8]",
            "mov [rdi], rcx",
            "mov [rdi + rdx - 8], rsi",
            "ret",
            "4: cmp edx, 4",
            "jb 5f",
            "mov ecx, [rsi]",
            "mov esi, [rsi + rdx - 4]",
            "mov [rdi], ecx",
            "mov [rdi + rdx - 4], esi",
            "ret",
            "5: test edx, edx",
            "jz 8f",
            "mov r9, rdx",
            "shr r9",
            "movzx ecx, byte ptr [rsi]",
            "movzx r8d, byte ptr [rsi + r9]",
            "movzx esi, byte ptr [rsi + rdx - 1]",
            "mov [rdi], cl",
            "mov [rdi + r9], r8b",
            "mov [rdi + rdx - 1], sil",
            "8: ret",
            // Moves up, onto a part of itself: backwards, with what is first read first.
            "7: mov rax, rdi",
            "cmp rdx, 16",
            "jb 3b",
            "movups xmm0, [rsi]",
            "jmp 23f",
            "9: movups xmm1, [rsi + rdx - 16]",
            "movups [rdi + rdx - 16], xmm1",
            "sub rdx, 16",
            "23: cmp rdx, 16",
            "ja 9b",
            "movups [rdi], xmm0",
            "ret",
            concat!(".size ", $copy, ", . - ", $copy),
            concat!(".type ", $fill, ", @function"),
            concat!($fill, ":"),
            "mov r8, rdi",
            "cmp rdx, 512",
            "ja 4f",
            "movzx ecx, sil",
            "movabs rax, 0x0101010101010101",
            "imul rcx, rax",
            "mov rax, rdi",
            "cmp rdx, 16",
            "jb 2f",
            "movq xmm0, rcx",
            "punpcklqdq xmm0, xmm0",
            "lea r8, [rdi + rdx - 16]",
            "22: movups [rdi], xmm0",
            "add rdi, 16",
            "cmp rdi, r8",
            "jb 22b",
            "movups [r8], xmm0",
            "ret",
            "2: cmp edx, 8",
            "jb 3f",
            "mov [rdi], rcx",
            "mov [rdi + rdx - 8], rcx",
            "ret",
            "3: cmp edx, 4",
            "jb 5f",
            "mov [rdi], ecx",
            "mov [rdi + rdx - 4], ecx",
            "ret",
            "5: test edx, edx",
            "jz 6f",
            "mov r9, rdx",
            "shr r9",
            "mov [rdi], cl",
            "mov [rdi + r9], cl",
            "mov [rdi + rdx - 1], cl",
            "6: ret",
            "4: mov eax, esi",
            "mov rcx, rdx",
            "rep stosb",
            "mov rax, r8",
            "ret",
            concat!(".size ", $fill, ", . - ", $fill),
            ".popsection",
        );
    };
}

#[cfg(all(target_env = "musl", target_feature = "crt-static"))]
define!("memcpy", "memmove", "memset");

#[cfg(test)]
mod tests {
    use std::ffi::{c_int, c_void};

    define!("cacheback_memcpy", "cacheback_memmove", "cacheback_memset");

    unsafe extern "C" {
        fn cacheback_memcpy(to: *mut c_void, from: *const c_void, size: usize) -> *mut c_void;
        fn cacheback_memmove(to: *mut c_void, from: *const c_void, size: usize) -> *mut c_void;
        fn cacheback_memset(to: *mut c_void, byte: c_int, size: usize) -> *mut c_void;
    }

    /// Sizes on both sides of every branch.
    fn sizes() -> impl Iterator<Item = usize> {
        (0..=80).chain([127, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 1026, 1031, 1032, 1033, 5000])
    }

    fn pattern() -> Vec<u8> {
        (0..6000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn a_copy_is_as_long_as_asked_for() {
        for size in sizes() {
            for shift in 0..17 {
                let from = pattern();
                let (mut to, mut expected) = (vec![0xAA; 6000], vec![0xAA; 6000]);
                expected[shift + 3..shift + 3 + size].copy_from_slice(&from[shift..shift + size]);
                let at = to[shift + 3..].as_mut_ptr().cast::<c_void>();
                // SAFETY: both are longer than that, and apart.
                let returned = unsafe { cacheback_memcpy(at, from[shift..].as_ptr().cast(), size) };
                assert_eq!((returned, to), (at, expected), "{size} bytes at {shift}");
            }
        }
    }

    #[test]
    fn a_move_onto_itself_is_right_in_both_directions() {
        for size in sizes() {
            for (from, to) in (0..40).flat_map(|near| [(near, 20), (20, near)]).chain([(0, 700), (700, 0)]) {
                let (mut bytes, mut expected) = (pattern(), pattern());
                expected.copy_within(from..from + size, to);
                let memory = bytes.as_mut_ptr();
                // SAFETY: both are within it.
                unsafe { cacheback_memmove(memory.add(to).cast(), memory.add(from).cast(), size) };
                assert!(bytes == expected, "{size} bytes from {from} to {to}");
            }
        }
    }

    #[test]
    fn exactly_what_is_to_be_filled_is_filled() {
        for size in sizes() {
            for shift in 0..17 {
                let (mut bytes, mut expected) = (pattern(), pattern());
                expected[shift..shift + size].fill(0xC3);
                let at = bytes[shift..].as_mut_ptr().cast::<c_void>();
                // SAFETY: it is longer than that. Only the lowest byte of the number counts.
                let returned = unsafe { cacheback_memset(at, 0x7FC3, size) };
                assert_eq!((returned, bytes), (at, expected), "{size} bytes at {shift}");
            }
        }
    }
}
