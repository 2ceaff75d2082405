//! Real servers for tests: each in a directory of its own, without persistence, gone with its value.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::settings::Login;
use super::url::Url;
use super::wire::{Connection, Target, Wire, WireError};

/// A server on a Unix socket, and on a port of the loopback address if it was given one.
pub(crate) struct Server {
    child: Child,
    directory: TempDir,
    pub(crate) port: u16,
}

/// Runs a test on every server program that is installed. Where there is none, the test says that it was skipped.
pub(crate) fn with_each(test: impl Fn(&str)) {
    let programs: Vec<&str> = ["redis-server", "valkey-server"].into_iter().filter(|name| is_installed(name)).collect();
    if programs.is_empty() {
        eprintln!("skipped: neither redis-server nor valkey-server is installed");
    }
    programs.into_iter().for_each(test);
}

fn is_installed(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|directory| directory.join(name).exists()))
}

/// A port on which nobody listens, another one at each call.
///
/// It is below the ports that the kernel gives to connections: such a one could be in use before the server listens.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() as u16;
    (0..20_000)
        .map(|_| 10_000 + first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("one of so many ports is free")
}

impl Server {
    /// On its socket alone.
    pub(crate) fn start(program: &str, options: &[&str]) -> Self {
        Self::launch(program, 0, options)
    }

    /// On a port, too.
    pub(crate) fn on_port(program: &str, options: &[&str]) -> Self {
        Self::launch(program, free_port(), options)
    }

    fn launch(program: &str, port: u16, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("s");
        let child = Command::new(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--dir".as_ref(), directory.path().as_os_str(), "--unixsocket".as_ref(), socket.as_os_str()])
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, directory, port };
        let deadline = Instant::now() + Duration::from_secs(60);
        while UnixStream::connect(&socket).is_err() {
            assert!(server.child.try_wait().unwrap().is_none(), "{program} has ended: {options:?}");
            assert!(Instant::now() < deadline, "{program} does not listen");
            thread::sleep(Duration::from_millis(5));
        }
        server
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    pub(crate) fn socket_url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection by the socket.
    pub(crate) fn connect(&self) -> Connection {
        Connection::new(target(&self.socket_url()), None)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server of `url`, with the login that stands in it.
pub(crate) fn target(url: &str) -> Target {
    let url = Url::parse(url).unwrap();
    let login = Login { user: url.user.clone(), password: url.password.clone() };
    Target { url, login, ca_file: None, connect_timeout: Duration::from_secs(20) }
}

/// A command of these words.
pub(crate) fn command(words: &[&str]) -> redis::Cmd {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}

/// The answers to commands of such words, which have time.
pub(crate) fn ask(wire: &mut impl Wire, commands: &[&[&str]]) -> Result<Vec<redis::Value>, WireError> {
    let commands: Vec<redis::Cmd> = commands.iter().map(|words| command(words)).collect();
    wire.roundtrip(&commands, Instant::now() + Duration::from_secs(20))
}
