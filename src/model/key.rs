//! The key: SHA-256 over the tagged, length-prefixed parts of an invocation.
//!
//! The encoded parts are stored beside the entry (the preimage itself), so that an entry can say what it is keyed on.
//! Values of environment variables and standard input enter the parts only as their SHA-256 digests.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

pub use super::digest::{Digest, digest};
use super::function::Function;
use super::glob::Glob;
use super::invocation::Invocation;
use super::key_file::{self, KeyFileError};
use crate::codec::fields::{self, Fields};

/// The name of a result: a SHA-256 of what it is the result of. It prints as 64 hexadecimal digits.
///
/// ```
/// use cacheback::Key;
///
/// let digits = "3f".repeat(32);
/// assert_eq!(Key::from_hex(&digits).map(|key| key.to_string()), Some(digits));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Digest);

impl Key {
    /// The first 64 bits, which tell the keys of one cache apart unless somebody tries to find two that they do not.
    pub fn first_bits(&self) -> u64 {
        let (head, _) = self.0.split_first_chunk::<8>().expect("a digest has 32 bytes");
        u64::from_be_bytes(*head)
    }

    /// The first eight hexadecimal digits: what messages and lists show.
    pub fn short(&self) -> String {
        self.to_string()[..8].to_owned()
    }

    /// Back from all of its hexadecimal digits.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let bytes = pairs.iter().map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8));
        Self::from_slice(&bytes.collect::<Option<Vec<u8>>>()?)
    }

    /// Back from the 32 bytes of a stored key.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({self})")
    }
}

/// What else than the command is part of the key, as asked for by the options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyOptions {
    /// A namespace.
    pub scope: Option<OsString>,
    /// Replaces the command line and the program's path.
    pub key: Option<OsString>,
    /// The working directory is part of the key.
    pub cwd: bool,
    /// Environment variables whose value, or absence, is part of the key; or globs of their names.
    pub env: Vec<OsString>,
    /// Files whose content, or absence, is part of the key.
    pub files: Vec<OsString>,
}

/// The environment, as far as a key needs it.
pub trait Variables {
    /// The value of a variable.
    fn value(&self, name: &OsStr) -> Option<OsString>;

    /// The names of all variables, which globs are compared with.
    fn names(&self) -> Vec<OsString>;
}

/// An environment that has only what is asked for by name.
impl<F: Fn(&OsStr) -> Option<OsString>> Variables for F {
    fn value(&self, name: &OsStr) -> Option<OsString> {
        self(name)
    }

    fn names(&self) -> Vec<OsString> {
        Vec::new()
    }
}

