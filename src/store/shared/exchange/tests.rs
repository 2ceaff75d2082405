mod late;
mod tamper;

use std::ffi::OsString;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use redis::Value;
use tempfile::TempDir;

use super::*;
use crate::model::invocation::Invocation;
use crate::model::time::Timestamp;
use crate::policy::{FetchPolicy, Policy};
use crate::store::fleet::Queued;
use crate::store::log::BarrierKind;
use crate::store::shared::protocol::{Accept, End};
use crate::store::shared::settings::{Access, Settings};
use crate::store::shared::testing::{Server, ask as send, with_each};
use crate::store::shared::url::Url;
use crate::store::shared::{TeamKey, Vary};

const HOUR: Duration = Duration::from_hours(1);

/// A host: its key, and the server that it uses.
struct Host {
    tier: Tier,
    _home: TempDir,
}

impl Host {
    fn new(url: &str, team: Option<&Host>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let secret_file = match team {
            Some(other) => other.tier.settings.secret_file.clone().unwrap(),
            None => home.path().join("key"),
        };
        if team.is_none() {
            TeamKey::generate(&secret_file).unwrap();
        }
        let settings = Settings {
            url: Some(Url::parse(url).unwrap()),
            secret_file: Some(secret_file),
            // A slow machine must not look like a server that is down.
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
            ..Settings::default()
        };
        Self { tier: Tier::new(settings, None, &|_| None).unwrap(), _home: home }
    }

    fn exchange(&self, parts: &KeyParts) -> Exchange<'_> {
        let id = SharedId::new(&self.tier.team, &parts.to_key(), &[(Vary::Os, "linux".into())], []);
        Exchange::new(&self.tier, parts.to_key(), id)
    }

    fn try_ask(&self, parts: &KeyParts, fresh: Duration) -> Result<Asked, Down> {
        let accept = Accept { fresh, ..Accept::default() };
        let question = Question { accept, claim: Claim::new(None), ..Question::default() };
        self.exchange(parts).ask(&question).map(|heard| heard.asked)
    }

    fn ask(&self, parts: &KeyParts, fresh: Duration) -> Asked {
        self.try_ask(parts, fresh).unwrap()
    }

    /// The output that another host has stored, if it is found.
    fn found(&self, parts: &KeyParts) -> Option<Vec<u8>> {
        match self.try_ask(parts, HOUR) {
            Ok(Asked::Fresh(copied)) => {
                let mut output = Vec::new();
                let take = &mut |bytes: &[u8]| {
                    output.extend_from_slice(bytes);
                    Ok(())
                };
                self.exchange(parts).output(&copied, take).ok().map(|()| output)
            }
            _ => None,
        }
    }

    fn commit(&self, parts: &KeyParts, lease: &Lease, output: &[u8]) -> Result<bool, Down> {
        let recipe = recipe(parts);
        let head = Head {
            parts: parts.encode(),
            recipe: recipe.encode(parts),
            exit: 0,
            is_failure: false,
            took: Duration::from_secs(20),
            lifetime: None,
            size: output.len() as u64,
            fetched_at: Timestamp::now(),
            host: "a".into(),
        };
        let keep = Duration::from_hours(1);
        let run = Run { parts, recipe: &recipe, head: &head, ended_at: Moment::now(), keep };
        self.exchange(parts).commit(lease, &run, &mut Cursor::new(output))
    }

    /// Runs the command, of which no host has a result.
    fn run(&self, parts: &KeyParts, output: &[u8]) {
        let Asked::Lead(lease) = self.ask(parts, HOUR) else { panic!("there is something already") };
        assert_eq!(self.commit(parts, &lease, output), Ok(true));
    }
}

fn parts(word: &str) -> KeyParts {
    KeyParts { argv: vec![OsString::from(word)], ..KeyParts::default() }
}

fn recipe(parts: &KeyParts) -> Recipe {
    let invocation = Invocation::new(parts.argv.clone());
    Recipe::new(&invocation, Path::new("/"), &FetchPolicy::default(), &Policy::default())
}

fn with_two_hosts(test: impl Fn(&Server, &Host, &Host)) {
    with_each(|program| {
        let server = Server::start(program, &[]);
        let one = Host::new(&server.socket_url(), None);
        let other = Host::new(&server.socket_url(), Some(&one));
        test(&server, &one, &other);
    });
}

#[test]
fn what_one_host_has_fetched_the_other_gets() {
    with_two_hosts(|server, one, other| {
        for size in [0, 10, 64 << 10, (64 << 10) + 1, 256 << 10, 3 << 20] {
            let (parts, mut output) = (parts(&format!("date {size}")), vec![0; size]);
            getrandom::fill(&mut output).unwrap();
            one.run(&parts, &output);
            assert!(other.found(&parts).as_ref() == Some(&output), "{size}");
        }
        let names = send(&mut server.connect(), &[&["KEYS", "*w:*"]]).unwrap();
        assert_eq!(names, [Value::Array(Vec::new())], "a lease is left");
    });
}

#[test]
fn a_copy_has_the_age_of_its_result_and_is_stale_for_those_who_want_a_younger_one() {
    with_two_hosts(|_, one, other| {
        let parts = parts("date");
        one.run(&parts, b"now");
        let Asked::Fresh(copied) = other.ask(&parts, HOUR) else { panic!("not found") };
        assert!(copied.age < Duration::from_mins(1), "{:?}", copied.age);
        assert_eq!((copied.head.exit, copied.head.host.to_str()), (0, Some("a")));
        let none = Duration::ZERO;
        assert!(matches!(other.ask(&parts, none), Asked::Lead(_)));
        // Another host leads already.
        assert!(matches!(one.ask(&parts, none), Asked::Busy(_)));
    });
}

