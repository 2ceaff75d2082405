//! Stands between a host and a server, counts the commands, and fails at one of them.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::fault::Fault;

/// What is to fail.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The number of the command, from 0.
    pub at: usize,
    pub fault: Fault,
    /// All commands after it fail, too.
    pub lasts: bool,
}

/// Listens on a port as long as the test runs.
pub struct Proxy {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The names of the commands that came.
    commands: Vec<String>,
    plan: Option<Plan>,
    /// Connections that came before the last [`Proxy::plan`] do nothing any more.
    round: usize,
}

impl Proxy {
    pub fn before(server: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (state, server) = (Arc::clone(&shared), server.clone());
                // Either side may go away at any moment.
                thread::spawn(move || drop(serve(client, &server, &state)));
            }
        });
        Self { port, state }
    }

    /// Counts from 0 again, and follows this plan.
    pub fn plan(&self, plan: Option<Plan>) {
        let mut state = self.state.lock().expect("no thread panics");
        *state = State { plan, round: state.round + 1, ..State::default() };
    }

    /// The names of the commands that came since the last plan.
    pub fn commands(&self) -> Vec<String> {
        self.state.lock().expect("no thread panics").commands.clone()
    }
}

fn serve(client: TcpStream, server: &Path, state: &Mutex<State>) -> io::Result<()> {
    let round = state.lock().expect("no thread panics").round;
    let server = UnixStream::connect(server)?;
    let (mut requests, mut answers) = (BufReader::new(client.try_clone()?), BufReader::new(server.try_clone()?));
    let (mut client, mut server) = (client, server);
    loop {
        let request = frame(&mut requests)?;
        let fault = {
            let mut state = state.lock().expect("no thread panics");
            if state.round != round {
                return Ok(());
            }
            let number = state.commands.len();
            state.commands.push(name(&request));
            let is_due = |plan: &Plan| plan.at == number || (plan.lasts && plan.at < number);
            state.plan.filter(is_due).map(|plan| plan.fault)
        };
        let mut ask = || {
            server.write_all(&request)?;
            frame(&mut answers)
        };
        match fault {
            None => client.write_all(&ask()?)?,
            // Nobody comes here then.
            Some(Fault::Refused | Fault::End) => return Ok(()),
            Some(Fault::Lost) => return ask().map(drop),
            Some(Fault::Silence) => return until_end(&mut requests),
            Some(Fault::Drip) => {
                for byte in ask()? {
                    client.write_all(&[byte])?;
                    thread::sleep(Duration::from_secs(1));
                }
            }
            Some(Fault::Answer(bytes)) => client.write_all(bytes)?,
        }
    }
}

/// Reads until the other side goes away.
fn until_end(from: &mut impl Read) -> io::Result<()> {
    io::copy(from, &mut io::sink()).map(drop)
}

/// One value of the protocol, as it came.
fn frame(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut left = 1;
    while left > 0 {
        left -= 1;
        let start = bytes.len();
        if from.read_until(b'\n', &mut bytes)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&bytes[start..]).into_owned();
        let number = || line[1..].trim_end().parse::<i64>().ok().filter(|number| *number >= 0).unwrap_or(-1);
        match line.as_bytes().first() {
            Some(b'$' | b'=' | b'!') if number() >= 0 => {
                let end = bytes.len() + number() as usize + 2;
                let mut rest = vec![0; end - bytes.len()];
                from.read_exact(&mut rest)?;
                bytes.extend(rest);
            }
            Some(b'*' | b'~' | b'>') => left += number().max(0),
            Some(b'%') => left += 2 * number().max(0),
            _ => {}
        }
    }
    Ok(bytes)
}

/// The first word of a command; of `CLIENT SETINFO` both would say no more.
fn name(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    text.split("\r\n").nth(2).unwrap_or_default().to_uppercase()
}
