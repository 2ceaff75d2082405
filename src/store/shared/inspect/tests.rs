use super::*;
use crate::store::shared::secret::TeamKey;
use crate::store::shared::settings::Settings;
use crate::store::shared::testing::{Server, ask as send, with_each};
use crate::store::shared::url::Url;

const PREFIX: &str = "cb1:{team.00000001}:";
const BUDGET: Duration = Duration::from_secs(20);

fn look(server: &Server, access: Access) -> Inspection {
    inspect(&mut server.connect(), "team", PREFIX, access, BUDGET).unwrap()
}

#[test]
fn a_server_that_is_set_well_has_no_problems() {
    with_each(|program| {
        let server = Server::start(program, &["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
        let found = look(&server, Access::ReadWrite);
        assert_eq!(found.problems(Access::ReadWrite), Vec::<String>::new());
        assert!(found.software.as_ref().is_some_and(|name| name.contains(' ')), "{found:?}");
        assert_eq!((found.role.as_deref(), found.max_memory), (Some("master"), Some(100 << 20)));
        assert!(found.clock.abs() < 20_000 && !found.round_trip.is_zero(), "{found:?}");
        assert_eq!(send(&mut server.connect(), &[&["DBSIZE"]]).unwrap(), [Value::Int(0)]);
    });
}

#[test]
fn settings_that_lose_results_are_problems() {
    with_each(|program| {
        for (policy, said) in [("noeviction", "refuses new"), ("volatile-ttl", "in use"), ("allkeys-random", "in use")]
        {
            let server = Server::start(program, &["--maxmemory", "100mb", "--maxmemory-policy", policy]);
            let problems = look(&server, Access::ReadWrite).problems(Access::ReadWrite);
            assert!(problems.len() == 1 && problems[0].contains(said), "{problems:?}");
        }
        let problems = look(&Server::start(program, &[]), Access::ReadWrite).problems(Access::ReadWrite);
        assert!(problems.len() == 1 && problems[0].contains("maxmemory is 0"), "{problems:?}");
    });
}

#[test]
fn what_an_acl_does_not_allow_is_named() {
    with_each(|program| {
        let reader = ["--user", "default", "on", "nopass", "%R~cb1:*", "+@read", "+time", "+role", "-scan"];
        let server = Server::start(program, &reader);
        let found = look(&server, Access::ReadWrite);
        assert_eq!(found.denied, ["EVALSHA", "EVAL", "SET", "UNLINK", "SCAN"]);
        assert_eq!((found.software.as_ref(), found.other_keys.len()), (None, 0));
        assert!(found.problems(Access::ReadWrite)[0].contains("may not use EVALSHA, EVAL"));
        assert_eq!(look(&server, Access::ReadOnly).problems(Access::ReadOnly), Vec::<String>::new());
    });
}

#[test]
fn other_keys_of_the_namespace_are_named() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        for name in ["cb1:{team.00000001}:m", "cb1:{team.0badcafe}:m", "cb1:{tea.00000002}:m", "cb1:{team.1}:m"] {
            send(&mut server.connect(), &[&["HSET", name, "epoch", "1"]]).unwrap();
        }
        assert_eq!(look(&server, Access::ReadWrite).other_keys, ["0badcafe"]);
    });
}

#[test]
fn clocks_that_are_apart_are_a_problem() {
    let found = Inspection {
        round_trip: Duration::ZERO,
        software: None,
        role: Some("slave".to_owned()),
        memory: None,
        max_memory: None,
        policy: None,
        clock: -180_000,
        denied: Vec::new(),
        denial: None,
        trial_error: None,
        other_keys: Vec::new(),
    };
    let problems = found.problems(Access::ReadWrite);
    assert!(problems[0].contains("is a replica") && problems[1].contains("180 s behind"), "{problems:?}");
    assert!(found.problems(Access::ReadOnly)[0].contains("may not have heard of an invalidation"));
}

/// A tier on this server.
fn tier(server: &Server, mode: Access) -> Tier {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("key");
    TeamKey::generate(&path).unwrap();
    let url = Some(Url::parse(&server.socket_url()).unwrap());
    let settings = Settings { url, secret_file: Some(path), mode, ..Settings::default() };
    Tier::new(settings, None, &|_| None).unwrap()
}

#[test]
fn a_trial_run_leaves_nothing_but_the_epoch() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        for mode in [Access::ReadOnly, Access::ReadWrite] {
            let tier = tier(&server, mode);
            assert_eq!(try_protocol(&mut server.connect(), &tier, BUDGET), None, "{mode:?}");
            let keys = send(&mut server.connect(), &[&["KEYS", "*"]]).unwrap();
            let Value::Array(keys) = &keys[0] else { panic!("{keys:?}") };
            let expected: Vec<Value> = match mode {
                Access::ReadWrite => vec![Value::BulkString(tier.names().meta().into_bytes())],
                _ => Vec::new(),
            };
            assert_eq!(*keys, expected);
        }
    });
}

#[test]
fn a_trial_run_finds_faults_that_no_setting_shows() {
    with_each(|program| {
        for mode in [Access::ReadOnly, Access::ReadWrite] {
            for name in ["m", "l"] {
                let server = Server::start(program, &[]);
                let tier = tier(&server, mode);
                let name = format!("{}{name}", tier.names().prefix());
                send(&mut server.connect(), &[&["SET", &name, "foreign"]]).unwrap();
                let trial_error = try_protocol(&mut server.connect(), &tier, BUDGET).unwrap();
                assert!(trial_error.starts_with(&format!("{name} on the server is a string, and a ")), "{trial_error}");
            }
        }
        let full = Server::start(program, &["--maxmemory", "1"]);
        let trial_error = try_protocol(&mut full.connect(), &tier(&full, Access::ReadWrite), BUDGET).unwrap();
        assert_eq!(
            trial_error,
            "a trial run fails to ask for a lease: the server does not write: it has no memory left"
        );
    });
}

/// A server that says yes to everything.
struct Agreeable;

impl Wire for Agreeable {
    fn roundtrip(&mut self, commands: &[Cmd], _: Instant) -> Result<Vec<Value>, WireError> {
        Ok(commands.iter().map(|_| Value::Okay).collect())
    }
}

#[test]
fn a_server_that_answers_ok_to_everything_is_a_problem() {
    with_each(|program| {
        let server = Server::start(program, &[]);
        for mode in [Access::ReadOnly, Access::ReadWrite] {
            let error = inspect(&mut Agreeable, "team", PREFIX, mode, BUDGET).unwrap_err();
            assert!(matches!(error, WireError::NotAServer(_)), "{error}");
            let trial_error = try_protocol(&mut Agreeable, &tier(&server, mode), BUDGET).unwrap();
            assert!(trial_error.contains("has an unknown form"), "{trial_error}");
        }
    });
}
