//! One line of the table: a figure, what it is compared with, the target, and whether that is met.

use crate::build::Build;
use crate::failure::Failure;

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    Micros(f64),
    Millis(f64),
    Mebibytes(f64),
    GibibytesPerSecond(f64),
    MegabytesPerSecond(f64),
    PerSecond(f64),
    Count(f64),
    /// How many times as much as something else.
    Times(f64),
}

/// What must hold of a row's ratio or, without one, of its figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// Whether the target is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Missed,
    /// Something went wrong: a wrong byte, a wrong status, a run that should not have been.
    Failed(String),
    /// It cannot be measured, because the program does not have it yet.
    NotAvailable(String),
}

/// One line.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    /// How the programs were built.
    pub build: Option<Build>,
    pub what: String,
    pub figure: Option<Quantity>,
    /// The peer or floor, and its figure.
    pub against: Option<(String, Quantity)>,
    pub ratio: Option<f64>,
    pub target: Option<Target>,
    pub verdict: Verdict,
    pub runs: usize,
    /// What else was measured.
    pub details: Vec<(String, f64)>,
}

impl Quantity {
    pub fn value(self) -> f64 {
        match self {
            Self::Micros(value)
            | Self::Millis(value)
            | Self::Mebibytes(value)
            | Self::GibibytesPerSecond(value)
            | Self::MegabytesPerSecond(value)
            | Self::PerSecond(value)
            | Self::Count(value)
            | Self::Times(value) => value,
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Self::Micros(_) => "µs",
            Self::Millis(_) => "ms",
            Self::Mebibytes(_) => "MiB",
            Self::GibibytesPerSecond(_) => "GiB/s",
            Self::MegabytesPerSecond(_) => "MB/s",
            Self::PerSecond(_) => "/s",
            Self::Count(_) => "",
            Self::Times(_) => "x",
        }
    }
}

impl Target {
    pub fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

impl Row {
    /// A figure with a limit in its own unit.
    pub fn absolute(name: &str, what: impl Into<String>, figure: Quantity, target: Target, runs: usize) -> Self {
        let verdict = if target.is_met_by(figure.value()) { Verdict::Pass } else { Verdict::Missed };
        Self { figure: Some(figure), target: Some(target), verdict, runs, ..Self::blank(name, what.into()) }
    }

    /// A figure as a multiple of another one.
    pub fn relative(
        name: &str,
        what: impl Into<String>,
        figure: Quantity,
        against: (&str, Quantity),
        target: Target,
        runs: usize,
    ) -> Self {
        let ratio = figure.value() / against.1.value();
        let verdict = if target.is_met_by(ratio) { Verdict::Pass } else { Verdict::Missed };
        Self {
            figure: Some(figure),
            against: Some((against.0.to_owned(), against.1)),
            ratio: Some(ratio),
            target: Some(target),
            verdict,
            runs,
            ..Self::blank(name, what.into())
        }
    }

    /// A row that could not be measured because something went wrong.
    pub fn failed(name: &str, failure: &Failure) -> Self {
        Self { verdict: Verdict::Failed(failure.0.clone()), ..Self::blank(name, String::new()) }
    }

    /// The row, or a failed one.
    pub fn or_failed(name: &str, row: Result<Self, Failure>) -> Self {
        row.unwrap_or_else(|failure| Self::failed(name, &failure))
    }

    /// A row for something that the program does not have yet.
    pub fn not_available(name: &str, what: impl Into<String>, why: &str) -> Self {
        Self { verdict: Verdict::NotAvailable(why.to_owned()), ..Self::blank(name, what.into()) }
    }

    /// The same with one more detail.
    pub fn detail(mut self, name: &str, value: f64) -> Self {
        self.details.push((name.to_owned(), value));
        self
    }

    /// The same with the peer's figure beside it, for comparison only.
    pub fn beside(mut self, name: &str, figure: Quantity) -> Self {
        self.against = Some((name.to_owned(), figure));
        self
    }

    fn blank(name: &str, what: String) -> Self {
        Self {
            name: name.to_owned(),
            build: None,
            what,
            figure: None,
            against: None,
            ratio: None,
            target: None,
            verdict: Verdict::Pass,
            runs: 0,
            details: Vec::new(),
        }
    }

    pub fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::Missed | Verdict::Failed(_))
    }
}
