//! Puts the settings of all sources in order: which one wins, and where it came from.

use std::fmt;

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

/// The settings `S` of all sources. Earlier layers win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers<S>(Vec<(Origin, S)>);

impl<S> Default for Layers<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S> Layers<S> {
    /// Adds a layer that loses against all earlier ones.
    pub fn push(&mut self, origin: Origin, settings: S) {
        self.0.push((origin, settings));
    }

    /// A field of the first layer that has it, and the origin of that layer.
    pub fn first<T>(&self, field: impl Fn(&S) -> &Option<T>) -> Option<(Origin, &T)> {
        self.0.iter().find_map(|(origin, settings)| Some((*origin, field(settings).as_ref()?)))
    }

    /// The field alone. For [`Settings`](super::Settings) each field has a method of its name, which calls this.
    pub fn get<T: Clone>(&self, field: impl Fn(&S) -> &Option<T>) -> Option<T> {
        self.first(field).map(|(_, value)| value.clone())
    }

    /// The origin alone.
    pub fn origin<T>(&self, field: impl Fn(&S) -> &Option<T>) -> Option<Origin> {
        self.first(field).map(|(origin, _)| origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_layer_that_has_a_field_wins() {
        let mut layers = Layers::default();
        layers.push(Origin::Option, (Some("a"), None));
        layers.push(Origin::Rule(3), (Some("b"), Some(60)));
        layers.push(Origin::Defaults, (None, Some(0)));
        assert_eq!(layers.first(|settings| &settings.0), Some((Origin::Option, &"a")));
        assert_eq!(layers.get(|settings| &settings.1), Some(60));
        assert_eq!(layers.origin(|settings| &settings.1), Some(Origin::Rule(3)));
        assert_eq!(Layers::default().get(|settings: &Option<u8>| settings), None);
    }
}
