//! One change of what a server has, at random.

use super::super::Admin;
use super::memory::{Slot, Snapshot};
use crate::random::Random;

/// The values to attack with, which were sealed for other places and at other times.
pub struct Arms<'a> {
    pub earlier: &'a Snapshot,
    /// Sealed and other values of all kinds, of all keys, results, namespaces and teams.
    pub pool: &'a [Vec<u8>],
}

/// Changes the value of one of `names`; says how.
pub fn attack(admin: &mut Admin, names: &[&[u8]], arms: &Arms<'_>, random: &mut Random) -> String {
    let name = *random.pick(names);
    let shown = String::from_utf8_lossy(name).into_owned();
    let slots = Slot::all(admin, name);
    if slots.is_empty() || random.one_in(6) {
        return whole(admin, name, &shown, names, arms, random);
    }
    let slot = random.pick(&slots);
    let Some(mut value) = slot.read(admin) else { return format!("{shown} is gone") };
    let how = match random.index(6) {
        0 | 1 if !value.is_empty() => {
            let at = random.index(value.len());
            value[at] ^= 1 << random.index(8);
            "flipped"
        }
        2 => {
            value.truncate(random.index(value.len() + 1));
            "cut"
        }
        3 => {
            value.extend((0..=random.index(40)).map(|_| random.next() as u8));
            "extended"
        }
        4 => {
            slot.remove(admin);
            return format!("removed of {shown}");
        }
        _ => {
            value.clone_from(random.pick(arms.pool));
            "transplanted"
        }
    };
    slot.write(admin, &value);
    format!("{how} of {shown}")
}

/// Changes the whole value of a name; says how.
fn whole(admin: &mut Admin, name: &[u8], shown: &str, names: &[&[u8]], arms: &Arms<'_>, random: &mut Random) -> String {
    let other = *random.pick(names);
    let to = String::from_utf8_lossy(other);
    match random.index(5) {
        0 => {
            let _ = admin.ask::<i64>(&[b"DEL", name]);
            format!("{shown} removed")
        }
        1 => {
            let _ = admin.ask::<i64>(&[b"COPY", name, other, b"REPLACE"]);
            format!("{shown} copied to {to}")
        }
        2 => {
            for (from, to) in [(name, &b"between"[..]), (other, name), (b"between", other)] {
                let _ = admin.ask::<String>(&[b"RENAME", from, to]);
            }
            format!("{shown} and {to} swapped")
        }
        3 => {
            let _ = admin.ask::<i64>(&[b"DEL", name]);
            let _ = admin.ask::<i64>(&[&b"RPUSH"[..], name, &random.pick(arms.pool)[..]]);
            format!("{shown} made a list")
        }
        _ => {
            arms.earlier.replay(admin, random);
            "an earlier value replayed".to_owned()
        }
    }
}
