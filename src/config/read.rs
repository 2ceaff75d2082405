//! Reads the text of a configuration file, or reports every mistake in it.
//!
//! The document is walked by hand, and not by serde, which stops at the first mistake.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::configuration::{Configuration, Rule};
use super::param::{Arity, Param};
use super::reader::{Entry, Reader, Table, entries};
use super::settings::{self, Settings};
use super::{job::Job, nearest::advice, problem::Problem, template::Template, value, when::When};
use crate::model::glob::Glob;

/// # Errors
///
/// All mistakes, in the order of the file.
pub fn read(text: &str) -> Result<Configuration, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(text);
    for error in errors {
        let span = error.span().unwrap_or_default();
        let text = match (error.message(), text.get(span.clone())) {
            ("duplicate key", Some(key)) => format!("duplicate key '{}'", key),
            (message, _) => message.to_owned(),
        };
        reader.problem(span, text);
    }
    let problems = reader.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    let configuration = reader.document(document.get_ref());
    match reader.problems() {
        problems if problems.is_empty() => Ok(configuration),
        problems => Err(problems),
    }
}

/// The kind of a table, and which keys it may have.
struct Section<'a> {
    /// As it is written: `[defaults]`.
    name: &'a str,
    /// Keys besides the settings.
    others: Vec<&'a str>,
    /// Settings that make no sense here, and why.
    refused: &'static [(&'static str, &'static str)],
    /// The parameters that `key` may name, if this is of a job.
    params: Option<&'a [Param]>,
}

const SECTIONS: [&str; 4] = ["defaults", "job", "rule", "shared"];
const JOB_KEYS: [&str; 5] = ["params", "command", "expiry", "fetch_synchronously", "when"];
const REFUSED_IN_DEFAULTS: &[(&str, &str)] =
    &[("key", "all commands would share one result"), ("shell", "it says how one command is written")];
const REFUSED_IN_WHEN: &[(&str, &str)] = &[
    ("shell", "it says how the job's command is written"),
    ("db", "all entries of a job are in one database"),
    FOR_ALL,
];

