//! An output that is late is a miss; a server that does not answer has failed.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use super::*;
use crate::store::shared::breaker::Breaker;

/// A listener whose connections are each given to `serve`, and its address.
fn listener(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address.to_string()
}

/// Begins the answer with a chunk, and sends a byte of it now and then.
fn drip(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"$262168\r\n");
    while stream.write_all(b"x").is_ok() {
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_late_output_is_no_failure_of_the_server_and_a_lost_connection_is_one() {
    with_two_hosts(|_, one, other| {
        one.run(&parts("a"), &vec![b'x'; 300_000]);
        let Asked::Fresh(mut copied) = other.ask(&parts("a"), HOUR) else { panic!("it is not found") };
        copied.head.took = Duration::ZERO;
        let ended: fn(TcpStream) = drop;
        for (serve, kind, failures) in [(drip as fn(TcpStream), ErrorKind::TimedOut, 0), (ended, ErrorKind::Other, 1)] {
            let home = tempfile::tempdir().unwrap();
            let database = home.path().join("cache.db");
            let url = Some(Url::parse(&format!("redis://{}", listener(serve))).unwrap());
            let settings = Settings { url, ..other.tier.settings.clone() };
            let tier = Tier::new(settings, Some(&database), &|_| None).unwrap();
            let id = other.exchange(&parts("a")).id();
            let exchange = Exchange::new(&tier, parts("a").to_key(), id);
            let error = exchange.output(&copied, &mut |_| Ok(())).unwrap_err();
            assert_eq!((error.kind(), Breaker::beside(&database).record().failures), (kind, failures), "{error}");
        }
    });
}
