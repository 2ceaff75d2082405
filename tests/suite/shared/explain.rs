//! What the server has is part of an explanation.

use crate::common::fleet::Fleet;
use crate::common::{Home, wait_until};

fn explain(home: &Home, args: &[&str]) -> String {
    home.cacheback(["explain"]).arg_all(args).go().status(0).stdout_text()
}

fn json(home: &Home, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&explain(home, &[&["--json"], args].concat())).expect("a JSON object")
}

#[test]
fn an_explanation_names_the_shared_id_what_tells_hosts_apart_and_what_is_stored() {
    let Some(fleet) = Fleet::start() else { return };
    assert_eq!(json(&fleet.other, &["--no-shared", "count"])["shared"], serde_json::Value::Null);
    let page = explain(&fleet.other, &["count"]);
    assert!(page.contains("shared with other hosts") && page.contains("stored     nothing"), "{page}");
    fleet.one_has_run();
    let id = fleet.server.names("*:e:*").remove(0).rsplit(':').next().unwrap().to_owned();
    let found = json(&fleet.other, &["count"]);
    assert_eq!(found["shared"]["id"], id, "{found}");
    assert_eq!(found["shared"]["vary"]["os"], "linux", "{found}");
    assert!(found["shared"]["entry"]["host"].is_string() && found["shared"]["leader"].is_null(), "{found}");
    let page = explain(&fleet.other, &["count"]);
    assert!(page.contains(&format!("shared id  {id}")) && page.contains(" ago by "), "{page}");
    assert_eq!(fleet.other.runs("count"), 0);
}

#[test]
fn an_explanation_names_the_host_and_the_process_that_run_the_command() {
    let Some(fleet) = Fleet::start() else { return };
    let gate = fleet.one.gated("count", "echo of one");
    let running = fleet.one.start(["count"]);
    wait_until("a lease is there", || fleet.server.count("*w:*") == 1);
    let found = json(&fleet.other, &["count"]);
    assert!(found["shared"]["leader"]["pid"].is_u64() && found["shared"]["leader"]["host"].is_string(), "{found}");
    let page = explain(&fleet.other, &["count"]);
    assert!(page.contains("running    ") && page.contains(", process "), "{page}");
    gate.open();
    running.wait().stdout("of one\n");
}

#[test]
fn an_explanation_says_why_the_server_has_not_answered() {
    let Some(fleet) = Fleet::start() else { return };
    let Fleet { one, server, .. } = fleet;
    drop(server);
    let page = explain(&one, &["count"]);
    assert!(page.contains("answer  none: ") || page.contains("answer     none: "), "{page}");
}
