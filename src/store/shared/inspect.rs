//! A look at the server: what it is, how it is set, and what this user may do there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use redis::{Cmd, Value};

use super::settings::Access;
use super::wire::{Wire, WireError};
use crate::model::time::Timestamp;

/// What there is to know. What the server does not tell this user is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// From a command to its answer.
    pub round_trip: Duration,
    /// Such as `Valkey 9.1.2`.
    pub software: Option<String>,
    /// `master` or `slave`, in the server's words.
    pub role: Option<String>,
    /// Bytes in use.
    pub memory: Option<u64>,
    /// Bytes that it may use; 0 is no limit.
    pub max_memory: Option<u64>,
    /// What goes when there is no room.
    pub policy: Option<String>,
    /// Its clock less ours, in milliseconds.
    pub clock: i64,
    /// What this user may not do.
    pub denied: Vec<&'static str>,
    /// Keys of other teams, or an earlier one, in the same namespace: the eight digits of each.
    pub other_keys: Vec<String>,
}

/// How far apart the clocks may be before it matters: the age of an entry is bounded by the writer's clock, too.
const CLOCKS_APART: i64 = 2 * 60 * 1000;

/// How long to look for other keys: SCAN goes through all that the server has.
const LOOK_AROUND: Duration = Duration::from_secs(1);

const NOT_RUN: &str = "0000000000000000000000000000000000000000";

/// Looks at the server, `budget` at most for each answer. `prefix` begins all names of `namespace` and this team's key.
///
/// # Errors
///
/// It does not answer, or not in time.
pub fn inspect(
    wire: &mut impl Wire,
    namespace: &str,
    prefix: &str,
    access: Access,
    budget: Duration,
) -> Result<Inspection, WireError> {
    // Connecting is not part of a round trip.
    let mut ask = |words: &[&str]| ask(wire, budget, words);
    ask(&["TIME"]).or_else(|error| if error.code() == Some("NOPERM") { Ok(Value::Nil) } else { Err(error) })?;
    let begun = Instant::now();
    let now = Timestamp::now();
    let time = ask(&["TIME"]);
    let round_trip = begun.elapsed();
    let clock = match &time {
        Ok(time) => clock_of(time).map_or(0, |server| server - now.as_millis() - (round_trip / 2).as_millis() as i64),
        Err(_) => 0,
    };
    let info = match ask(&["INFO"]) {
        Ok(Value::BulkString(text)) => facts(&String::from_utf8_lossy(&text)),
        Err(error) if error.code().is_none() => return Err(error),
        _ => BTreeMap::new(),
    };
    let fact = |name: &str| info.get(name).cloned();
    let software = match (fact("valkey_version"), fact("redis_version")) {
        (Some(version), _) => Some(format!("Valkey {version}")),
        (None, version) => version.map(|version| format!("Redis {version}")),
    };
    let mut denied = Vec::new();
    for (what, words) in trials(prefix, access) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match ask(&words) {
            Err(error) if error.code() == Some("NOPERM") => denied.push(what),
            Err(error) if error.code().is_none() => return Err(error),
            _ => {}
        }
    }
    denied.dedup();
    let other_keys = other_keys(&mut ask, namespace, prefix)?;
    Ok(Inspection {
        round_trip,
        software,
        role: fact("role"),
        memory: fact("used_memory").and_then(|bytes| bytes.parse().ok()),
        max_memory: fact("maxmemory").and_then(|bytes| bytes.parse().ok()),
        policy: fact("maxmemory_policy"),
        clock,
        denied,
        other_keys,
    })
}

