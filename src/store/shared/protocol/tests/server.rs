//! A server of its own for each test: on a socket in a temporary directory, without persistence, gone after the test.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::{Cmd, Value};
use tempfile::TempDir;

use crate::store::shared::wire::{Wire, WireError};

/// The servers in PATH. None at all is a failure only where everything has to be tested.
pub fn installed() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let find = |name| std::env::split_paths(&path).map(|place| place.join(name)).find(|program| program.is_file());
    let found: Vec<_> = ["redis-server", "valkey-server"].into_iter().filter_map(find).collect();
    if found.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "neither redis-server nor valkey-server is installed");
        eprintln!("skipped: neither redis-server nor valkey-server is installed");
    }
    found
}

/// A running server.
pub struct Server {
    process: Child,
    directory: TempDir,
    program: PathBuf,
}

impl Server {
    pub fn start(program: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let process = Command::new(program)
            .args(["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "no"])
            .args(["--maxmemory-policy", "noeviction", "--repl-diskless-sync-delay", "0"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, directory, program: program.into() };
        let limit = Instant::now() + Duration::from_secs(30);
        while UnixStream::connect(server.socket()).is_err() {
            assert!(Instant::now() < limit, "{} does not listen", program.display());
            std::thread::sleep(Duration::from_millis(2));
        }
        server
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    pub fn connect(&self) -> Link {
        Link(UnixStream::connect(self.socket()).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A connection.
pub struct Link(UnixStream);

impl Wire for Link {
    fn roundtrip(&mut self, commands: &[Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.0.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
        let packed: Vec<u8> = commands.iter().flat_map(Cmd::get_packed_command).collect();
        self.0.write_all(&packed).map_err(|_| WireError::Closed)?;
        let mut parser = redis::Parser::new();
        let answers: Vec<_> = commands
            .iter()
            .map(|_| parser.parse_value(&mut self.0 as &mut dyn Read).map_err(|_| WireError::Timeout))
            .collect::<Result<_, _>>()?;
        answers.into_iter().map(no_error).collect()
    }
}

fn no_error(value: Value) -> Result<Value, WireError> {
    match value {
        Value::ServerError(error) => {
            Err(WireError::Server { code: error.code().into(), text: error.details().unwrap_or_default().into() })
        }
        value => Ok(value),
    }
}
