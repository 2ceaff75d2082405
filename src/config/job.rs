//! A job: a command with parameters, a name and a policy.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::param::{Arity, Param, is_name};
use super::template::{self, Template};
use super::{Shared, nearest::nearest, settings::Settings, when::When};
use crate::model::invocation::Invocation;

/// `[job.NAME]`, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    pub name: String,
    /// Where it stands in the file.
    pub line: usize,
    /// Its parameters, as they are declared: those with a default after those without, and the rest at the end.
    pub params: Vec<Param>,
    /// Never empty; one literal word if `settings.shell` says so.
    pub command: Vec<Template>,
    /// Run by sh after a fetch; prints how long the result is fresh.
    pub expiry: Option<OsString>,
    /// Run by sh; exit 0 means that a fetch is waited for.
    pub fetch_synchronously: Option<OsString>,
    pub settings: Settings,
    /// Exceptions; each field is taken from the first that matches and has it.
    pub when: Vec<When>,
}

/// A job as it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCall {
    pub job: Job,
    pub values: Vec<OsString>,
    /// `[defaults]` of the file.
    pub defaults: Settings,
    /// That of the file.
    pub shared: Option<Shared>,
}

/// Why a job cannot be called with some arguments. Each text ends with the usage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("no value for {param}; {usage}")]
    Missing { param: String, usage: String },
    #[error("unexpected argument '{word}'; {usage}")]
    TooMany { word: String, usage: String },
    #[error("{param} is given more than once; {usage}")]
    Twice { param: String, usage: String },
}

impl Job {
    /// `tweets USERNAME [PAGE] [REST]...`.
    pub fn signature(&self) -> String {
        let words = [self.name.clone()].into_iter().chain(self.params.iter().map(Param::placeholder));
        words.collect::<Vec<_>>().join(" ")
    }

    /// All parameters but the one that takes the rest of the words.
    fn single(&self) -> &[Param] {
        match self.params.split_last() {
            Some((last, others)) if last.is_rest() => others,
            _ => &self.params,
        }
    }

