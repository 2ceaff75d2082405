//! How the contestants of a row are built. Most of the time of a short process is the start of its C library, so only
//! programs that are built alike can be compared.

/// The builds, the fastest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// All are static programs with musl, as in releases.
    Musl,
    /// cacheback as a checkout builds it, static with glibc, and the no-op, too; bkt as `cargo install` makes it.
    Checkout,
    /// All are dynamic: cacheback and bkt as `cargo install` makes them from a registry.
    Registry,
}

impl Build {
    pub const ALL: [Self; 3] = [Self::Musl, Self::Checkout, Self::Registry];

    /// The name in the table, and of the folder that the script copies the programs to.
    pub fn name(self) -> &'static str {
        match self {
            Self::Musl => "musl",
            Self::Checkout => "checkout",
            Self::Registry => "registry",
        }
    }
}
