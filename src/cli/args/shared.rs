//! `cacheback shared`, and what its help says about the server.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

/// The names of its subcommands.
pub const ACTIONS: &[&str] = &["keygen", "status", "doctor"];

/// What `cacheback shared` does.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum SharedAction {
    /// Make the key that everything on the server is sealed with
    ///
    /// Writes 256 random bits to FILE, with mode 0600. An existing file is not replaced. Copy FILE to each host, by a
    /// way that is as secret as what the commands print: whoever has the key can read and forge what is shared.
    ///
    /// Prints the file and the first eight digits of the key's fingerprint, which distinguish keys and do not reveal
    /// them.
    #[command(override_usage = "cacheback shared keygen [OPTIONS] [FILE]")]
    Keygen(KeygenArgs),

    /// Print what is known of the server, and ask it
    ///
    /// `asked` is how long ago this host last asked it for a result. `undelivered` are this host's own invalidations and
    /// deletions that the server has not been told: the next call of a shared command tells it.
    ///
    /// A server that did not answer a moment ago is not asked again for a while, except by 'cacheback shared doctor'.
    /// Exits 1 if the server does not answer.
    #[command(override_usage = "cacheback shared status [OPTIONS]")]
    Status(InspectArgs),

    /// Look for what is wrong with the server, its settings, and this user's rights
    ///
    /// Prints what `cacheback shared status` does, and a line for each problem, with its remedy. Exits 1 if there is a
    /// problem.
    #[command(override_usage = "cacheback shared doctor [OPTIONS]")]
    Doctor(InspectArgs),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct KeygenArgs {
    /// Where to write it [default: secret_file of [shared], or else shared.key beside the configuration file]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,

    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct InspectArgs {
    /// Print a JSON object
    #[arg(long)]
    pub json: bool,
}
