//! Parse, dispatch, exit code. Everything else is in `cli` and in the library.
//!
//! The C entry point is used directly: Rust's own start-up costs 0.1 ms, a good part of a cache hit, and it ignores
//! SIGPIPE, which a wrapper has to leave as its caller set it. It would also flush standard output at the end: here,
//! each function that prints there flushes. The arguments come from the C entry point, too: without Rust's start-up,
//! the standard library knows them with glibc only.

#![cfg_attr(not(test), no_main)]
#![deny(unsafe_code)]

mod cli;
mod config;
mod runner;

// The rooms of the library are rooms of the program, under the same paths.
use cacheback::program::{cache, codec, dependencies, fetch, flight, model, policy, store, sys};

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;

#[global_allocator]
static ALLOCATOR: sys::allocator::Allocator = sys::allocator::Allocator;

/// Parses, dispatches, and returns the exit code.
///
/// # Safety
///
/// Only C's start-up code calls this, with `argc` strings that end with a zero byte and stay until the process ends.
// SAFETY: no other symbol is called `main`, and this is the signature that C's start-up code calls it with.
#[allow(unsafe_code)]
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    let words = 0..usize::try_from(argc).unwrap_or(0);
    // SAFETY: the caller promises `argc` strings.
    let word = |at| OsStr::from_bytes(unsafe { CStr::from_ptr(*argv.add(at)) }.to_bytes()).to_owned();
    let words: Vec<OsString> = words.map(word).collect();
    c_int::from(cli::main(&words).code())
}
