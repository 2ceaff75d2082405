//! Hosts that share their results: homes of their own, and a real server that all of them use.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::{Call, Home, Outcome, has, wait_until};

#[path = "../../../src/store/shared/testing/server.rs"]
mod server;

pub use server::{Server as Redis, free_port};

impl Redis {
    /// Started with these options; none where no server is installed.
    pub fn start(options: &[&str]) -> Option<Self> {
        has("redis-server").then(|| Self::launch("redis-server", 0, options))
    }

    /// Kills it, and starts an empty one in its place.
    pub fn restart(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.process = server::spawn(&self.program, &self.directory, &self.options);
        self.until_it_listens();
    }

    /// Its process.
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        super::kill(i32::try_from(self.process.id()).expect("a number of a process"), signal);
    }

    /// The value in the line `name:value` of INFO; zero if there is none.
    pub fn info(&self, section: &str, name: &str) -> u64 {
        let mut stream = BufReader::new(UnixStream::connect(self.socket()).expect("it listens"));
        stream.get_mut().write_all(format!("INFO {section}\r\n").as_bytes()).expect("it reads");
        let lines = stream.lines().map_while(Result::ok).skip(1).take_while(|line| !line.is_empty());
        let value = lines.filter_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned())).next();
        let digits = |value: String| value.trim_start_matches("calls=").split(',').next().map(str::to_owned);
        value.and_then(digits).map_or(0, |number| number.parse().expect("a number"))
    }

    /// Waits until this many followers wait for outcomes.
    #[track_caller]
    pub fn until_followed(&self, followers: u64) {
        wait_until("the followers wait", || self.info("clients", "blocked_clients") == followers);
    }

    /// How many names match this pattern.
    pub fn count(&self, pattern: &str) -> usize {
        let answer = self.ask(&format!("EVAL \"return #redis.call('keys', ARGV[1])\" 0 {pattern}"));
        answer.strip_prefix(':').and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    }

    /// The names that match this pattern; none of them has white space.
    pub fn names(&self, pattern: &str) -> Vec<String> {
        let script = "return redis.status_reply(table.concat(redis.call('keys', ARGV[1]), ' '))";
        let answer = self.ask(&format!("EVAL \"{script}\" 0 {pattern}"));
        answer.trim_start_matches('+').split_whitespace().map(str::to_owned).collect()
    }

    /// The first line of the answer to a command.
    pub fn ask(&self, command: &str) -> String {
        first_lines(&self.socket(), &[command]).remove(0)
    }

    /// The same, by this user.
    pub fn ask_as(&self, user: &str, password: &str, command: &str) -> String {
        first_lines(&self.socket(), &[&format!("AUTH {user} {password}"), command]).remove(1)
    }

    /// Everything that it has, as it would be written to a disk.
    pub fn memory(&self) -> Vec<u8> {
        assert_eq!(self.ask("CONFIG SET rdbcompression no"), "+OK\r\n");
        assert_eq!(self.ask("SAVE"), "+OK\r\n");
        fs::read(self.directory.path().join("dump.rdb")).expect("it has been saved")
    }
}

/// The first line of the answer to each command, or nothing where the server closes the connection.
pub fn first_lines(socket: &Path, commands: &[&str]) -> Vec<String> {
    let mut stream = BufReader::new(UnixStream::connect(socket).expect("it listens"));
    let answers = commands.iter().map(|command| {
        stream.get_mut().write_all(format!("{command}\r\n").as_bytes()).expect("it reads");
        let mut line = String::new();
        stream.read_line(&mut line).expect("it answers");
        line
    });
    answers.collect()
}

/// Two hosts with the key of one team.
pub struct Fleet {
    pub one: Home,
    pub other: Home,
    pub server: Redis,
}

impl Fleet {
    pub fn start() -> Option<Self> {
        Self::with(&[])
    }

    /// The same, with these options of the server.
    pub fn with(options: &[&str]) -> Option<Self> {
        let server = Redis::start(options)?;
        let one = Home::new();
        one.cacheback(["shared", "keygen", "-q"]).arg(Self::key(&one)).go().status(0);
        one.script("count", "echo of one");
        configure(&one, &server.socket_url(), "");
        let other = joined(&one, &server, "other");
        Some(Self { one, other, server })
    }

    /// One more host.
    pub fn join(&self, name: &str) -> Home {
        joined(&self.one, &self.server, name)
    }

    /// Where the team's key is in this home.
    pub fn key(home: &Home) -> PathBuf {
        home.path().join(".config/cacheback/shared.key")
    }

    /// Writes the configuration: the server, `more` of its section, and a rule that shares `count`.
    pub fn configure(&self, home: &Home, more: &str) {
        configure(home, &self.server.socket_url(), more);
    }

    /// Writes the configuration: the server, and a job that shares `count`, with `more` of its settings.
    pub fn configure_job(&self, home: &Home, more: &str) {
        let job = "[job.count]\ncommand = [\"count\"]\nshared = true\nttl = \"1h\"";
        home.configure(&format!("{}\n{job}\n{more}", section(home, &self.server.socket_url())));
    }

    /// Has `one` run `count`, and waits until the server has the result.
    #[track_caller]
    pub fn one_has_run(&self) {
        self.one.run(["count"]).stdout("of one\n");
        self.one.until_quiet();
        assert_eq!(self.server.count("*e:*"), 1);
    }
}

fn joined(one: &Home, server: &Redis, name: &str) -> Home {
    let home = Home::new();
    fs::create_dir_all(Fleet::key(&home).parent().expect("it has a folder")).expect("a new folder");
    fs::copy(Fleet::key(one), Fleet::key(&home)).expect("it is there");
    home.script("count", &format!("echo of {name}"));
    configure(&home, &server.socket_url(), "");
    home
}

/// Writes the configuration of a host that uses the server at `url`.
pub fn configure(home: &Home, url: &str, more: &str) {
    let rule = "[[rule]]\ncommand = \"count*\"\nshared = true\n";
    home.configure(&format!("{}{more}\n{rule}", section(home, url)));
}

fn section(home: &Home, url: &str) -> String {
    let key = Fleet::key(home);
    format!(
        "[shared]\nurl = \"{url}\"\nsecret_file = \"{}\"\nconnect_timeout = \"5s\"\ntimeout = \"5s\"\n",
        key.display()
    )
}

/// Both members of the Cache-Status line: the server's, and that of this host.
#[track_caller]
pub fn members(outcome: &Outcome) -> (String, String) {
    let text = outcome.stderr_text();
    let line = text.lines().find_map(|line| line.strip_prefix("Cache-Status: cacheback-shared; "));
    let (shared, own) = line.and_then(|line| line.split_once(", cacheback; ")).unwrap_or_else(|| panic!("{outcome}"));
    (shared.to_owned(), own.to_owned())
}

/// `cacheback shared ARGS`.
pub fn shared(home: &Home, args: &[&str]) -> Call {
    home.cacheback(["shared"]).arg_all(args)
}

/// Whether the breaker has anything to remember.
pub fn has_breaker(home: &Home) -> bool {
    Path::new(&home.cache()).join("cache.db-shared").exists()
}
