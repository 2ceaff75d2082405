//! Seals what the server keeps: it can neither be read there nor be moved from one place to another.

mod head;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::protocol::SharedId;
use super::secret::TeamKey;
use crate::codec::fields;

pub use head::Head;

const NONCE: usize = 24;
const CODE: usize = 16;

/// How much longer than what it seals a sealed value can be.
pub const OVERHEAD: usize = NONCE + CODE + 1;

/// What a sealed value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// All of a result but its output.
    Head,
    /// A small output.
    Body,
    /// A piece of a large output.
    Chunk,
    /// How a lease ended.
    Outcome,
    /// What an invalidation or deletion selects.
    Barrier,
    /// Who holds a lease.
    Holder,
}

impl Kind {
    fn tag(self) -> u8 {
        match self {
            Self::Head => b'h',
            Self::Body => b'b',
            Self::Chunk => b'c',
            Self::Outcome => b'o',
            Self::Barrier => b's',
            Self::Holder => b'w',
        }
    }

    /// The most bytes that can be sealed as this: what claims to be larger is not opened.
    pub fn limit(self) -> usize {
        match self {
            Self::Body => 64 << 10,
            Self::Chunk => 256 << 10,
            Self::Outcome => 128 << 10,
            Self::Head => 4 << 20,
            Self::Barrier => 1 << 20,
            Self::Holder => 4 << 10,
        }
    }
}

/// Where a sealed value belongs. In any other place, and under any other name, it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place<'a> {
    /// What it is.
    pub kind: Kind,
    /// What all names of the namespace and key begin with.
    pub prefix: &'a str,
    /// The entry that it is of.
    pub id: Option<SharedId>,
    /// The result that it is of.
    pub result: &'a [u8],
    /// That result's fence.
    pub fence: u64,
    /// Which chunk of it, from 0.
    pub index: u32,
    /// How many chunks it has.
    pub count: u32,
    /// The lease that it is of.
    pub token: &'a [u8],
    /// The barrier's random tag.
    pub tag: &'a [u8],
    /// The barrier's kind: invalidate or delete.
    pub barrier: &'a [u8],
}

impl<'a> Place<'a> {
    /// A place with nothing but a kind and a prefix.
    pub fn new(kind: Kind, prefix: &'a str) -> Self {
        let none: &[u8] = &[];
        Self {
            kind,
            prefix,
            id: None,
            result: none,
            fence: 0,
            index: 0,
            count: 0,
            token: none,
            tag: none,
            barrier: none,
        }
    }

    /// The associated data. It always has every field, so that no two places are the same bytes.
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        let id = self.id.as_ref().map(|id| &id.0[..]).unwrap_or_default();
        fields::put(&mut out, b'k', [self.kind.tag()]);
        fields::put(&mut out, b'P', self.prefix.as_bytes());
        fields::put(&mut out, b'i', id);
        fields::put(&mut out, b'r', self.result);
        fields::put(&mut out, b'f', self.fence.to_le_bytes());
        fields::put(&mut out, b'x', self.index.to_le_bytes());
        fields::put(&mut out, b'n', self.count.to_le_bytes());
        fields::put(&mut out, b't', self.token);
        fields::put(&mut out, b'g', self.tag);
        fields::put(&mut out, b'b', self.barrier);
        out
    }
}

/// Seals and opens with one team's key.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Sealer")
    }
}

/// The form of what is sealed, as its first byte: the bytes as they are.
const PLAIN: u8 = 0;
/// The length of the bytes as a little-endian `u32`, and then the bytes compressed by LZ4.
const LZ4: u8 = 1;

impl Sealer {
    /// With the key of the team.
    pub fn new(team: &TeamKey) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(*team.seal())))
    }

    /// Seals `bytes` for `place`. They are compressed if that saves at least an eighth.
    ///
    /// # Errors
    ///
    /// The system gives no random bytes.
    ///
    /// # Panics
    ///
    /// If there are more bytes than the [kind](Kind::limit) allows.
    pub fn seal(&self, place: &Place<'_>, bytes: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        assert!(bytes.len() <= place.kind.limit(), "{:?} of {} bytes", place.kind, bytes.len());
        // 192 random bits never come twice.
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: &compressed(bytes), aad: &place.encode() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).expect("a value is shorter than 256 GiB");
        let mut out = Vec::with_capacity(NONCE + sealed.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// What was sealed for `place` with the same key; `None` if this is anything else.
    pub fn open(&self, place: &Place<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let limit = place.kind.limit();
        if sealed.len() > limit + OVERHEAD {
            return None;
        }
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: &place.encode() };
        let mut opened = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
        match *opened.first()? {
            PLAIN => {
                opened.remove(0);
                Some(opened)
            }
            LZ4 => {
                let (length, rest) = opened[1..].split_first_chunk::<4>()?;
                let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= limit)?;
                lz4_flex::block::decompress(rest, length).ok().filter(|bytes| bytes.len() == length)
            }
            _ => None,
        }
    }
}

/// Fewer bytes are rarely compressed by an eighth, so that is not tried.
const WORTH_COMPRESSING: usize = 128;

fn compressed(bytes: &[u8]) -> Vec<u8> {
    if bytes.len() >= WORTH_COMPRESSING {
        let mut out = vec![0; 5 + lz4_flex::block::get_maximum_output_size(bytes.len())];
        let length = lz4_flex::block::compress_into(bytes, &mut out[5..]).unwrap_or(usize::MAX);
        if length.saturating_add(5) <= bytes.len() - bytes.len() / 8 {
            out[0] = LZ4;
            out[1..5].copy_from_slice(&u32::try_from(bytes.len()).expect("limits are below 4 GiB").to_le_bytes());
            out.truncate(5 + length);
            return out;
        }
    }
    [&[PLAIN], bytes].concat()
}

#[cfg(test)]
mod tests;
