//! Whether a text matches a pattern without alternatives.

use super::class::Class;

/// Whether `text` matches `pattern`.
///
/// The text has to begin with the part before the first `*` and to end with the part after the last one. The parts
/// between are searched for from left to right. The first match of each is enough, because a `*` matches whatever
/// follows.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut runs = Runs(Some(pattern));
    let first = runs.next().unwrap_or_default();
    let Some(at) = begins(first, text) else { return false };
    let mut rest = &text[at..];
    let Some(mut run) = runs.next() else { return rest.is_empty() };
    for next in runs {
        let Some(end) = find(run, rest) else { return false };
        (rest, run) = (&rest[end..], next);
    }
    let start = rest.len().checked_sub(places(run).count());
    start.is_some_and(|start| begins(run, &rest[start..]).is_some())
}

/// The runs of a pattern: its parts before, between and after each `*`.
struct Runs<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Runs<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0?;
        let length: usize = places(rest).take_while(|place| *place != b"*").map(<[u8]>::len).sum();
        self.0 = rest.get(length + 1..);
        Some(&rest[..length])
    }
}

/// The places of a pattern: its parts that match one byte each. A `*` counts as one.
fn places(pattern: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let length = match rest {
            [] => return None,
            [b'\\', _, ..] => 2,
            [b'[', ..] => Class::first_of(rest).length,
            _ => 1,
        };
        let (place, after) = rest.split_at(length);
        rest = after;
        Some(place)
    })
}

/// How many bytes at the beginning of `text` match `run`, if they do.
pub(super) fn begins(run: &[u8], text: &[u8]) -> Option<usize> {
    let (mut run, mut at) = (run, 0);
    while !run.is_empty() {
        run = &run[step(run, *text.get(at)?)?..];
        at += 1;
    }
    Some(at)
}

/// Up to this product of the lengths of run and text, each start in the text is tried in turn.
const FEW_STEPS: usize = 1 << 16;

/// Where the first match of `run` in `text` ends.
fn find(run: &[u8], text: &[u8]) -> Option<usize> {
    match run.len().saturating_mul(text.len()) {
        0..=FEW_STEPS => (0..=text.len()).find_map(|start| begins(run, &text[start..]).map(|length| start + length)),
        _ => find_long(run, text),
    }
}

/// The same with one bit for each place of the run: 64 places are compared at once, whatever the run is.
pub(super) fn find_long(run: &[u8], text: &[u8]) -> Option<usize> {
    let count = places(run).count();
    let Some(last) = count.checked_sub(1) else { return Some(0) };
    let words = count.div_ceil(64);
    // For each byte, which places it matches.
    let mut matching = vec![0_u64; 256 * words];
    for (at, place) in places(run).enumerate() {
        for byte in (0..=255).filter(|byte| step(place, *byte).is_some()) {
            matching[usize::from(byte) * words + at / 64] |= 1 << (at % 64);
        }
    }
    // Bit `at` is set if the text so far ends with the places up to `at`. All words from `used` on are zero.
    let mut ends = vec![0_u64; words];
    let mut used = 0;
    for (index, byte) in text.iter().enumerate() {
        let row = &matching[usize::from(*byte) * words..][..words];
        let mut carry = 1;
        let reach = (used + 1).min(words);
        used = 0;
        for (at, (word, mask)) in ends.iter_mut().zip(row).take(reach).enumerate() {
            let next = *word >> 63;
            *word = (*word << 1 | carry) & mask;
            carry = next;
            if *word != 0 {
                used = at + 1;
            }
        }
        if ends[last / 64] & 1 << (last % 64) != 0 {
            return Some(index + 1);
        }
    }
    None
}

/// The length of the first place of `pattern`, if that matches `byte`.
fn step(pattern: &[u8], byte: u8) -> Option<usize> {
    let (matched, length) = match pattern {
        [] => return None,
        [b'?', ..] => (true, 1),
        [b'\\', escaped, ..] => (*escaped == byte, 2),
        [b'[', ..] => {
            let class = Class::first_of(pattern);
            (class.contains(byte), class.length)
        }
        [literal, ..] => (*literal == byte, 1),
    };
    matched.then_some(length)
}
