//! The protocol against a real server.
//!
//! A test cannot set the server's clock. It moves the times that the server has written instead, with the same effect.

mod asks;
mod commits;
mod counters;
mod failures;
mod link;
mod positions;
mod reads;
mod runs;

use std::time::{Duration, Instant};

use redis::Value;

use super::reply::Reply;
use super::*;
use crate::store::log::{BarrierKind, Epoch, Position, Tag};
use crate::store::shared::testing::{Server, with_each};
use crate::store::shared::wire::Wire;
use link::Link;

const MINUTE: Duration = Duration::from_secs(60);
const LEASE: Duration = Duration::from_secs(10);

/// The entry that the tests use.
const ID: SharedId = SharedId([0x1d; 16]);

fn token(number: u8) -> Token {
    Token([number; 16])
}

fn result(number: u8) -> SharedResult {
    SharedResult([number; 16])
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A server, and everything that a host needs to talk to it.
struct Fleet {
    server: Server,
    link: Link,
    names: Names,
    drawn: u8,
}

/// Runs a test on a new server of each kind that is installed.
fn on_each_server(test: impl Fn(&mut Fleet)) {
    with_each(|program| test(&mut Fleet::on_new(program)));
}

/// The lease of a leader, as the answer to its ask had it.
#[derive(Clone, Copy)]
struct Led {
    token: Token,
    fence: Fence,
    base: Option<SharedResult>,
    position: Position,
}

impl Fleet {
    fn on_new(program: &str) -> Self {
        let options = ["--maxmemory-policy", "noeviction", "--repl-diskless-sync-delay", "0"];
        let server = Server::start(program, &options);
        let link = Link::to(&server);
        Self { server, link, names: Names::new("test", "00000000").unwrap(), drawn: 0x80 }
    }

    fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        [self.drawn; 16]
    }

    /// Sends one command that has to succeed.
    fn command(&mut self, words: &[&str]) -> Value {
        self.try_command(words).unwrap()
    }

    fn try_command(&mut self, words: &[&str]) -> Result<Value, ProtocolError> {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        Ok(self.link.roundtrip(&[command], soon())?.remove(0))
    }

    fn text(&mut self, words: &[&str]) -> Option<String> {
        match self.command(words) {
            Value::Nil => None,
            Value::BulkString(bytes) => Some(String::from_utf8(bytes).unwrap()),
            Value::SimpleString(text) => Some(text),
            other => panic!("{words:?}: {other:?}"),
        }
    }

    fn number(&mut self, words: &[&str]) -> i64 {
        let value = self.command(words);
        Reply::new("test", Some(&value)).int().unwrap()
    }

    fn exists(&mut self, name: &str) -> bool {
        self.number(&["EXISTS", name]) == 1
    }

    /// An ask for what is younger than a minute, or for a lease under this token.
    fn question(&mut self, number: u8) -> Ask<'static> {
        Ask {
            id: ID,
            accept: Accept { fresh: MINUTE, ..Accept::default() },
            wants_entry: false,
            seen: None,
            new_epoch: Epoch(self.draw()),
            lease: Some(Wanted {
                token: token(number),
                dead: None,
                holder: b"host, process",
                duration: LEASE,
                in_background: false,
            }),
            is_counted: true,
        }
    }

    fn send(&mut self, ask: &Ask<'_>) -> Answered {
        ask.send(&self.names, &mut self.link, soon()).unwrap()
    }

    fn ask(&mut self, number: u8) -> Answered {
        let ask = self.question(number);
        self.send(&ask)
    }

    /// An ask that no entry answers.
    fn demand(&mut self, number: u8) -> Answered {
        let ask = Ask { accept: Accept::default(), ..self.question(number) };
        self.send(&ask)
    }

    fn ask_from(&mut self, number: u8, seen: Position) -> Answered {
        let ask = Ask { seen: Some(seen), ..self.question(number) };
        self.send(&ask)
    }

    /// The position of the log of barriers, which is begun if there is none.
    fn position(&mut self) -> Position {
        let ask = Ask { lease: None, ..self.question(0) };
        self.send(&ask).history.unwrap().now
    }

    fn lead(&mut self, number: u8) -> Led {
        let ask = Ask { accept: Accept::default(), ..self.question(number) };
        self.lead_by(&ask)
    }

    fn lead_by(&mut self, ask: &Ask<'_>) -> Led {
        let answered = self.send(ask);
        let Answer::Lead { fence, base } = answered.answer else { panic!("{answered:?}") };
        Led { token: ask.lease.unwrap().token, fence, base, position: answered.history.unwrap().now }
    }

    fn commit(&mut self, commit: &Commit<'_>) -> Committed {
        commit.send(&self.names, &mut self.link, soon()).unwrap()
    }

    /// Leads and stores a result.
    fn store(&mut self, number: u8) -> Led {
        let led = self.lead(number);
        assert!(matches!(self.commit(&led.commit(number)), Committed::Stored(_)));
        led
    }

    fn renew(&mut self, led: &Led) -> Renewed {
        let renew = Renew { id: ID, token: led.token, fence: led.fence, holder: b"holder", duration: LEASE };
        renew.send(&self.names, &mut self.link, soon()).unwrap()
    }

    fn fail(&mut self, token: Token, end: End) -> bool {
        Fail { id: ID, token, end, outcome: b"sealed", is_counted: true }
            .send(&self.names, &mut self.link, soon())
            .unwrap()
    }

    fn try_mark(&mut self, tag: u8) -> Result<Marked, ProtocolError> {
        let new_epoch = Epoch(self.draw());
        let mark = Mark { tag: Tag([tag; 16]), kind: BarrierKind::Invalidate, selector: b"selector", new_epoch };
        mark.send(&self.names, &mut self.link, soon())
    }

    fn mark(&mut self, tag: u8) -> Marked {
        self.try_mark(tag).unwrap()
    }

    /// Puts up `count` barriers at once.
    fn mark_many(&mut self, count: usize) {
        self.position();
        let (meta, log) = (self.names.meta(), self.names.log());
        let script = "for i = 1, ARGV[1] do
                local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
                local tag = string.format('%032x', n)
                redis.call('XADD', KEYS[2], n .. '-0', 't', tag, 'k', 'd', 's', '')
                redis.call('HSET', KEYS[1], 'tag', tag)
            end";
        self.command(&["EVAL", script, "2", &meta, &log, &count.to_string()]);
    }

    fn wait(&mut self, token: Token) -> Option<Outcome> {
        outcome::wait(&self.names, &mut self.link, token, Duration::ZERO, soon(), MINUTE).unwrap()
    }

    fn look(&mut self, seen: Option<&Position>) -> Seen {
        look(&self.names, &mut self.link, ID, seen, soon()).unwrap()
    }

    /// Brings all keys back to what they were when this was called, as a fail-over does that loses writes.
    fn replica(&mut self) -> impl FnOnce(&mut Self) + use<> {
        let saved: Vec<_> = [self.names.meta(), self.names.log(), self.names.entry(ID), self.names.lease(ID)]
            .map(|name| match self.command(&["DUMP", &name]) {
                Value::BulkString(dump) => (name, Some(dump)),
                _ => (name, None),
            })
            .into();
        move |fleet| {
            for (name, dump) in saved {
                fleet.command(&["DEL", &name]);
                if let Some(dump) = dump {
                    let mut restore = redis::cmd("RESTORE");
                    restore.arg(name).arg(0).arg(dump);
                    fleet.link.roundtrip(&[restore], soon()).unwrap();
                }
            }
        }
    }
}

impl Led {
    /// A small result of this run.
    fn commit(&self, number: u8) -> Commit<'static> {
        Commit {
            id: ID,
            token: self.token,
            fence: self.fence,
            base: self.base,
            asked_ago: Duration::ZERO,
            ended_ago: Duration::ZERO,
            result: result(number),
            head: b"head",
            body: b"body",
            chunks: 0,
            keep: MINUTE,
            judged: self.position,
            outcome: b"sealed",
            is_counted: true,
        }
    }
}

#[test]
fn the_server_knows_each_script_by_its_digest() {
    on_each_server(|fleet| {
        for script in [ask::SCRIPT, renew::SCRIPT, commit::SCRIPT, fail::SCRIPT, mark::SCRIPT, sweep::SCRIPT] {
            let digest = fleet.text(&["SCRIPT", "LOAD", script.text]);
            assert_eq!(digest.as_deref(), Some(script.digest), "{}.lua", script.name);
        }
    });
}
