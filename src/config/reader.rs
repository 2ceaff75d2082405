//! Takes tables and values out of a document, and collects what is wrong with them.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::problem::Problem;

/// A table by key.
pub type Table<'i> = BTreeMap<&'i str, Entry<'i>>;

/// A key and its value, with the places where they stand.
#[derive(Clone)]
pub struct Entry<'i> {
    pub key: Range<usize>,
    pub value: &'i Spanned<DeValue<'i>>,
}

/// A document that is being read.
pub struct Reader<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    /// Of the document in `text`.
    pub fn new(text: &'t str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, lines, problems: Vec::new() }
    }

    /// Notes what is wrong in the line where `span` begins.
    pub fn problem(&mut self, span: Range<usize>, text: impl Into<String>) {
        self.problems.push(Problem { line: self.line(&span), text: text.into() });
    }

    /// Takes all problems noted so far, in the order of the file.
    pub fn problems(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.problems);
        problems.sort();
        problems.dedup();
        problems
    }

    /// The number of the line in which `span` begins.
    pub fn line(&self, span: &Range<usize>) -> usize {
        self.lines.partition_point(|begin| *begin <= span.start)
    }

    /// Reads a value; what is wrong with it is a problem.
    pub fn read<T>(
        &mut self,
        entry: &Entry<'_>,
        key: &str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let span = entry.value.span();
        let reason = match read(entry.value.get_ref()) {
            Ok(value) => return Some(value),
            Err(reason) => reason,
        };
        let written = self.text.get(span.clone()).unwrap_or_default();
        let text = match written.contains('\n') || written.chars().count() > 60 {
            true => format!("invalid value for '{key}': {reason}"),
            false => format!("invalid value {written} for '{key}': {reason}"),
        };
        self.problem(span, text);
        None
    }

    /// A table and where it begins.
    pub fn table<'i>(&mut self, entry: &Entry<'i>, name: &str) -> Option<(Table<'i>, Range<usize>)> {
        match entry.value.get_ref() {
            DeValue::Table(table) => Some((entries(table).collect(), entry.key.clone())),
            _ => {
                self.problem(entry.key.clone(), format!("'{name}' is not a table; expected [{name}]"));
                None
            }
        }
    }

    /// The tables of an array, each with where it begins.
    pub fn tables<'i>(&mut self, entry: &Entry<'i>, name: &str) -> Vec<(Table<'i>, Range<usize>)> {
        let mut tables = Vec::new();
        if let DeValue::Array(values) = entry.value.get_ref() {
            for value in values.iter() {
                if let DeValue::Table(table) = value.get_ref() {
                    tables.push((entries(table).collect(), value.span()));
                }
            }
            if tables.len() == values.len() {
                return tables;
            }
        }
        self.problem(entry.key.clone(), format!("expected tables that begin with {name}"));
        Vec::new()
    }
}

/// The keys of a table in alphabetical order.
pub fn entries<'i>(table: &'i DeTable<'i>) -> impl Iterator<Item = (&'i str, Entry<'i>)> {
    let entry = |(key, value): (&'i Spanned<DeString<'i>>, &'i Spanned<DeValue<'i>>)| {
        (key.get_ref().as_ref(), Entry { key: key.span(), value })
    };
    table.iter().map(entry)
}
