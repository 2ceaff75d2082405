//! What somebody can do who controls the server and does not have the key.

use std::time::Instant;

use super::*;
use crate::store::shared::wire::Wire;

/// Reads and writes the fields of entries and chunks, as somebody can who controls the server.
struct Tamperer<'a>(&'a Server);

impl Tamperer<'_> {
    fn names(&self, pattern: &str) -> Vec<String> {
        let answers = send(&mut self.0.connect(), &[&["KEYS", pattern]]).unwrap();
        let Value::Array(names) = &answers[0] else { panic!("no list") };
        let mut names: Vec<String> = names.iter().map(|name| String::from_utf8(bytes(name)).unwrap()).collect();
        names.sort();
        names
    }

    fn field(&self, entry: &str, field: &str) -> Vec<u8> {
        bytes(&send(&mut self.0.connect(), &[&["HGET", entry, field]]).unwrap()[0])
    }

    fn set(&self, entry: &str, field: &str, value: &[u8]) {
        let mut command = redis::cmd("HSET");
        command.arg(entry).arg(field).arg(value);
        self.0.connect().roundtrip(&[command], Instant::now() + Duration::from_secs(20)).unwrap();
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::BulkString(bytes) => bytes.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_tampered_with_on_the_server_is_a_miss() {
    with_two_hosts(|server, one, other| {
        one.run(&parts("one"), b"output of one");
        one.run(&parts("two"), b"output of two");
        let tamperer = Tamperer(server);
        let entries = tamperer.names("*e:*");
        let [first, second] = &entries[..] else { panic!("{entries:?}") };
        let is_wrong = |what: &str| {
            for (word, right) in [("one", b"output of one"), ("two", b"output of two")] {
                let found = other.found(&parts(word));
                assert!(found.is_none() || found.as_deref() == Some(right), "{what}: {word}");
            }
        };
        for field in ["h", "b", "r", "f"] {
            let (right, foreign) = (tamperer.field(first, field), tamperer.field(second, field));
            tamperer.set(first, field, &foreign);
            is_wrong(&format!("{field} transplanted"));
            for at in 0..right.len().min(60) {
                let mut flipped = right.clone();
                flipped[at] ^= 1;
                tamperer.set(first, field, &flipped);
                is_wrong(&format!("{field} flipped at {at}"));
            }
            tamperer.set(first, field, &right[..right.len() - 1]);
            is_wrong(&format!("{field} cut"));
            tamperer.set(first, field, &right);
        }
        // A whole entry in the place of another.
        for field in ["h", "b", "r", "f", "t", "k", "c"] {
            tamperer.set(first, field, &tamperer.field(second, field));
        }
        is_wrong("a whole entry transplanted");
    });
}

#[test]
fn chunks_that_are_swapped_or_gone_are_a_miss() {
    with_two_hosts(|server, one, other| {
        let large = parts("large");
        one.run(&large, &[b'x'; 600 << 10]);
        let chunks = Tamperer(server).names("*c:*");
        assert_eq!(chunks.len(), 3);
        let send = |words: &[&str]| send(&mut server.connect(), &[words]).unwrap();
        send(&["RENAME", &chunks[0], "t"]);
        send(&["RENAME", &chunks[1], &chunks[0]]);
        send(&["RENAME", "t", &chunks[1]]);
        assert_eq!(other.found(&large), None);
        send(&["DEL", &chunks[0]]);
        assert_eq!(other.found(&large), None);
    });
}
