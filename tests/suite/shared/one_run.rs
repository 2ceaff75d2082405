//! Whatever keeps a host from using what the server has, only one host runs the command at a time.

use std::io::{Read, Write, copy};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::common::fleet::{Fleet, configure, members};
use crate::common::{Home, wait_until};

/// Keeps others from writing to the database of this home, which has asked the server before. They can read it.
fn lock(home: &Home) -> Connection {
    home.script("count-nothing", "true");
    home.run(["count-nothing"]).status(0);
    home.until_quiet();
    let lock = Connection::open(home.db()).unwrap();
    lock.execute_batch("PRAGMA busy_timeout=60000; BEGIN IMMEDIATE").unwrap();
    lock
}

/// Listens on a port and passes all on to the server, but has no chunk.
fn without_chunks(server: PathBuf) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = server.clone();
            // Either side may go away at any moment.
            thread::spawn(move || drop(serve(client, &server)));
        }
    });
    port
}

fn serve(mut client: TcpStream, server: &Path) -> std::io::Result<()> {
    let mut server = UnixStream::connect(server)?;
    let (mut answers, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || drop(copy(&mut answers, &mut to_client)));
    let mut bytes = vec![0; 1 << 16];
    loop {
        match client.read(&mut bytes)? {
            0 => return Ok(()),
            size if bytes[..size].starts_with(b"*2\r\n$3\r\nGET\r\n") => client.write_all(b"$-1\r\n")?,
            size => server.write_all(&bytes[..size])?,
        }
    }
}

#[test]
fn a_host_whose_database_is_locked_waits_for_another_host() {
    let Some(fleet) = Fleet::start() else { return };
    let gate = fleet.one.gated("count", "echo of one");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    let locked = lock(&fleet.other);
    let follower = fleet.other.start(["--status", "--ttl", "0", "count"]);
    fleet.server.until_followed(1);
    drop(locked);
    gate.open();
    leader.wait().stdout("of one\n");
    let follower = follower.wait();
    follower.stdout("of one\n").status(0);
    assert_eq!(members(&follower).0, "fwd=uri-miss; collapsed");
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn a_host_whose_database_is_locked_leads_and_others_wait_for_it() {
    let Some(fleet) = Fleet::start() else { return };
    let locked = lock(&fleet.one);
    let gate = fleet.one.gated("count", "echo of one");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    drop(locked);
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    gate.open();
    leader.wait().stdout("of one\n");
    follower.wait().stdout("of one\n").status(0);
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn of_hosts_whose_databases_are_locked_one_runs_what_none_of_them_can_copy() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let hosts = [fleet.join("second"), fleet.join("third")];
    let locked: Vec<Connection> = hosts.iter().map(lock).collect();
    let gates = hosts.each_ref().map(|host| host.gated("count", "echo later"));
    let callers = hosts.each_ref().map(|host| host.start(["count"]));
    fleet.server.until_followed(1);
    let runs = || hosts.iter().map(|host| host.runs("count")).sum::<usize>();
    wait_until("one of them runs it", || runs() == 1);
    drop(locked);
    gates.iter().for_each(|gate| gate.open());
    callers.into_iter().for_each(|caller| _ = caller.wait().stdout("later\n").status(0));
    assert_eq!(runs(), 1);
}

#[test]
fn after_two_copies_that_fail_the_run_has_the_lease() {
    let Some(fleet) = Fleet::start() else { return };
    let Fleet { one, other, server } = &fleet;
    let gates = [one, other].map(|home| home.gated("count", "yes | head -c 700000"));
    gates[0].let_one_go();
    one.run(["count"]).status(0);
    one.until_quiet();
    configure(other, &format!("redis://127.0.0.1:{}", without_chunks(server.socket())), "");
    let leader = one.start(["--refresh", "count"]);
    one.until_runs("count", 2);
    // What the server has cannot be copied, and neither can what comes of the run that is waited for.
    let caller = other.start(["--status", "count"]);
    server.until_followed(1);
    gates[0].let_one_go();
    leader.wait().status(0);
    one.until_quiet();
    other.until_runs("count", 1);
    assert_eq!(server.count("*}:w:*"), 1);
    gates[1].open();
    let caller = caller.wait();
    assert_eq!(members(&caller).0, "fwd=uri-miss");
    other.until_quiet();
    assert_eq!(server.count("*}:w:*"), 0);
}

#[test]
fn a_copy_that_the_call_refuses_is_fetched_with_the_lease() {
    let Some(fleet) = Fleet::start() else { return };
    let hosts = [&fleet.one, &fleet.other];
    let gates = hosts.map(|home| home.gated("count", "echo out"));
    for home in hosts {
        fleet.configure_job(home, "expiry = \"echo 1\"\nasync = false\n");
    }
    gates[0].let_one_go();
    fleet.one.get(["count"]).stdout("out\n").status(0);
    fleet.one.until_quiet();
    assert_eq!(fleet.server.count("*}:e:*"), 1);
    // Fresh by its ttl, and not by what the job has said of it.
    thread::sleep(Duration::from_millis(1_200));
    let caller = fleet.other.cacheback(["get", "count"]).spawn();
    fleet.other.until_runs("count", 1);
    assert_eq!(fleet.server.count("*}:w:*"), 1);
    gates[1].open();
    caller.wait().stdout("out\n").status(0);
}

#[test]
fn what_runs_after_the_server_was_lost_is_not_older_than_what_was_invalidated_before() {
    let Some(fleet) = Fleet::start() else { return };
    let gate = fleet.one.gated("count", "echo of one");
    let leader = fleet.one.start(["count"]);
    fleet.one.until_runs("count", 1);
    let follower = fleet.other.start(["count"]);
    fleet.server.until_followed(1);
    fleet.other.invalidate(["-q", "--config", "/dev/null", "count"]).status(0);
    let Fleet { one, other, server } = fleet;
    drop(server);
    follower.wait().stdout("of other\n").status(0);
    other.until_quiet();
    other.run(["--no-shared", "--only-if-cached", "count"]).stdout("of other\n").status(0);
    gate.open();
    leader.wait().stdout("of one\n");
    one.until_quiet();
}
