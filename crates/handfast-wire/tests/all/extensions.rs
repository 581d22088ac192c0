//! Every extension: what each says, its floors and ceilings, and what is left over.

use crate::traces::hex;
use handfast_wire::codec::Writer;
use handfast_wire::codec::{DecodeFault, FaultKind, List8, List16, Opaque8, Opaque16, Wire};
use handfast_wire::extension::{
    AlpnProtocols, ApplicationSettingsProtocols, CertificateStatus, CertificateStatusRequest,
    DistinguishedName, Empty, Extension, Extensions, ExtensionsWriter, ImportedIdentity,
    KeyShareEntry, OfferedPsks, OidFilter, SctList, ServerNameList,
};
use handfast_wire::handshake::{
    CertificateEntryExtensions, CertificateRequestExtensions, ClientEncryptedExtensionsSet,
    ClientHelloExtensions, EncryptedExtensionsSet,
};
use handfast_wire::registry::{
    CertificateStatusType, ExtensionType, MaxFragmentLength, NameType, NamedGroup, ProtocolVersion,
    PskKeyExchangeMode, SignatureScheme,
};

/// A good value comes back as it was; every prefix and a byte more are refused.
fn check<'a, V: Wire<'a> + std::fmt::Debug>(bytes: &'a [u8], longer: &'a [u8]) {
    let value = V::decode(bytes).unwrap();
    assert_eq!(value.encode().unwrap(), bytes);
    for length in 0..bytes.len() {
        assert!(V::decode(&bytes[..length]).is_err(), "{length}");
    }
    assert_eq!(longer.len(), bytes.len() + 1);
    assert_eq!(V::decode(longer).unwrap_err().kind, FaultKind::Trailing);
}

macro_rules! check {
    ($type:ty, $bytes:expr) => {
        check::<$type>(&$bytes, &[&$bytes[..], &[0]].concat())
    };
}

fn refused<'a, V: Wire<'a> + std::fmt::Debug>(bytes: &'a [u8]) -> (FaultKind, String) {
    let fault: DecodeFault = V::decode(bytes).unwrap_err();
    (fault.kind, fault.path.to_string())
}

#[test]
fn server_name_holds_a_name() {
    // RFC 8448 section 3.
    let bytes = hex("0009 00 0006 736572766572");
    check!(ServerNameList, bytes);
    let names = ServerNameList::decode(&bytes).unwrap();
    let name = names.iter().next().unwrap();
    assert_eq!(name.name_type, NameType::HOST_NAME);
    assert_eq!(name.name.0, b"server");
    // RFC 6066 section 3: HostName<1..2^16-1>, server_name_list<1..2^16-1>.
    let empty_name = hex("0003 00 0000");
    let fault = (FaultKind::TooShort, "[0].name".to_owned());
    assert_eq!(refused::<ServerNameList>(&empty_name), fault);
    assert_eq!(refused::<ServerNameList>(&[0, 0]).0, FaultKind::TooShort);
}

#[test]
fn lists_of_code_points_hold_at_least_one() {
    // RFC 8448 section 3: supported_groups, signature_algorithms, versions, modes.
    check!(List16<NamedGroup, 2>, hex("0012001d00170018001901000101010201030104"));
    check!(List16<SignatureScheme, 2>, hex("000604030503 0603"));
    check!(List8<ProtocolVersion, 2>, hex("020304"));
    check!(List8<PskKeyExchangeMode, 1>, hex("0101"));
    assert_eq!(
        refused::<List16<NamedGroup, 2>>(&[0, 0]).0,
        FaultKind::TooShort
    );
    assert_eq!(
        refused::<List8<ProtocolVersion, 2>>(&[0]).0,
        FaultKind::TooShort
    );
    assert_eq!(
        refused::<List8<PskKeyExchangeMode, 1>>(&[0]).0,
        FaultKind::TooShort
    );
    let odd = (FaultKind::Truncated, "[1]".to_owned());
    assert_eq!(refused::<List16<NamedGroup, 2>>(&hex("0003 001d 00")), odd);
    assert_eq!(
        refused::<List8<ProtocolVersion, 2>>(&hex("03 0304 03")),
        odd
    );
}

