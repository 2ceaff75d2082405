//! Attacks on what hosts share through a server: the chapters about it, and what they have in common.

pub mod fleet;
pub mod outage;
pub mod tamper;

use redis::{Connection, FromRedisValue, ToRedisArgs};

use super::common::fleet::Redis;

/// A connection of somebody who may do everything on a server.
pub struct Admin(Connection);

impl Admin {
    pub fn of(server: &Redis) -> Self {
        let client = redis::Client::open(server.socket_url()).expect("a socket");
        Self(client.get_connection().expect("it listens"))
    }

    /// The answer to a command of these words.
    pub fn ask<T: FromRedisValue>(&mut self, words: &[impl ToRedisArgs]) -> redis::RedisResult<T> {
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(word);
        }
        command.query(&mut self.0)
    }

    /// Names that match this pattern, in order.
    pub fn names(&mut self, pattern: &str) -> Vec<Vec<u8>> {
        let mut names: Vec<Vec<u8>> = self.ask(&["KEYS", pattern]).expect("it answers");
        names.sort();
        names
    }
}
