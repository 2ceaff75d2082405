use std::ffi::OsString;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::time::Timestamp;

const PREFIX: &str = "cb1:{team.3f2a91c0}:";
const KINDS: [Kind; 6] = [Kind::Head, Kind::Body, Kind::Chunk, Kind::Outcome, Kind::Barrier, Kind::Holder];

fn sealer() -> Sealer {
    Sealer::new(&TeamKey::new(&[7; 32]))
}

fn place(kind: Kind) -> Place<'static> {
    Place {
        id: Some(SharedId([1; 16])),
        result: b"result",
        fence: 2,
        index: 3,
        count: 4,
        token: b"token",
        tag: b"tag",
        barrier: b"delete",
        ..Place::new(kind, PREFIX)
    }
}

/// Places that differ from `place` in one thing each.
fn neighbours(place: Place<'static>) -> Vec<Place<'static>> {
    let mut others = vec![
        Place { prefix: "cb1:{team.3f2a91c1}:", ..place },
        Place { prefix: "cb1:{tean.3f2a91c0}:", ..place },
        Place { id: None, ..place },
        Place { id: Some(SharedId([2; 16])), ..place },
        Place { result: b"other", ..place },
        Place { result: b"", ..place },
        Place { fence: 1, ..place },
        Place { index: 2, ..place },
        Place { count: 5, ..place },
        Place { index: place.count, count: place.index, ..place },
        Place { token: b"tokem", ..place },
        Place { token: b"", ..place },
        Place { tag: b"gat", ..place },
        Place { token: place.tag, tag: place.token, ..place },
        Place { barrier: b"invalidate", ..place },
        Place { tag: b"tagdelete", barrier: b"", ..place },
    ];
    others.extend(KINDS.into_iter().filter(|kind| *kind != place.kind).map(|kind| Place { kind, ..place }));
    others
}

fn head() -> Head {
    Head {
        parts: b"parts".to_vec(),
        recipe: b"recipe".to_vec(),
        exit: 3,
        is_failure: true,
        took: Duration::from_micros(1_234),
        lifetime: Some(Duration::from_millis(5)),
        size: 1 << 40,
        fetched_at: Timestamp::from_millis(-1),
        host: OsString::from("web-1"),
    }
}

#[test]
fn what_was_sealed_opens_in_its_place_and_in_no_other() {
    for kind in KINDS {
        let place = place(kind);
        for bytes in [&b""[..], b"x", &[b'a'; 4000]] {
            let sealed = sealer().seal(&place, bytes).unwrap();
            assert_eq!(sealer().open(&place, &sealed).as_deref(), Some(bytes));
            for other in neighbours(place) {
                assert_eq!(sealer().open(&other, &sealed), None, "{other:?}");
            }
            assert_eq!(Sealer::new(&TeamKey::new(&[8; 32])).open(&place, &sealed), None);
        }
    }
}

#[test]
fn what_was_flipped_cut_or_lengthened_does_not_open() {
    let place = place(Kind::Body);
    for bytes in [&b"few"[..], &[b'a'; 400]] {
        let sealed = sealer().seal(&place, bytes).unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1 << bit;
                assert_eq!(sealer().open(&place, &flipped), None, "byte {at} bit {bit}");
            }
            assert_eq!(sealer().open(&place, &sealed[..at]), None, "cut to {at}");
            assert_eq!(sealer().open(&place, &sealed[at + 1..]), None, "cut from {at}");
        }
        assert_eq!(sealer().open(&place, &[&sealed[..], b"\0"].concat()), None);
    }
}

#[test]
fn parts_of_two_sealed_values_do_not_make_a_third() {
    let place = place(Kind::Chunk);
    let [one, other] = [b'a', b'b'].map(|byte| sealer().seal(&place, &[byte; 64]).unwrap());
    for at in 1..one.len() {
        for spliced in [[&one[..at], &other[at..]].concat(), [&other[..at], &one[at..]].concat()] {
            // The last bytes of both are equal now and then.
            if spliced != one && spliced != other {
                assert_eq!(sealer().open(&place, &spliced), None, "spliced at {at}");
            }
        }
    }
}

#[test]
fn the_same_bytes_are_never_sealed_alike() {
    let place = place(Kind::Head);
    assert_ne!(sealer().seal(&place, b"same").unwrap(), sealer().seal(&place, b"same").unwrap());
}

#[test]
fn only_what_becomes_an_eighth_smaller_is_compressed() {
    let place = place(Kind::Chunk);
    let mut noise = vec![0; Kind::Chunk.limit()];
    getrandom::fill(&mut noise).unwrap();
    let text = b"pod-1 Running 10.0.0.1\n".repeat(noise.len() / 23);
    assert_eq!(sealer().seal(&place, &noise).unwrap().len(), noise.len() + OVERHEAD);
    assert!(sealer().seal(&place, &text).unwrap().len() < text.len() / 8);
    for bytes in [&noise, &text] {
        assert!(sealer().open(&place, &sealer().seal(&place, bytes).unwrap()).as_ref() == Some(bytes));
    }
}

#[test]
fn what_claims_to_be_larger_than_it_may_be_is_not_opened() {
    let (small, large) = (place(Kind::Holder), place(Kind::Chunk));
    let sealed = sealer().seal(&large, &vec![0; large.kind.limit()]).unwrap();
    assert!(sealed.len() < small.kind.limit());
    assert_eq!(sealer().open(&small, &sealed), None);
    // A holder of the key who compresses more into it than the kind allows.
    let bomb = [&[LZ4][..], &(1_u32 << 30).to_le_bytes(), &[0xff; 64]].concat();
    let payload = Payload { msg: &bomb, aad: &small.encode() };
    let sealed = [&[0; NONCE][..], &sealer().0.encrypt(&XNonce::from([0; NONCE]), payload).unwrap()].concat();
    assert_eq!(sealer().open(&small, &sealed), None);
}

#[test]
fn a_head_survives_the_round_trip_and_a_later_versions_field() {
    let head = head();
    assert_eq!(Head::decode(&head.encode()), Some(head.clone()));
    let plain = Head { is_failure: false, lifetime: None, host: OsString::new(), ..head };
    let mut later = plain.encode();
    fields::put(&mut later, b'Z', b"later");
    assert_eq!(Head::decode(&later), Some(plain.clone()));
    for cut in 0..plain.encode().len() {
        assert_eq!(Head::decode(&plain.encode()[..cut]), None, "cut to {cut}");
    }
}

proptest! {
    #[test]
    fn all_sealed_bytes_open(bytes in proptest::collection::vec(0_u8..4, 0..2000)) {
        let place = place(Kind::Body);
        prop_assert_eq!(sealer().open(&place, &sealer().seal(&place, &bytes).unwrap()), Some(bytes));
    }

    #[test]
    fn bytes_that_were_not_sealed_do_not_open(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(sealer().open(&place(Kind::Body), &bytes), None);
        let _ = Head::decode(&bytes);
    }
}
