//! What somebody can do who controls the server and does not have the key.

use std::collections::BTreeMap;
use std::time::Instant;

use super::*;
use crate::store::shared::wire::Wire;

/// Names and values of the fields of an entry.
type Fields = BTreeMap<Vec<u8>, Vec<u8>>;

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

    /// Names and values of all fields.
    fn fields(&self, entry: &str) -> Fields {
        let Value::Array(words) = send(&mut self.0.connect(), &[&["HGETALL", entry]]).unwrap().remove(0) else {
            panic!("no list")
        };
        words.chunks(2).map(|pair| (bytes(&pair[0]), bytes(&pair[1]))).collect()
    }

    /// Gives `entry` these fields and no others. A host removes what does not open, so this comes before each attack.
    fn set(&self, entry: &str, fields: &Fields) {
        let mut command = redis::cmd("HSET");
        command.arg(entry);
        for (name, value) in fields {
            command.arg(name).arg(value);
        }
        let commands = [redis::cmd("DEL").arg(entry).clone(), command];
        self.0.connect().roundtrip(&commands, Instant::now() + Duration::from_secs(20)).unwrap();
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::BulkString(bytes) => bytes.clone(),
        other => panic!("{other:?}"),
    }
}

const RESULTS: [(&str, &[u8]); 2] = [("one", b"output of one"), ("two", b"output of two")];

#[test]
fn what_was_tampered_with_on_the_server_is_a_miss() {
    with_two_hosts(|server, one, other| {
        RESULTS.iter().for_each(|(word, output)| one.run(&parts(word), output));
        let tamperer = Tamperer(server);
        let entries = tamperer.names("*e:*");
        let [first, second] = &entries[..] else { panic!("{entries:?}") };
        let (right, foreign) = (tamperer.fields(first), tamperer.fields(second));
        let attack = |what: &str, change: &dyn Fn(&mut Fields)| {
            let mut fields = right.clone();
            change(&mut fields);
            tamperer.set(first, &fields);
            let found = RESULTS.map(|(word, _)| other.found(&parts(word)));
            let is_right = |index: usize| found[index].as_deref() == Some(RESULTS[index].1);
            // The ids are random, so either may be the first.
            assert!(
                is_right(0) && found[1].is_none() || is_right(1) && found[0].is_none() || is_right(0) && is_right(1),
                "{what}: {found:?}"
            );
        };
        for (word, output) in RESULTS {
            assert_eq!(other.found(&parts(word)).as_deref(), Some(output), "before all attacks");
        }
        for field in [b"h", b"b", b"r", b"f"].map(|name| name.to_vec()) {
            let what = String::from_utf8_lossy(&field).into_owned();
            attack(&format!("{what} transplanted"), &|fields| {
                *fields.get_mut(&field).unwrap() = foreign[&field].clone()
            });
            for at in 0..right[&field].len().min(60) {
                attack(&format!("{what} flipped at {at}"), &|fields| fields.get_mut(&field).unwrap()[at] ^= 1);
            }
            attack(&format!("{what} cut"), &|fields| _ = fields.get_mut(&field).unwrap().pop());
        }
        // A whole entry in the place of another.
        attack("all transplanted", &|fields| *fields = foreign.clone());
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
