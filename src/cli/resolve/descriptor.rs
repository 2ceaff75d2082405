//! Checks a descriptor that the caller names by its number.

use std::fs;
use std::os::fd::RawFd;
use std::path::Path;

/// Whether descriptor `number` is open for writing.
///
/// Safe code cannot call fcntl for a number that may not be open. Without /proc nothing is checked here, and the first
/// write fails.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_descriptor_opened_for_reading_is_refused() {
        let reading = File::open("/dev/null").unwrap();
        let writing = File::create("/dev/null").unwrap();
        assert!(check_writable(reading.as_raw_fd()).is_err());
        assert!(check_writable(writing.as_raw_fd()).is_ok());
    }
}
