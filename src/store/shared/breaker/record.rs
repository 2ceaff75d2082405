//! What is known of the server, as it is written to the breaker's file.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::Trouble;
use crate::codec::fields;
use crate::codec::fields::Fields;
use crate::store::shared::wire::Route;

/// What is known of the server. Times are on the boot clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How many failures there were in a row.
    pub failures: u32,
    /// What the last failure was.
    pub trouble: Trouble,
    /// The last failure in words, without a password.
    pub reason: String,
    /// When the last failure was.
    pub failed_at: Duration,
    /// No process tries the server before this.
    pub until: Duration,
    /// When there was a warning of a mistake that somebody has to mend.
    pub warned_at: Option<Duration>,
    /// When there was a warning of a password in a URL.
    pub warned_password_at: Option<Duration>,
    /// When there was a warning of a mistake in the configuration, and a digest of its text.
    pub mistake: Option<(Duration, u64)>,
    /// Which server and which login it is about, as a digest.
    pub server: Option<u64>,
    /// Where the server was found, and when.
    pub route: Option<(Duration, Route)>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            failures: 0,
            trouble: Trouble::Unreachable,
            reason: String::new(),
            failed_at: Duration::ZERO,
            until: Duration::ZERO,
            warned_at: None,
            warned_password_at: None,
            mistake: None,
            server: None,
            route: None,
        }
    }
}

mod tag {
    pub const FAILURES: u8 = b'n';
    pub const MISCONFIGURED: u8 = b'm';
    pub const REASON: u8 = b'r';
    pub const FAILED: u8 = b'f';
    pub const UNTIL: u8 = b'u';
    pub const WARNED: u8 = b'w';
    pub const PASSWORD: u8 = b'p';
    pub const FOUND: u8 = b't';
    pub const SERVER: u8 = b's';
    pub const HOST: u8 = b'h';
    pub const ADDRESS: u8 = b'a';
    pub const MISTAKE: u8 = b'c';
    pub const MISTAKEN: u8 = b'd';
    pub const OF: u8 = b'o';
}

/// The longest text that is kept; a name of a host has 255 bytes at most.
const TEXT: usize = 300;
const HEADER: usize = 12;

impl Record {
    /// Every record has this many bytes, so that one write replaces all of the last one.
    pub const SIZE: usize = 2048;

    /// The length, a checksum, the fields, and zeros.
    pub fn encode(&self) -> [u8; Self::SIZE] {
        let mut out = Vec::new();
        let mut time = |tag, time: Duration| fields::put(&mut out, tag, (time.as_nanos() as u64).to_le_bytes());
        time(tag::FAILED, self.failed_at);
        time(tag::UNTIL, self.until);
        if let Some(at) = self.warned_at {
            time(tag::WARNED, at);
        }
        if let Some(at) = self.warned_password_at {
            time(tag::PASSWORD, at);
        }
        if let Some((at, _)) = &self.route {
            time(tag::FOUND, *at);
        }
        if let Some((at, _)) = &self.mistake {
            time(tag::MISTAKEN, *at);
        }
        let digests = [(tag::MISTAKE, self.mistake.map(|(_, digest)| digest)), (tag::OF, self.server)];
        for (tag, digest) in digests {
            digest.into_iter().for_each(|digest| fields::put(&mut out, tag, digest.to_le_bytes()));
        }
        fields::put(&mut out, tag::FAILURES, self.failures.to_le_bytes());
        if self.trouble == Trouble::Misconfigured {
            fields::put(&mut out, tag::MISCONFIGURED, b"");
        }
        fields::put(&mut out, tag::REASON, short(&self.reason).as_bytes());
        if let Some((_, Route { server, host, address })) = &self.route {
            fields::put(&mut out, tag::SERVER, server.as_bytes());
            fields::put(&mut out, tag::HOST, host.as_bytes());
            fields::put(&mut out, tag::ADDRESS, address.to_string().as_bytes());
        }
        let mut bytes = [0; Self::SIZE];
        // No real name is too long for the record; with one that is, the record is empty.
        if let Some(room) = bytes.get_mut(HEADER..HEADER + out.len()) {
            room.copy_from_slice(&out);
            bytes[..4].copy_from_slice(&u32::try_from(out.len()).unwrap_or(0).to_le_bytes());
            bytes[4..HEADER].copy_from_slice(&xxh3_64(&out).to_le_bytes());
        }
        bytes
    }

    /// Back from [`encode`](Self::encode)d bytes; `None` if they are damaged, or of a write that is not complete.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (checksum, rest) = rest.split_first_chunk::<8>()?;
        let encoded = rest.get(..u32::from_le_bytes(*length) as usize)?;
        if encoded.is_empty() || xxh3_64(encoded) != u64::from_le_bytes(*checksum) {
            return None;
        }
        let time = |bytes: &[u8]| Some(Duration::from_nanos(u64::from_le_bytes(bytes.try_into().ok()?)));
        let digest = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
        let text = |bytes: &[u8]| Some(str::from_utf8(bytes).ok()?.to_owned());
        let mut record = Self::default();
        let (mut found_at, mut server, mut host, mut address) = (None, None, None, None);
        let (mut mistaken_at, mut mistake) = (None, None);
        for (tag, bytes) in Fields::new(encoded) {
            match tag {
                tag::FAILURES => record.failures = u32::from_le_bytes(bytes.try_into().ok()?),
                tag::MISCONFIGURED => record.trouble = Trouble::Misconfigured,
                tag::REASON => record.reason = text(bytes)?,
                tag::FAILED => record.failed_at = time(bytes)?,
                tag::UNTIL => record.until = time(bytes)?,
                tag::WARNED => record.warned_at = Some(time(bytes)?),
                tag::PASSWORD => record.warned_password_at = Some(time(bytes)?),
                tag::MISTAKEN => mistaken_at = Some(time(bytes)?),
                tag::MISTAKE => mistake = Some(digest(bytes)?),
                tag::OF => record.server = Some(digest(bytes)?),
                tag::FOUND => found_at = Some(time(bytes)?),
                tag::SERVER => server = Some(text(bytes)?),
                tag::HOST => host = Some(text(bytes)?),
                tag::ADDRESS => address = Some(text(bytes)?.parse().ok()?),
                _ => return None,
            }
        }
        record.mistake = mistaken_at.zip(mistake);
        if let (Some(at), Some(server), Some(host), Some(address)) = (found_at, server, host, address) {
            record.route = Some((at, Route { server, host, address }));
        }
        Some(record)
    }
}

fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT)).unwrap_or_default()
}
