//! How to fetch an entry again: what `invalidate` hands to a refresh, long after the caller is gone.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use crate::invocation::Invocation;
use crate::key::KeyParts;
use crate::policy::{CacheExit, FetchPolicy};
use crate::wire::{self, Fields};

/// The command of an entry as it was given, and the policy of its fetch.
///
/// The environment and standard input are not part of it: values of variables are never stored, and a refresh runs
/// in the environment of whoever asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The words of the command.
    pub argv: Vec<OsString>,
    /// The first word is a shell string.
    pub shell: bool,
    /// Where to run it.
    pub cwd: PathBuf,
    /// A larger output, in bytes, is not stored.
    pub max_size: u64,
    /// Limit of a detached fetch, kept in whole milliseconds.
    pub refresh_timeout: Duration,
    /// The exit statuses that are stored.
    pub cache_exit: CacheExit,
    /// The entry is removed when it has not been fetched again for this long; kept in whole milliseconds.
    pub keep: Duration,
}

mod tag {
    /// The words are those of the key.
    pub const KEYED_WORDS: u8 = b'=';
    pub const WORD: u8 = b'a';
    pub const SHELL: u8 = b's';
    pub const CWD: u8 = b'd';
    /// `max_size`, `refresh_timeout`, `keep`: three little-endian `u64`, so that they share one header.
    pub const LIMITS: u8 = b'n';
    pub const CACHE_EXIT: u8 = b'x';
}

impl Recipe {
    /// For `invocation` run in `cwd` under `fetch`.
    pub fn new(invocation: &Invocation, cwd: &Path, fetch: &FetchPolicy, keep: Duration) -> Self {
        Self {
            argv: invocation.argv.clone(),
            shell: invocation.shell,
            cwd: cwd.to_owned(),
            max_size: fetch.max_size,
            refresh_timeout: fetch.refresh_timeout,
            cache_exit: fetch.cache_exit,
            keep,
        }
    }

    /// What to run.
    pub fn invocation(&self) -> Invocation {
        Invocation::new(self.argv.iter().cloned()).as_shell(self.shell).in_dir(&self.cwd)
    }

    /// How to run it.
    pub fn fetch_policy(&self) -> FetchPolicy {
        FetchPolicy {
            timeout: None,
            refresh_timeout: self.refresh_timeout,
            max_size: self.max_size,
            cache_exit: self.cache_exit,
        }
    }

    /// To bytes that leave out what `parts` say already and end in a checksum.
    pub fn encode(&self, parts: &KeyParts) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        if self.argv == parts.argv {
            wire::put(&mut out, tag::KEYED_WORDS, b"");
        } else {
            for word in &self.argv {
                wire::put(&mut out, tag::WORD, word.as_bytes());
            }
        }
        if self.shell {
            wire::put(&mut out, tag::SHELL, b"");
        }
        if parts.cwd.as_ref() != Some(&self.cwd) {
            wire::put(&mut out, tag::CWD, self.cwd.as_os_str().as_bytes());
        }
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let limits = [self.max_size, millis(self.refresh_timeout), millis(self.keep)];
        wire::put(&mut out, tag::LIMITS, limits.map(u64::to_le_bytes).as_flattened());
        wire::put(&mut out, tag::CACHE_EXIT, self.cache_exit.to_string().as_bytes());
        let checksum = xxh3_64(&out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// Back from [`encode`](Self::encode)d bytes; `None` if they are damaged.
    pub fn decode(bytes: &[u8], parts: &KeyParts) -> Option<Self> {
        let (encoded, checksum) = bytes.split_last_chunk::<8>()?;
        if xxh3_64(encoded) != u64::from_le_bytes(*checksum) {
            return None;
        }
        let (mut argv, mut shell, mut cwd) = (Vec::new(), false, parts.cwd.clone());
        let (mut limits, mut cache_exit) = (None, None);
        let mut fields = Fields::new(encoded);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                tag::KEYED_WORDS => argv.clone_from(&parts.argv),
                tag::WORD => argv.push(OsString::from_vec(bytes.to_vec())),
                tag::SHELL => shell = true,
                tag::CWD => cwd = Some(OsString::from_vec(bytes.to_vec()).into()),
                tag::LIMITS => limits = Some(bytes.try_into().ok()?),
                tag::CACHE_EXIT => cache_exit = Some(str::from_utf8(bytes).ok()?.parse().ok()?),
                _ => return None,
            }
        }
        let limits: [u8; 24] = limits?;
        let ([max_size, refresh_timeout, keep], []) = limits.as_chunks::<8>() else {
            return None;
        };
        let millis = |bytes: &[u8; 8]| Duration::from_millis(u64::from_le_bytes(*bytes));
        fields.is_exhausted().then_some(Self {
            argv,
            shell,
            cwd: cwd?,
            max_size: u64::from_le_bytes(*max_size),
            refresh_timeout: millis(refresh_timeout),
            cache_exit: cache_exit?,
            keep: millis(keep),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn recipe() -> Recipe {
        let invocation = Invocation::new(["echo", "one"]);
        Recipe::new(&invocation, Path::new("/here"), &FetchPolicy::default(), Duration::from_secs(60))
    }

    #[test]
    fn it_becomes_what_it_was_made_of() {
        let recipe = recipe();
        assert_eq!(recipe.invocation(), Invocation::new(["echo", "one"]).in_dir("/here"));
        assert_eq!(recipe.fetch_policy(), FetchPolicy::default());
    }

    #[test]
    fn the_words_are_not_stored_twice() {
        let recipe = recipe();
        let parts = KeyParts { argv: recipe.argv.clone(), ..KeyParts::default() };
        let bytes = recipe.encode(&parts);
        assert!(!bytes.windows(4).any(|window| window == b"echo"));
        assert_eq!(Recipe::decode(&bytes, &parts), Some(recipe));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let parts = KeyParts::default();
        let bytes = recipe().encode(&parts);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Recipe::decode(&damaged, &parts), None, "bit {bit}");
        }
    }

    fn any_text() -> impl Strategy<Value = OsString> {
        vec(any::<u8>(), 0..8).prop_map(OsString::from_vec)
    }

    proptest! {
        #[test]
        fn recipes_survive_the_round_trip(
            argv in vec(any_text(), 0..4),
            shell: bool,
            cwd in any_text(),
            max_size: u64,
            refresh_timeout: u64,
            keep: u64,
            codes in vec(any::<u8>(), 1..5),
            keyed_argv: bool,
            keyed_cwd: bool,
        ) {
            let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
            let recipe = Recipe {
                argv,
                shell,
                cwd: cwd.into(),
                max_size,
                refresh_timeout: Duration::from_millis(refresh_timeout),
                cache_exit: codes.join(",").parse().unwrap(),
                keep: Duration::from_millis(keep),
            };
            let parts = KeyParts {
                argv: if keyed_argv { recipe.argv.clone() } else { vec!["other".into()] },
                cwd: keyed_cwd.then(|| recipe.cwd.clone()),
                ..KeyParts::default()
            };
            prop_assert_eq!(Recipe::decode(&recipe.encode(&parts), &parts), Some(recipe));
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in vec(any::<u8>(), 0..100)) {
            let _ = Recipe::decode(&bytes, &KeyParts::default());
        }
    }
}
