//! Connections to a real server, and to listeners that are not one.

mod hostile;
mod tls;

use std::time::{Duration, Instant};

use redis::Value;

use super::*;
use crate::store::shared::settings::Login;
use crate::store::shared::testing::{Server, ask, free_port, target, with_each};
use crate::store::shared::url::Password;

fn text(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

fn connection(url: &str) -> Connection {
    Connection::new(target(url), None)
}

#[test]
fn commands_are_answered_in_order_by_port_and_by_socket() {
    with_each(|program| {
        let server = Server::on_port(program, &[]);
        for url in [server.url(), server.socket_url()] {
            let mut wire = connection(&url);
            let answers = ask(&mut wire, &[&["SET", "a", "b"], &["GET", "a"], &["GET", "none"], &["STRLEN", "a"]]);
            assert_eq!(answers, Ok(vec![Value::Okay, text("b"), Value::Nil, Value::Int(1)]));
            assert_eq!(ask(&mut wire, &[]), Ok(Vec::new()));
            let large = "x".repeat(3 << 20);
            assert_eq!(ask(&mut wire, &[&["SET", "a", &large], &["GET", "a"]]), Ok(vec![Value::Okay, text(&large)]));
        }
    });
}

#[test]
fn databases_are_apart() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        let at = |db: u32| connection(&format!("{}?db={db}", server.socket_url()));
        let mut third = at(3);
        for _ in 0..2 {
            assert_eq!(ask(&mut third, &[&["SET", "a", "3"]]), Ok(vec![Value::Okay]));
        }
        assert_eq!(ask(&mut at(0), &[&["GET", "a"]]), Ok(vec![Value::Nil]));
        assert_eq!(ask(&mut at(3), &[&["GET", "a"]]), Ok(vec![text("3")]));
        let error = ask(&mut at(99), &[&["SET", "a", "99"]]).unwrap_err();
        assert!(matches!(&error, WireError::NoDatabase(text) if text.contains("out of range")), "{error}");
        assert_eq!(ask(&mut at(0), &[&["GET", "a"]]), Ok(vec![Value::Nil]));
    });
}

#[test]
fn an_error_of_the_server_is_told_and_the_connection_lives_on() {
    with_each(|program| {
        let mut wire = Server::start(program, &[]).connect_and_keep();
        let wire = &mut wire.0;
        ask(wire, &[&["SET", "a", "b"]]).unwrap();
        let client = ask(wire, &[&["CLIENT", "ID"]]).unwrap();
        let error = ask(wire, &[&["GET", "a"], &["LPUSH", "a", "b"], &["GET", "a"]]).unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"), "{error}");
        assert!(error.to_string().starts_with("WRONGTYPE Operation against a key"), "{error}");
        assert_eq!(ask(wire, &[&["EVALSHA", &"0".repeat(40), "0"]]).unwrap_err().code(), Some("NOSCRIPT"));
        assert_eq!(ask(wire, &[&["CLIENT", "ID"]]).unwrap(), client);
    });
}

#[test]
fn users_and_passwords_are_sent_and_a_wrong_one_is_denied() {
    with_each(|program| {
        let server = Server::start(program, &["--requirepass", "s3 cret", "--user", "ci", "on", ">pw", "~*", "+@all"]);
        let with = |user: Option<&str>, password: Option<&str>| {
            let login = Login { user: user.map(str::to_owned), password: password.map(Password::new) };
            let mut wire = Connection::new(Target { login, ..target(&server.socket_url()) }, None);
            ask(&mut wire, &[&["ACL", "WHOAMI"]])
        };
        assert_eq!(with(None, Some("s3 cret")), Ok(vec![text("default")]));
        assert_eq!(with(Some("ci"), Some("pw")), Ok(vec![text("ci")]));
        for (user, password) in
            [(None, Some("wrong")), (Some("ci"), Some("wrong")), (Some("no"), Some("pw")), (None, None)]
        {
            let error = with(user, password).unwrap_err();
            assert!(matches!(error, WireError::Denied(_)), "{user:?} {password:?}: {error:?}");
            assert!(!error.to_string().contains("wrong"), "{error}");
        }
        // It has no password for its default user, and is sent one.
        let open = Server::start(program, &[]);
        let login = Login { user: None, password: Some(Password::new("pw")) };
        let error = ask(&mut Connection::new(Target { login, ..target(&open.socket_url()) }, None), &[&["PING"]]);
        assert!(matches!(error, Err(WireError::Denied(_))), "{error:?}");
    });
}

#[test]
fn where_nobody_listens_it_is_refused_and_a_lost_connection_is_made_again() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        let mut wire = server.connect();
        ask(&mut wire, &[&["PING"]]).unwrap();
        ask(&mut server.connect(), &[&["CLIENT", "KILL", "TYPE", "normal"]]).unwrap();
        assert_eq!(ask(&mut wire, &[&["PING"]]), Err(WireError::Closed));
        ask(&mut wire, &[&["PING"]]).unwrap();
    });
    let error = ask(&mut connection(&format!("redis://127.0.0.1:{}", free_port())), &[&["PING"]]);
    assert_eq!(error, Err(WireError::Refused("Connection refused".to_owned())));
    let error = ask(&mut connection("unix:///nonexistent/s"), &[&["PING"]]);
    assert_eq!(error, Err(WireError::Refused("No such file or directory".to_owned())));
}

#[test]
fn the_way_to_the_server_is_remembered_and_found_again_when_it_is_wrong() {
    with_each(|program| {
        let server = Server::on_port(program, &[]);
        let url = format!("redis://localhost:{}", server.port);
        let mut wire = connection(&url);
        assert_eq!(wire.route(), None);
        ask(&mut wire, &[&["PING"]]).unwrap();
        let route = wire.route().unwrap().clone();
        assert_eq!((route.host.as_str(), route.address.port()), ("localhost", server.port));
        let wrong = Route { address: ([127, 0, 0, 1], free_port()).into(), ..route.clone() };
        let of_another = Route { server: "other:1".into(), ..wrong.clone() };
        for remembered in [route.clone(), wrong, of_another] {
            let mut wire = Connection::new(target(&url), Some(remembered));
            ask(&mut wire, &[&["PING"]]).unwrap();
            assert_eq!(wire.route(), Some(&route));
        }
    });
}

#[test]
fn a_server_that_is_away_for_longer_than_the_deadline_is_not_waited_for() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        let mut wire = server.connect();
        let begun = Instant::now();
        let blocking = crate::store::shared::testing::command(&["BLPOP", "none", "0"]);
        let answer = wire.roundtrip(&[blocking], begun + Duration::from_millis(100));
        assert_eq!(answer, Err(WireError::Timeout));
        assert!((100..10_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        ask(&mut wire, &[&["PING"]]).unwrap();
    });
}

impl Server {
    fn connect_and_keep(self) -> (Connection, Self) {
        (self.connect(), self)
    }
}
