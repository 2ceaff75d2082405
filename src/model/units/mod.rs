//! Durations and sizes as people type them and read them.
//!
//! The parsers take the bytes of the command line, never panic, and say in their errors what they accept. They are
//! written here, and not taken from a crate, because they have to refuse what does not fit a
//! [`Duration`](std::time::Duration) instead of wrapping or panicking, and because they run before every hit.

mod duration;
mod readable;
mod size;
#[cfg(test)]
mod tests;

pub use self::duration::{DurationError, duration, limit};
pub use self::readable::{readable, readable_left, readable_size, rounded, written, written_size};
pub use self::size::{SizeError, size};

/// Names of units, and what each of them stands for.
type Units<T> = [(&'static [&'static str], T)];

fn unit<T: Copy>(units: &Units<T>, name: &str) -> Option<T> {
    units.iter().find(|(names, _)| names.contains(&name)).map(|(_, factor)| *factor)
}
