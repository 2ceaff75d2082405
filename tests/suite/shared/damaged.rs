//! What the server has and what does not open, or is not complete, is a miss; nobody meets it again.

use crate::common::fleet::Fleet;

#[test]
fn a_result_with_a_broken_seal_or_a_missing_chunk_is_removed_from_the_server() {
    let Some(fleet) = Fleet::start() else { return };
    let Fleet { one, other, server } = &fleet;
    one.script("count", "yes | head -c $1");
    other.script("count", "echo of other; exit 3");
    for (size, name, damage) in [
        ("10", "e:*", "HSET NAME h broken"),
        ("10", "e:*", "HSET NAME b broken"),
        ("700000", "e:*", "HSET NAME h broken"),
        ("700000", "c:*:1", "DEL NAME"),
        ("700000", "c:*:1", "SET NAME broken"),
    ] {
        server.ask("FLUSHALL");
        one.run(["--refresh", "count", size]).status(0);
        one.until_quiet();
        let names = server.names(&format!("*}}:{name}"));
        let [damaged] = &names[..] else { panic!("{names:?}") };
        server.ask(&damage.replace("NAME", damaged));
        // It stores nothing itself.
        other.run(["count", size]).stdout("of other\n").status(3);
        other.until_quiet();
        let left = [server.names("*}:e:*"), server.names("*}:c:*")].concat();
        assert!(left.is_empty(), "{damage} at {name}: {left:?}");
    }
}

#[test]
fn a_host_that_only_reads_leaves_it() {
    let Some(fleet) = Fleet::start() else { return };
    fleet.one_has_run();
    let name = fleet.server.names("*}:e:*").remove(0);
    fleet.server.ask(&format!("HSET {name} b broken"));
    fleet.configure(&fleet.other, "mode = \"read-only\"");
    fleet.other.run(["count"]).stdout("of other\n");
    fleet.other.until_quiet();
    assert_eq!(fleet.server.names("*}:e:*"), [name]);
}
