//! A Redis or Valkey server for tests: in a directory of its own, without persistence, gone with its value. The
//! integration tests include this file, too.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Server {
    pub process: Child,
    pub directory: TempDir,
    pub program: String,
    pub options: Vec<String>,
    pub port: u16,
}

impl Server {
    /// Starts `program` with `options`: on its socket, and on `port` of the loopback address unless that is 0.
    pub fn launch(program: &str, port: u16, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let port_option = port.to_string();
        let fixed = ["--port", &port_option, "--bind", "127.0.0.1", "--unixsocket", "socket", "--save", ""];
        let options: Vec<String> =
            [&fixed[..], &["--appendonly", "no"], options].concat().into_iter().map(str::to_owned).collect();
        let process = spawn(program, &directory, &options);
        let mut server = Self { process, directory, program: program.to_owned(), options, port };
        server.until_it_listens();
        server
    }

    pub fn until_it_listens(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while UnixStream::connect(self.socket()).is_err() {
            let has_ended = self.process.try_wait().expect("it is a child of this process").is_some();
            assert!(!has_ended, "{} has ended: {:?}", self.program, self.options);
            assert!(Instant::now() < deadline, "{} does not listen (port {})", self.program, self.port);
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    pub fn socket_url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }
}

pub fn spawn(program: &str, directory: &TempDir, options: &[String]) -> Child {
    let mut command = Command::new(program);
    command.args(options).current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).spawn().expect("it is installed")
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port on which nobody listens, another one at each call.
///
/// It is below the ports that the kernel gives to connections: such a one could be in use before the server listens.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() as u16;
    (0..20_000)
        .map(|_| 10_000 + first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("one of so many ports is free")
}
