//! The tier on a server that many hosts share.

pub mod protocol;
pub mod wire;