#[test]
fn key_share_holds_a_group_and_a_value() {
    // RFC 8448 section 3, the server's.
    let share = hex("001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f");
    check!(KeyShareEntry, share);
    let empty = hex("001d0000");
    let fault = (FaultKind::TooShort, "key_exchange".to_owned());
    assert_eq!(refused::<KeyShareEntry>(&empty), fault);
    // RFC 8446 section 4.2.8: client_shares<0..2^16-1> asks for a retry when empty.
    check!(List16<KeyShareEntry>, [0, 0]);
}

#[test]
fn alpn_holds_names_that_are_not_empty() {
    // RFC 7301 section 3.1, as browsers send it: h2, http/1.1.
    let bytes = hex("000c 02 6832 08 687474702f312e31");
    check!(AlpnProtocols, bytes);
    let names = AlpnProtocols::decode(&bytes).unwrap();
    let names: Vec<_> = names.iter().map(|name| name.0).collect();
    assert_eq!(names, [&b"h2"[..], b"http/1.1"]);
    let empty_name = (FaultKind::TooShort, "[0]".to_owned());
    assert_eq!(refused::<AlpnProtocols>(&hex("0001 00")), empty_name);
    assert_eq!(
        refused::<AlpnProtocols>(&hex("0000")).0,
        FaultKind::TooShort
    );
}

#[test]
fn application_settings_list_protocols_and_then_hold_anything() {
    // As Chromium sends it: h2.
    let bytes = hex("0003 02 6832");
    check!(ApplicationSettingsProtocols, bytes);
    let empty = refused::<ApplicationSettingsProtocols>(&hex("0000")).0;
    assert_eq!(empty, FaultKind::TooShort);
    let names = ApplicationSettingsProtocols::decode(&bytes).unwrap();
    let names: Vec<_> = names.iter().map(|name| name.0).collect();
    assert_eq!(names, [b"h2"]);
    // Settings themselves have no form, and may be empty.
    let block = hex("44cd 0000  4469 0003 000003");
    let client = ClientEncryptedExtensionsSet::read(Extensions::from_encoded(&block)).unwrap();
    assert_eq!(client.application_settings, Some(&[][..]));
    assert_eq!(client.application_settings_old, Some(&[0, 0, 3][..]));
}

#[test]
fn pre_shared_key_holds_identities_and_binders() {
    let binder = "20 3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d";
    let bytes = hex(&format!("0007 0001 aa fad6aacb 0021 {binder}"));
    check!(OfferedPsks, bytes);
    // RFC 8446 section 4.2.11: PskBinderEntry<32..255>, binders<33..>, identities<7..>.
    let short = format!("0007 0001 aa fad6aacb 0020 1f {}", "00".repeat(31));
    let short_binder = (FaultKind::TooShort, "binders[0]".to_owned());
    assert_eq!(refused::<OfferedPsks>(&hex(&short)), short_binder);
    let none = hex(&format!("0000 0021 {binder}"));
    let no_identity = (FaultKind::TooShort, "identities".to_owned());
    assert_eq!(refused::<OfferedPsks>(&none), no_identity);
    let empty = hex(&format!("0006 0000 fad6aacb 0021 {binder}"));
    let empty_identity = (FaultKind::TooShort, "identities[0].identity".to_owned());
    assert_eq!(refused::<OfferedPsks>(&empty), empty_identity);
}

#[test]
fn an_imported_identity_holds_what_the_key_is_for() {
    // RFC 9258 section 4.1: external_identity<1..2^16-1>, context<0..2^16-1>, two numbers.
    let bytes = hex("0004 70736b31 0008 636f6e7465787431 0304 0001");
    check!(ImportedIdentity, bytes);
    let read = ImportedIdentity::decode(&bytes).unwrap();
    assert_eq!(read.external_identity.0, b"psk1");
    assert_eq!(read.context.0, b"context1");
    assert_eq!(read.target_protocol, ProtocolVersion::TLS_1_3);
    assert_eq!(read.target_kdf, 1);
    let nameless = (FaultKind::TooShort, "external_identity".to_owned());
    let bytes = hex("0000 0000 0304 0001");
    assert_eq!(refused::<ImportedIdentity>(&bytes), nameless);
}

