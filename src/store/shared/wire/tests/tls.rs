//! A real server that speaks TLS.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;

/// An authority, and a server that has a certificate for `name` from it.
struct Served {
    server: Server,
    home: tempfile::TempDir,
    port: u16,
}

fn serve(program: &str, name: &str, options: &[&str]) -> Served {
    let home = tempfile::tempdir().unwrap();
    let path = |file: &str| home.path().join(file).display().to_string();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    fs::write(path("ca"), authority.pem()).unwrap();
    fs::write(path("cert"), certificate.pem()).unwrap();
    fs::write(path("key"), key.serialize_pem()).unwrap();
    let port = free_port();
    let files = ["--tls-ca-cert-file", &path("ca"), "--tls-cert-file", &path("cert"), "--tls-key-file", &path("key")];
    let number = port.to_string();
    let ports = ["--tls-port", &number, "--tls-auth-clients", "no"];
    let server = Server::on_port(program, &[&ports[..], &files[..], options].concat());
    Served { server, home, port }
}

fn connection(url: &str, ca_file: &Path) -> Connection {
    Connection::new(Target { ca_file: Some(ca_file.to_owned()), ..target(url) }, None)
}

#[test]
fn a_server_with_a_certificate_of_the_authority_is_talked_to() {
    with_each(|program| {
        let served = serve(program, "localhost", &["--requirepass", "pw"]);
        let ca = served.home.path().join("ca");
        let url = format!("rediss://:pw@localhost:{}", served.port);
        let mut wire = connection(&url, &ca);
        let large = "x".repeat(1 << 20);
        let answers = ask(&mut wire, &[&["SET", "a", &large], &["GET", "a"]]).unwrap();
        assert!(answers == [Value::Okay, text(&large)]);
        ask(&mut wire, &[&["PING"]]).unwrap();
        // The route tells the address, and the certificate is for the name.
        let route = wire.route().cloned();
        let mut later = Connection::new(Target { ca_file: Some(ca), ..target(&url) }, route);
        ask(&mut later, &[&["PING"]]).unwrap();
    });
}

#[test]
fn a_certificate_that_does_not_fit_is_refused_with_a_remedy() {
    with_each(|program| {
        let served = serve(program, "cache.example", &[]);
        let said = |url: &str, ca: &Path| ask(&mut connection(url, ca), &[&["PING"]]).unwrap_err().to_string();
        let url = format!("rediss://localhost:{}", served.port);
        let ca = served.home.path().join("ca");
        let error = said(&url, &ca);
        assert!(error.starts_with("TLS: the server's certificate is for another name"), "{error}");
        let other = serve(program, "localhost", &[]);
        let error = said(&url, &other.home.path().join("ca"));
        assert!(error.contains("issuer that is not trusted; ca_file in [shared]"), "{error}");
        let error = said(&url, &served.home.path().join("key"));
        assert!(error.contains("there is no certificate in it"), "{error}");
        let error = said(&url, Path::new("/nonexistent/ca"));
        assert_eq!(error, "TLS: ca_file in [shared]: /nonexistent/ca: No such file or directory");
    });
}

#[test]
fn tls_where_none_is_spoken_fails_and_the_other_way_round() {
    with_each(|program| {
        let served = serve(program, "localhost", &[]);
        let ca = served.home.path().join("ca");
        let budget = || Instant::now() + Duration::from_millis(300);
        let ping = [crate::store::shared::testing::command(&["PING"])];
        let mut wire = connection(&format!("rediss://localhost:{}", served.server.port), &ca);
        let error = wire.roundtrip(&ping, budget()).unwrap_err();
        assert!(matches!(error, WireError::Timeout | WireError::Tls(_) | WireError::Closed), "{error}");
        let mut wire = super::connection(&format!("redis://localhost:{}", served.port));
        let error = wire.roundtrip(&ping, budget()).unwrap_err();
        assert!(matches!(error, WireError::Timeout | WireError::Tls(_) | WireError::Closed), "{error}");
    });
}
