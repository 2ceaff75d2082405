//! The connection to a real server.
//!
//! The client crate encodes the commands and parses the answers. Its own connection is not used: it has no deadline for
//! an exchange as a whole, see [`line`](super::line), and looks names up with getaddrinfo(3).

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Cmd, Value};
use rustls::ClientConfig;

use super::line::Line;
use super::open::{Open, Stream};
use super::{Wire, WireError, lookup, of_io, tls};
use crate::store::shared::settings::Login;
use crate::store::shared::url::{Address, Url};

/// Where to connect to, and how.
#[derive(Clone, Debug)]
pub struct Target {
    /// The server.
    pub url: Url,
    /// The user and the password.
    pub login: Login,
    /// The certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The most that looking up the name, connecting and agreeing on TLS may take of each deadline.
    pub connect_timeout: Duration,
}

/// Where the server of a URL was found, so that no name has to be looked up and no MOVED followed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The host and port of the URL.
    pub server: String,
    /// The host of the node that has our keys, by the name or address that the server gives it.
    pub host: String,
    /// Its address and port.
    pub address: SocketAddr,
}

/// A connection that is made when it is needed, and made again after an error.
pub struct Connection {
    target: Target,
    route: Option<Route>,
    tls: Option<Arc<ClientConfig>>,
    open: Option<Open>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Connection({})", self.target.url)
    }
}

impl Connection {
    /// A connection to `target`, by the route that an earlier connection has found, if it is for the same server.
    pub fn new(target: Target, route: Option<Route>) -> Self {
        let server = target.url.address.to_string();
        Self { target, route: route.filter(|route| route.server == server), tls: None, open: None }
    }

    /// Where the server was found, for later connections; `None` if it was not found, or is a socket of this machine.
    pub fn route(&self) -> Option<&Route> {
        self.route.as_ref()
    }

    fn exchange(&mut self, commands: &[Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        let mut open = match self.open.take() {
            Some(mut open) => {
                open.stream.line().until(deadline);
                open
            }
            None => self.connect(deadline)?,
        };
        let greeting = if open.is_greeted { Vec::new() } else { self.greeting() };
        open.is_greeted = true;
        let result = match self.target.url.db {
            // The greeting is sent together with the commands, and costs no round trip.
            0 => open.exchange(&greeting, commands),
            // Before SELECT has succeeded, the commands would do harm in another database.
            _ if greeting.is_empty() => open.exchange(&[], commands),
            _ => open.exchange(&greeting, &[]).and_then(|_| open.exchange(&[], commands)),
        };
        if matches!(result, Ok(_) | Err(WireError::Server { .. })) {
            self.open = Some(open);
        }
        result
    }

    /// What comes before the first command.
    fn greeting(&self) -> Vec<Cmd> {
        let Target { login: Login { user, password }, url, .. } = &self.target;
        let mut commands = Vec::new();
        if let Some(password) = password {
            let mut auth = Cmd::new();
            auth.arg("AUTH").arg(user.as_deref()).arg(password.reveal());
            commands.push(auth);
        }
        if url.db != 0 {
            let mut select = Cmd::new();
            select.arg("SELECT").arg(url.db);
            commands.push(select);
        }
        commands
    }

    fn connect(&mut self, deadline: Instant) -> Result<Open, WireError> {
        let limit = deadline.min(Instant::now() + self.target.connect_timeout);
        let Address::Host(host, port) = &self.target.url.address else {
            return self.connect_to_socket(limit, deadline);
        };
        let (host, port) = (host.clone(), *port);
        if let Some(route) = self.route.take()
            && let Ok(line) = Line::to_host(route.address, limit)
        {
            let open = self.finish(line, &route.host.clone(), limit, deadline)?;
            self.route = Some(route);
            return Ok(open);
        }
        // There is no remembered route, or it does not answer.
        let (line, address) = first_that_answers(&lookup::addresses(&host, limit)?, port, limit)?;
        let open = self.finish(line, &host, limit, deadline)?;
        self.remember(host, address);
        Ok(open)
    }

    fn connect_to_socket(&self, limit: Instant, deadline: Instant) -> Result<Open, WireError> {
        let Address::Socket(path) = &self.target.url.address else { unreachable!("hosts are connected to by address") };
        let mut line = Line::to_socket(path, limit).map_err(of_io)?;
        line.until(deadline);
        Ok(Open::new(Stream::Plain(line)))
    }

    fn remember(&mut self, host: String, address: SocketAddr) {
        self.route = Some(Route { server: self.target.url.address.to_string(), host, address });
    }

    fn finish(&mut self, mut line: Line, host: &str, limit: Instant, deadline: Instant) -> Result<Open, WireError> {
        line.until(limit);
        if !self.target.url.is_tls {
            line.until(deadline);
            return Ok(Open::new(Stream::Plain(line)));
        }
        if self.tls.is_none() {
            self.tls = Some(tls::configuration(self.target.ca_file.as_deref())?);
        }
        let Some(configuration) = self.tls.clone() else { unreachable!("it has just been made") };
        // A cluster names its nodes by address, but certificates are for names.
        let name = match (host.parse::<IpAddr>(), &self.target.url.address) {
            (Ok(_), Address::Host(named, _)) => named,
            _ => host,
        };
        let mut stream = tls::begin(configuration, name, line)?;
        stream.sock.until(deadline);
        Ok(Open::new(Stream::Tls(Box::new(stream))))
    }

    /// Connects to the node that has the key, which `text` of a MOVED names: `SLOT HOST:PORT`.
    fn follow(&mut self, text: &str, deadline: Instant) -> Result<(), WireError> {
        let wrong = || WireError::NotAServer(format!("it answers MOVED {text}"));
        let (host, port) = text.split_once(' ').and_then(|(_, node)| node.rsplit_once(':')).ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        // Without a host it is the one that has answered.
        let host = match (host.trim_matches(['[', ']']), &self.target.url.address) {
            ("", Address::Host(host, _)) => host.clone(),
            ("", Address::Socket(_)) => return Err(wrong()),
            (host, _) => host.to_owned(),
        };
        let limit = deadline.min(Instant::now() + self.target.connect_timeout);
        let (line, address) = first_that_answers(&lookup::addresses(&host, limit)?, port, limit)?;
        self.open = Some(self.finish(line, &host, limit, deadline)?);
        self.remember(host, address);
        Ok(())
    }
}

impl Wire for Connection {
    fn roundtrip(&mut self, commands: &[Cmd], deadline: Instant) -> Result<Vec<Value>, WireError> {
        let result = self.exchange(commands, deadline);
        let result = match result {
            Err(WireError::Server { code, text }) if code == "MOVED" => {
                self.open = None;
                self.route = None;
                self.follow(&text, deadline).and_then(|()| self.exchange(commands, deadline))
            }
            result => result,
        };
        if !matches!(result, Ok(_) | Err(WireError::Server { .. })) {
            // The server may be found at another address next time.
            self.route = None;
        }
        result
    }
}

fn first_that_answers(addresses: &[IpAddr], port: u16, limit: Instant) -> Result<(Line, SocketAddr), WireError> {
    let mut failure = WireError::Timeout;
    for (number, address) in addresses.iter().enumerate() {
        let address = SocketAddr::new(*address, port);
        // Each address gets its share of the time that is left.
        let now = Instant::now();
        let share = limit.saturating_duration_since(now) / u32::try_from(addresses.len() - number).unwrap_or(u32::MAX);
        match Line::to_host(address, now + share) {
            Ok(line) => return Ok((line, address)),
            Err(error) => failure = of_io(error),
        }
    }
    Err(failure)
}
