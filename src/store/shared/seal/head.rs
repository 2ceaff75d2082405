//! A result without its output, as it is sealed.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::time::Duration;

use crate::codec::fields;
use crate::codec::fields::Fields;
use crate::model::time::Timestamp;

/// A result without its output, for other hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The encoded parts of the key.
    pub parts: Vec<u8>,
    /// The encoded recipe.
    pub recipe: Vec<u8>,
    /// The command's exit status.
    pub exit: u8,
    /// Stored only because of a failure ttl.
    pub is_failure: bool,
    /// How long the fetch took; kept in whole microseconds.
    pub took: Duration,
    /// For how long it is fresh, if it has a lifetime of its own; kept in whole milliseconds.
    pub lifetime: Option<Duration>,
    /// Bytes of its transcript.
    pub size: u64,
    /// When the fetch ended, by the clock of the host that ran it.
    pub fetched_at: Timestamp,
    /// The name of that host.
    pub host: OsString,
}

mod tag {
    pub const PARTS: u8 = b'p';
    pub const RECIPE: u8 = b'r';
    pub const EXIT: u8 = b'x';
    pub const FAILURE: u8 = b'f';
    pub const TOOK: u8 = b't';
    pub const LIFETIME: u8 = b'l';
    pub const SIZE: u8 = b's';
    pub const FETCHED: u8 = b'w';
    pub const HOST: u8 = b'h';
}

impl Head {
    /// To bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let number = |of: u128| u64::try_from(of).unwrap_or(u64::MAX).to_le_bytes();
        fields::put(&mut out, tag::PARTS, &self.parts);
        fields::put(&mut out, tag::RECIPE, &self.recipe);
        fields::put(&mut out, tag::EXIT, [self.exit]);
        if self.is_failure {
            fields::put(&mut out, tag::FAILURE, b"");
        }
        fields::put(&mut out, tag::TOOK, number(self.took.as_micros()));
        if let Some(lifetime) = self.lifetime {
            fields::put(&mut out, tag::LIFETIME, number(lifetime.as_millis()));
        }
        fields::put(&mut out, tag::SIZE, self.size.to_le_bytes());
        fields::put(&mut out, tag::FETCHED, self.fetched_at.as_millis().to_le_bytes());
        fields::put(&mut out, tag::HOST, self.host.as_bytes());
        out
    }

    /// Back from [`encode`](Self::encode)d bytes. A field that is not known is of a later version, and is left out.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (mut parts, mut recipe, mut exit, mut took, mut size, mut fetched_at) =
            (None, None, None, None, None, None);
        let (mut is_failure, mut lifetime, mut host) = (false, None, None);
        let number = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
        let mut fields = Fields::new(bytes);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                tag::PARTS => parts = Some(bytes.to_vec()),
                tag::RECIPE => recipe = Some(bytes.to_vec()),
                tag::EXIT => exit = bytes.first().copied(),
                tag::FAILURE => is_failure = true,
                tag::TOOK => took = Some(Duration::from_micros(number(bytes)?)),
                tag::LIFETIME => lifetime = Some(Duration::from_millis(number(bytes)?)),
                tag::SIZE => size = Some(number(bytes)?),
                tag::FETCHED => fetched_at = Some(Timestamp::from_millis(i64::from_le_bytes(bytes.try_into().ok()?))),
                tag::HOST => host = Some(OsString::from_vec(bytes.to_vec())),
                _ => {}
            }
        }
        fields.is_exhausted().then_some(())?;
        Some(Self {
            parts: parts?,
            recipe: recipe?,
            exit: exit?,
            is_failure,
            took: took?,
            lifetime,
            size: size?,
            fetched_at: fetched_at?,
            host: host?,
        })
    }
}
