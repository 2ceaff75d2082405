//! The log of barriers that a server keeps for the hosts that share results: a position in it, and what a barrier does.

/// A random or derived number of 128 bits, in hexadecimal digits on the server.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// Reads what [`Display`](::std::fmt::Display) wrote.
            pub fn parse(text: &[u8]) -> Option<Self> {
                let digits = std::str::from_utf8(text).ok().filter(|_| text.len() == 32)?;
                let is_lower = text.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
                is_lower.then(|| u128::from_str_radix(digits, 16).ok())?.map(|number| Self(number.to_be_bytes()))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, "{:032x}", u128::from_be_bytes(self.0))
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

pub(crate) use number;

number! {
    /// Names the log of barriers since it was begun: another epoch means that barriers have been lost. Random.
    Epoch
}
number! {
    /// Names one barrier. Random.
    Tag
}

/// A point in the log of barriers. The number alone is not enough: a fail-over can take barriers back, and others get
/// their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which log.
    pub epoch: Epoch,
    /// How many barriers it has had.
    pub n: u64,
    /// The last one's tag; none before the first.
    pub tag: Option<Tag>,
}

/// What a barrier does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarrierKind {
    /// Makes stale.
    Invalidate,
    /// Makes missing.
    Delete,
}