    /// The values of all parameters, in the order of the parameters. `NAME=VALUE` sets the parameter of that name; any
    /// other argument is the value of the next parameter without one. What is left are values of the rest parameter.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub fn values(&self, args: &[OsString]) -> Result<Vec<OsString>, CallError> {
        let single = self.single();
        let mut values: Vec<Option<OsString>> = vec![None; single.len()];
        let mut positional = Vec::new();
        for arg in args {
            match self.named(arg) {
                Some((number, _)) if values[number].is_some() => {
                    return Err(CallError::Twice { param: single[number].name.to_uppercase(), usage: self.usage() });
                }
                Some((number, value)) => values[number] = Some(value.to_owned()),
                None => positional.push(arg),
            }
        }
        let mut positional = positional.into_iter().cloned();
        for value in values.iter_mut().filter(|value| value.is_none()) {
            *value = positional.next();
        }
        let or_default = |(param, value): (&Param, Option<OsString>)| match (value, &param.arity) {
            (Some(value), _) => Ok(value),
            (None, Arity::Default(text)) => Ok(text.into()),
            (None, _) => Err(CallError::Missing { param: param.name.to_uppercase(), usage: self.usage() }),
        };
        let mut values: Vec<OsString> = single.iter().zip(values).map(or_default).collect::<Result<_, _>>()?;
        if single.len() < self.params.len() {
            values.extend(positional);
        } else if let Some(word) = positional.next() {
            return Err(CallError::TooMany { word: word.to_string_lossy().into_owned(), usage: self.usage() });
        }
        Ok(values)
    }

    fn named<'a>(&self, arg: &'a OsStr) -> Option<(usize, &'a OsStr)> {
        let bytes = arg.as_bytes();
        let at = bytes.iter().position(|byte| *byte == b'=')?;
        let number = self.single().iter().position(|param| param.name.as_bytes() == &bytes[..at])?;
        Some((number, OsStr::from_bytes(&bytes[at + 1..])))
    }

    /// Arguments that look like `NAME=VALUE` with a misspelt name, each with the probable spelling.
    pub fn misspelt<'a>(&self, args: &'a [OsString]) -> Vec<(&'a OsStr, String)> {
        let names = self.single().iter().map(|param| param.name.as_str());
        let correction = |arg: &'a OsString| {
            let (name, value) = arg.to_str()?.split_once('=')?;
            let is_name = name.len() > 1 && is_name(name) && self.named(arg).is_none();
            let meant = nearest(name, names.clone()).filter(|_| is_name)?;
            Some((arg.as_os_str(), format!("{meant}={value}")))
        };
        args.iter().filter_map(correction).collect()
    }

    fn usage(&self) -> String {
        format!("usage: cacheback get {}", self.signature())
    }

    /// The command with these values in its words; a shell string gets them as `$1`, … and as variables.
    pub fn invocation(&self, values: &[OsString]) -> Invocation {
        let shell = self.settings.shell == Some(true);
        let words = self.command.iter().flat_map(|word| word.words(values));
        let args = values.iter().filter(|_| shell).cloned();
        let variables = if shell { self.variables(values) } else { Vec::new() };
        Invocation { variables, ..Invocation::new(words.chain(args)).as_shell(shell) }
    }

    /// The setting `key` with the values in it.
    pub fn filled(&self, key: &OsStr, values: &[OsString]) -> OsString {
        let template = Template::parse(&key.to_string_lossy(), &self.params);
        template.map_or_else(|_| key.to_owned(), |template| template.fill(values))
    }

    /// Each parameter with its value, as hooks see them.
    pub fn variables(&self, values: &[OsString]) -> Vec<(OsString, OsString)> {
        let names = self.params.iter().map(|param| OsString::from(&param.name));
        names.zip(self.texts(values)).collect()
    }

    /// The value of each parameter as one text.
    fn texts(&self, values: &[OsString]) -> Vec<OsString> {
        let text = |(number, param): (usize, &Param)| match param.is_rest() {
            true => template::joined(values, number),
            false => values.get(number).cloned().unwrap_or_default(),
        };
        // A job that is selected without values has none.
        let params = if values.is_empty() && !self.single().is_empty() { &[][..] } else { &self.params };
        params.iter().enumerate().map(text).collect()
    }

    /// The exceptions that apply to these values, in order.
    pub fn exceptions(&self, values: &[OsString]) -> impl Iterator<Item = &When> {
        let texts = self.texts(values);
        self.when.iter().filter(move |when| when.is_met(&texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::DeValue;

    fn job(params: &[&str], command: &[&str]) -> Job {
        let param = |text: &&str| Param::read(&DeValue::String((*text).into())).unwrap();
        let params: Vec<Param> = params.iter().map(param).collect();
        let command = command.iter().map(|word| Template::parse(word, &params).unwrap()).collect();
        Job { name: "tweets".into(), params, command, ..Job::default() }
    }

    fn values(params: &[&str], args: &[&str]) -> Result<Vec<String>, String> {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let values = job(params, &["x"]).values(&args).map_err(|error| error.to_string())?;
        Ok(values.into_iter().map(|value| value.into_string().unwrap()).collect())
    }

    #[test]
    fn arguments_are_values_by_place_or_by_name() {
        for (params, args, expected) in [
            (&[][..], &[][..], &[][..]),
            (&["user"], &["bob"], &["bob"]),
            (&["user"], &["user=bob"], &["bob"]),
            (&["user"], &["usr=bob"], &["usr=bob"]),
            (&["user"], &["user=user=bob"], &["user=bob"]),
            (&["user"], &[""], &[""]),
            (&["user", "page"], &["bob", "2"], &["bob", "2"]),
            (&["user", "page"], &["page=2", "bob"], &["bob", "2"]),
            (&["user", "page"], &["2", "user=bob"], &["bob", "2"]),
        ] {
            let expected = expected.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(values(params, args), Ok(expected), "{params:?} {args:?}");
        }
    }

    #[test]
    fn other_arguments_are_answered_with_the_signature() {
        for (args, reason) in [
            (&[][..], "no value for USER"),
            (&["bob"], "no value for PAGE"),
            (&["page=1"], "no value for USER"),
            (&["bob", "2", "x"], "unexpected argument 'x'"),
            (&["bob", "user=bob", "page=2"], "unexpected argument 'bob'"),
            (&["user=a", "user=b"], "USER is given more than once"),
        ] {
            let expected = format!("{reason}; usage: cacheback get tweets USER PAGE");
            assert_eq!(values(&["user", "page"], args), Err(expected), "{args:?}");
        }
        assert_eq!(values(&[], &["x"]), Err("unexpected argument 'x'; usage: cacheback get tweets".to_owned()));
    }

    #[test]
    fn a_parameter_without_a_value_has_its_default_and_the_rest_is_what_is_left() {
        let with_default = Param { name: "page".into(), arity: Arity::Default("1".into()) };
        let mut job = job(&["USER", "rest..."], &["x"]);
        job.params.insert(1, with_default);
        job.command = vec!["ls", "{USER}", "{page}", "{rest}", "-{rest...}"]
            .into_iter()
            .map(|word| Template::parse(word, &job.params).unwrap())
            .collect();
        assert_eq!(job.signature(), "tweets USER [PAGE] [REST]...");
        for (args, words, rest) in [
            (&["bob"][..], &["ls", "bob", "1", "-"][..], ""),
            (&["bob", "2"], &["ls", "bob", "2", "-"], ""),
            (&["bob", "2", "a b", ""], &["ls", "bob", "2", "a b", "", "-a b "], "a b "),
            (&["page=3", "bob", "rest=x"], &["ls", "bob", "3", "rest=x", "-rest=x"], "rest=x"),
        ] {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            let values = job.values(&args).unwrap();
            assert_eq!(job.invocation(&values).argv, words);
            assert_eq!(job.variables(&values)[2], ("rest".into(), rest.into()));
        }
    }

    #[test]
    fn a_misspelt_name_is_found() {
        let misspelt = |args: &[&str]| {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            let job = job(&["file", "page"], &["x"]);
            job.misspelt(&args).into_iter().map(|(_, meant)| meant).collect::<Vec<_>>()
        };
        assert_eq!(misspelt(&["fil=a", "2"]), ["file=a"]);
        assert_eq!(misspelt(&["FILE=a=b", "pages=2"]), ["file=a=b", "page=2"]);
        assert!(misspelt(&["file=fil=a", "other=1", "=", "a", "--fil=a"]).is_empty());
    }

    #[test]
    fn values_are_parts_of_words_and_never_of_a_shell_string() {
        let values: Vec<OsString> = vec!["$(date) 'x'".into()];
        let words = job(&["user"], &["curl", "http://x/{user}.json"]).invocation(&values);
        assert_eq!(words, Invocation::new(["curl", "http://x/$(date) 'x'.json"]));
        let script = Job {
            command: vec![Template::literal("echo {user} $1")],
            settings: Settings { shell: Some(true), ..Settings::default() },
            ..job(&["user"], &[])
        };
        let invocation = script.invocation(&values);
        assert_eq!(invocation.argv, ["echo {user} $1", "$(date) 'x'"]);
        assert_eq!(invocation.variables, [("user".into(), values[0].clone())]);
        assert!(invocation.shell);
    }
}
