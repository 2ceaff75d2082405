//! The name of one result.

/// Tells a result from all others that its key ever had. Only the store that gave it knows what its bits mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultId(u64);

impl ResultId {
    /// Back from its [bits](Self::bits).
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// What stands for it in a file.
    pub fn bits(self) -> u64 {
        self.0
    }
}
