//! Whatever is in the file, an entry that is found is the one that was stored.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

const PAGE: usize = connection::PAGE_SIZE;

/// An undamaged file of several levels, with entries of all lengths. The tests look up some of them.
struct Original {
    bytes: Vec<u8>,
    samples: Vec<Sample>,
    entries: Vec<Entry>,
}

static ORIGINAL: LazyLock<Original> = LazyLock::new(|| {
    let home = Home::new();
    let mut samples: Vec<Sample> =
        (0..150).map(|number| Sample::new(&format!("echo {number}"), number % 9 * 100)).collect();
    for size in [0, 700, 3000, 9000, 20_000, 60_000] {
        samples.push(Sample::new(&format!("cat {size}"), size));
        samples.push(Sample::new(&format!("cat {}", "x".repeat(size)), 100));
    }
    store_all(&home, &samples);
    assert_eq!((depth(&home), compare(&home, &samples)), (2, samples.len()));
    let samples = samples.split_off(140);
    let entries = samples.iter().map(|sample| quick_entry(&home, sample).unwrap()).collect();
    Original { bytes: fs::read(home.path()).unwrap(), samples, entries }
});

/// A change to a file.
#[derive(Clone, Debug)]
enum Damage {
    /// One byte gets another value: in the file, or in the first bytes of a page.
    Byte(prop::sample::Index, u8),
    PageHead(prop::sample::Index, usize, u8),
    /// A page number, a length or another number near the top of a page.
    Number(prop::sample::Index, usize, u32),
    Swapped(prop::sample::Index, prop::sample::Index),
    Copied(prop::sample::Index, prop::sample::Index),
    Noise(prop::sample::Index, Vec<u8>),
    Cut(prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        8 => (index(), 0..300_usize, any::<u8>()).prop_map(|(page, at, byte)| Damage::PageHead(page, at, byte)),
        4 => (index(), 0..200_usize, 0..100_u32).prop_map(|(page, at, to)| Damage::Number(page, at, to)),
        2 => (index(), index()).prop_map(|(one, other)| Damage::Swapped(one, other)),
        2 => (index(), index()).prop_map(|(from, to)| Damage::Copied(from, to)),
        2 => (index(), vec(any::<u8>(), 1..500)).prop_map(|(at, noise)| Damage::Noise(at, noise)),
        1 => index().prop_map(Damage::Cut),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        let page = |index: &prop::sample::Index| index.index((length / PAGE).max(1)) * PAGE;
        let mut put = |at: usize, new: &[u8]| {
            let room = length.saturating_sub(at).min(new.len());
            bytes[length - length.saturating_sub(at)..][..room].copy_from_slice(&new[..room]);
        };
        match self {
            Self::Byte(at, byte) => put(at.index(length.max(1)), &[*byte]),
            Self::PageHead(at, offset, byte) => put(page(at) + offset, &[*byte]),
            Self::Number(at, offset, number) => put(page(at) + offset, &number.to_be_bytes()),
            Self::Noise(at, noise) => put(at.index(length.max(1)), noise),
            Self::Copied(from, to) if length >= PAGE => bytes.copy_within(page(from)..page(from) + PAGE, page(to)),
            Self::Swapped(one, other) if length >= PAGE => {
                let kept = bytes[page(one)..page(one) + PAGE].to_vec();
                bytes.copy_within(page(other)..page(other) + PAGE, page(one));
                bytes[page(other)..page(other) + PAGE].copy_from_slice(&kept);
            }
            Self::Cut(at) => bytes.truncate(at.index(length + 1)),
            _ => {}
        }
    }
}

