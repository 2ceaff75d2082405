//! The holder of a lease: the host and the process that run the command.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::protocol::{SharedId, Token};
use super::seal::{Kind, Place, Sealer};
use crate::codec::fields::{self, Fields};
use crate::sys::proc;

const HOST: u8 = b'h';
const PROCESS: u8 = b'p';

/// A process of some host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name of its host.
    pub host: OsString,
    /// Its process id there.
    pub pid: u32,
}

impl Holder {
    /// This process.
    pub fn us() -> Self {
        Self { host: proc::host_name().into(), pid: std::process::id() }
    }

    /// Sealed for the lease `token` of the entry `id`; `prefix` begins all names on the server. None if the system
    /// gives no random bytes.
    pub fn seal(&self, sealer: &Sealer, prefix: &str, id: SharedId, token: Token) -> Option<Vec<u8>> {
        let mut fields = Vec::new();
        fields::put(&mut fields, HOST, self.host.as_bytes());
        fields::put(&mut fields, PROCESS, self.pid.to_le_bytes());
        sealer.seal(&place(prefix, id, &token), &fields).ok()
    }

    /// The holder of the lease `token` of the entry `id`, if `sealed` was sealed for that lease.
    pub fn open(sealed: &[u8], sealer: &Sealer, prefix: &str, id: SharedId, token: Token) -> Option<Self> {
        let opened = sealer.open(&place(prefix, id, &token), sealed)?;
        let (mut host, mut pid) = (None, None);
        for (tag, bytes) in Fields::new(&opened) {
            match tag {
                HOST => host = Some(OsStr::from_bytes(bytes).to_owned()),
                PROCESS => pid = Some(u32::from_le_bytes(bytes.try_into().ok()?)),
                _ => {}
            }
        }
        Some(Self { host: host?, pid: pid? })
    }
}

fn place<'a>(prefix: &'a str, id: SharedId, token: &'a Token) -> Place<'a> {
    Place { id: Some(id), token: &token.0, ..Place::new(Kind::Holder, prefix) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::shared::secret::TeamKey;

    #[test]
    fn a_holder_opens_in_its_own_lease_only() {
        let sealer = Sealer::new(&TeamKey::new(&[7; 32]));
        let (id, token) = (SharedId([1; 16]), Token([2; 16]));
        let holder = Holder { host: "web-1".into(), pid: 4711 };
        let sealed = holder.seal(&sealer, "P:", id, token).unwrap();
        assert_eq!(Holder::open(&sealed, &sealer, "P:", id, token), Some(holder));
        for (prefix, id, token) in [("Q:", id, token), ("P:", SharedId([2; 16]), token), ("P:", id, Token([1; 16]))] {
            assert_eq!(Holder::open(&sealed, &sealer, prefix, id, token), None);
        }
    }
}
