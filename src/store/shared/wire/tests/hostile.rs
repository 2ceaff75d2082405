//! Listeners that are not Redis servers, or do not answer as they should.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::mpsc;
use std::thread;

use super::*;
use crate::store::shared::testing::command;

const BUDGET: Duration = Duration::from_millis(150);

/// A listener whose connections are each given to `serve`, and what it listens on.
fn listener(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address.to_string()
}

/// One that answers `answer` to whatever it is sent, and says no more.
fn answering(answer: &'static [u8]) -> String {
    listener(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer);
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

fn fails(url: &str) -> WireError {
    fails_within(BUDGET, url)
}

/// The error, and that it took the budget at most, and what a machine takes that is busy with other things.
fn fails_within(budget: Duration, url: &str) -> WireError {
    let begun = Instant::now();
    let error = connection(url).roundtrip(&[command(&["PING"])], begun + budget).unwrap_err();
    assert!(begun.elapsed() < budget + Duration::from_secs(3), "{url}: {error} after {:?}", begun.elapsed());
    error
}

#[test]
fn a_listener_that_never_answers_costs_the_budget() {
    let address = listener(|stream| drop((thread::park(), stream)));
    for scheme in ["redis", "rediss"] {
        assert_eq!(fails(&format!("{scheme}://{address}")), WireError::Timeout);
    }
    // One whose queue is full, so that nobody even gets to it.
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("s");
    let _full = UnixListener::bind(&path).unwrap();
    let url = format!("unix://{}", path.display());
    assert_eq!(fails(&url), WireError::Timeout);
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut waiting = Vec::new();
    // As many as there is room for.
    while let Ok(socket) = crate::sys::socket::connect_to_socket(&path, Instant::now()) {
        assert!(Instant::now() < deadline);
        waiting.push(socket);
    }
    assert_eq!(fails(&url), WireError::Timeout);
}

/// What the client crate's own connection does not do: its limit is one for each read.
#[test]
fn a_server_that_sends_a_byte_at_a_time_is_cut_off_at_the_deadline() {
    let drip = |mut stream: TcpStream| {
        while stream.write_all(b"+").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    };
    let address = listener(drip);
    assert_eq!(fails(&format!("redis://{address}")), WireError::Timeout);

    let (sender, receiver) = mpsc::channel();
    let url = format!("redis://{address}");
    thread::spawn(move || {
        let client = redis::Client::open(url).unwrap();
        let mut crates_own = client.get_connection_with_timeout(BUDGET).unwrap();
        crates_own.set_read_timeout(Some(BUDGET)).unwrap();
        let _ = sender.send(command(&["PING"]).query::<String>(&mut crates_own));
    });
    assert!(receiver.recv_timeout(BUDGET * 5).is_err(), "the crate's connection has a deadline now");
}

#[test]
fn a_server_that_drips_in_tls_is_cut_off_too() {
    let drip = |mut stream: TcpStream| {
        for byte in [0x16, 0x03, 0x03, 0x3f, 0x00].into_iter().chain(std::iter::repeat(2)) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    };
    assert_eq!(fails(&format!("rediss://{}", listener(drip))), WireError::Timeout);
}

#[test]
fn a_server_of_another_kind_is_named() {
    let http = answering(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    assert_eq!(fails(&format!("redis://{http}")).to_string(), "that is no Redis or Valkey server: it speaks HTTP");
    // The system's certificates have to be read first.
    let error = fails_within(Duration::from_secs(20), &format!("rediss://{http}")).to_string();
    assert_eq!(error, "TLS: the server does not speak TLS; expected redis:// in place of rediss://");
    let tls = answering(b"\x15\x03\x01\x00\x02\x02\x46");
    let error = fails(&format!("redis://{tls}")).to_string();
    assert_eq!(error, "TLS: the server speaks TLS; expected rediss:// in place of redis://");
    let ssh = answering(b"SSH-2.0-OpenSSH_9.2\r\n");
    assert!(matches!(fails(&format!("redis://{ssh}")), WireError::NotAServer(_)));
    let closing = listener(drop);
    assert_eq!(fails(&format!("redis://{closing}")), WireError::Closed);
}

#[test]
fn lengths_that_are_lies_take_no_memory_and_end_at_the_deadline() {
    for answer in [
        &b"$9223372036854775807\r\nx"[..],
        b"*9223372036854775807\r\n:1\r\n",
        b"%9223372036854775807\r\n:1\r\n",
        b"|9223372036854775807\r\n:1\r\n",
        b"=-1\r\nx",
    ] {
        let error = fails(&format!("redis://{}", answering(answer)));
        assert!(matches!(error, WireError::Timeout | WireError::NotAServer(_)), "{error}");
    }
    let nested = Box::leak(b"*1\r\n".repeat(100_000).into_boxed_slice());
    assert!(matches!(fails(&format!("redis://{}", answering(nested))), WireError::NotAServer(_)));
}

#[test]
fn a_server_that_never_stops_sending_is_cut_off() {
    let pour = |mut stream: TcpStream| {
        let _ = stream.write_all(b"$1000000000\r\n");
        let piece = [b'x'; 1 << 16];
        while stream.write_all(&piece).is_ok() {}
    };
    let mut wire = connection(&format!("redis://{}", listener(pour)));
    let error = ask(&mut wire, &[&["PING"]]).unwrap_err();
    assert_eq!(error, WireError::NotAServer("it sends more than was asked for".to_owned()));
}

#[test]
fn a_moved_key_is_followed_once_and_the_node_is_remembered() {
    with_each(|program| {
        let server = Server::on_port(program, &[]);
        let moved: &'static str = Box::leak(format!("-MOVED 3999 127.0.0.1:{}\r\n", server.port).into());
        let front = answering(moved.as_bytes());
        let mut wire = connection(&format!("redis://{front}"));
        assert_eq!(ask(&mut wire, &[&["SET", "a", "b"]]), Ok(vec![redis::Value::Okay]));
        let route = wire.route().unwrap().clone();
        assert_eq!((route.server.as_str(), route.address.port()), (front.as_str(), server.port));
        assert_eq!(ask(&mut wire, &[&["GET", "a"]]), Ok(vec![text("b")]));
        let mut later = Connection::new(target(&format!("redis://{front}")), Some(route));
        assert_eq!(ask(&mut later, &[&["GET", "a"]]), Ok(vec![text("b")]));
        let again: &'static str = Box::leak(format!("-MOVED 3999 {front}\r\n").into());
        let circle = answering(again.as_bytes());
        assert_eq!(fails(&format!("redis://{circle}")).code(), Some("MOVED"));
    });
    for answer in [&b"-MOVED\r\n"[..], b"-MOVED 1\r\n", b"-MOVED 1 h\r\n", b"-MOVED 1 h:x\r\n"] {
        let error = fails(&format!("redis://{}", answering(answer)));
        assert!(matches!(error, WireError::NotAServer(_)), "{error}");
    }
}

#[test]
fn writing_to_a_server_that_is_gone_raises_no_signal() {
    let address = listener(|mut stream| {
        let _ = stream.read(&mut [0; 1]);
        let _ = stream.write_all(b"+PONG\r\n");
    });
    let mut wire = connection(&format!("redis://{address}"));
    let large = "x".repeat(4 << 20);
    let raises = crate::sys::socket::raises_sigpipe(|| {
        ask(&mut wire, &[&["PING"]]).unwrap();
        assert_eq!(ask(&mut wire, &[&["SET", "a", &large]]), Err(WireError::Closed));
    });
    assert!(!raises);
}
