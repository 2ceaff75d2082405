//! Parse, dispatch, exit code. Everything else is in `cli` and in the library.
//!
//! The C entry point is used directly: Rust's own start-up costs 0.1 ms, a good part of a cache hit, and it ignores
//! SIGPIPE, which a wrapper has to leave as its caller set it. It would also flush standard output at the end: here,
//! who prints there flushes.

#![cfg_attr(not(test), no_main)]
#![deny(unsafe_code)]

mod cli;
mod config;
mod values;

use std::ffi::c_int;

// SAFETY: no other symbol is called `main`, and this is the signature that C's start-up code calls it with.
#[allow(unsafe_code)]
#[cfg_attr(not(test), unsafe(no_mangle))]
pub extern "C" fn main() -> c_int {
    c_int::from(cli::main().code())
}
