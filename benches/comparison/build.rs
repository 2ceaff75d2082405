//! How the contestants of a row were built. Most of a short process's time is its C library's start, so that only programs
//! built alike can be compared.

/// The builds, the fastest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// All are static programs of musl's, as releases have them.
    Musl,
    /// cacheback as a checkout builds it, static with glibc, and the no-op as well; bkt as it is installed.
    Checkout,
    /// All are dynamic: cacheback and bkt as `cargo install` makes them from a registry.
    Registry,
}

impl Build {
    pub const ALL: [Self; 3] = [Self::Musl, Self::Checkout, Self::Registry];

    /// In the table, and of the folder that the script puts the programs into.
    pub fn name(self) -> &'static str {
        match self {
            Self::Musl => "musl",
            Self::Checkout => "checkout",
            Self::Registry => "registry",
        }
    }
}
