//! A primary that goes, and a replica that takes its place.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::common::fleet::{Fleet, Redis, configure, free_port, members};
use crate::common::{Home, wait_until};

/// Two hosts that use a primary, and a replica of it that has all.
struct Pair {
    one: Home,
    other: Home,
    primary: Redis,
    replica: Redis,
}

impl Pair {
    fn start() -> Option<Self> {
        let port = free_port().to_string();
        let Fleet { one, other, server } = Fleet::with(&["--port", &port, "--repl-diskless-sync-delay", "0"])?;
        let replica = Redis::start(&["--replicaof", "127.0.0.1", &port])?;
        let pair = Self { one, other, primary: server, replica };
        pair.both_use(&pair.primary);
        for home in [&pair.one, &pair.other] {
            configure(home, &format!("unix://{}", pair.address().display()), "sync = \"0s\"");
        }
        pair.until_the_replica_has_all();
        Some(pair)
    }

    /// Where the hosts look for a server, like a name in the network.
    fn address(&self) -> PathBuf {
        self.one.root().join("server")
    }

    fn both_use(&self, server: &Redis) {
        let _ = fs::remove_file(self.address());
        symlink(server.socket(), self.address()).unwrap();
    }

    #[track_caller]
    fn until_the_replica_has_all(&self) {
        let offset = |server: &Redis| server.info("replication", "master_repl_offset");
        wait_until("the replica has all", || {
            let is_up = self.replica.info("replication", "master_sync_in_progress") == 0 && offset(&self.replica) > 0;
            is_up && offset(&self.replica) == offset(&self.primary)
        });
    }
}

#[test]
fn a_replica_is_read_and_takes_nothing() {
    let Some(pair) = Pair::start() else { return };
    pair.one.run(["count"]).stdout("of one\n");
    pair.one.until_quiet();
    pair.until_the_replica_has_all();
    pair.both_use(&pair.replica);
    let hit = pair.other.run(["--status", "count"]);
    hit.stdout("of one\n").status(0);
    assert!(members(&hit).0.starts_with("hit;"), "{hit}");
    let ran = pair.other.run(["--status", "count", "x"]);
    ran.stdout("of other\n").status(0);
    assert!(members(&ran).0.starts_with("fwd=uri-miss"), "{ran}");
    assert_eq!(ran.stderr_text().lines().count(), 1, "{ran}");
    // A replica is not where others are told.
    pair.other.delete(["count", "x"]).status(0).stderr_has("other hosts are not told yet");
    pair.other.until_quiet();
    assert_eq!((pair.replica.count("*e:*"), pair.replica.count("*w:*")), (1, 0));
}

#[test]
fn a_promoted_replica_has_results_and_invalidations() {
    let Some(pair) = Pair::start() else { return };
    for word in ["kept", "gone"] {
        pair.one.run(["count", word]).stdout("of one\n");
    }
    pair.one.until_quiet();
    pair.other.run(["count", "gone"]).stdout("of one\n");
    pair.one.delete(["-q", "count", "gone"]).status(0).stderr("");
    pair.one.until_quiet();
    pair.until_the_replica_has_all();
    assert_eq!(pair.replica.ask("REPLICAOF NO ONE"), "+OK\r\n");
    pair.both_use(&pair.replica);
    let Pair { one, other, primary, replica } = pair;
    drop(primary);
    other.run(["count", "kept"]).stdout("of one\n");
    other.run(["count", "gone"]).stdout("of other\n");
    other.until_quiet();
    one.run(["count", "gone"]).stdout("of other\n");
    assert_eq!(replica.count("*e:*"), 2);
}

#[test]
fn a_run_that_began_before_a_fail_over_stays_the_only_one() {
    let Some(pair) = Pair::start() else { return };
    let gate = pair.one.gated("count", "echo of one");
    let leader = pair.one.start(["count"]);
    pair.one.until_runs("count", 1);
    pair.until_the_replica_has_all();
    assert_eq!(pair.replica.ask("REPLICAOF NO ONE"), "+OK\r\n");
    pair.both_use(&pair.replica);
    let Pair { one, other, primary, replica } = pair;
    drop(primary);
    let follower = other.start(["--status", "count"]);
    replica.until_followed(1);
    gate.let_one_go();
    leader.wait().stdout("of one\n").status(0);
    let outcome = follower.wait();
    outcome.stdout("of one\n").status(0);
    assert_eq!(members(&outcome).0, "fwd=uri-miss; collapsed");
    one.until_quiet();
    assert_eq!((replica.count("*e:*"), replica.count("*w:*"), other.runs("count")), (1, 0, 0));
}
