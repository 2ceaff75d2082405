//! The server that results are shared by. The script starts it, because this program waits for all of its own children.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::argv;
use crate::failure::{Failure, ensure};
use crate::run::{Sink, run};
use crate::stage::{Home, Stage};

/// What is said where there is no server.
pub const NONE: &str = "neither redis-server nor valkey-server is installed";

/// What scripts on the server call, and no client of ours.
const OF_SCRIPTS: [&str; 16] = [
    "time", "hmget", "hset", "hget", "hincrby", "xrange", "xadd", "exists", "pttl", "pexpire", "expire", "persist",
    "unlink", "del", "set", "hdel",
];

/// A server, empty, with a key for the hosts that use it.
pub struct Server {
    socket: PathBuf,
    key: PathBuf,
    /// A home of nobody's, where the key is.
    _home: Home,
}

impl Server {
    /// `None` where no server is installed.
    pub fn emptied(stage: &Stage) -> Result<Option<Self>, Failure> {
        let socket = stage.file("server.sock");
        if !socket.exists() {
            return Ok(None);
        }
        let home = stage.home("shared-key")?;
        let key = home.file("team.key");
        let made = run(&home.command(argv![&stage.cacheback, "shared", "keygen", "-q", &key]), Sink::Null)?;
        ensure(made.exit.status == 0, || "no key could be made".to_owned())?;
        let server = Self { socket, key, _home: home };
        server.ask("FLUSHALL")?;
        server.forget_counts()?;
        Ok(Some(server))
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Makes `home` a host that shares everything that it runs, by the server at `socket`, with `more` settings.
    pub fn configure(&self, home: &Home, socket: &Path, more: &str) -> Result<(), Failure> {
        let section = format!(
            "[shared]\nurl = \"unix://{}\"\nsecret_file = \"{}\"\nsync = \"1h\"\nmax_size = \"64MiB\"\n{more}",
            socket.display(),
            self.key.display()
        );
        configure(home, &section, "shared = true\nvary = []\n")
    }

    /// A new host.
    pub fn host(&self, stage: &Stage, name: &str) -> Result<Home, Failure> {
        let home = stage.home(name)?;
        self.configure(&home, &self.socket, "")?;
        Ok(home)
    }

    /// A new host that waits longer for the server, because all hosts and the server share the processors of one machine.
    pub fn patient_host(&self, stage: &Stage, name: &str) -> Result<Home, Failure> {
        let home = stage.home(name)?;
        self.configure(&home, &self.socket, "connect_timeout = \"30s\"\ntimeout = \"30s\"\n")?;
        Ok(home)
    }

    /// Sets the counts of commands to 0.
    pub fn forget_counts(&self) -> Result<(), Failure> {
        self.ask("CONFIG RESETSTAT").map(drop)
    }

    /// The first line of the answer.
    pub fn ask(&self, command: &str) -> Result<String, Failure> {
        let mut stream = BufReader::new(UnixStream::connect(&self.socket)?);
        stream.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        ensure(!line.starts_with('-'), || format!("the server refuses {command}: {}", line.trim_end()))?;
        Ok(line)
    }

    /// The lines `name:value` of a section of INFO.
    pub fn info(&self, section: &str) -> Result<Vec<(String, String)>, Failure> {
        let mut stream = BufReader::new(UnixStream::connect(&self.socket)?);
        stream.get_mut().write_all(format!("INFO {section}\r\n").as_bytes())?;
        let mut length = String::new();
        stream.read_line(&mut length)?;
        let length = length.trim_start_matches('$').trim_end().parse().unwrap_or(0);
        let mut text = vec![0; length];
        stream.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let pairs = text.lines().filter_map(|line| line.split_once(':'));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// How many connections wait.
    pub fn waiting(&self) -> Result<usize, Failure> {
        let lines = self.info("clients")?;
        let line = lines.iter().find(|(name, _)| name == "blocked_clients");
        Ok(line.and_then(|(_, value)| value.parse().ok()).unwrap_or(0))
    }

    /// How often each command was called, and how many microseconds that took on average.
    pub fn commands(&self) -> Result<Vec<Called>, Failure> {
        let lines = self.info("commandstats")?;
        Ok(lines.iter().filter_map(|(name, value)| Called::read(name.strip_prefix("cmdstat_")?, value)).collect())
    }
}

/// How often a command was called.
pub struct Called {
    pub name: String,
    pub times: f64,
    pub micros: f64,
}

impl Called {
    fn read(name: &str, value: &str) -> Option<Self> {
        let field = |name: &str| {
            let field = value.split(',').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            field.and_then(|number| number.parse().ok())
        };
        Some(Self { name: name.to_owned(), times: field("calls")?, micros: field("usec_per_call")? })
    }

    /// A client of ours has sent it: neither a script nor this program has.
    pub fn is_request(&self) -> bool {
        let of_harness = ["info", "flushall"].contains(&self.name.as_str()) || self.name.starts_with("config");
        !of_harness && !OF_SCRIPTS.contains(&self.name.as_str())
    }
}

/// Writes the configuration of `home`: `section`, and a rule for all commands.
pub fn configure(home: &Home, section: &str, rule: &str) -> Result<(), Failure> {
    fs::create_dir_all(home.file("config/cacheback"))?;
    let text = format!("{section}[[rule]]\ncommand = \"*\"\n{rule}");
    Ok(fs::write(home.file("config/cacheback/config.toml"), text)?)
}
