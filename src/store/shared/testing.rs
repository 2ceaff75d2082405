//! Real servers for tests, and what is said to them.

mod server;

use std::time::{Duration, Instant};

pub(crate) use self::server::{Server, free_port};
use super::settings::Login;
use super::url::Url;
use super::wire::{Connection, Target, Wire, WireError};

/// Runs a test on every server program that is installed. None at all is a failure only where everything has to be
/// tested.
pub(crate) fn with_each(test: impl Fn(&str)) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_installed = |name: &&str| std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    let programs: Vec<&str> = ["redis-server", "valkey-server"].into_iter().filter(is_installed).collect();
    if programs.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "neither redis-server nor valkey-server is installed");
        eprintln!("skipped: neither redis-server nor valkey-server is installed");
    }
    programs.into_iter().for_each(test);
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

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection by the socket.
    pub(crate) fn connect(&self) -> Connection {
        Connection::new(target(&self.socket_url()), None)
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
