//! Reads, restores and changes what a server has in memory, as anybody who can write to it might.

use super::super::Admin;
use crate::random::Random;

/// Every name of a server with its value, as DUMP writes it.
pub struct Snapshot(Vec<(Vec<u8>, Vec<u8>)>);

impl Snapshot {
    pub fn of(admin: &mut Admin) -> Self {
        let names = admin.names("*");
        let dump = |name: Vec<u8>| {
            let value: Option<Vec<u8>> = admin.ask(&[b"DUMP", &name[..]]).expect("it answers");
            Some((name, value?))
        };
        Self(names.into_iter().filter_map(dump).collect())
    }

    pub fn names(&self) -> Vec<&[u8]> {
        self.0.iter().map(|(name, _)| &name[..]).collect()
    }

    /// Makes it all that the server has.
    pub fn restore(&self, admin: &mut Admin) {
        admin.ask::<()>(&["FLUSHALL"]).expect("it answers");
        for (name, value) in &self.0 {
            Self::put(admin, name, value);
        }
    }

    /// Puts one of its names back, beside what is there.
    pub fn replay(&self, admin: &mut Admin, random: &mut Random) {
        let (name, value) = random.pick(&self.0);
        Self::put(admin, name, value);
    }

    fn put(admin: &mut Admin, name: &[u8], value: &[u8]) {
        // Nothing is gone while the server is looked at.
        admin.ask::<()>(&[b"RESTORE", name, b"600000", value, b"REPLACE"]).expect("it was dumped");
    }
}

/// A value that can be changed alone.
pub struct Slot {
    name: Vec<u8>,
    place: Place,
}

enum Place {
    /// The whole of a string.
    Text,
    Field(Vec<u8>),
    /// A field of a record of a stream: the number of the record, and the number of the word in it.
    Record(usize, usize),
}

type Records = Vec<(Vec<u8>, Vec<Vec<u8>>)>;

impl Slot {
    /// All of `name`.
    pub fn all(admin: &mut Admin, name: &[u8]) -> Vec<Self> {
        let kind: String = admin.ask(&[b"TYPE", name]).expect("it answers");
        let places: Vec<Place> = match kind.as_str() {
            "string" => vec![Place::Text],
            "hash" => {
                let fields: Vec<Vec<u8>> = admin.ask(&[b"HKEYS", name]).expect("it answers");
                fields.into_iter().map(Place::Field).collect()
            }
            "stream" => {
                let records = records(admin, name);
                let words = |(at, (_, words)): (usize, &(Vec<u8>, Vec<Vec<u8>>))| {
                    (0..words.len()).map(move |word| Place::Record(at, word)).collect::<Vec<_>>()
                };
                records.iter().enumerate().flat_map(words).collect()
            }
            _ => Vec::new(),
        };
        places.into_iter().map(|place| Self { name: name.to_owned(), place }).collect()
    }

    pub fn read(&self, admin: &mut Admin) -> Option<Vec<u8>> {
        match &self.place {
            Place::Text => admin.ask(&[b"GET", &self.name[..]]).ok()?,
            Place::Field(field) => admin.ask(&[b"HGET", &self.name[..], field]).ok()?,
            Place::Record(at, word) => records(admin, &self.name).get(*at)?.1.get(*word).cloned(),
        }
    }

    /// Changes nothing where another value has taken its place.
    pub fn write(&self, admin: &mut Admin, value: &[u8]) {
        match &self.place {
            Place::Text => drop(admin.ask::<()>(&[b"SET", &self.name[..], value, b"KEEPTTL"])),
            Place::Field(field) => drop(admin.ask::<i64>(&[b"HSET", &self.name[..], field, value])),
            Place::Record(at, word) => {
                let mut all = records(admin, &self.name);
                let Some(slot) = all.get_mut(*at).and_then(|(_, words)| words.get_mut(*word)) else { return };
                *slot = value.to_owned();
                put_records(admin, &self.name, &all);
            }
        }
    }

    pub fn remove(&self, admin: &mut Admin) {
        match &self.place {
            Place::Field(field) => drop(admin.ask::<i64>(&[b"HDEL", &self.name[..], field])),
            Place::Text => drop(admin.ask::<i64>(&[b"DEL", &self.name[..]])),
            Place::Record(at, _) => {
                let mut all = records(admin, &self.name);
                if *at < all.len() {
                    all.remove(*at);
                    put_records(admin, &self.name, &all);
                }
            }
        }
    }
}

fn records(admin: &mut Admin, name: &[u8]) -> Records {
    admin.ask(&[b"XRANGE", name, b"-", b"+"]).unwrap_or_default()
}

fn put_records(admin: &mut Admin, name: &[u8], records: &Records) {
    let _ = admin.ask::<i64>(&[b"DEL", name]);
    for (id, words) in records {
        let mut command = vec![b"XADD".to_vec(), name.to_vec(), id.clone()];
        command.extend(words.iter().cloned());
        let _ = admin.ask::<Vec<u8>>(&command);
    }
}