/// How many of the samples are found in a file of these bytes; fails if one of them is another than was stored.
fn count_found(home: &Home, bytes: &[u8]) -> usize {
    let place = Place::create(home.path()).unwrap();
    let file = fs::OpenOptions::new().write(true).open(home.path()).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
    file.write_all_at(bytes, 0).unwrap();
    let found = ORIGINAL.samples.iter().zip(&ORIGINAL.entries).map(|(sample, entry)| {
        let found = SqliteStore::quick_entry(&place, &sample.key).flatten();
        assert!(found.as_ref().is_none_or(|found| found == entry), "another entry was found");
        usize::from(found.is_some())
    });
    found.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_yields_another_entry(damages in vec(damage(), 1..4)) {
        let mut bytes = ORIGINAL.bytes.clone();
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        count_found(&Home::new(), &bytes);
    }

    #[test]
    fn noise_yields_nothing(noise in vec(any::<u8>(), 0..3 * PAGE), kept in 0..600_usize) {
        let mut bytes = noise;
        let kept = kept.min(bytes.len());
        bytes[..kept].copy_from_slice(&ORIGINAL.bytes[..kept]);
        prop_assert_eq!(count_found(&Home::new(), &bytes), 0);
    }
}

#[test]
fn every_byte_of_the_first_pages_may_be_wrong() {
    let home = Home::new();
    let all = ORIGINAL.samples.len();
    assert_eq!(count_found(&home, &ORIGINAL.bytes), all);
    let place = Place::check(home.path()).unwrap();
    let file = fs::OpenOptions::new().write(true).open(home.path()).unwrap();
    let (mut lost, mut tried) = (0, 0);
    let pages = ORIGINAL.bytes.len() / PAGE;
    let offsets = (0..300).chain((0..pages).flat_map(|page| (0..24).map(move |at| page * PAGE + at)));
    for (number, offset) in offsets.enumerate() {
        let flipped = ORIGINAL.bytes[offset] ^ [0x01, 0x80, 0xff, 0x03][number % 4];
        file.write_all_at(&[flipped], offset as u64).unwrap();
        for (sample, entry) in ORIGINAL.samples.iter().zip(&ORIGINAL.entries) {
            let found = SqliteStore::quick_entry(&place, &sample.key).flatten();
            assert!(found.as_ref().is_none_or(|found| found == entry), "byte {offset}");
            lost += usize::from(found.is_none());
            tried += 1;
        }
        file.write_all_at(&ORIGINAL.bytes[offset..=offset], offset as u64).unwrap();
    }
    assert!(lost > 500, "only {lost} of {tried} were lost: the damage missed");
    assert_eq!(count_found(&home, &ORIGINAL.bytes), all);
}

/// Pages that follow each other in a circle: interior pages, and the overflow pages of a row that claims to be endless.
#[test]
fn circles_end() {
    let home = Home::new();
    let number = |at: usize| u32::from_be_bytes(ORIGINAL.bytes[at..at + 4].try_into().unwrap());
    for page in 1..ORIGINAL.bytes.len() / PAGE {
        let at = page * PAGE;
        let mut bytes = ORIGINAL.bytes.clone();
        let itself = (page as u32 + 1).to_be_bytes();
        match bytes[at] {
            5 => {
                bytes[at + 8..at + 12].copy_from_slice(&itself);
                for cell in 0..usize::from(u16::from_be_bytes([bytes[at + 3], bytes[at + 4]])) {
                    let pointer = at + 12 + 2 * cell;
                    let cell = at + usize::from(u16::from_be_bytes([bytes[pointer], bytes[pointer + 1]]));
                    bytes[cell..cell + 4].copy_from_slice(&itself);
                }
                assert_eq!(count_found(&home, &bytes), 0);
            }
            0 if number(at) > 0 && number(at) <= 100 => {
                bytes[at..at + 4].copy_from_slice(&itself);
                // The header's count of pages is as large as can be, and so is every row.
                bytes[28..32].fill(0xff);
                for leaf in (PAGE..bytes.len()).step_by(PAGE).filter(|leaf| ORIGINAL.bytes[*leaf] == 13) {
                    let cell = leaf + usize::from(u16::from_be_bytes([bytes[leaf + 8], bytes[leaf + 9]]));
                    bytes[cell..cell + 3].fill(0xff);
                }
                assert!(count_found(&home, &bytes) < ORIGINAL.samples.len());
            }
            _ => {}
        }
    }
}
