//! The ClientHello in SSL 2.0's format (RFC 5246 appendix E.2).

use crate::cover::{check, check_broken, check_trailing};
use handfast_wire::codec::{FaultKind, Wire};
use handfast_wire::handshake::{ClientHello, HandshakeHeader, Ssl2ClientHello, Ssl2Header};
use handfast_wire::registry::{CipherSuite, HandshakeType, ProtocolVersion, Ssl2CipherKind};

/// TLS 1.0 with two suites and two ciphers of SSL 2.0; as clients of the time sent it.
const SPECS: [u8; 12] = [0, 0, 0x2f, 7, 0, 0xc0, 1, 0, 0x80, 0, 0, 0x0a];

fn hello(version: [u8; 2], specs: &[u8], id: &[u8], challenge: &[u8]) -> Vec<u8> {
    let length = |part: &[u8]| u16::try_from(part.len()).unwrap().to_be_bytes();
    let lengths = [length(specs), length(id), length(challenge)].concat();
    [&[1], &version[..], &lengths, specs, id, challenge].concat()
}

#[test]
fn a_hello_of_a_newer_client_is_read_and_put_in_newer_words() {
    let bytes = hello([3, 1], &SPECS, &[], &[7; 16]);
    check::<Ssl2ClientHello>(&bytes, &[]);
    check_trailing::<Ssl2ClientHello>(&[&bytes[..], &[0]].concat());
    let read = Ssl2ClientHello::decode(&bytes).unwrap();
    assert!(!read.is_ssl2_alone());
    let kinds: Vec<_> = read.cipher_kinds().map(|kind| kind.to_string()).collect();
    assert_eq!(
        kinds,
        [
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
            "SSL_CK_RC4_128_WITH_MD5",
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        ]
    );
    let newer = read.to_client_hello().unwrap();
    let (header, body) = HandshakeHeader::split(&newer).unwrap();
    assert_eq!(header.msg_type, HandshakeType::CLIENT_HELLO);
    let same = ClientHello::decode(body).unwrap();
    assert_eq!(same.legacy_version, ProtocolVersion::TLS_1_0);
    assert_eq!(*same.random, [[0; 16], [7; 16]].concat()[..]);
    assert!(same.legacy_session_id.is_empty() && same.extensions.iter().next().is_none());
    let suites: Vec<_> = same.cipher_suites.iter().collect();
    let wanted = [
        CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
        CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
    ];
    assert_eq!(suites, wanted);
    assert_eq!(same.legacy_compression_methods.0, [0]);
}

#[test]
fn challenges_have_16_to_32_bytes_and_stand_at_the_right() {
    for length in 0..=40 {
        let challenge: Vec<u8> = (1..=length).collect();
        let bytes = hello([3, 0], &SPECS, &[], &challenge);
        if (16..=32).contains(&length) {
            let random = Ssl2ClientHello::decode(&bytes).unwrap().random();
            assert!(random.ends_with(&challenge));
            let zeros = &random[..32 - challenge.len()];
            assert!(zeros.iter().all(|byte| *byte == 0));
            continue;
        }
        let fault = check_broken::<Ssl2ClientHello>(&bytes);
        let kind = if length < 16 {
            FaultKind::TooShort
        } else {
            FaultKind::TooLong
        };
        assert_eq!((fault.kind, fault.at), (kind, 7));
        assert_eq!(fault.path.to_string(), "challenge_length");
    }
}

#[test]
fn what_is_wrong_is_told_by_field_and_byte() {
    let wrong = |bytes: &[u8], path: &str, at, kind| {
        let fault = check_broken::<Ssl2ClientHello>(bytes);
        assert_eq!(fault.path.to_string(), path);
        assert_eq!((fault.at, fault.kind), (at, kind), "{path}");
    };
    let mut other = hello([3, 1], &SPECS, &[], &[7; 16]);
    other[0] = 2;
    wrong(&other, "msg_type", 0, FaultKind::IllegalValue);
    let none = hello([3, 1], &[], &[], &[7; 16]);
    wrong(&none, "cipher_spec_length", 3, FaultKind::TooShort);
    let uneven = hello([3, 1], &SPECS[..10], &[], &[7; 16]);
    wrong(&uneven, "cipher_spec_length", 3, FaultKind::IllegalValue);
    let session = hello([3, 1], &SPECS, &[5; 16], &[7; 16]);
    wrong(&session, "session_id_length", 5, FaultKind::IllegalValue);
}

#[test]
fn ssl_2_0_itself_is_told_by_its_version_and_may_name_a_session() {
    let bytes = hello([0, 2], &SPECS[3..9], &[5; 16], &[7; 16]);
    check::<Ssl2ClientHello>(&bytes, &[]);
    let read = Ssl2ClientHello::decode(&bytes).unwrap();
    assert!(read.is_ssl2_alone());
    assert_eq!(read.version, ProtocolVersion::SSL_2_0);
    assert_eq!(read.suites().count(), 0);
}

#[test]
fn the_first_bytes_tell_the_format_from_every_record_of_tls() {
    for first in 0..=u8::MAX {
        for major in 0..=u8::MAX {
            let bytes = [first, 0x2e, 1, major, 2];
            let taken = Ssl2Header::peek(&bytes).is_some();
            assert_eq!(taken, first & 0x80 != 0 && matches!(major, 0 | 3));
        }
    }
    assert_eq!(
        Ssl2Header::peek(&[0xff, 0xff, 1, 3, 0]).unwrap().length,
        0x7fff
    );
    assert_eq!(Ssl2Header::peek(&[0x80, 0x2e, 2, 3, 1]), None);
    assert_eq!(Ssl2Header::peek(&[0x80, 0x2e, 1, 0, 3]), None);
    assert_eq!(Ssl2Header::peek(&[0x80, 0x2e, 1, 3]), None);
}

#[test]
fn every_cipher_of_ssl_2_0_has_a_name_and_no_suite() {
    assert_eq!(Ssl2CipherKind::ALL.len(), 10);
    for kind in Ssl2CipherKind::ALL {
        assert!(kind.name().unwrap().starts_with("SSL_CK_"));
        assert_eq!(kind.suite(), None);
    }
    let unknown = Ssl2CipherKind([9, 8, 7]);
    assert_eq!(unknown.to_string(), "Ssl2CipherKind(0x090807)");
}
