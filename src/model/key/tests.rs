//! Which invocations have the same key, and keys that no version may change.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::*;
use crate::model::invocation::{Invocation, WindowSize};

fn parts(argv: &[&str]) -> KeyParts {
    KeyParts::new(&Invocation::new(argv.iter().copied()), &KeyOptions::default(), Path::new("/here"), |_: &OsStr| None)
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
        KeyParts::new(&Invocation::new([program]), &KeyOptions::default(), Path::new(cwd), |_: &OsStr| None).to_key()
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
    let point_to = |target: &str| {
        let _ = std::fs::remove_file(here.join("cur"));
        std::os::unix::fs::symlink(target, here.join("cur")).unwrap();
        std::os::unix::fs::symlink("b.sh", here.join(target).join("alias")).unwrap();
        [key("cur/b.sh"), key("./cur/b.sh"), key("v1/../cur/b.sh")]
    };
    assert_eq!(point_to("v1"), [(); 3].map(|()| here.join("v1/b.sh").into_os_string()));
    assert_eq!(point_to("v2"), [(); 3].map(|()| here.join("v2/b.sh").into_os_string()));
    // Without a link, and a link to the program itself.
    for program in ["./b.sh", "v1/b.sh", "v1/../b.sh", "v1/alias", "none/b.sh"] {
        assert_eq!(key(program), here.join(program).components().collect::<PathBuf>(), "{program}");
    }
}

struct Environment(&'static [(&'static str, &'static str)]);

impl Variables for Environment {
    fn value(&self, name: &OsStr) -> Option<OsString> {
        self.0.iter().find(|(known, _)| name == *known).map(|(_, value)| value.into())
    }

    fn names(&self) -> Vec<OsString> {
        self.0.iter().map(|(name, _)| name.into()).collect()
    }
}

#[test]
fn a_glob_stands_for_the_variables_that_match_it() {
    let parts = |env: &[&str], set| {
        let options = KeyOptions { env: env.iter().map(Into::into).collect(), ..KeyOptions::default() };
        KeyParts::new(&Invocation::new(["x"]), &options, Path::new("/"), Environment(set))
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
fn no_version_changes_a_key() {
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
    let parts = KeyParts::new(&Invocation::new(["x"]), &options, Path::new("/"), |_: &OsStr| Some("hunter2".into()));
    assert!(!parts.encode().windows(7).any(|window| window == b"hunter2"));
}