#[test]
fn another_key_and_another_command_find_nothing() {
    with_two_hosts(|server, one, other| {
        one.run(&parts("date"), b"now");
        assert_eq!(other.found(&parts("uptime")), None);
        assert_eq!(Host::new(&server.socket_url(), None).found(&parts("date")), None);
    });
}

#[test]
fn a_newer_result_takes_the_place_of_an_older_one_and_not_the_other_way_round() {
    with_two_hosts(|_, one, other| {
        let (parts, none) = (parts("date"), Duration::ZERO);
        let Asked::Lead(first) = one.ask(&parts, none) else { panic!("no lease") };
        one.exchange(&parts).end(&first, End::Again, None).unwrap();
        let Asked::Lead(second) = other.ask(&parts, none) else { panic!("no lease") };
        assert_eq!(other.commit(&parts, &second, b"second"), Ok(true));
        assert_eq!(one.commit(&parts, &first, b"first"), Ok(false));
        assert_eq!(one.found(&parts), Some(b"second".to_vec()));
        let Asked::Lead(third) = one.ask(&parts, none) else { panic!("no lease") };
        assert_eq!(one.commit(&parts, &third, &[b'3'; 1 << 20]), Ok(true));
        assert_eq!(other.found(&parts), Some(vec![b'3'; 1 << 20]));
    });
}

#[test]
fn a_result_that_cannot_be_shared_is_run_by_every_host() {
    with_two_hosts(|_, one, other| {
        let Asked::Lead(lease) = one.ask(&parts("date"), HOUR) else { panic!("no lease") };
        one.exchange(&parts("date")).end(&lease, End::Pass, None).unwrap();
        assert!(matches!(other.ask(&parts("date"), HOUR), Asked::Alone));
    });
}

#[test]
fn an_invalidated_result_is_taken_by_no_host() {
    with_two_hosts(|_, one, other| {
        for (number, kind) in [BarrierKind::Invalidate, BarrierKind::Delete].into_iter().enumerate() {
            let (marked, not) = (parts(&format!("date {number}")), parts(&format!("uptime {number}")));
            one.run(&marked, b"marked");
            one.run(&not, b"not");
            tell(&one.tier, Selector::Key(marked.to_key()), kind);
            assert_eq!(other.found(&not), Some(b"not".to_vec()));
            assert_eq!(other.found(&marked), None);
            let Asked::Busy(_) = one.ask(&marked, HOUR) else { panic!("the other leads") };
        }
        // A result that is invalidated during its fetch is not stored.
        let Asked::Lead(lease) = one.ask(&parts("who"), HOUR) else { panic!("no lease") };
        tell(&other.tier, Selector::All, BarrierKind::Delete);
        assert_eq!(one.commit(&parts("who"), &lease, b"me"), Ok(false));
        let Asked::Lead(lease) = other.ask(&parts("who"), HOUR) else { panic!("no lease") };
        assert_eq!(other.commit(&parts("who"), &lease, b"me"), Ok(true));
    });
}

#[test]
fn a_reader_without_rights_to_write_gets_what_others_have_stored() {
    with_each(|program| {
        let server =
            Server::start(program, &["--user", "reader", "on", "nopass", "%R~cb1:*", "+@read", "+time", "+role"]);
        let one = Host::new(&server.socket_url(), None);
        let mut reader = Host::new(&server.socket_url(), Some(&one));
        reader.tier = {
            let settings = Settings {
                mode: Access::ReadOnly,
                username: Some("reader".into()),
                url: Some(Url::parse(&server.socket_url().replace("unix://", "unix://:x@")).unwrap()),
                ..reader.tier.settings.clone()
            };
            Tier::new(settings, None, &|_| None).unwrap()
        };
        assert!(matches!(reader.ask(&parts("date"), HOUR), Asked::Alone));
        one.run(&parts("date"), b"now");
        assert_eq!(reader.found(&parts("date")), Some(b"now".to_vec()));
        tell(&one.tier, Selector::All, BarrierKind::Invalidate);
        assert_eq!(reader.found(&parts("date")), None);
    });
}

#[test]
fn a_full_server_refuses_results_and_a_missing_server_is_reported() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        let (one, parts) = (Host::new(&server.socket_url(), None), parts("date"));
        let Asked::Lead(lease) = one.ask(&parts, HOUR) else { panic!("no lease") };
        let full = ["CONFIG", "SET", "maxmemory", "1"];
        send(&mut server.connect(), &[&full]).unwrap();
        assert_eq!(one.commit(&parts, &lease, &[b'x'; 1 << 20]), Ok(false));
        assert!(matches!(one.ask(&parts, HOUR), Asked::Alone));
        let queued = Queued::new(BarrierKind::Delete, Selector::All).unwrap();
        assert!(one.tier.tell(&[queued], HOUR, &mut |_, _| ()).is_err());
        drop(server);
        assert_eq!(one.try_ask(&parts, HOUR).unwrap_err().word, "refused");
    });
}

fn tell(tier: &Tier, selector: Selector, kind: BarrierKind) {
    let queued = Queued::new(kind, selector).unwrap();
    tier.tell(&[queued], Duration::from_secs(5), &mut |_, _| ()).unwrap();
}
