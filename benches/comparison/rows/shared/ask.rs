//! What the server's part in a shared hit takes while the server is busy: one ask after the other.
//!
//! A host that asks now and then finds the server's processor cold, and an ask takes many times as long then. That is in
//! the row about copying; how many asks a server can answer is decided by this one.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use super::once;
use crate::argv;
use crate::failure::{Failure, ensure};
use crate::process::wait_for_orphans;
use crate::row::{Quantity, Row, Target};
use crate::server::Server;
use crate::stage::Stage;

/// In microseconds.
const TARGET: Target = Target::AtMost(30.0);
/// Longer than an ask and than its answer.
const MESSAGE: usize = 64 * 1024;

pub fn measure(stage: &Stage, server: &Server) -> Result<Vec<Row>, Failure> {
    let (writer, reader) = (server.host(stage, "ask-writer")?, stage.home("ask-reader")?);
    let tap = stage.file("tap.sock");
    let _ = std::fs::remove_file(&tap);
    server.configure(&reader, &tap, "")?;
    let argv = argv![&stage.cacheback, "run", "--ttl", "1h", "--", &stage.mark, writer.file("ran")];
    once(&writer.command(&argv))?;
    wait_for_orphans()?;
    let listener = UnixListener::bind(&tap)?;
    let ask = thread::scope(|scope| {
        let tapped = scope.spawn(|| relay(&listener, server));
        once(&reader.command(&argv))?;
        tapped.join().map_err(|_| Failure("the relay panicked".to_owned()))?
    })?;
    ensure(ask.windows(7).any(|word| word == b"EVALSHA"), || "the host sent no script".to_owned())?;

    let times = stage.pace.small_runs * 20;
    server.forget_counts()?;
    let mut stream = UnixStream::connect(server.socket())?;
    for _ in 0..times {
        exchange(&mut stream, &ask)?;
    }
    let commands = server.commands()?;
    let asked = commands.iter().find(|called| called.name == "evalsha").ok_or_else(|| Failure("no asks".to_owned()))?;
    Ok(vec![Row::absolute(
        "shared / ask",
        "an ask that is answered with a small result, one after the other: time of the server, by INFO commandstats",
        Quantity::Micros(asked.micros),
        TARGET,
        asked.times as usize,
    )])
}

/// Passes one message and its answer on; returns the message.
fn relay(listener: &UnixListener, server: &Server) -> Result<Vec<u8>, Failure> {
    let (mut host, _) = listener.accept()?;
    let mut message = vec![0; MESSAGE];
    let size = host.read(&mut message)?;
    message.truncate(size);
    let answer = exchange(&mut UnixStream::connect(server.socket())?, &message)?;
    host.write_all(&answer)?;
    Ok(message)
}

/// Sends a message whose answer comes in one piece.
fn exchange(stream: &mut UnixStream, message: &[u8]) -> Result<Vec<u8>, Failure> {
    stream.write_all(message)?;
    let mut answer = vec![0; MESSAGE];
    let size = stream.read(&mut answer)?;
    ensure(size > 0 && answer[0] != b'-', || "the server refuses the ask".to_owned())?;
    answer.truncate(size);
    Ok(answer)
}
