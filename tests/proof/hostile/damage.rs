//! Changes to the bytes of a file.

use super::super::random::Random;

/// Bytes of a page of the database, the unit that disks and programs lose.
const PAGE: usize = 16 * 1024;

/// Changes `bytes` once or a few times.
pub fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.index(3) {
        once(bytes, random);
    }
}

fn once(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        bytes.extend((0..random.index(1000)).map(|_| random.next() as u8));
        return;
    }
    let at = place(bytes, random);
    let length = (1 << random.index(15)).min(bytes.len() - at);
    let pages = bytes.len().div_ceil(PAGE);
    let page = |number: usize| number * PAGE..((number + 1) * PAGE).min(bytes.len());
    match random.index(12) {
        0 | 1 => bytes[at] ^= 1 << random.index(8),
        2 => bytes[at] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff]),
        3 => {
            // A number, as of a page, a length or an offset.
            let number = (random.next() as u32 >> random.index(32)).to_be_bytes();
            let end = (at + 4).min(bytes.len());
            bytes[at..end].copy_from_slice(&number[..end - at]);
        }
        4 => bytes[at..at + length].fill(0),
        5 => bytes[at..at + length].iter_mut().for_each(|byte| *byte = random.next() as u8),
        6 => bytes.truncate(at),
        7 => {
            let from = random.index(bytes.len() - length + 1);
            bytes.copy_within(from..from + length, at);
        }
        8 => {
            let range = page(random.index(pages));
            bytes[range].fill(0);
        }
        9 => {
            let (from, to) = (page(random.index(pages)), page(random.index(pages)));
            let length = from.len().min(to.len());
            bytes.copy_within(from.start..from.start + length, to.start);
        }
        10 => {
            let (one, other) = (page(random.index(pages)), page(random.index(pages)));
            for (one, other) in one.zip(other) {
                bytes.swap(one, other);
            }
        }
        _ => {
            // Bytes are inserted or removed, so that all that follow move.
            let length = length.min(64);
            if random.one_in(2) {
                bytes.drain(at..at + length.min(bytes.len() - at));
            } else {
                bytes.splice(at..at, vec![0; length]);
            }
        }
    }
}

/// A position in the header of the file, at the beginning of a page, or anywhere.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let at = match random.index(4) {
        0 => random.index(100),
        1 | 2 => random.index(bytes.len().div_ceil(PAGE)) * PAGE + random.index(300),
        _ => random.index(bytes.len()),
    };
    at.min(bytes.len() - 1)
}