#[test]
fn status_request_and_its_answer_are_read() {
    // RFC 6066 section 8, as OpenSSL and browsers send it.
    let bytes = hex("01 0000 0000");
    check!(CertificateStatusRequest, bytes);
    let request = CertificateStatusRequest::decode(&bytes).unwrap();
    assert_eq!(request.status_type, CertificateStatusType::OCSP);
    let answer = hex("01 000003 300100");
    check!(CertificateStatus, answer);
    let empty = (FaultKind::TooShort, "response".to_owned());
    assert_eq!(refused::<CertificateStatus>(&hex("01 000000")), empty);
}

#[test]
fn timestamps_authorities_cookies_and_filters_have_their_floors() {
    check!(SctList, hex("0004 0002 0000"));
    assert_eq!(refused::<SctList>(&hex("0002 0000")).0, FaultKind::TooShort);
    check!(List16<DistinguishedName, 3>, hex("0004 0002 3000"));
    assert_eq!(
        refused::<List16<DistinguishedName, 3>>(&hex("0000")).0,
        FaultKind::TooShort
    );
    check!(Opaque16<1>, hex("0003 616263"));
    assert_eq!(refused::<Opaque16<1>>(&hex("0000")).0, FaultKind::TooShort);
    // RFC 8446 section 4.2.5, for keyUsage.
    check!(OidFilter, hex("05 0603551d0f 0004 03020780"));
    let no_oid = (FaultKind::TooShort, "certificate_extension_oid".to_owned());
    assert_eq!(refused::<OidFilter>(&hex("00 0000")), no_oid);
}

#[test]
fn small_values_are_exactly_as_long_as_they_are() {
    check!(MaxFragmentLength, hex("02"));
    assert_eq!(MaxFragmentLength::TWO_10.bytes(), Some(1024));
    assert_eq!(MaxFragmentLength(5).bytes(), None);
    check!(u16, hex("4001"));
    check!(u32, hex("00000400"));
    check!(Opaque8, hex("00"));
    check!(Empty, []);
}

#[test]
fn an_extension_is_refused_when_bytes_are_left_over_in_it() {
    let cases = [
        ("0000 000c 0009 00 0006 736572766572 00", "server_name"),
        ("000a 0005 0002 001d 00", "supported_groups"),
        ("002a 0001 00", "early_data"),
        ("001c 0003 400100", "record_size_limit"),
        ("0033 0003 0000 00", "key_share"),
    ];
    for (extension, name) in cases {
        let bytes = hex(extension);
        let block = Extensions::from_encoded(&bytes);
        let fault = ClientHelloExtensions::read(block).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Trailing, "{name}");
        assert_eq!(fault.path.to_string(), format!("extensions.{name}"));
        assert_eq!(fault.at, bytes.len() - 1, "{name}");
    }
}

#[test]
fn a_fault_counts_its_byte_from_the_start_of_the_block() {
    // An unknown extension of two bytes, then key_share whose value is empty.
    let bytes = hex("0a0a 0002 0000 0033 0006 0004 001d 0000");
    let fault = ClientHelloExtensions::read(Extensions::from_encoded(&bytes)).unwrap_err();
    assert_eq!(fault.kind, FaultKind::TooShort);
    assert_eq!(fault.at, bytes.len() - 2);
    assert_eq!(
        fault.path.to_string(),
        "extensions.key_share[0].key_exchange"
    );
    assert_eq!(fault.path.index(), Some(0));
    assert_eq!(
        fault.to_string(),
        "extensions.key_share[0].key_exchange is shorter than allowed (byte 14)"
    );
}