/// The parts of a key, ready to be hashed, stored and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyParts {
    /// The words of the command with the program's absolute path if it was given by a relative one; empty when `key`
    /// replaces it.
    pub argv: Vec<OsString>,
    /// The command is a shell string.
    pub shell: bool,
    /// The command's output is a terminal, on which it may look different.
    pub pty: bool,
    /// See [`KeyOptions::key`].
    pub key: Option<OsString>,
    /// See [`KeyOptions::scope`].
    pub scope: Option<OsString>,
    /// The working directory, if it was asked for.
    pub cwd: Option<PathBuf>,
    /// Variables by name, sorted, each with the digest of its value or `None` if it is unset; those that globs have
    /// found among them.
    pub env: Vec<(OsString, Option<Digest>)>,
    /// The globs that variables were looked for with, sorted.
    pub globs: Vec<OsString>,
    /// The names of the variables that a shell string gets its arguments in; empty when `key` replaces it.
    pub parameters: Vec<OsString>,
    /// Files by path, sorted, each with the digest of its content or `None` if it is missing.
    pub files: Vec<(OsString, Option<Digest>)>,
    /// The digest of standard input, if it was asked for.
    pub stdin: Option<Digest>,
}

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
    /// The parts of `invocation` under `options`, but for files; `cwd` is the directory it runs in, `env` looks a variable
    /// up.
    pub fn new(invocation: &Invocation, options: &KeyOptions, cwd: &Path, env: impl Variables) -> Self {
        let (globs, mut names): (Vec<_>, Vec<_>) = options.env.iter().cloned().partition(|name| is_glob(name));
        if !globs.is_empty() {
            let patterns: Vec<Glob> = globs.iter().filter_map(|glob| Glob::parse(glob.to_str()?).ok()).collect();
            let is_match = |name: &OsString| patterns.iter().any(|pattern| pattern.is_match(name.as_bytes()));
            names.extend(env.names().into_iter().filter(is_match));
        }
        let sorted = |mut names: Vec<OsString>| {
            names.sort();
            names.dedup();
            names
        };
        let replaced = options.key.is_some();
        Self {
            argv: if replaced { Vec::new() } else { keyed_argv(invocation, cwd) },
            shell: invocation.shell && !replaced,
            pty: invocation.terminal.is_some(),
            key: options.key.clone(),
            scope: options.scope.clone(),
            cwd: options.cwd.then(|| cwd.to_owned()),
            env: sorted(names)
                .into_iter()
                .map(|name| {
                    let value = env.value(&name).map(|value| digest(value.as_bytes()));
                    (name, value)
                })
                .collect(),
            globs: sorted(globs),
            parameters: match replaced {
                true => Vec::new(),
                false => invocation.variables.iter().map(|(name, _)| name.clone()).collect(),
            },
            files: Vec::new(),
            stdin: invocation.stdin.as_ref().map(|input| input.digest()),
        }
    }

    /// The same with `files`, whose relative paths begin in `cwd`, as they are now.
    ///
    /// # Errors
    ///
    /// One of them cannot be read, or is too large.
    pub fn with_files(self, files: &[OsString], cwd: &Path) -> Result<Self, KeyFileError> {
        Ok(Self { files: key_file::observe(files, cwd)?, ..self })
    }

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

    /// Back from [`encode`](Self::encode)d bytes; `None` if they are not that.
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

    /// The call of a shell function that they are of.
    pub fn function(&self) -> Option<Function<'_>> {
        if self.shell { None } else { Function::of(&self.argv) }
    }

    /// If they are of a function's call: the same for a command of its name.
    pub fn as_called(&self) -> Option<Self> {
        let argv = self.function()?.words();
        Some(Self { argv, ..self.clone() })
    }

    /// The variables that were asked for: names and globs, without the names that are there because of a glob.
    pub fn variables(&self) -> impl Iterator<Item = &OsString> {
        let globs: Vec<Glob> = self.globs.iter().filter_map(|glob| Glob::parse(glob.to_str()?).ok()).collect();
        let is_found = move |name: &OsStr| globs.iter().any(|glob| glob.is_match(name.as_bytes()));
        self.globs.iter().chain(self.env.iter().map(|(name, _)| name).filter(move |name| !is_found(name)))
    }

    /// The key of these parts.
    pub fn to_key(&self) -> Key {
        Key(digest(&self.encode()))
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

/// Whether a name of a variable has the signs of a glob.
pub fn is_glob(name: &OsStr) -> bool {
    name.as_bytes().iter().any(|byte| b"*?[".contains(byte))
}

/// A program named by a relative path is another program in another directory, and behind another link to one.
fn keyed_argv(invocation: &Invocation, cwd: &Path) -> Vec<OsString> {
    let mut argv = invocation.argv.clone();
    if let Some(program) = argv.first_mut()
        && !invocation.shell
        && program.as_bytes().contains(&b'/')
        && !program.as_bytes().starts_with(b"/")
    {
        let path: PathBuf = cwd.join(&*program).components().collect();
        let path = if Path::new(&*program).components().count() > 1 { behind_links(path) } else { path };
        *program = path.into_os_string();
    }
    argv
}

/// `path` with its directory resolved if a link is on the way: its own name stays, by which a program may tell what it is
/// to do. A path without a link stays what it is, `..` included.
fn behind_links(path: PathBuf) -> PathBuf {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return path };
    let mut without_links = PathBuf::new();
    for part in directory.components() {
        match part {
            Component::ParentDir => drop(without_links.pop()),
            part => without_links.push(part),
        }
    }
    match directory.canonicalize() {
        Ok(resolved) if resolved != without_links => resolved.join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::invocation::WindowSize;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn parts(argv: &[&str]) -> KeyParts {
        KeyParts::new(
            &Invocation::new(argv.iter().copied()),
            &KeyOptions::default(),
            Path::new("/here"),
            |_: &OsStr| None,
        )
    }

    #[test]
    fn words_are_not_joined() {
        assert_ne!(parts(&["a", "b"]).to_key(), parts(&["a b"]).to_key());
        assert_ne!(parts(&["ab", "c"]).to_key(), parts(&["a", "bc"]).to_key());
        assert_ne!(parts(&["a", ""]).to_key(), parts(&["a"]).to_key());
    }

    #[test]
    fn a_relative_program_is_keyed_by_its_absolute_path() {
        let key = |program: &str, cwd: &str| {
            KeyParts::new(&Invocation::new([program]), &KeyOptions::default(), Path::new(cwd), |_: &OsStr| None)
                .to_key()
        };
        assert_ne!(key("./build.sh", "/a"), key("./build.sh", "/b"));
        assert_eq!(key("./build.sh", "/a"), key("/a/build.sh", "/b"));
        assert_eq!(key("build.sh", "/a"), key("build.sh", "/b"));
    }

    #[test]
    fn an_unset_variable_is_not_an_empty_one() {
        let options = KeyOptions { env: vec!["A".into()], ..KeyOptions::default() };
        let with = |value: Option<&str>| {
            KeyParts::new(&Invocation::new(["x"]), &options, Path::new("/"), |_: &OsStr| value.map(Into::into)).to_key()
        };
        assert_ne!(with(None), with(Some("")));
        assert_ne!(with(Some("")), with(Some("1")));
    }

    #[test]
    fn a_link_on_the_way_to_a_relative_program_is_followed() {
        let home = tempfile::tempdir().unwrap();
        let here = home.path().canonicalize().unwrap();
        for version in ["v1", "v2"] {
            std::fs::create_dir(here.join(version)).unwrap();
        }
        let key = |program: &str| {
            let parts = KeyParts::new(&Invocation::new([program]), &KeyOptions::default(), &here, |_: &OsStr| None);
            parts.argv[0].clone()
        };
        let turn = |target: &str| {
            let _ = std::fs::remove_file(here.join("cur"));
            std::os::unix::fs::symlink(target, here.join("cur")).unwrap();
            std::os::unix::fs::symlink("b.sh", here.join(target).join("alias")).unwrap();
            [key("cur/b.sh"), key("./cur/b.sh"), key("v1/../cur/b.sh")]
        };
        assert_eq!(turn("v1"), [(); 3].map(|()| here.join("v1/b.sh").into_os_string()));
        assert_eq!(turn("v2"), [(); 3].map(|()| here.join("v2/b.sh").into_os_string()));
        // Without a link, and a link to the program itself.
        for program in ["./b.sh", "v1/b.sh", "v1/../b.sh", "v1/alias", "none/b.sh"] {
            assert_eq!(key(program), here.join(program).components().collect::<PathBuf>(), "{program}");
        }
    }

    struct Surroundings(&'static [(&'static str, &'static str)]);

    impl Variables for Surroundings {
        fn value(&self, name: &OsStr) -> Option<OsString> {
            self.0.iter().find(|(known, _)| name == *known).map(|(_, value)| value.into())
        }

        fn names(&self) -> Vec<OsString> {
            self.0.iter().map(|(name, _)| name.into()).collect()
        }
    }

    #[test]
    fn a_glob_is_the_variables_that_match_it() {
        let parts = |env: &[&str], set| {
            let options = KeyOptions { env: env.iter().map(Into::into).collect(), ..KeyOptions::default() };
            KeyParts::new(&Invocation::new(["x"]), &options, Path::new("/"), Surroundings(set))
        };
        let key = |set| parts(&["AWS_*", "HOME"], set).to_key();
        let one = key(&[("AWS_PROFILE", "a"), ("HOME", "/"), ("PATH", "/bin")]);
        assert_eq!(one, key(&[("PATH", "/usr/bin"), ("HOME", "/"), ("AWS_PROFILE", "a")]));
        assert_ne!(one, key(&[("AWS_PROFILE", "b"), ("HOME", "/")]));
        assert_ne!(one, key(&[("AWS_PROFILE", "a"), ("AWS_REGION", ""), ("HOME", "/")]));
        assert_ne!(one, key(&[("HOME", "/")]));
        assert_ne!(one, key(&[("AWS_PROFILE", "a")]));
        let all = parts(&["AWS_*", "AWS_PROFILE", "AWS_*", "HOME"], &[("AWS_PROFILE", "a"), ("HOME", "/")]);
        assert_eq!(all.to_key(), one);
        assert_eq!(all.variables().collect::<Vec<_>>(), ["AWS_*", "HOME"]);
    }

    #[test]
    fn the_names_of_parameters_are_part_of_the_key() {
        let key = |names: &[&str], options: &KeyOptions| {
            let variables = names.iter().map(|name| (name.into(), "v".into())).collect();
            let invocation = Invocation { variables, ..Invocation::new(["echo $a", "v"]).as_shell(true) };
            KeyParts::new(&invocation, options, Path::new("/"), |_: &OsStr| None).to_key()
        };
        let plain = KeyOptions::default();
        assert_ne!(key(&["a"], &plain), key(&["b"], &plain));
        assert_ne!(key(&["a"], &plain), key(&[], &plain));
        let named = KeyOptions { key: Some("k".into()), ..plain };
        assert_eq!(key(&["a"], &named), key(&["b"], &named));
    }

    #[test]
    fn the_order_of_env_names_does_not_matter() {
        let with = |env: &[&str]| {
            let options = KeyOptions { env: env.iter().map(Into::into).collect(), ..KeyOptions::default() };
            KeyParts::new(&Invocation::new(["x"]), &options, Path::new("/"), |_: &OsStr| None).to_key()
        };
        assert_eq!(with(&["A", "B"]), with(&["B", "A", "B"]));
        assert_ne!(with(&["A", "B"]), with(&["A"]));
    }

    #[test]
    fn a_key_replaces_the_command_line() {
        let options = KeyOptions { key: Some("k".into()), ..KeyOptions::default() };
        let with = |argv: &[&str], shell| {
            let invocation = Invocation::new(argv.iter().copied()).as_shell(shell);
            KeyParts::new(&invocation, &options, Path::new("/"), |_: &OsStr| None).to_key()
        };
        assert_eq!(with(&["a"], false), with(&["b", "c"], true));
        assert_ne!(with(&["k"], false), parts(&["k"]).to_key());
    }

    #[test]
    fn a_terminal_is_part_of_the_key_and_its_size_is_not() {
        let options = KeyOptions { key: Some("k".into()), ..KeyOptions::default() };
        let key = |options: &KeyOptions, columns: Option<u16>| {
            let size = columns.map(|columns| WindowSize { rows: 24, columns });
            let invocation = Invocation::new(["x"]).on_terminal(size);
            KeyParts::new(&invocation, options, Path::new("/"), |_: &OsStr| None).to_key()
        };
        for options in [&KeyOptions::default(), &options] {
            assert_ne!(key(options, None), key(options, Some(80)));
            assert_eq!(key(options, Some(80)), key(options, Some(132)));
        }
    }

    #[test]
    fn keys_stay_what_they_are_from_version_to_version() {
        let options = KeyOptions {
            scope: Some("s".into()),
            cwd: true,
            env: ["B", "A", "C"].map(Into::into).into(),
            ..KeyOptions::default()
        };
        let invocation = Invocation::new(["./build.sh", "x"]);
        let env = |name: &OsStr| (name != "C").then(|| "1".into());
        let key = KeyParts::new(&invocation, &options, Path::new("/here"), env).to_key();
        assert_eq!(key.to_string(), "15fd77aa88cf6017709df9568944dfc490eb2693ce439a2117fa3a199e1eba1e");
        let files = vec![("/a".into(), Some([1; 32])), ("/b".into(), None)];
        let with_files = KeyParts { files, ..parts(&["kubectl", "get", "pods"]) }.to_key();
        assert_eq!(with_files.to_string(), "837afc8446f365e314e2f215c9df34e44a8d311f3a7ed1be0f50926d8f30f962");
        let key = parts(&["kubectl", "get", "pods"]).to_key();
        assert_eq!(key.to_string(), "2dc122411f7d349270c080317cc31f9faac6e3982a3412ce74fa4576e6e33c25");
    }

    #[test]
    fn values_of_variables_are_not_in_the_preimage() {
        let options = KeyOptions { env: vec!["TOKEN".into()], ..KeyOptions::default() };
        let parts =
            KeyParts::new(&Invocation::new(["x"]), &options, Path::new("/"), |_: &OsStr| Some("hunter2".into()));
        assert!(!parts.encode().windows(7).any(|window| window == b"hunter2"));
    }

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
