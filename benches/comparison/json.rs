//! The rows as JSON, with the machine that they were measured on.

use serde_json::{Map, Value, json};

use crate::build::Build;
use crate::machine::Machine;
use crate::row::{Quantity, Row, Target, Verdict};

/// The whole report.
pub fn render(machine: &Machine, rows: &[Row]) -> String {
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let machine: Map<String, Value> =
        machine.facts().map(|(name, fact)| (name.to_owned(), Value::from(fact))).collect();
    format!("{:#}\n", json!({ "machine": machine, "rows": rows }))
}

fn row(row: &Row) -> Value {
    let (verdict, reason) = match &row.verdict {
        Verdict::Pass => ("pass", None),
        Verdict::Missed => ("missed", None),
        Verdict::Failed(why) => ("failed", Some(why)),
        Verdict::NotAvailable(why) => ("not available", Some(why)),
    };
    let details: Map<String, Value> =
        row.details.iter().map(|(name, value)| (name.clone(), rounded(*value).into())).collect();
    json!({
        "row": row.name,
        "build": row.build.map(Build::name),
        "what": row.what,
        "figure": row.figure.map(quantity),
        "against": row.against.as_ref().map(|(name, figure)| json!({ "name": name, "figure": quantity(*figure) })),
        "ratio": row.ratio.map(rounded),
        "target": row.target.map(|target| match target {
            Target::AtMost(limit) => json!({ "at_most": limit }),
            Target::AtLeast(limit) => json!({ "at_least": limit }),
        }),
        "runs": row.runs,
        "verdict": verdict,
        "reason": reason,
        "details": details,
    })
}

fn quantity(quantity: Quantity) -> Value {
    json!({ "value": rounded(quantity.value()), "unit": quantity.unit() })
}

/// Rounds to four decimal places, more than any figure needs.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
