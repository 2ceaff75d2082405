//! What a flight's file has for shared calls: the token with which the leader has asked the server, and the process of
//! another host that the leader waits for.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::codec::record::{Reader, Record};
use crate::flight::RemoteLeader;
use crate::model::time::Moment;

/// Where the token is. It needs no checksum: a damaged one is not known to the server. Zeroes are no token.
pub(super) const TOKEN_AT: u64 = 64;

pub(super) const REMOTE_AT: u64 = 96;
const REMOTE: [u8; 4] = *b"CBE1";
const REMOTE_SIZE: usize = 96;

/// The longest name of a host.
const NAME: usize = 64;

/// The token by which the server knows the leader of a flight.
pub type FlightToken = [u8; 16];

pub(super) fn write_token(file: &File, token: FlightToken) -> io::Result<()> {
    file.write_all_at(&token, TOKEN_AT)
}

pub(super) fn read_token(file: &File) -> Option<FlightToken> {
    let mut token = [0; 16];
    file.read_exact_at(&mut token, TOKEN_AT).ok()?;
    (token != [0; 16]).then_some(token)
}

/// Writes the process that the leader waits for; `None` if it no longer waits.
pub(super) fn write_remote(file: &File, remote: Option<&RemoteLeader>) -> io::Result<()> {
    let record = remote.map_or_else(Record::default, |RemoteLeader { host, pid, began }| {
        let host = &host.as_bytes()[..host.floor_char_boundary(NAME)];
        let record = Record::<REMOTE_SIZE>::default().put(REMOTE).put(pid.to_le_bytes());
        let mut name = [0; NAME];
        name[..host.len()].copy_from_slice(host);
        record.put(began.as_nanos().to_le_bytes()).put([host.len() as u8]).put(name).sealed()
    });
    file.write_all_at(&record.bytes(), REMOTE_AT)
}

pub(super) fn read_remote(file: &File) -> Option<RemoteLeader> {
    let mut bytes = [0; REMOTE_SIZE];
    file.read_exact_at(&mut bytes, REMOTE_AT).ok()?;
    let mut record = Reader::new(&bytes);
    let (magic, pid, began) = (record.take()?, record.u32()?, Moment::from_nanos(record.u64()?));
    let ([length], name) = (record.take()?, record.take::<NAME>()?);
    let host = std::str::from_utf8(name.get(..usize::from(length))?).ok()?;
    (magic == REMOTE && record.is_sealed()).then(|| RemoteLeader { host: host.to_owned(), pid, began })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(read_token(&file), None);
        write_token(&file, [7; 16]).unwrap();
        assert_eq!(read_token(&file), Some([7; 16]));
        write_token(&file, [0; 16]).unwrap();
        assert_eq!(read_token(&file), None);
    }

    #[test]
    fn the_process_that_the_leader_waits_for_is_read_until_the_wait_is_over() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(read_remote(&file), None);
        let mut remote = RemoteLeader { host: "h".repeat(NAME), pid: 7, began: Moment::from_nanos(9) };
        write_remote(&file, Some(&remote)).unwrap();
        assert_eq!(read_remote(&file).as_ref(), Some(&remote));
        write_remote(&file, Some(&RemoteLeader { host: "h".repeat(1000), ..remote.clone() })).unwrap();
        assert_eq!(read_remote(&file).as_ref(), Some(&remote), "a name that is too long is cut off");
        remote.host.clear();
        write_remote(&file, Some(&remote)).unwrap();
        assert_eq!(read_remote(&file).as_ref(), Some(&remote));
        write_remote(&file, None).unwrap();
        assert_eq!(read_remote(&file), None);
    }

    #[test]
    fn damage_is_noticed() {
        let file = tempfile::tempfile().unwrap();
        write_remote(&file, Some(&RemoteLeader { host: "one".to_owned(), pid: 7, began: Moment::now() })).unwrap();
        for at in 0..89 {
            let mut byte = [0];
            file.read_exact_at(&mut byte, REMOTE_AT + at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], REMOTE_AT + at).unwrap();
            assert_eq!(read_remote(&file), None, "byte {at}");
            file.write_all_at(&byte, REMOTE_AT + at).unwrap();
        }
    }
}