fn ask(wire: &mut impl Wire, budget: Duration, words: &[&str]) -> Result<Value, WireError> {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    let answers = wire.roundtrip(&[command], Instant::now() + budget)?;
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// Commands that change nothing that anybody needs, and what each is needed for.
fn trials(prefix: &str, access: Access) -> Vec<(&'static str, Vec<String>)> {
    let words = |words: &[&str]| words.iter().map(|word| word.replace("P ", prefix)).collect::<Vec<String>>();
    let mut trials = vec![
        ("read", words(&["TIME"])),
        ("read", words(&["HMGET", "P m", "epoch"])),
        ("read", words(&["GET", "P c:doctor:0"])),
        ("read", words(&["XRANGE", "P l", "1-0", "1-0"])),
    ];
    if access == Access::ReadWrite {
        trials.extend([
            ("run scripts", words(&["EVALSHA", NOT_RUN, "1", "P m"])),
            ("write", words(&["SET", "P c:doctor:0", "", "PX", "1000"])),
            ("write", words(&["UNLINK", "P c:doctor:0"])),
            ("wait for others", words(&["XREAD", "COUNT", "1", "STREAMS", "P o:doctor", "0"])),
            ("sweep", words(&["SCAN", "0", "COUNT", "1"])),
        ]);
    }
    trials
}

fn clock_of(time: &Value) -> Option<i64> {
    let Value::Array(parts) = time else { return None };
    let number = |part: Option<&Value>| match part? {
        Value::BulkString(digits) => str::from_utf8(digits).ok()?.parse::<i64>().ok(),
        Value::Int(number) => Some(*number),
        _ => None,
    };
    Some(number(parts.first())?.saturating_mul(1000).saturating_add(number(parts.get(1))? / 1000))
}

fn facts(info: &str) -> BTreeMap<String, String> {
    let pairs = info.lines().filter_map(|line| line.trim_end().split_once(':'));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn other_keys(
    ask: &mut impl FnMut(&[&str]) -> Result<Value, WireError>,
    namespace: &str,
    prefix: &str,
) -> Result<Vec<String>, WireError> {
    let until = Instant::now() + LOOK_AROUND;
    // Dots are nothing special to SCAN, and a namespace has none of what is.
    let (pattern, own) = (format!("cb1:{{{namespace}.*}}:m"), format!("{prefix}m"));
    let (mut cursor, mut found) = ("0".to_owned(), Vec::new());
    while Instant::now() < until {
        let page = match ask(&["SCAN", &cursor, "MATCH", &pattern, "COUNT", "1000"]) {
            Err(error) if error.code().is_none() => return Err(error),
            page => page.unwrap_or_default(),
        };
        let Value::Array(parts) = page else { break };
        let [Value::BulkString(next), Value::Array(names)] = &parts[..] else { break };
        for name in names {
            let Value::BulkString(name) = name else { continue };
            let name = String::from_utf8_lossy(name).into_owned();
            let kid = name.strip_suffix("}:m").and_then(|name| name.rsplit_once('.')).map(|(_, kid)| kid.to_owned());
            found.extend(kid.filter(|kid| name != own && kid.len() == 8));
        }
        cursor = String::from_utf8_lossy(next).into_owned();
        if cursor == "0" {
            break;
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

impl Inspection {
    /// What is wrong, each with what would do.
    pub fn problems(&self, access: Access) -> Vec<String> {
        let mut problems = Vec::new();
        if self.role.as_deref() == Some("slave") && access == Access::ReadWrite {
            problems.push("the server is a replica, which cannot be written; name its primary in url".to_owned());
        }
        let has_limit = self.max_memory.is_some_and(|bytes| bytes > 0);
        if self.max_memory == Some(0) {
            problems.push(
                "maxmemory is 0, so that the server grows until the system has no memory left; set it".to_owned(),
            );
        }
        let policy = self.policy.as_deref().unwrap_or_default();
        if has_limit && (policy == "noeviction" || policy == "volatile-ttl" || policy.ends_with("-random")) {
            problems.push(format!(
                "maxmemory-policy is {policy}, which {}; set allkeys-lru or volatile-lru",
                match policy {
                    "noeviction" => "refuses new results when the memory is full",
                    _ => "drops what is in use before what is not",
                }
            ));
        }
        if self.clock.abs() > CLOCKS_APART {
            let seconds = self.clock.abs() / 1000;
            let side = if self.clock > 0 { "ahead of" } else { "behind" };
            problems.push(format!("the server's clock is {seconds} s {side} this host's; set the one that is wrong"));
        }
        for what in &self.denied {
            problems.push(format!("this user may not {what} there; its ACL on the server has to allow that"));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::shared::testing::{Server, ask as send, with_each};

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
            for (policy, said) in
                [("noeviction", "refuses new"), ("volatile-ttl", "in use"), ("allkeys-random", "in use")]
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
            let reader = ["--user", "default", "on", "nopass", "%R~cb1:*", "+@read", "+time", "-scan"];
            let server = Server::start(program, &reader);
            let found = look(&server, Access::ReadWrite);
            assert_eq!(found.denied, ["run scripts", "write", "sweep"]);
            assert_eq!((found.software.as_ref(), found.other_keys.len()), (None, 0));
            assert!(found.problems(Access::ReadWrite)[0].contains("may not run scripts"));
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
            other_keys: Vec::new(),
        };
        let problems = found.problems(Access::ReadWrite);
        assert!(problems[0].contains("is a replica") && problems[1].contains("180 s behind"), "{problems:?}");
        assert_eq!(found.problems(Access::ReadOnly).len(), 1);
    }
}
