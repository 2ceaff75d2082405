//! The comparison: every row of the performance contract, measured side by side in one run.
//!
//! `benches/compare` builds what is needed and starts this program in a temporary directory. A family of rows is one
//! module in `rows`, with the targets of its rows.

#![deny(unsafe_code)]

mod build;
mod contest;
mod failure;
mod generator;
mod json;
mod machine;
mod options;
mod pattern;
mod process;
mod row;
mod rows;
mod run;
mod series;
mod server;
mod stage;
mod table;
mod watchdog;

use std::process::ExitCode;

use clap::Parser;

use crate::build::Build;
use crate::failure::Failure;
use crate::machine::Machine;
use crate::options::Options;
use crate::row::Row;
use crate::rows::{FAMILIES, Family};
use crate::stage::Stage;

fn main() -> ExitCode {
    // `cargo test --all-targets` and `cargo bench` start this program too; then there is nothing to measure.
    if std::env::var_os("CACHEBACK_COMPARISON").is_none() {
        println!("To compare, run benches/compare.");
        return ExitCode::SUCCESS;
    }
    if let Some(request) = generator::requested() {
        return generator::answer(&request);
    }
    let options = Options::parse();
    if options.list {
        for family in FAMILIES {
            println!("{:12} {}", family.name, family.what);
        }
        return ExitCode::SUCCESS;
    }
    match compare(&options) {
        Ok(rows) if rows.iter().any(Row::is_bad) => ExitCode::from(1),
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("compare: {failure}");
            ExitCode::from(2)
        }
    }
}

fn compare(options: &Options) -> Result<Vec<Row>, Failure> {
    let directory = options.stage.as_ref().ok_or_else(|| Failure("start it with benches/compare".to_owned()))?;
    let families = chosen(&options.families)?;
    let mut stages = Vec::new();
    for build in Build::ALL {
        stages.extend(Stage::new(directory, build, options.pace())?);
    }
    process::adopt_orphans()?;
    watchdog::start();
    let machine = Machine::describe(directory);
    for (name, fact) in machine.facts() {
        println!("{name}: {fact}");
    }
    if Machine::is_busy() {
        println!("note: the machine is not idle, so the figures will be noisy");
    }
    println!();
    let mut rows = Vec::new();
    for family in families {
        for stage in stages.iter().take(if family.in_every_build { Build::ALL.len() } else { 1 }) {
            eprintln!("measuring {} ({}) ...", family.name, stage.build.name());
            let measured = (family.measure)(stage);
            let measured = measured.unwrap_or_else(|failure| vec![Row::failed(family.name, &failure)]);
            rows.extend(measured.into_iter().map(|row| Row { build: Some(stage.build), ..row }));
            // Processes of one family must not disturb the next.
            process::wait_for_orphans()?;
        }
    }
    println!("{}", table::render(&rows));
    if let Some(path) = &options.json {
        std::fs::write(path, json::render(&machine, &rows))?;
    }
    Ok(rows)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Family>, Failure> {
    if names.is_empty() {
        return Ok(FAMILIES.iter().collect());
    }
    let find = |name: &String| {
        let family = FAMILIES.iter().find(|family| family.name == name);
        family.ok_or_else(|| Failure(format!("there is no row {name}: see --list")))
    };
    names.iter().map(find).collect()
}
