//! Settings as they are shown to people: each with its value and where that came from.

use std::borrow::Cow;

use super::quote;
use super::sheet::{Row, row};
use crate::config::{Layers, Origin};

/// One effective setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// By the name of its option, with underscores.
    pub name: Cow<'static, str>,
    /// As one would write it, on one line.
    pub value: String,
    /// Where the value comes from: an option, the environment, a part of the file, or `built in`.
    pub origin: String,
    pub is_built_in: bool,
}

impl Setting {
    /// One of `[shared]`.
    #[cfg(feature = "shared")]
    pub fn of_shared(key: &str, value: Option<String>, origin: &str) -> Self {
        let value = quote::plain(value.as_deref().unwrap_or("none"));
        Self {
            name: format!("shared.{key}").into(),
            value,
            origin: origin.to_owned(),
            is_built_in: origin == "built in",
        }
    }
}

/// Every setting, in the order in which they are documented.
pub fn of(layers: &Layers) -> Vec<Setting> {
    let setting = |(name, shown): (&'static str, Option<(String, Origin)>)| {
        let (value, origin) = shown.unwrap_or(("none".to_owned(), Origin::BuiltIn));
        let is_built_in = origin == Origin::BuiltIn;
        Setting { name: name.into(), value: quote::plain(&value), origin: origin.to_string(), is_built_in }
    };
    layers.display().into_iter().map(setting).collect()
}

/// A row for each setting: its value, padded to `most` columns at most, and its origin.
pub fn rows(settings: &[&Setting], most: usize) -> Vec<Row> {
    let width = settings.iter().map(|setting| setting.value.chars().count()).max().unwrap_or(0).min(most);
    let row = |setting: &&Setting| row(&setting.name, format!("{:width$}  {}", setting.value, setting.origin));
    settings.iter().map(row).collect()
}
