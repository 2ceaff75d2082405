//! The macro that turns a table of options into code. The table itself is in `settings`; the definition of the command
//! line is made of its [`Spelling`]s.

use std::ffi::OsStr;
use std::fmt::Display;
use std::os::unix::ffi::OsStrExt;

use toml::de::DeValue;

use super::value::Value;

/// One option of the command line. A setting that flags set has one for each of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Spelling {
    /// Without the hyphens.
    pub name: &'static str,
    /// Other names, long ones without the hyphens and letters with it: `-s`.
    pub aliases: &'static [&'static str],
    /// The field that it sets.
    pub field: &'static str,
    /// The heading that it stands under in the help.
    pub group: &'static str,
    /// What its value is called; a flag has none.
    pub placeholder: Option<&'static str>,
    /// The character between several values in one word.
    pub separators: &'static [u8],
    /// It may be repeated, and each one adds to those before.
    pub is_list: bool,
    /// Its value may begin with a hyphen without being taken for an option by mistake.
    pub allows_hyphen: bool,
    /// The names of options that it cannot be used with.
    pub conflicts: &'static [&'static str],
    /// The lines of its help: the first paragraph is the short help.
    pub help: &'static [&'static str],
}

/// Takes the value of a key in the configuration file.
pub fn read<T: Value, E: Display>(
    slot: &mut Option<T>,
    value: &DeValue<'_>,
    parse: impl Fn(&OsStr) -> Result<T::Item, E>,
) -> Result<(), String> {
    let mut read = T::NONE;
    for text in T::texts(value)? {
        put(&mut read, &text, &[], &parse)?;
    }
    *slot = read;
    Ok(())
}

/// The first of `texts`, if there is one.
pub const fn first(texts: &[&'static str]) -> Option<&'static str> {
    match texts {
        [text, ..] => Some(text),
        [] => None,
    }
}

/// Takes what an option was given: each part of `text` is a value.
pub fn put<T: Value, E: Display>(
    slot: &mut Option<T>,
    text: &OsStr,
    separators: &[u8],
    parse: impl Fn(&OsStr) -> Result<T::Item, E>,
) -> Result<(), String> {
    for part in text.as_bytes().split(|byte| separators.contains(byte)) {
        T::put(slot, parse(OsStr::from_bytes(part)).map_err(|reason| reason.to_string())?);
    }
    Ok(())
}

/// Makes the type `Settings`, the keys of the configuration file and all [`Spelling`]s from a table.
///
/// Each row begins with a field, its type, and the function that reads it from text. These come next, if the field has
/// them: its `keys` in the file, of which the first is shown; its environment `variable`; its built-in `default`. A
/// field without a key can be set on the command line only. The options that set the field follow, each with its help,
/// its long name, and its aliases, which may be letters such as `-s`.
macro_rules! options {
    ($($group:literal {
        $($field:ident: $type:ty, read $read:path
            $(, keys [$key:literal $(, $other:literal)*])?
            $(, variable $variable:literal)?
            $(, default $default:expr)?
        ;
            $($(#[doc = $help:literal])+
                [$name:literal $(, $alias:literal)*]
                $(is $flag:tt)?
                $(takes $placeholder:literal $(, split $separator:literal)?)?
                $(, not with [$($conflict:literal),*])?
            ;)*
        )*
    })*) => {
        /// The settings of one source; those that it does not have are `None`.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Settings {
            $($(pub $field: Option<$type>,)*)*
        }

        /// The keys of the configuration file, without their aliases.
        pub const NAMES: &[&str] = &[$($($($key,)?)*)*];

        /// The options, in the order of the help.
        pub const SPELLINGS: &[Spelling] = &[$($($(Spelling {
            name: $name,
            aliases: &[$($alias),*],
            field: stringify!($field),
            group: $group,
            placeholder: options::first(&[$($placeholder)?]),
            separators: &[$($($separator)?)?],
            is_list: <$type as Value>::IS_LIST,
            allows_hyphen: !<$type as Value>::IS_TEXT,
            conflicts: &[$($($conflict),*)?],
            help: &[$($help),+],
        },)*)*)*];

        /// The key that `key` is, or is an alias of.
        pub fn canonical(key: &str) -> Option<&'static str> {
            match key {
                $($($($key $(| $other)* => Some($key),)?)*)*
                _ => None,
            }
        }

        impl Settings {
            /// Takes an option by its name without `--`, or by its letter with the hyphen. `value` is called if the
            /// option has a value. `None` if there is no such option, or no value for it.
            pub fn set<'a>(
                &mut self,
                name: &str,
                value: &mut impl FnMut() -> Option<&'a OsStr>,
            ) -> Option<Result<(), String>> {
                match name {
                    $($($($name $(| $alias)* => {
                        $(self.$field = Some($flag);)?
                        $(
                            let _: &str = $placeholder;
                            return Some(options::put(&mut self.$field, value()?, &[$($separator)?], $read));
                        )?
                    })*)*)*
                    _ => return None,
                }
                #[allow(unreachable_code)]
                Some(Ok(()))
            }

            /// The options of the command line that make these settings, in the order of the help.
            pub fn given(&self) -> impl Iterator<Item = &'static Spelling> {
                let given = [$($($(($name, self.$field.is_some() $(&& self.$field == Some($flag))?),)*)*)*];
                SPELLINGS.iter().zip(given).filter_map(|(spelling, (_, is_given))| is_given.then_some(spelling))
            }

            /// Takes the value of a key from the file; `None` if there is no such key.
            pub fn read(&mut self, key: &str, value: &DeValue<'_>) -> Option<Result<(), String>> {
                match key {
                    $($($($key $(| $other)* => Some(options::read(&mut self.$field, value, $read)),)?)*)*
                    _ => None,
                }
            }

            /// The settings of the environment that are not set here. `refuse` gets the name and the value of a
            /// variable that cannot be read, and the reason.
            pub fn environment(
                &self,
                variable: impl Fn(&'static str) -> Option<OsString>,
                refuse: impl Fn(&str, &OsStr, String),
            ) -> Self {
                let mut settings = Self::default();
                $($($(
                    if self.$field.is_none()
                        && let Some(value) = variable($variable).filter(|value| !value.is_empty())
                        && let Err(reason) = options::put(&mut settings.$field, &value, &[], $read)
                    {
                        refuse($variable, &value, reason);
                    }
                )?)*)*
                settings
            }

            /// The built-in settings.
            pub fn built_in() -> Self {
                Self { $($($($field: $default.into(),)?)*)* ..Self::default() }
            }
        }

        /// The settings of all sources.
        pub type Layers = layers::Layers<Settings>;

        impl Layers {
            $($(
                #[doc = concat!("`", stringify!($field), "` of the first layer that has it.")]
                pub fn $field(&self) -> Option<$type> {
                    self.get(|settings| &settings.$field)
                }
            )*)*

            /// Every key, in the order of the help, with its value for people and where that comes from.
            pub fn display(&self) -> Vec<(&'static str, Option<(String, layers::Origin)>)> {
                vec![$($($((
                    $key,
                    self.first(|settings| &settings.$field).map(|(origin, value)| (value.display(), origin)),
                ),)?)*)*]
            }
        }
    };
}

pub(super) use options;
