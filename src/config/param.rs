//! A parameter of a job.

use toml::de::DeValue;

/// The name of a parameter, and how it gets its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    pub name: String,
    pub arity: Arity,
}

/// The words of a call that a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One.
    One,
    /// One, or this default if the call has none.
    Default(String),
    /// All words that are left.
    Rest,
}

const EXPECTED: &str = "expected an array of names, of which the last may end in ... and stand for the rest, and of \
                        tables such as { name = \"page\", default = \"1\" }";

impl Param {
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(value: &DeValue<'_>) -> Result<Self, String> {
        let (name, arity) = match value {
            DeValue::String(text) => match text.strip_suffix("...") {
                Some(name) => (name.to_owned(), Arity::Rest),
                None => (text.to_string(), Arity::One),
            },
            DeValue::Table(table) => {
                let mut name = None;
                let mut arity = Arity::One;
                for (key, value) in table.iter() {
                    let text = value.get_ref().as_str().map(str::to_owned);
                    match (key.get_ref().as_ref(), text) {
                        ("name", Some(text)) => name = Some(text),
                        ("default", Some(text)) if !text.contains('\0') => arity = Arity::Default(text),
                        _ => return Err(EXPECTED.to_owned()),
                    }
                }
                (name.ok_or(EXPECTED)?, arity)
            }
            _ => return Err(EXPECTED.to_owned()),
        };
        match is_name(&name) {
            true => Ok(Self { name, arity }),
            false => Err(format!("a parameter cannot be called '{name}'; expected [A-Za-z_][A-Za-z0-9_]*")),
        }
    }

    /// All parameters of a job.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn read_all(value: &DeValue<'_>) -> Result<Vec<Self>, String> {
        let DeValue::Array(params) = value else { return Err(EXPECTED.to_owned()) };
        params.iter().map(|param| Self::read(param.get_ref())).collect()
    }

    pub fn is_rest(&self) -> bool {
        self.arity == Arity::Rest
    }

    pub fn has_default(&self) -> bool {
        matches!(self.arity, Arity::Default(_))
    }

    /// How the usage of the job shows it: `USER`, `[PAGE]` or `[REST]...`.
    pub fn placeholder(&self) -> String {
        let name = self.name.to_uppercase();
        match self.arity {
            Arity::One => name,
            Arity::Default(_) => format!("[{name}]"),
            Arity::Rest => format!("[{name}]..."),
        }
    }
}

/// Whether this can be the name of a parameter, and so of a variable of its scripts: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
