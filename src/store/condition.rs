//! The conditions besides age that decide whether an entry is fresh: a lifetime of its own, and files.

use std::time::Duration;

use super::ResultId;
use crate::codec::fields::{self, Fields};
use crate::codec::record::Reader;
use crate::codec::{sealed, unsealed};
use crate::dependencies::{Dependencies, Program};

/// Conditions on the freshness of one result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// For how long it is fresh, as its job's `expiry` printed; kept in whole milliseconds.
    pub lifetime: Option<Duration>,
    /// What the files that it depends on looked like before its fetch.
    pub dependencies: Option<Dependencies>,
    /// The program as it was before its fetch, if it depends on that.
    pub program: Option<Program>,
}

mod tag {
    pub const LIFETIME: u8 = b'l';
    pub const DEPENDENCIES: u8 = b'd';
    pub const PROGRAM: u8 = b'p';
}

impl Condition {
    /// No condition: only the age matters.
    pub const NONE: Self = Self { lifetime: None, dependencies: None, program: None };

    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Encodes it, with a checksum over it and the result that it belongs to.
    pub fn encode(&self, result: ResultId) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(lifetime) = self.lifetime {
            let millis = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
            fields::put(&mut out, tag::LIFETIME, millis.to_le_bytes());
        }
        if let Some(dependencies) = &self.dependencies {
            fields::put(&mut out, tag::DEPENDENCIES, dependencies.encode());
        }
        if let Some(program) = &self.program {
            fields::put(&mut out, tag::PROGRAM, program.encode());
        }
        sealed(out, result.bits())
    }

    /// Decodes what [`encode`](Self::encode) returned; `None` if it is damaged or belongs to another result.
    pub fn decode(bytes: &[u8], result: ResultId) -> Option<Self> {
        let mut condition = Self::default();
        let mut fields = Fields::new(unsealed(bytes, result.bits())?);
        for (tag, bytes) in fields.by_ref() {
            match tag {
                tag::LIFETIME => condition.lifetime = Some(Reader::new(bytes).millis()?),
                tag::DEPENDENCIES => condition.dependencies = Some(Dependencies::decode(bytes)?),
                tag::PROGRAM => condition.program = Some(Program::decode(bytes)?),
                _ => return None,
            }
        }
        fields.is_exhausted().then_some(condition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_condition_survives_the_round_trip_and_damage_is_noticed() {
        let dependencies = Dependencies::observe(&["Cargo.toml".into(), "none".into()], Path::new(".")).unwrap();
        let condition = Condition {
            lifetime: Some(Duration::from_millis(1_234)),
            dependencies: Some(dependencies),
            program: Some(Program::observe(Some(Path::new("/bin/sh")))),
        };
        let bytes = condition.encode(ResultId::from_bits(1 << 20));
        assert_eq!(Condition::decode(&bytes, ResultId::from_bits(1 << 20)), Some(condition));
        assert_eq!(Condition::decode(&bytes, ResultId::from_bits(2 << 20)), None);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(Condition::decode(&damaged, ResultId::from_bits(1 << 20)), None, "byte {at}");
        }
    }
}
