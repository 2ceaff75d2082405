//! Results that hosts share by a server on this machine. A host is a home of its own.

mod ask;
mod copied;
mod hit;
mod hosts;
mod large;
mod outage;

use crate::failure::Failure;
use crate::process::Command;
use crate::row::Row;
use crate::run::{Sink, run};
use crate::series::Sample;
use crate::server::{NONE, Server};
use crate::stage::{PAYLOAD, Stage};

type Measure = fn(&Stage, &Server) -> Result<Vec<Row>, Failure>;

const FAMILIES: [(&str, Measure); 7] = [
    ("shared / hit", hit::measure),
    ("shared / copied", copied::measure),
    ("shared / ask", ask::measure),
    ("shared / hosts", hosts::together),
    ("shared / followers", hosts::followers),
    ("shared / outage", outage::measure),
    ("shared / 16 MiB", large::measure),
];

pub fn measure(stage: &Stage) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (name, measure) in FAMILIES {
        let Some(server) = Server::emptied(stage)? else {
            rows.push(Row::not_available(name, "", NONE));
            continue;
        };
        rows.extend(measure(stage, &server).unwrap_or_else(|failure| vec![Row::failed(name, &failure)]));
    }
    Ok(rows)
}

/// One run that prints the payload.
fn once(command: &Command) -> Result<Sample, Failure> {
    let run = run(command, Sink::Kept)?;
    run.expect(PAYLOAD)?;
    Ok(Sample::new(run.elapsed, &run.exit))
}
