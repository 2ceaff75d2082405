//! Puts the settings of all sources in order: which one wins, and where it came from.

use std::fmt;

use super::settings::Settings;

/// Where a setting comes from, with the line of the file if it comes from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Option,
    Environment,
    When(usize),
    Job(usize),
    Rule(usize),
    Defaults,
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => out.write_str("option"),
            Self::Environment => out.write_str("environment"),
            Self::When(line) => write!(out, "when (line {line})"),
            Self::Job(line) => write!(out, "job (line {line})"),
            Self::Rule(line) => write!(out, "rule (line {line})"),
            Self::Defaults => out.write_str("defaults"),
            Self::BuiltIn => out.write_str("built in"),
        }
    }
}

/// The settings of all sources. Earlier layers win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers(Vec<(Origin, Settings)>);

impl Layers {
    /// Adds a layer that loses against all earlier ones.
    pub fn push(&mut self, origin: Origin, settings: Settings) {
        self.0.push((origin, settings));
    }

    /// A field of the first layer that has it. Each field has a method of its name, which calls this.
    pub(super) fn get<T: Clone>(&self, field: impl Fn(&Settings) -> &Option<T>) -> Option<T> {
        self.0.iter().find_map(|(_, settings)| field(settings).clone())
    }

    /// The origin of the layer that [`get`](Self::get) takes the field from.
    pub fn origin<T>(&self, field: impl Fn(&Settings) -> &Option<T>) -> Option<Origin> {
        self.0.iter().find(|(_, settings)| field(settings).is_some()).map(|(origin, _)| *origin)
    }

    /// Every field with its value for people and its origin, in the order of [`NAMES`](super::NAMES).
    pub fn display(&self) -> Vec<Option<(String, Origin)>> {
        let mut shown: Vec<Option<(String, Origin)>> = vec![None; super::NAMES.len()];
        for (origin, settings) in &self.0 {
            for (known, value) in shown.iter_mut().zip(settings.display()) {
                if known.is_none() {
                    *known = value.map(|value| (value, *origin));
                }
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_first_layer_that_has_a_field_wins() {
        let mut layers = Layers::default();
        let scope = |name: &str| Some(name.into());
        layers.push(Origin::Option, Settings { scope: scope("a"), ..Settings::default() });
        layers.push(
            Origin::Rule(3),
            Settings { scope: scope("b"), ttl: Some(Duration::from_secs(60)), ..Settings::default() },
        );
        layers.push(Origin::Defaults, Settings { ttl: Some(Duration::ZERO), cwd: Some(true), ..Settings::default() });
        assert_eq!(layers.get(|settings| &settings.scope), scope("a"));
        assert_eq!(layers.get(|settings| &settings.ttl), Some(Duration::from_secs(60)));
        assert_eq!(layers.get(|settings| &settings.keep), None);
        let shown: Vec<_> =
            layers.display().into_iter().flatten().map(|(value, origin)| format!("{value} {origin}")).collect();
        assert_eq!(shown, ["1m rule (line 3)", "true defaults", "a option"]);
    }
}
