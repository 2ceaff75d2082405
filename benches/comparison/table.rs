//! The rows as a table for people.

use std::fmt::Write;

use crate::build::Build;
use crate::row::{Quantity, Row, Target, Verdict};

const HEADINGS: [&str; 8] = ["row", "build", "figure", "peer or floor", "ratio", "target", "runs", "verdict"];

/// The table's head and body, columns aligned.
pub fn render(rows: &[Row]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let mut widths = [0; HEADINGS.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let text: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(out, "{}", text.join("  ").trim_end());
        if number == 0 {
            let _ = writeln!(out, "{}", widths.map(|width| "-".repeat(width)).join("  "));
        }
    }
    out
}

fn cells(row: &Row) -> [String; HEADINGS.len()] {
    let unit_of_target = if row.ratio.is_none() { row.figure.map_or("", Quantity::unit) } else { "" };
    [
        row.name.clone(),
        row.build.map_or("", Build::name).to_owned(),
        row.figure.map_or(String::new(), show),
        row.against.as_ref().map_or(String::new(), |(name, figure)| format!("{name} {}", show(*figure))),
        row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}")),
        row.target.map_or(String::new(), |target| show_target(target, unit_of_target)),
        if row.runs == 0 { String::new() } else { row.runs.to_string() },
        match &row.verdict {
            Verdict::Pass => "pass".to_owned(),
            Verdict::Missed => "MISSED".to_owned(),
            Verdict::Failed(why) => format!("FAILED: {why}"),
            Verdict::NotAvailable(why) => format!("not available: {why}"),
        },
    ]
}

fn show(quantity: Quantity) -> String {
    let value = quantity.value();
    let digits = match quantity {
        Quantity::Count(_) | Quantity::PerSecond(_) => 0,
        _ if value >= 100.0 => 0,
        _ if value >= 10.0 => 1,
        _ if value >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$} {}", quantity.unit()).trim_end().to_owned()
}

fn show_target(target: Target, unit: &str) -> String {
    match target {
        Target::AtMost(limit) => format!("<= {limit} {unit}"),
        Target::AtLeast(limit) => format!(">= {limit} {unit}"),
    }
    .trim_end()
    .to_owned()
}
