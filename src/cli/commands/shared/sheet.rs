//! What is known of the server, as a page for the user or as JSON.

use serde_json::{Value, json};

use crate::cache::Knowledge;
use crate::cli::render::{Paint, Row, Sheet, figures, quote, row};
use crate::model::time::Timestamp;
use crate::store::fleet::Queued;
use crate::store::log::BarrierKind;
use crate::store::shared::{Decision, Inspection, Record, Tier};

/// All that there is to print.
pub struct Findings<'a> {
    pub tier: &'a Tier,
    /// What the server says, or why it does not; `None` if it is not to be asked.
    pub found: Option<Result<Inspection, String>>,
    /// The server has just been asked.
    pub is_known: bool,
    /// What this host knows, if its database can be read.
    pub host: Option<Knowledge>,
    /// What is wrong, if that was looked for.
    pub problems: Option<Vec<String>>,
}

impl Findings<'_> {
    /// The page for the user.
    pub fn page(&self) -> Vec<u8> {
        let settings = &self.tier.settings;
        let url = settings.server().map_or_else(|_| String::new(), ToString::to_string);
        let mut rows = vec![
            row("server", url),
            row("mode", settings.mode.name()),
            row("namespace", &settings.namespace),
            row("key", self.tier.team.kid()),
        ];
        match &self.found {
            Some(Ok(found)) => rows.extend(of_server(found)),
            Some(Err(reason)) if self.is_known => rows.push(row("answer", format!("none: {reason}"))),
            Some(Err(_)) | None => rows.push(row("answer", "not asked")),
        }
        if let Some(breaker) = &self.tier.breaker {
            rows.push(row("breaker", in_words(breaker.state())));
        }
        rows.extend(self.host.iter().flat_map(of_host));
        rows.extend(self.problems.iter().flatten().map(|problem| row("problem", problem)));
        let rows: Vec<Row> = rows.into_iter().map(|(name, value)| (name, quote::plain(&value))).collect();
        let mut sheet = Sheet::new(Paint::plain(), "", 0);
        sheet.rows(&rows);
        sheet.into_bytes()
    }

    /// The object for programs.
    pub fn json(&self) -> Value {
        let settings = &self.tier.settings;
        let (server, error) = match &self.found {
            Some(Ok(found)) => (Some(json_of(found)), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (None, None),
        };
        let mut object = json!({
            "url": settings.server().map(ToString::to_string).ok(),
            "mode": settings.mode.name(),
            "namespace": settings.namespace,
            "key": self.tier.team.kid(),
            "server": server,
            "error": error,
        });
        if let Some(breaker) = &self.tier.breaker {
            let (record, decision) = breaker.state();
            let (state, wait) = match decision {
                Decision::Go => ("closed", None),
                Decision::Probe => ("half-open", None),
                Decision::Wait(left) => ("open", Some(left.as_secs_f64())),
            };
            let reason = Some(record.reason).filter(|reason| !reason.is_empty());
            object["breaker"] =
                json!({ "state": state, "failures": record.failures, "retry_in": wait, "reason": reason });
        }
        if let Some(host) = &self.host {
            let undelivered =
                |change: &Queued| json!({ "change": noun(change.kind), "at": figures::instant(change.at) });
            object["asked"] = host.contact.map(figures::seconds).into();
            object["undelivered"] = host.queued.iter().map(undelivered).collect();
        }
        if let Some(problems) = &self.problems {
            object["problems"] = problems.clone().into();
        }
        object
    }
}

fn noun(kind: BarrierKind) -> &'static str {
    match kind {
        BarrierKind::Invalidate => "invalidation",
        BarrierKind::Delete => "deletion",
    }
}

fn of_host(host: &Knowledge) -> Vec<Row> {
    let asked = host.contact.map(|age| row("asked", format!("{} ago by this host", figures::elapsed(age))));
    let undelivered = host.queued.iter().map(|change| {
        let age = Timestamp::now().since(change.at).unwrap_or_default();
        row("undelivered", format!("{} of {} ago", noun(change.kind), figures::elapsed(age)))
    });
    asked.into_iter().chain(undelivered).collect()
}

fn of_server(found: &Inspection) -> Vec<Row> {
    let unknown = || "unknown: this user may not use INFO".to_owned();
    let limit = match found.max_memory {
        Some(0) => ", without a limit".to_owned(),
        Some(bytes) => format!(" of {}, then {}", figures::size(bytes), found.policy.as_deref().unwrap_or("unknown")),
        None => String::new(),
    };
    let side = if found.clock < 0 { "behind" } else { "ahead of" };
    let denied = found.denied.join(", ");
    let mut rows = vec![
        row("answer", format!("after {:.2} ms", found.round_trip.as_secs_f64() * 1000.0)),
        row("software", found.software.clone().unwrap_or_else(unknown)),
        row("role", found.role.as_deref().map_or_else(unknown, |role| role_in_words(role).to_owned())),
        row("memory", found.memory.map_or_else(unknown, |bytes| format!("{}{limit}", figures::size(bytes)))),
        row("clock", format!("{} ms {side} this host's", found.clock.abs())),
        row(
            "rights",
            if denied.is_empty() { "all that is needed".to_owned() } else { format!("may not use {denied}") },
        ),
    ];
    if !found.other_keys.is_empty() {
        let keys = found.other_keys.join(", ");
        rows.push(row("other keys", format!("{keys} in this namespace, whose results this key cannot open")));
    }
    rows
}

fn role_in_words(role: &str) -> &str {
    match role {
        "master" => "primary",
        "slave" => "replica",
        other => other,
    }
}

fn json_of(found: &Inspection) -> Value {
    json!({
        "round_trip": figures::seconds(found.round_trip),
        "software": found.software,
        "role": found.role.as_deref().map(role_in_words),
        "memory": found.memory,
        "max_memory": found.max_memory,
        "policy": found.policy,
        "clock_difference": found.clock as f64 / 1000.0,
        "denied": found.denied,
        "other_keys": found.other_keys,
    })
}

fn in_words((record, decision): (Record, Decision)) -> String {
    match decision {
        Decision::Go => "closed: the server is asked".to_owned(),
        Decision::Probe => format!("half open: the next call tries it; {}", failures(&record)),
        Decision::Wait(left) => {
            format!("open for {} more: nobody asks it; {}", figures::elapsed(left), failures(&record))
        }
    }
}

fn failures(record: &Record) -> String {
    match record.failures {
        1 => format!("it failed once: {}", record.reason),
        count => format!("it failed {count} times in a row: {}", record.reason),
    }
}
