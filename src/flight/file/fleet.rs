//! What a flight's file has for shared calls: the token with which the leader has asked the server, and the process of
//! another host that the leader waits for.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::codec::record::{Reader, Record};
use crate::flight::Elsewhere;
use crate::model::time::Moment;

/// Where the token is. It needs no checksum: a damaged one is not known to the server. Zeroes are no token.
pub(super) const TOKEN_AT: u64 = 64;

pub(super) const ELSEWHERE_AT: u64 = 96;
const ELSEWHERE: [u8; 4] = *b"CBE1";
const ELSEWHERE_SIZE: usize = 96;

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
pub(super) fn write_elsewhere(file: &File, elsewhere: Option<&Elsewhere>) -> io::Result<()> {
    let record = elsewhere.map_or_else(Record::default, |Elsewhere { host, pid, began }| {
        let host = &host.as_bytes()[..host.floor_char_boundary(NAME)];
        let record = Record::<ELSEWHERE_SIZE>::default().put(ELSEWHERE).put(pid.to_le_bytes());
        let mut name = [0; NAME];
        name[..host.len()].copy_from_slice(host);
        record.put(began.as_nanos().to_le_bytes()).put([host.len() as u8]).put(name).sealed()
    });
    file.write_all_at(&record.bytes(), ELSEWHERE_AT)
}

pub(super) fn read_elsewhere(file: &File) -> Option<Elsewhere> {
    let mut bytes = [0; ELSEWHERE_SIZE];
    file.read_exact_at(&mut bytes, ELSEWHERE_AT).ok()?;
    let mut record = Reader::new(&bytes);
    let (magic, pid, began) = (record.take()?, record.u32()?, Moment::from_nanos(record.u64()?));
    let ([length], name) = (record.take()?, record.take::<NAME>()?);
    let host = std::str::from_utf8(name.get(..usize::from(length))?).ok()?;
    (magic == ELSEWHERE && record.is_sealed()).then(|| Elsewhere { host: host.to_owned(), pid, began })
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
        assert_eq!(read_elsewhere(&file), None);
        let mut elsewhere = Elsewhere { host: "h".repeat(NAME), pid: 7, began: Moment::from_nanos(9) };
        write_elsewhere(&file, Some(&elsewhere)).unwrap();
        assert_eq!(read_elsewhere(&file).as_ref(), Some(&elsewhere));
        write_elsewhere(&file, Some(&Elsewhere { host: "h".repeat(1000), ..elsewhere.clone() })).unwrap();
        assert_eq!(read_elsewhere(&file).as_ref(), Some(&elsewhere), "a name that is too long is cut off");
        elsewhere.host.clear();
        write_elsewhere(&file, Some(&elsewhere)).unwrap();
        assert_eq!(read_elsewhere(&file).as_ref(), Some(&elsewhere));
        write_elsewhere(&file, None).unwrap();
        assert_eq!(read_elsewhere(&file), None);
    }

    #[test]
    fn damage_is_noticed() {
        let file = tempfile::tempfile().unwrap();
        write_elsewhere(&file, Some(&Elsewhere { host: "one".to_owned(), pid: 7, began: Moment::now() })).unwrap();
        for at in 0..89 {
            let mut byte = [0];
            file.read_exact_at(&mut byte, ELSEWHERE_AT + at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], ELSEWHERE_AT + at).unwrap();
            assert_eq!(read_elsewhere(&file), None, "byte {at}");
            file.write_all_at(&byte, ELSEWHERE_AT + at).unwrap();
        }
    }
}
