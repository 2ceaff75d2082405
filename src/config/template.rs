//! One word of a job's command, with the places where values of parameters go.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::nearest::advice;
use super::param::{Param, is_name};

/// `https://example.org/{username}.json`. `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The value of the parameter with this index.
    Value(u32),
    /// The values from this index on.
    Rest(u32),
}

impl Template {
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(word: &str, params: &[Param]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = word;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push_str(&rest[..1]);
                rest = &rest[2..];
                continue;
            }
            let inner = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')).map(|(inner, _)| inner);
            let name = |inner: &'_ str| is_name(inner.strip_suffix("...").unwrap_or(inner));
            let Some(inner) = inner.filter(|inner| name(inner)) else {
                let brace = &rest[..1];
                return Err(format!(
                    "a single '{brace}' that is no {{parameter}}; a literal one is written {brace}{brace}"
                ));
            };
            let name = inner.strip_suffix("...").unwrap_or(inner);
            let Some(number) = params.iter().position(|param| param.name == name) else {
                let advice = match params {
                    [] => "; a literal one is written {{".to_owned() + name + "}}",
                    params => advice(name, params.iter().map(|param| param.name.as_str())),
                };
                return Err(format!("{{{name}}} is not among the params{advice}"));
            };
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            let is_rest = params[number].is_rest();
            pieces.push(if is_rest { Piece::Rest(number as u32) } else { Piece::Value(number as u32) });
            rest = &rest[inner.len() + 2..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Self(pieces))
    }

    /// A word without parameters.
    pub fn literal(word: &str) -> Self {
        Self(vec![Piece::Text(word.to_owned())])
    }

    /// The words of the command that this becomes: one, or one for each value if it is the rest parameter alone.
    pub fn words(&self, values: &[OsString]) -> Vec<OsString> {
        match self.0[..] {
            [Piece::Rest(first)] => values.get(first as usize..).unwrap_or_default().to_vec(),
            _ => vec![self.fill(values)],
        }
    }

    /// The word with `values` in their places, as they are. Values of the rest parameter are joined by spaces.
    pub fn fill(&self, values: &[OsString]) -> OsString {
        let mut word = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => word.extend_from_slice(text.as_bytes()),
                Piece::Value(number) => {
                    word.extend_from_slice(values.get(*number as usize).map_or(b"", |value| value.as_bytes()));
                }
                Piece::Rest(first) => word.extend_from_slice(joined(values, *first as usize).as_bytes()),
            }
        }
        OsString::from_vec(word)
    }
}

/// The values from this index on, joined by spaces.
pub fn joined(values: &[OsString], first: usize) -> OsString {
    values.get(first..).unwrap_or_default().join(OsStr::new(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::param::Arity;
    use proptest::prelude::*;

    fn params() -> Vec<Param> {
        ["user", "page"].map(|name| Param { name: name.to_owned(), arity: Arity::One }).into()
    }

    #[test]
    fn values_go_where_their_names_stand() {
        let values = ["a b".into(), OsString::from_vec(b"\xff{user}".to_vec())];
        for (word, expected) in [
            ("", &b""[..]),
            ("plain", b"plain"),
            ("{user}", b"a b"),
            ("/{user}/{page}.json", b"/a b/\xff{user}.json"),
            ("{{user}}", b"{user}"),
            ("{{{user}}}", b"{a b}"),
            ("}}{{", b"}{"),
        ] {
            let template = Template::parse(word, &params()).unwrap();
            assert_eq!(template.fill(&values).as_bytes(), expected, "{word}");
        }
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        for (word, reason) in [
            ("{usr}", "{usr} is not among the params; did you mean 'user'?"),
            ("{print $1}", "a literal one is written {{"),
            ("a}", "a literal one is written }}"),
            ("{", "a literal one is written {{"),
            ("{}", "a literal one is written {{"),
            ("{User}", "{User} is not among the params; did you mean 'user'?"),
        ] {
            let error = Template::parse(word, &params()).unwrap_err();
            assert!(error.contains(reason), "{word}: {error}");
        }
        assert!(Template::parse("{x}", &[]).unwrap_err().contains("a literal one is written {{x}}"));
    }

    proptest! {
        #[test]
        fn escaped_text_is_itself(text in any::<String>()) {
            let word = text.replace('{', "{{").replace('}', "}}");
            let filled = Template::parse(&word, &params()).unwrap().fill(&[]);
            prop_assert_eq!(filled, OsString::from(text));
        }

        #[test]
        fn no_word_causes_a_panic(word in "[{}a-zé]{0,12}") {
            let _ = Template::parse(&word, &params());
        }
    }
}
