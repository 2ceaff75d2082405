//! The answer to an ask is lost: the server may have granted the lease, and this host does not know it.

use std::io::{Read, Write, copy};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;

use nix::sys::signal::Signal;

use crate::common::fleet::{Fleet, configure, members};
use crate::common::{Home, wait_until};

/// Listens on a port and passes all on to the server, but ends the first connection in place of the answer to its first
/// request.
fn losing_one_answer(server: PathBuf) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (number, client) in listener.incoming().flatten().enumerate() {
            let server = server.clone();
            // Either side may go away at any moment.
            thread::spawn(move || drop(if number == 0 { lose(client, &server) } else { pass_on(&client, &server) }));
        }
    });
    port
}

fn lose(mut client: TcpStream, server: &Path) -> std::io::Result<()> {
    let mut server = UnixStream::connect(server)?;
    let mut bytes = vec![0; 1 << 16];
    let size = client.read(&mut bytes)?;
    server.write_all(&bytes[..size])?;
    server.read(&mut bytes).map(drop)
}

fn pass_on(client: &TcpStream, server: &Path) -> std::io::Result<()> {
    let server = UnixStream::connect(server)?;
    let (mut requests, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || drop(copy(&mut requests, &mut to_server)));
    copy(&mut &server, &mut &*client).map(drop)
}

/// Has the server load the scripts: it does what it is asked at the first attempt.
fn load_scripts(home: &Home) {
    home.run(["count", "scripts"]).status(0);
    home.until_quiet();
}

#[test]
fn the_same_token_sent_again_leads_and_nothing_is_lost() {
    let Some(fleet) = Fleet::start() else { return };
    load_scripts(&fleet.one);
    configure(&fleet.one, &format!("redis://127.0.0.1:{}", losing_one_answer(fleet.server.socket())), "");
    let ran = fleet.one.run(["--status", "count"]);
    ran.stdout("of one\n");
    assert_eq!(members(&ran).0, "fwd=uri-miss");
    fleet.one.until_quiet();
    fleet.other.run(["count"]).stdout("of one\n");
}

#[test]
fn followers_of_a_lease_that_nobody_knows_of_do_not_wait_for_its_end() {
    let Some(fleet) = Fleet::start() else { return };
    load_scripts(&fleet.one);
    let text = format!(
        "[shared]\nurl = \"{}\"\nsecret_file = \"{}\"\nconnect_timeout = \"200ms\"\ntimeout = \"200ms\"\nlease = \"1h\"\n\n\
         [[rule]]\ncommand = \"count*\"\nshared = true\n",
        fleet.server.socket_url(),
        Fleet::key(&fleet.one).display()
    );
    fleet.one.configure(&text);
    let gate = fleet.one.gated("count", "echo of one");
    let runs = fleet.one.runs("count");
    fleet.server.signal(Signal::SIGSTOP);
    let one = fleet.one.start(["--status", "count"]);
    fleet.one.until_runs("count", runs + 1);
    fleet.server.signal(Signal::SIGCONT);
    wait_until("the lease is granted", || fleet.server.count("*}:w:*") == 1);
    let other = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    gate.open();
    let one = one.wait();
    one.stdout("of one\n");
    assert_eq!(members(&one).0, "fwd=bypass; detail=timeout");
    other.wait().stdout("of other\n");
}
