//! A look at the server: what it is, how it is set, and what this user may do there.

mod trial_run;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use redis::{Cmd, Value};

use self::trial_run::TrialRun;
use super::settings::Access;
use super::tier::Tier;
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
    /// What is evicted when there is no memory left.
    pub policy: Option<String>,
    /// Its clock less ours, in milliseconds.
    pub clock: i64,
    /// The commands that this user may not use.
    pub denied: Vec<&'static str>,
    /// What the server says of the first of them.
    pub denial: Option<String>,
    /// What went wrong in a trial run, if there was one.
    pub trial_error: Option<String>,
    /// Keys of other teams, or an earlier one, in the same namespace: the eight digits of each.
    pub other_keys: Vec<String>,
}

/// How far apart the clocks may be before it matters: the age of an entry is bounded by the writer's clock, too.
const CLOCKS_APART: i64 = 2 * 60 * 1000;

/// How long to look for other keys: SCAN goes through all that the server has.
const LOOK_AROUND: Duration = Duration::from_secs(1);

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
        Ok(time) => {
            let server =
                clock_of(time).ok_or_else(|| WireError::NotAServer("it answers TIME with no time".to_owned()))?;
            server - now.as_millis() - (round_trip / 2).as_millis() as i64
        }
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
    let (mut denied, mut denial) = (Vec::new(), None);
    for command in trials(access) {
        let words: Vec<String> = command.split(' ').map(|word| word.replace("P:", prefix)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match ask(&words) {
            Err(WireError::Server { code, text }) if code == "NOPERM" => {
                denied.extend(command.split(' ').next());
                denial.get_or_insert(text);
            }
            Err(error) if error.code().is_none() => return Err(error),
            _ => {}
        }
    }
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
        denial,
        trial_error: None,
        other_keys,
    })
}

/// What goes wrong in a trial run of the protocol, in a sentence.
pub fn try_protocol(wire: &mut impl Wire, tier: &Tier, budget: Duration) -> Option<String> {
    let mut trial_run = TrialRun { wire, names: &tier.names(), sealer: &tier.sealer(), budget };
    if let Ok(Some(foreign)) = trial_run.foreign() {
        return Some(foreign);
    }
    let outcome = match tier.settings.mode {
        Access::ReadWrite => trial_run.read_and_write(),
        Access::ReadOnly | Access::Off => trial_run.read(),
    };
    outcome.err().map(|trial_error| format!("a trial run fails {trial_error}"))
}

fn ask(wire: &mut impl Wire, budget: Duration, words: &[&str]) -> Result<Value, WireError> {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    let answers = wire.roundtrip(&[command], Instant::now() + budget)?;
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// One of each command that is used, in a form that changes nothing. `P:` stands for the prefix of our names.
fn trials(access: Access) -> impl Iterator<Item = &'static str> {
    let reads = ["TIME", "ROLE", "HMGET P:m epoch", "PTTL P:m", "GET P:c:doctor:0", "XRANGE P:l 1-0 1-0"];
    let writes = [
        "EVALSHA 0000000000000000000000000000000000000000 1 P:m",
        "EVAL return 1 P:m",
        "SET P:c:doctor:0 0 PX 1000",
        "UNLINK P:c:doctor:0",
        "XREAD COUNT 1 STREAMS P:o:doctor 0",
        "SCAN 0 COUNT 1",
    ];
    let writes = writes.into_iter().filter(move |_| access == Access::ReadWrite);
    reads.into_iter().chain(writes)
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
    // A namespace has no characters that are special in a pattern of SCAN.
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
    /// Each problem, with its remedy.
    pub fn problems(&self, access: Access) -> Vec<String> {
        let mut problems = Vec::new();
        if self.role.as_deref() == Some("slave") {
            problems.push(match access {
                Access::ReadWrite => {
                    "the server is a replica, which cannot be written; name its primary in url".to_owned()
                }
                _ => {
                    "the server is a replica, which may not have heard of an invalidation yet; name its primary in url"
                        .to_owned()
                }
            });
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
        if let Some(denial) = &self.denial {
            let commands = self.denied.join(", ");
            problems.push(format!(
                "this user may not use {commands} there ({denial}); cacheback-fleet(7) has the lines for its ACL"
            ));
        }
        problems.extend(self.trial_error.clone());
        problems
    }
}

#[cfg(test)]
mod tests;
