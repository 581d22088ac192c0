//! Over random bytes, and over good messages with a few bytes changed: nothing
//! panics, what is read is written back as it was, and what was recorded covers
//! the message.

use crate::cover::Seen;
use crate::traces::{body, names};
use handfast_wire::alert::Alert;
use handfast_wire::codec::{FaultKind, Reader, Wire};
use handfast_wire::extension::{Extensions, OfferedPsks};
use handfast_wire::handshake::{
    Certificate, CertificateEntryExtensions, CertificateRequest, CertificateRequestExtensions,
    CertificateVerify, ClientHello, ClientHelloExtensions, EncryptedExtensions,
    EncryptedExtensionsSet, Finished, HandshakeHeader, HelloRetryRequestExtensions, KeyUpdate,
    NewSessionTicket, NewSessionTicketExtensions, ServerHello, ServerHelloExtensions,
};
use handfast_wire::record::RecordHeader;
use proptest::prelude::*;

/// Reads a message plainly and recorded; both agree, and a good one comes back.
fn holds<'a, M: Wire<'a> + PartialEq + std::fmt::Debug>(bytes: &'a [u8]) {
    let mut seen = Seen::default();
    let outcome = M::decode_recorded(bytes, &mut seen);
    assert_eq!(M::decode(bytes), outcome);
    match outcome {
        Ok(message) => {
            assert_eq!(message.encode().unwrap(), bytes);
            seen.check_cover(0, bytes.len());
            let _ = format!("{message:?}");
        }
        Err(fault) => {
            assert!(fault.at <= bytes.len());
            assert_eq!(fault.path.names().collect::<Vec<_>>(), seen.open_names());
            if fault.kind != FaultKind::Trailing {
                seen.check_cover(0, bytes.len());
            }
            let _ = fault.to_string();
        }
    }
}

/// Reads an extension block as every set; the recorded reading agrees but for
/// types that appear twice.
fn sets_hold(content: &[u8]) {
    let Ok(length) = u16::try_from(content.len()) else {
        return;
    };
    let block = [&length.to_be_bytes()[..], content].concat();
    holds::<EncryptedExtensions>(&block);
    let Ok(extensions) = Extensions::decode(&block) else {
        return;
    };
    let twice = extensions.refuse_duplicates().is_err();
    macro_rules! sets {
        ($($set:ident),*) => {$(
            let mut seen = Seen::default();
            let mut reader = Reader::recording(&block, &mut seen);
            match ($set::read(extensions), $set::read_recorded(&mut reader)) {
                (Ok(plain), Ok(recorded)) => {
                    assert!(!twice);
                    assert_eq!(plain, recorded);
                    seen.check_cover(0, block.len());
                }
                (Err(_), Ok(_)) => assert!(twice),
                (Ok(_), Err(fault)) => panic!("only recorded: {fault}"),
                (Err(plain), Err(recorded)) if !twice => {
                    assert_eq!(plain.kind, recorded.kind);
                    assert_eq!(plain.path, recorded.path);
                    assert_eq!(plain.at + 2, recorded.at);
                }
                (Err(_), Err(_)) => {}
            }
        )*};
    }
    sets!(
        ClientHelloExtensions,
        ServerHelloExtensions,
        HelloRetryRequestExtensions,
        EncryptedExtensionsSet,
        CertificateEntryExtensions,
        CertificateRequestExtensions,
        NewSessionTicketExtensions
    );
}

fn everything_holds(bytes: &[u8]) {
    holds::<ClientHello>(bytes);
    holds::<ServerHello>(bytes);
    holds::<EncryptedExtensions>(bytes);
    holds::<Certificate>(bytes);
    holds::<CertificateRequest>(bytes);
    holds::<CertificateVerify>(bytes);
    holds::<Finished>(bytes);
    holds::<NewSessionTicket>(bytes);
    holds::<KeyUpdate>(bytes);
    holds::<Alert>(bytes);
    holds::<RecordHeader>(bytes);
    holds::<OfferedPsks>(bytes);
    sets_hold(bytes);
    if let Some((header, body)) = HandshakeHeader::split(bytes) {
        assert_eq!(usize::try_from(header.length), Ok(body.len()));
    }
    if let Some(header) = RecordHeader::peek(bytes) {
        assert_eq!(header.to_bytes(), bytes[..RecordHeader::LENGTH]);
    }
}

/// A body of RFC 8448 with some bytes replaced and its end cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let bodies: Vec<_> = names().map(body).collect();
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..4);
    let cut = prop_oneof![3 => Just(0_usize), 1 => 0..64_usize];
    (prop::sample::select(bodies), changes, cut).prop_map(|(mut body, changes, cut)| {
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        body.truncate(body.len().saturating_sub(cut));
        body
    })
}

/// Blocks of well-formed extensions with numbers that are often known ones.
fn block() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![8 => 0..64_u16, 1 => any::<u16>()];
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        prop::collection::vec(0..4_u8, 0..12),
    ];
    prop::collection::vec((code, content), 0..6).prop_map(|extensions| {
        let mut bytes = Vec::new();
        for (code, content) in extensions {
            bytes.extend(code.to_be_bytes());
            bytes.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
            bytes.extend(content);
        }
        bytes
    })
}

/// Failures become tests of their own, so none are kept in a file.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1024,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        everything_holds(&bytes);
    }

    #[test]
    fn small_numbers_hold(bytes in prop::collection::vec(0..5_u8, 0..120)) {
        everything_holds(&bytes);
    }

    #[test]
    fn damaged_messages_hold(bytes in damaged()) {
        everything_holds(&bytes);
        for start in [45, 38, 2, 1, 0] {
            sets_hold(bytes.get(start + 2..).unwrap_or_default());
        }
    }

    #[test]
    fn blocks_of_extensions_hold(content in block()) {
        sets_hold(&content);
    }
}
