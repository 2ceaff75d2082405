//! The preimage of a key: its parts as bytes. The key is their hash. They are stored beside the entry, so that messages
//! can name the parts.
//!
//! Values of environment variables and standard input are in it only as their SHA-256 digests.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::{Digest, KeyParts};
use crate::codec::fields::{self, Fields};

const FORMAT: u8 = b'1';
mod tag {
    pub const WORD: u8 = b'a';
    pub const SHELL: u8 = b's';
    pub const PTY: u8 = b't';
    pub const KEY: u8 = b'k';
    pub const SCOPE: u8 = b'n';
    pub const CWD: u8 = b'd';
    pub const ENV_NAME: u8 = b'e';
    pub const ENV_VALUE: u8 = b'v';
    pub const ENV_UNSET: u8 = b'u';
    pub const ENV_GLOB: u8 = b'g';
    pub const PARAMETER: u8 = b'p';
    pub const FILE_PATH: u8 = b'f';
    pub const FILE_CONTENT: u8 = b'h';
    pub const FILE_MISSING: u8 = b'm';
    pub const STDIN: u8 = b'i';
}

impl KeyParts {
    /// The preimage of the key.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.push(FORMAT);
        fields::put_each(&mut out, tag::WORD, &self.argv);
        fields::put_flag(&mut out, tag::SHELL, self.shell);
        fields::put_flag(&mut out, tag::PTY, self.pty);
        fields::put_each(&mut out, tag::KEY, &self.key);
        fields::put_each(&mut out, tag::SCOPE, &self.scope);
        fields::put_each(&mut out, tag::CWD, &self.cwd);
        put_digests(&mut out, [tag::ENV_NAME, tag::ENV_VALUE, tag::ENV_UNSET], &self.env);
        fields::put_each(&mut out, tag::ENV_GLOB, &self.globs);
        fields::put_each(&mut out, tag::PARAMETER, &self.parameters);
        put_digests(&mut out, [tag::FILE_PATH, tag::FILE_CONTENT, tag::FILE_MISSING], &self.files);
        if let Some(stdin) = &self.stdin {
            fields::put(&mut out, tag::STDIN, stdin);
        }
        out
    }

    /// Decodes what [`encode`](Self::encode) returned; `None` for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (&FORMAT, fields) = bytes.split_first()? else {
            return None;
        };
        let mut parts = Self::default();
        let mut fields = Fields::new(fields);
        for (tag, bytes) in fields.by_ref() {
            let text = || OsString::from_vec(bytes.to_vec());
            match tag {
                tag::WORD => parts.argv.push(text()),
                tag::SHELL => parts.shell = true,
                tag::PTY => parts.pty = true,
                tag::KEY => parts.key = Some(text()),
                tag::SCOPE => parts.scope = Some(text()),
                tag::CWD => parts.cwd = Some(PathBuf::from(text())),
                tag::ENV_NAME => parts.env.push((text(), None)),
                tag::ENV_VALUE => parts.env.last_mut()?.1 = Some(bytes.try_into().ok()?),
                tag::ENV_UNSET => {}
                tag::ENV_GLOB => parts.globs.push(text()),
                tag::PARAMETER => parts.parameters.push(text()),
                tag::FILE_PATH => parts.files.push((text(), None)),
                tag::FILE_CONTENT => parts.files.last_mut()?.1 = Some(bytes.try_into().ok()?),
                tag::FILE_MISSING => {}
                tag::STDIN => parts.stdin = Some(bytes.try_into().ok()?),
                _ => return None,
            }
        }
        fields.is_exhausted().then_some(parts)
    }
}

fn put_digests(out: &mut Vec<u8>, [name, present, absent]: [u8; 3], digests: &[(OsString, Option<Digest>)]) {
    for (text, digest) in digests {
        fields::put_each(out, name, [text]);
        match digest {
            Some(digest) => fields::put(out, present, digest),
            None => fields::put(out, absent, b""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn any_parts() -> impl Strategy<Value = KeyParts> {
        let text = || vec(any::<u8>(), 0..6).prop_map(OsString::from_vec);
        (
            vec(text(), 0..4),
            any::<(bool, bool)>(),
            proptest::option::of(text()),
            proptest::option::of(text()),
            proptest::option::of(text().prop_map(PathBuf::from)),
            (vec((text(), proptest::option::of(any::<[u8; 32]>())), 0..3), vec(text(), 0..3), vec(text(), 0..3)),
            (vec((text(), proptest::option::of(any::<[u8; 32]>())), 0..3), proptest::option::of(any::<[u8; 32]>())),
        )
            .prop_map(|(argv, (shell, pty), key, scope, cwd, (env, globs, parameters), (files, stdin))| {
                KeyParts { argv, shell, pty, key, scope, cwd, env, globs, parameters, files, stdin }
            })
    }

    proptest! {
        #[test]
        fn parts_survive_the_round_trip(parts in any_parts()) {
            prop_assert_eq!(KeyParts::decode(&parts.encode()), Some(parts));
        }

        #[test]
        fn different_parts_have_different_preimages(a in any_parts(), b in any_parts()) {
            prop_assert_eq!(a == b, a.encode() == b.encode());
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in vec(any::<u8>(), 0..100)) {
            let _ = KeyParts::decode(&bytes);
        }
    }
}
