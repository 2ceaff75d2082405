//! The encoding of everything that is stored: tagged fields and sealed transcripts.

pub mod fields;
pub mod seal;
