//! A host, and one call on it.

use cacheback::program::model::time::Moment;
use cacheback::program::store::shared::Breaker;

use super::Stage;
use crate::caller::Caller;
use crate::common::Home;
use crate::concurrency::event::{Event, Kind};
use crate::output::{Order, Seen, examine, number_of_host};

pub struct Host {
    pub home: Home,
    /// What logs of runs call it.
    pub number: u64,
}

/// A call with what its caller saw.
#[derive(Clone, Debug)]
pub struct Call {
    pub host: usize,
    pub event: Event,
    /// What cacheback wrote: messages, and the status of the caches.
    pub said: String,
}

impl Host {
    pub fn new(home: Home) -> Self {
        Self { number: number_of_host(home.id()), home }
    }

    /// How often the server had a result that could not be copied, for instance because it came too late, or failed.
    pub fn errors(&self) -> u64 {
        let stats = self.home.cacheback(["stats", "--json"]).go().status(0).stdout_text();
        let stats: serde_json::Value = serde_json::from_str(&stats).expect("a JSON object");
        stats["shared"]["errors"].as_u64().expect("a count")
    }

    pub fn call(&self, stage: &Stage, host: usize, order: Order, kind: Kind) -> Call {
        let mut words = kind.words(order.name, &order.words(&stage.journal));
        if kind.prints() {
            words.insert(1, "--status".to_owned());
        }
        let asked = Moment::now().as_nanos();
        let mut caller = Caller::start(&self.home, words, b"");
        let watched = stage.watch.over(&caller);
        let ended = caller.end();
        drop(watched);
        let answered = Moment::now().as_nanos();
        let (mut own, mut said, mut status_line) = (Vec::new(), String::new(), String::new());
        for line in ended.stderr.split_inclusive(|byte| *byte == b'\n') {
            match line {
                line if line.starts_with(b"cacheback: ") => said += &String::from_utf8_lossy(line),
                line if line.starts_with(b"Cache-Status: ") => status_line += &String::from_utf8_lossy(line),
                line => own.extend_from_slice(line),
            }
        }
        let seen = if kind.prints() { examine(order.name, &ended.stdout, &own) } else { Seen::Nothing };
        let name = (!kind.is_for_all()).then_some(order.name);
        let event = Event { name, kind, asked, answered, seen, status: ended.status.code(), warned: !said.is_empty() };
        let mut call = Call { host, event, said: said + &status_line };
        if call.is_bypassed() {
            let breaker = Breaker::beside(&self.home.db()).record();
            call.said += &format!("last failure: {}", breaker.reason);
        }
        call
    }
}

impl Call {
    /// What it printed came from the server.
    pub fn is_from_server(&self) -> bool {
        self.of_server().starts_with("hit")
    }

    /// It waited for a run of another host.
    pub fn is_follower(&self) -> bool {
        self.of_server().ends_with("collapsed")
    }

    /// The server was not reached.
    pub fn is_bypassed(&self) -> bool {
        self.of_server().starts_with("fwd=bypass")
    }

    /// The server's part of the status.
    fn of_server(&self) -> &str {
        let server = self.said.split("Cache-Status: cacheback-shared; ").nth(1);
        server.and_then(|rest| rest.split(", cacheback; ").next()).unwrap_or_default()
    }
}
