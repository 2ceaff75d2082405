//! Descriptors that the caller hands us by number, and the three that every program expects.

use std::fs::{self, File};
use std::os::fd::{AsRawFd, IntoRawFd, RawFd};
use std::path::Path;

/// Whether descriptor `number` is open for writing.
///
/// fcntl would tell too, but only of a descriptor that is known to be open, in safe code. Without /proc there is no
/// telling, and the first write will.
pub fn check_writable(number: RawFd) -> Result<(), &'static str> {
    let fdinfo = Path::new("/proc/self/fdinfo");
    match fs::read_to_string(fdinfo.join(number.to_string())) {
        Ok(info) if is_read_only(&info) => {
            Err("the descriptor is open for reading only; expected one that is open for writing, such as 2")
        }
        Err(_) if fdinfo.exists() => Err("the descriptor is not open; expected one that is, such as 2"),
        _ => Ok(()),
    }
}

fn is_read_only(fdinfo: &str) -> bool {
    let flags = fdinfo.lines().find_map(|line| line.strip_prefix("flags:"));
    // The last two bits are the access mode; O_RDONLY is 0.
    flags.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).is_some_and(|flags| flags & 3 == 0)
}

/// Opens /dev/null on those of the descriptors 0, 1 and 2 that the caller left closed.
///
/// Otherwise the next file that is opened, the database for one, becomes standard output. Rust's runtime would see
/// to it, but it is not started; see main.rs. They are closed again on exec: a command that takes our place finds what
/// the caller left.
pub fn open_standard_ones() {
    while let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        if null.as_raw_fd() > 2 {
            return;
        }
        let _stays_open = null.into_raw_fd();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_opened_for_reading_is_refused() {
        let reading = File::open("/dev/null").unwrap();
        let writing = File::create("/dev/null").unwrap();
        assert!(check_writable(reading.as_raw_fd()).is_err());
        assert!(check_writable(writing.as_raw_fd()).is_ok());
    }
}