const FOR_ALL: (&str, &str) = ("max_refreshes", "it is for the whole database; expected in [defaults]");

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>) -> Configuration {
        let mut configuration = Configuration::default();
        for (key, entry) in entries(document) {
            match key {
                "defaults" => {
                    let section =
                        Section { name: "[defaults]", others: Vec::new(), refused: REFUSED_IN_DEFAULTS, params: None };
                    if let Some(table) = self.table(&entry, key) {
                        configuration.defaults = self.settings(&section, table);
                    }
                }
                "rule" => {
                    let tables = self.tables(&entry, "[[rule]]");
                    configuration.rules = tables.into_iter().filter_map(|table| self.rule(table)).collect();
                }
                "job" => {
                    let table = self.table(&entry, key).map(|(table, _)| table).unwrap_or_default();
                    configuration.jobs = table.into_iter().filter_map(|(name, entry)| self.job(name, &entry)).collect();
                }
                #[cfg(feature = "shared")]
                "shared" => configuration.shared = self.table(&entry, key).map(|section| self.shared(section)),
                #[cfg(not(feature = "shared"))]
                "shared" => self.problem(entry.key, "this cacheback was built without [shared]"),
                other => {
                    self.problem(entry.key, format!("unknown section '{other}'{}", advice(other, SECTIONS)));
                }
            }
        }
        configuration
    }

    fn rule(&mut self, (mut table, span): (Table<'_>, Range<usize>)) -> Option<Rule> {
        let section = Section { name: "[[rule]]", others: vec!["command"], refused: &[FOR_ALL], params: None };
        let line = self.line(&span);
        let glob = match table.remove("command") {
            Some(entry) => self.read(&entry, "command", |value| {
                let expected = "expected a glob over command lines such as 'kubectl get *'";
                Glob::parse(value.as_str().filter(|glob| !glob.is_empty()).ok_or(expected)?)
            }),
            None => {
                self.problem(span.clone(), "a [[rule]] without a command, the glob that says what it is for");
                None
            }
        };
        let settings = self.settings(&section, (table, span));
        Some(Rule { line, command: glob?, settings })
    }

    fn job(&mut self, name: &str, entry: &Entry<'_>) -> Option<Job> {
        let (mut table, span) = self.table(entry, &format!("job.{name}"))?;
        let section_name = format!("[job.{name}]");
        if name.is_empty() || name.starts_with('-') || name.contains(['\0', '\n']) {
            self.problem(entry.key.clone(), format!("a job cannot be called '{}'", name));
        }
        let params = table.remove("params").map_or(Some(Vec::new()), |entry| self.params(&entry));
        let command = table.remove("command");
        let mut script = |key| table.remove(key).and_then(|entry| self.read(&entry, key, value::script));
        let (expiry, fetch_synchronously) = (script("expiry"), script("fetch_synchronously"));
        let when = table.remove("when");
        let settings = {
            let params = params.as_deref();
            let section = Section { name: &section_name, others: JOB_KEYS.to_vec(), refused: &[FOR_ALL], params };
            self.settings(&section, (table, span.clone()))
        };
        if command.is_none() {
            self.problem(span.clone(), format!("{section_name} has no command"));
        }
        // If the params are wrong, each use of one would be reported as well: stop here.
        let params = params?;
        let when = match when {
            Some(entry) => self.exceptions(&format!("[[job.{name}.when]]"), &entry, &params),
            None => Vec::new(),
        };
        let lists = [("depends_on", &settings.depends_on), ("key_file", &settings.key_file), ("tags", &settings.tags)];
        for (setting, words) in lists {
            let words = words.iter().flatten().map(|word| word.to_string_lossy());
            let names = || params.iter().map(|param| &param.name);
            let is_named = |text: &str| names().find(|name| text.contains(&format!("{{{name}}}"))).cloned();
            if let Some(param) = words.into_iter().find_map(|word| is_named(&word)) {
                let text = format!("{{{param}}} has no meaning in {setting}; it has in command and key");
                self.problem(entry.value.span(), text);
                return None;
            }
        }
        let command = self.command(&command?, &params, settings.shell == Some(true))?;
        let line = self.line(&span);
        Some(Job { name: name.to_owned(), line, params, command, expiry, fetch_synchronously, settings, when })
    }

    fn params(&mut self, entry: &Entry<'_>) -> Option<Vec<Param>> {
        let params = self.read(entry, "params", Param::read_all)?;
        let reason = params.iter().enumerate().find_map(|(number, param)| {
            let (before, name) = (&params[..number], &param.name);
            if settings::canonical(name).is_some() {
                Some(format!("a parameter cannot be called '{name}', which is the name of a setting"))
            } else if name.starts_with("CACHEBACK_") {
                Some(format!(
                    "a parameter cannot be called '{name}': scripts have variables of cacheback's by such names"
                ))
            } else if before.iter().any(|other| other.name == *name) {
                Some(format!("the parameter '{name}' is declared twice"))
            } else if let Some(other) = before.iter().find(|other| other.is_rest()) {
                Some(format!("'{}...' stands for the rest; nothing can come after it", other.name))
            } else if param.arity == Arity::One && before.iter().any(Param::has_default) {
                Some(format!("'{name}' needs a default as well: it comes after a parameter that has one"))
            } else {
                None
            }
        });
        match reason {
            Some(reason) => {
                self.problem(entry.value.span(), reason);
                None
            }
            None => Some(params),
        }
    }

    fn command(&mut self, entry: &Entry<'_>, params: &[Param], shell: bool) -> Option<Vec<Template>> {
        match (entry.value.get_ref(), shell) {
            (DeValue::String(_), true) => {
                let script = self.read(entry, "command", value::script)?;
                Some(vec![Template::literal(&script.to_string_lossy())])
            }
            (DeValue::String(_), false) => {
                let text = "command is one string; expected an array of words, or shell = true beside it";
                self.problem(entry.value.span(), text);
                None
            }
            (DeValue::Array(_), true) => {
                self.problem(entry.value.span(), "command is an array; with shell = true it is one string");
                None
            }
            (DeValue::Array(words), false) if words.first().is_some_and(|word| word.get_ref().as_str() != Some("")) => {
                let templates: Vec<_> = words.iter().map(|word| self.word(word, params)).collect();
                templates.into_iter().collect()
            }
            _ => self.read(entry, "command", |_| Err("expected an array of words".to_owned())),
        }
    }

    fn word(&mut self, word: &Spanned<DeValue<'_>>, params: &[Param]) -> Option<Template> {
        let template = match word.get_ref().as_str() {
            Some(text) if text.contains('\0') => Err("a word of a command has no NUL characters".to_owned()),
            Some(text) => Template::parse(text, params),
            None => Err("command: expected an array of strings".to_owned()),
        };
        template.map_err(|reason| self.problem(word.span(), reason)).ok()
    }

    fn exceptions(&mut self, name: &str, entry: &Entry<'_>, params: &[Param]) -> Vec<When> {
        let tables = self.tables(entry, name);
        tables.into_iter().map(|table| self.exception(name, table, params)).collect()
    }

    fn exception(&mut self, name: &str, (mut table, span): (Table<'_>, Range<usize>), params: &[Param]) -> When {
        let line = self.line(&span);
        let mut globs = Vec::new();
        for (number, param) in params.iter().enumerate() {
            if let Some(entry) = table.remove(param.name.as_str()) {
                let expected = "expected a glob over the parameter's value such as 'a*'";
                let glob = self.read(&entry, &param.name, |value| Glob::parse(value.as_str().ok_or(expected)?));
                globs.push((number as u32, glob));
            }
        }
        if globs.is_empty() && table.keys().all(|key| settings::canonical(key).is_some()) {
            let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
            let params = if params.is_empty() { "the job has no params".to_owned() } else { names.join(", ") };
            self.problem(span.clone(), format!("{name} matches no parameter ({params})"));
        }
        let others = params.iter().map(|param| param.name.as_str()).collect();
        let settings =
            self.settings(&Section { name, others, refused: REFUSED_IN_WHEN, params: Some(params) }, (table, span));
        // Wrong globs were reported above, so that this is not used.
        let globs = globs.into_iter().filter_map(|(number, glob)| Some((number, glob?))).collect();
        When { line, globs, settings }
    }

    /// The settings of a table. The caller has removed all other keys.
    fn settings(&mut self, section: &Section<'_>, (table, _): (Table<'_>, Range<usize>)) -> Settings {
        let mut settings = Settings::default();
        let mut given: Vec<(&str, &str)> = Vec::new();
        let mut table: Vec<_> = table.into_iter().collect();
        table.sort_by_key(|(_, entry)| entry.key.start);
        for (key, entry) in table {
            let Some(name) = settings::canonical(key) else {
                let text = match JOB_KEYS.contains(&key) {
                    true => format!("'{key}' is for jobs and does not belong in {}", section.name),
                    false => {
                        let known = settings::NAMES.iter().chain(&section.others).copied();
                        format!("unknown key '{}' in {}{}", key, section.name, advice(key, known))
                    }
                };
                self.problem(entry.key, text);
                continue;
            };
            if let Some((_, reason)) = section.refused.iter().find(|(refused, _)| *refused == name) {
                self.problem(entry.key, format!("'{key}' does not belong in {}: {reason}", section.name));
                continue;
            }
            if let Some((_, other)) = given.iter().find(|(known, _)| *known == name) {
                let alias = if key == name { other } else { key };
                self.problem(entry.key, format!("'{name}' is set twice: '{alias}' is another name for it"));
                continue;
            }
            given.push((name, key));
            self.read(&entry, key, |value| match value.as_str() {
                Some(path)
                    if name == "db" && !path.starts_with('/') && path.strip_prefix("~/").is_none_or(str::is_empty) =>
                {
                    Err("expected an absolute path, or one that begins with ~/".to_owned())
                }
                _ => settings.read(key, value).unwrap_or(Ok(())),
            });
            if let ("key", Some(params), Some(text)) = (name, section.params, entry.value.get_ref().as_str())
                && let Err(reason) = Template::parse(text, params)
            {
                self.problem(entry.value.span(), reason);
            }
        }
        settings
    }
}

#[cfg(test)]
#[path = "tests/read.rs"]
mod tests;