#[test]
fn the_same_type_holds_another_value_in_another_message() {
    // server_name: a list from a client, nothing from a server (RFC 6066 section 3).
    let bytes = hex("0000 0000");
    let block = Extensions::from_encoded(&bytes);
    assert!(
        EncryptedExtensionsSet::read(block)
            .unwrap()
            .server_name
            .is_some()
    );
    assert!(ClientHelloExtensions::read(block).is_err());
    // status_request: a request from a client, a response beside a certificate.
    let bytes = hex("0005 0005 01 000001 30");
    let block = Extensions::from_encoded(&bytes);
    let response = CertificateEntryExtensions::read(block)
        .unwrap()
        .status_request;
    assert_eq!(response.unwrap().response.0, [0x30]);
}

#[test]
fn a_certificate_request_may_name_what_it_wants() {
    let bytes =
        hex("000d 0004 0002 0403  002f 0006 0004 0002 3000  0030 000a 0008 05 0603551d25 0000");
    let set = CertificateRequestExtensions::read(Extensions::from_encoded(&bytes)).unwrap();
    assert_eq!(set.certificate_authorities.unwrap().iter().count(), 1);
    let filter = set.oid_filters.unwrap().iter().next().unwrap();
    assert_eq!(filter.certificate_extension_oid.0, hex("0603551d25"));
    assert_eq!(set.block.iter().count(), 3);
}

#[test]
fn what_the_writer_adds_the_block_gives_back() {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    let mut block = ExtensionsWriter::new(&mut out);
    block.add_value(ExtensionType::EARLY_DATA, &Empty);
    block.add(ExtensionType::COOKIE, |out| out.bytes(&[0, 1, 7]));
    block.add_encoded(&hex("0a0a 0001 ff"));
    out.finish().unwrap();
    let block = Extensions::from_encoded(&bytes);
    let types: Vec<_> = block
        .iter()
        .map(|one: Extension| one.extension_type)
        .collect();
    assert_eq!(
        types[..2],
        [ExtensionType::EARLY_DATA, ExtensionType::COOKIE]
    );
    assert!(types[2].is_grease());
    assert_eq!(block.find(ExtensionType::COOKIE), Some(&[0, 1, 7][..]));
    assert_eq!(block.find(ExtensionType::PADDING), None);
    let set = ClientHelloExtensions::read(block).unwrap();
    assert_eq!(set.cookie.unwrap().0, [7]);
}

#[test]
fn a_value_too_long_for_its_prefix_is_not_written() {
    let long = vec![0; 65_536];
    assert!(Opaque16::<0, 65_535>(&long).encode().is_err());
    assert!(Opaque16::<0, 65_535>(&long[1..]).encode().is_ok());
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    ExtensionsWriter::new(&mut out).add(ExtensionType::PADDING, |out| out.bytes(&long));
    assert!(out.finish().is_err());
}

#[test]
fn a_type_that_appears_twice_is_named_by_its_second_place() {
    let low = hex("0000 0000  000a 0002 0000  0000 0000");
    let high = hex("0a0a 0000  ff01 0001 00  0a0a 0000");
    for bytes in [low, high] {
        let block = Extensions::from_encoded(&bytes);
        let fault = block.refuse_duplicates().unwrap_err();
        assert_eq!(fault.kind, FaultKind::Duplicate);
        assert_eq!(fault.at, bytes.len() - 4);
        assert_eq!(fault.path.to_string(), "extensions[2]");
        assert_eq!(ClientHelloExtensions::read(block).unwrap_err(), fault);
    }
}

#[test]
fn a_repeated_type_is_found_among_thousands_of_unknown_ones() {
    let mut bytes = Vec::new();
    for code in 1000..9000_u16 {
        bytes.extend(code.to_be_bytes());
        bytes.extend([0, 0]);
    }
    assert_eq!(Extensions::from_encoded(&bytes).refuse_duplicates(), Ok(()));
    bytes.extend(hex("2000 0000"));
    let fault = Extensions::from_encoded(&bytes).refuse_duplicates();
    assert_eq!(fault.unwrap_err().at, 8000 * 4);
}
