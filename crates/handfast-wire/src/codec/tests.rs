use super::*;
use crate::handshake::{ClientHello, ClientHelloExtensions};
use crate::registry::{CipherSuite, ExtensionType, NamedGroup};
use alloc::string::ToString;
use alloc::vec::Vec;

/// A ClientHello body made by hand from RFC 8446 section 4.1.2.
fn hello() -> Vec<u8> {
    let mut bytes = Vec::from([3, 3]);
    bytes.extend([7; 32]);
    bytes.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    bytes.extend([0, 10, 0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17]);
    bytes
}

#[test]
fn a_hello_round_trips() {
    let bytes = hello();
    let message = ClientHello::decode(&bytes).unwrap();
    assert_eq!(
        message.cipher_suites.iter().collect::<Vec<_>>(),
        [CipherSuite::TLS_AES_128_GCM_SHA256]
    );
    assert_eq!(message.encode().unwrap(), bytes);
    let set = ClientHelloExtensions::read(message.extensions).unwrap();
    assert!(
        set.supported_groups
            .unwrap()
            .contains(&NamedGroup::SECP256R1)
    );
    assert!(set.key_share.is_none());
}

#[test]
fn every_prefix_is_refused_by_name() {
    let bytes = hello();
    for length in 0..bytes.len() {
        // A hello that ends before its extensions is whole (RFC 8446 section 4.1.2).
        let whole = length == bytes.len() - 12;
        let result = ClientHello::decode(&bytes[..length]);
        assert_eq!(result.is_ok(), whole, "{length}");
        if let Err(fault) = result {
            assert_ne!(fault.path.to_string(), "", "{length}");
            assert!(fault.at <= length);
        }
    }
}

#[test]
fn a_fault_names_the_field_and_the_entry() {
    let mut bytes = hello();
    let end = bytes.len();
    bytes[end - 5] = 5; // the list of groups now claims five bytes
    bytes[end - 4] = 0;
    let message = ClientHello::decode(&bytes).unwrap();
    let fault = ClientHelloExtensions::read(message.extensions).unwrap_err();
    assert_eq!(fault.path.to_string(), "extensions.supported_groups");
}

#[test]
fn a_type_that_appears_twice_is_refused() {
    for twice in [[0, 10], [0xfe, 0xfe]] {
        let mut raw = Vec::new();
        for _ in 0..2 {
            raw.extend(twice);
            raw.extend([0, 0]);
        }
        let block = crate::extension::Extensions::from_encoded(&raw);
        assert_eq!(
            block.refuse_duplicates().unwrap_err().kind,
            FaultKind::Duplicate
        );
        assert!(
            crate::extension::Extensions::from_encoded(&raw[..4])
                .refuse_duplicates()
                .is_ok()
        );
    }
    assert_eq!(ExtensionType(0xfefe).name(), None);
}

#[test]
fn what_is_read_is_the_same_whether_somebody_records_or_not() {
    struct Blind;
    impl Recorder for Blind {
        fn enter(&mut self, _name: &'static str, _at: usize) {}
        fn leave(&mut self, _at: usize) {}
    }
    let good = hello();
    for at in 0..good.len() {
        assert_eq!(
            ClientHello::decode(&good[..at]),
            ClientHello::decode_recorded(&good[..at], &mut Blind)
        );
        for byte in [0, 1, 2, 3, 0x7f, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            assert_eq!(
                ClientHello::decode(&bytes),
                ClientHello::decode_recorded(&bytes, &mut Blind),
                "byte {at} is {byte}"
            );
        }
    }
    type List<'a> = List8<'a, NamedGroup, 2>;
    for length in 0..8 {
        let bytes = [&[length][..], &[7; 6]].concat();
        let (mut one, mut other) = (Reader::new(&bytes), Reader::recording(&bytes, Blind));
        let read = List::read(&mut one);
        assert_eq!(read, List::read(&mut other), "{length}");
        assert_eq!(one.position(), other.position());
        if let Ok(list) = read {
            let entries = list.iter();
            assert_eq!(entries.size_hint().0, usize::from(length / 2));
            assert_eq!(entries.count(), usize::from(length / 2));
        }
    }
}

#[test]
fn a_recorder_sees_each_field_even_when_the_end_is_missing() {
    #[derive(Default)]
    struct Seen(Vec<(&'static str, usize)>, Vec<usize>);
    impl Recorder for Seen {
        fn enter(&mut self, name: &'static str, at: usize) {
            self.0.push((name, at));
        }
        fn leave(&mut self, at: usize) {
            self.1.push(at);
        }
    }
    let bytes = hello();
    let mut seen = Seen::default();
    assert!(ClientHello::decode_recorded(&bytes[..36], &mut seen).is_err());
    assert_eq!(
        seen.0,
        [
            ("legacy_version", 0),
            ("random", 2),
            ("legacy_session_id", 34),
            ("cipher_suites", 35)
        ]
    );
    assert_eq!(seen.1, [2, 34, 35]);
}

#[test]
fn a_body_too_long_for_its_prefix_is_an_error() {
    let long = [0; 256];
    assert_eq!(Opaque8::<0, 255>(&long).encode(), Err(TooLong));
    assert!(Opaque8::<0, 255>(&long[..255]).encode().is_ok());
}
