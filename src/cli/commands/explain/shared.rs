//! What the server has of the result of a call.

use serde_json::{Map, Value, json};

use crate::cache::{OnServer, OnServerFound};
use crate::cli::render::{Row, figures, quote, row};
use crate::model::time::Timestamp;
use crate::model::units::readable;
use crate::store::shared::{Holder, Listed, Row as Stored};

/// For people.
pub fn rows(on_server: &OnServer) -> Vec<Row> {
    let vary = on_server.vary.iter().map(|(vary, value)| format!("{} {}", vary.name(), quote::word(value)));
    let vary: Vec<String> = vary.collect();
    let vary = if vary.is_empty() { "nothing: the same for every host".to_owned() } else { vary.join(", ") };
    let mut rows = vec![row("server", quote::plain(&on_server.server)), row("vary", vary)];
    match &on_server.found {
        Err(reason) => rows.push(row("answer", quote::plain(&format!("none: {reason}")))),
        Ok((id, OnServerFound { row: found, leader })) => {
            rows.push(row("shared id", id.to_string()));
            rows.push(row("stored", found.as_ref().map_or_else(|| "nothing".to_owned(), stored)));
            rows.extend(leader.as_ref().map(|holder| row("running", in_words(holder.as_ref()))));
        }
    }
    rows
}

fn stored(found: &Stored) -> String {
    match found {
        Stored::Unusable(unusable) => unusable.what.to_owned(),
        Stored::Listed(listed) => {
            let Listed { detail, host, .. } = &**listed;
            let age = Timestamp::now().since(detail.summary.fetched_at).unwrap_or_default();
            let invalidated = if detail.summary.invalidated { ", and invalidated since" } else { "" };
            quote::plain(&format!("fetched {} ago by {}{invalidated}", readable(age), host.display()))
        }
    }
}

fn in_words(holder: Option<&Holder>) -> String {
    holder.map_or_else(
        || "by a process that is not known".to_owned(),
        |holder| quote::plain(&format!("{}, process {}", holder.host.display(), holder.pid)),
    )
}

/// For programs.
pub fn object(on_server: &OnServer) -> Value {
    let text = |text: &std::ffi::OsStr| Value::from(text.to_string_lossy());
    let vary: Map<String, Value> =
        on_server.vary.iter().map(|(vary, value)| (vary.name().to_owned(), text(value))).collect();
    let (id, entry, leader, error) = match &on_server.found {
        Err(reason) => (Value::Null, Value::Null, Value::Null, Value::from(reason.as_str())),
        Ok((id, OnServerFound { row, leader })) => {
            let entry = row.as_ref().map_or(Value::Null, |row| match row {
                Stored::Unusable(unusable) => json!({ "error": unusable.what }),
                Stored::Listed(listed) => json!({
                    "host": text(&listed.host),
                    "fetched_at": figures::instant(listed.detail.summary.fetched_at),
                    "invalidated": listed.detail.summary.invalidated,
                    "size": listed.detail.summary.size,
                }),
            });
            let leader = leader.as_ref().map_or(Value::Null, |holder| {
                let holder = holder.as_ref();
                json!({ "host": holder.map(|holder| text(&holder.host)), "pid": holder.map(|holder| holder.pid) })
            });
            (id.to_string().into(), entry, leader, Value::Null)
        }
    };
    json!({ "server": on_server.server, "id": id, "vary": vary, "entry": entry, "leader": leader, "error": error })
}
