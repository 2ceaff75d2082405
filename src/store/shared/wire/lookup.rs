//! Looks up the addresses of a name with getent(1).
//!
//! A static program must not call getaddrinfo(3) itself: glibc loads the modules that nsswitch.conf(5) names into it,
//! and these need the shared C library of the host. getent is the host's own, finds what every other program finds,
//! and, unlike a function call, can be cut off at the deadline.

use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::WireError;
use crate::sys::poll::{input, poll};
use crate::sys::process::ends_with_us;

/// The addresses of `host`, in the order in which to try them.
pub(super) fn addresses(host: &str, deadline: Instant) -> Result<Vec<IpAddr>, WireError> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    // A name that began with a hyphen would be an option; URLs with one are refused, but a server may send one.
    if host.starts_with('-') {
        return Err(WireError::UnknownHost(host.to_owned()));
    }
    let found = match ask("getent", host, deadline) {
        Err(error) if error.kind() == ErrorKind::TimedOut => return Err(WireError::Timeout),
        Err(error) => {
            return Err(WireError::Refused(format!("getent, which looks up '{host}', cannot be run: {error}")));
        }
        Ok(text) => parse(&text),
    };
    if found.is_empty() { Err(WireError::UnknownHost(host.to_owned())) } else { Ok(found) }
}

/// What `program ahosts HOST` prints.
fn ask(program: &str, host: &str, deadline: Instant) -> io::Result<String> {
    let mut command = Command::new(program);
    command.args(["ahosts", host]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    ends_with_us(&mut command);
    let mut child = Ended(command.spawn()?);
    let Some(mut output) = child.0.stdout.take() else { return Ok(String::new()) };
    let mut text = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let [ready] = poll([input(output.as_fd())], Some(left));
        let mut buffer = [0; 4096];
        if ready.is_ready() {
            match output.read(&mut buffer)? {
                0 => return Ok(String::from_utf8_lossy(&text).into_owned()),
                _ if text.len() > 1 << 16 => return Err(ErrorKind::InvalidData.into()),
                read => text.extend_from_slice(&buffer[..read]),
            }
        }
    }
}

/// A child that is killed when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // This does nothing to a child that has ended. Where SIGCHLD is ignored, the kernel reaps the child.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first word of each line, once.
fn parse(text: &str) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = Vec::new();
    for address in text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn addresses_and_the_own_host_are_known_without_a_lookup() {
        let none = Instant::now();
        assert_eq!(addresses("192.0.2.1", none), Ok(vec!["192.0.2.1".parse().unwrap()]));
        assert_eq!(addresses("::1", none), Ok(vec![Ipv6Addr::LOCALHOST.into()]));
        assert_eq!(addresses("localhost", none).unwrap()[0], Ipv4Addr::LOCALHOST);
        assert_eq!(addresses("--help", none), Err(WireError::UnknownHost("--help".to_owned())));
    }

    #[test]
    fn each_address_that_getent_prints_counts_once() {
        let text = "192.0.2.7       STREAM cache.example\n192.0.2.7       DGRAM\n2001:db8::7     STREAM\n\nrubbish\n";
        assert_eq!(parse(text), ["192.0.2.7".parse::<IpAddr>().unwrap(), "2001:db8::7".parse().unwrap()]);
    }

    #[test]
    fn a_lookup_that_takes_too_long_is_cut_off() {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("getent");
        let script = |text: &str| {
            fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        };
        let ask = |deadline| ask(program.to_str().unwrap(), "cache.example", deadline).map_err(|error| error.kind());
        script("echo \"192.0.2.7 STREAM $2\"");
        assert_eq!(ask(soon()), Ok("192.0.2.7 STREAM cache.example\n".to_owned()));
        script("exec sleep 1000");
        let begun = Instant::now();
        assert_eq!(ask(begun + Duration::from_millis(50)), Err(ErrorKind::TimedOut));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_name_that_nobody_has_is_unknown() {
        assert_eq!(
            addresses("no-such-host.invalid", soon()),
            Err(WireError::UnknownHost("no-such-host.invalid".into()))
        );
    }
}
