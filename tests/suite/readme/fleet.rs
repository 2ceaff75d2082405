//! The guide to sharing is followed word for word, in a fresh home and with a real server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::script;
use super::snippets::{FLEET, Snippet, find, snippets};
use crate::common::fleet::first_lines;
use crate::common::{Home, has, wait_until};

/// The server that the guide starts; gone with this, whatever becomes of the test.
struct Started(PathBuf);

impl Drop for Started {
    fn drop(&mut self) {
        if self.0.exists() {
            first_lines(&self.0, &["SHUTDOWN NOSAVE"]);
        }
    }
}

#[test]
fn every_snippet_of_the_guide_to_sharing_runs() {
    for shell in ["bash", "zsh"] {
        let Some(home) = Home::with(shell) else { continue };
        if !has("redis-server") || !has("redis-cli") {
            return;
        }
        home.executable(&home.bin("date"), "#!/bin/sh\nhead -c 8 /dev/urandom | od -An -tx1\n");
        let server = Started(home.path().join("cache.sock"));
        // What ends the trial stands before the section on rolling a key, which needs the server, too.
        let (end, steps): (Vec<Snippet>, Vec<Snippet>) = snippets(FLEET)
            .into_iter()
            .filter(|snippet| snippet.language == "sh")
            .partition(|snippet| snippet.code.contains("shutdown"));
        assert_eq!((steps.len(), end.len()), (5, 1));
        let run = |snippet: &Snippet| {
            let outcome = script(&home, shell, &snippet.code).go();
            assert!(outcome.status.success(), "{shell}: {}\n{outcome}", snippet.code);
            outcome
        };
        let entries = |count| {
            let script = "return #redis.call('keys', '*:e:*') - #redis.call('keys', '*:w:*')";
            wait_until("the server has the result", || {
                first_lines(&server.0, &[&format!("EVAL \"{script}\" 0")]) == [format!(":{count}\r\n")]
            });
        };
        let first = run(&steps[0]).stdout_text();
        entries(1);
        let second = run(&steps[1]);
        let text = second.stdout_text();
        assert!(text.starts_with(first.lines().last().unwrap()) && text.contains(" date"), "{shell}: {first}{second}");
        second.stderr_has("Cache-Status: cacheback-shared; hit;").stderr_has("checked 1 entry: all is well");
        run(&steps[2]);
        let rolled = run(&steps[3]).stdout_text();
        assert!(rolled.contains("other keys "), "{shell}: {rolled}");
        run(&steps[4]);
        entries(0);
        run(&end[0]);
        wait_until("the server has ended", || !server.0.exists());
    }
}

#[test]
fn the_configuration_of_a_host_in_the_guide_is_one() {
    let home = Home::new();
    let folder = home.path().join(".config/cacheback");
    home.cacheback(["shared", "keygen", "-q"]).arg(folder.join("shared.key")).go().status(0);
    fs::write(folder.join("shared.pw"), "secret\n").unwrap();
    fs::set_permissions(folder.join("shared.pw"), fs::Permissions::from_mode(0o600)).unwrap();
    home.configure(&find(FLEET, "toml", "[shared]"));
    home.cacheback(["config", "check"]).go().status(0);
}
