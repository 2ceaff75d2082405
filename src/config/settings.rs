//! The policy fields that every section of the file may have, each of them optional.
//!
//! The same type stands for what the options and the environment of one call ask for: [`layers`](super::layers) says
//! which of them wins.

use std::ffi::OsString;
use std::time::Duration;

use crate::codec::fields;
use crate::codec::fields::Fields;
use crate::policy::CacheExit;
use toml::de::DeValue;

use super::value::{self, Expected, Value};

macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $tag:literal, [$name:literal $(, $alias:literal)*], $read:path;)*) => {
        /// What is said about a call, as far as anything is.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Settings {
            $($(#[$doc])* pub $field: Option<$type>,)*
        }

        /// The names of all fields, without other names for the same.
        pub const NAMES: &[&str] = &[$($name),*];

        /// The name of the field that `key` is a name for.
        pub fn canonical(key: &str) -> Option<&'static str> {
            match key {
                $($name $(| $alias)* => Some($name),)*
                _ => None,
            }
        }

        impl Settings {
            /// Takes the value of a field from the file; `None` if no field has this name.
            pub fn read(&mut self, key: &str, value: &DeValue<'_>) -> Option<Result<(), Expected>> {
                match key {
                    $($name $(| $alias)* => Some($read(value).map(|value| self.$field = Some(value))),)*
                    _ => None,
                }
            }

            /// Every field with its value for people, in the order of [`NAMES`].
            pub fn display(&self) -> Vec<Option<String>> {
                vec![$(self.$field.as_ref().map(Value::display)),*]
            }

            /// To bytes.
            pub fn encode(&self) -> Vec<u8> {
                let mut out = Vec::new();
                $(if let Some(value) = &self.$field {
                    fields::put(&mut out, $tag, &value.encode());
                })*
                out
            }

            /// Back from [`encode`](Self::encode)d bytes; `None` if they are not that.
            pub fn decode(bytes: &[u8]) -> Option<Self> {
                let mut settings = Self::default();
                let mut fields = Fields::new(bytes);
                for (tag, bytes) in fields.by_ref() {
                    match tag {
                        $($tag => settings.$field = Some(Value::decode(bytes)?),)*
                        _ => return None,
                    }
                }
                fields.is_exhausted().then_some(settings)
            }
        }
    };
}

settings! {
    /// Fresh for this long.
    ttl: Duration = b't', ["ttl", "lifetime"], value::duration;
    /// Serve what is stale and refresh it in the background.
    background: bool = b'a', ["async"], value::switch;
    /// How far past its ttl a stale entry may be served.
    max_stale: Duration = b'm', ["max_stale"], value::duration;
    /// A stale entry this long after its fetch is fetched and waited for.
    fetch_on_stale_threshold: Duration = b'W', ["fetch_on_stale_threshold"], value::duration;
    /// An entry not fetched for this long is removed.
    keep: Duration = b'k', ["keep"], value::duration;
    /// Wait for a fetch where nothing is stored.
    fetch_on_miss: bool = b'f', ["fetch_on_miss"], value::switch;
    /// What is printed otherwise.
    empty: OsString = b'0', ["empty"], value::text;
    /// Serve the stale entry where a fetch fails.
    stale_if_error: bool = b'i', ["stale_if_error"], value::switch;
    /// The working directory is part of the key.
    cwd: bool = b'd', ["cwd"], value::switch;
    /// These variables are part of the key.
    env: Vec<OsString> = b'e', ["env"], value::variables;
    /// Standard input is part of the key.
    stdin: bool = b's', ["stdin"], value::switch;
    /// A namespace.
    scope: OsString = b'n', ["scope"], value::text;
    /// Replaces the command line in the key.
    key: OsString = b'K', ["key"], value::some_text;
    /// Fresh only while these files are unchanged.
    depends_on: Vec<OsString> = b'D', ["depends_on"], value::dependencies;
    /// Labels to select entries by.
    tags: Vec<OsString> = b'g', ["tags", "tag"], value::tags;
    /// The exit statuses that are stored.
    cache_exit: CacheExit = b'x', ["cache_exit"], value::exit_codes;
    /// Others are stored, too, and are fresh for this long.
    failure_ttl: Duration = b'F', ["failure_ttl"], value::duration;
    /// A larger output is not stored.
    max_size: u64 = b'S', ["max_size"], value::size;
    /// The command is a string for `sh -c`.
    shell: bool = b'h', ["shell"], value::switch;
    /// The command runs on a pseudo-terminal.
    pty: bool = b'y', ["pty"], value::switch;
    /// Limit of a foreground fetch.
    timeout: Duration = b'T', ["timeout"], value::limit;
    /// Limit of a detached fetch.
    refresh_timeout: Duration = b'R', ["refresh_timeout"], value::limit;
    /// A shell filter for the output.
    process_result: OsString = b'p', ["process_result"], value::script;
    /// Above this size of the database what was used least recently is removed.
    max_db_size: u64 = b'z', ["max_db_size"], value::size;
    /// The database; absolute, or beginning with `~/`.
    db: OsString = b'b', ["db"], value::path;
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::option::of;
    use proptest::prelude::*;
    use std::os::unix::ffi::OsStringExt;

    fn any_text() -> impl Strategy<Value = OsString> {
        proptest::collection::vec(1_u8.., 0..5).prop_map(OsString::from_vec)
    }

    /// Any settings of each kind of value.
    pub fn any_settings() -> impl Strategy<Value = Settings> {
        let codes = of(0_u8..).prop_map(|code| code.map_or(CacheExit::ANY, |code| code.to_string().parse().unwrap()));
        let texts = proptest::collection::vec(any_text(), 0..3);
        (of(any::<Duration>()), of(any::<bool>()), of(any_text()), of(texts), of(codes), of(any::<u64>())).prop_map(
            |(ttl, background, scope, env, cache_exit, max_size)| Settings {
                ttl,
                background,
                scope,
                env,
                cache_exit,
                max_size,
                ..Settings::default()
            },
        )
    }

    #[test]
    fn names_are_in_order_and_known() {
        assert_eq!(Settings::default().display().len(), NAMES.len());
        assert!(NAMES.iter().all(|name| canonical(name) == Some(name)));
        assert_eq!((canonical("lifetime"), canonical("tag")), (Some("ttl"), Some("tags")));
    }

    proptest! {
        #[test]
        fn settings_survive_the_round_trip(settings in any_settings()) {
            prop_assert_eq!(Settings::decode(&settings.encode()), Some(settings));
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Settings::decode(&bytes);
        }
    }
}
