//! Every message: round trips, prefixes, bytes left over, and what it says, on
//! bytes from RFC 8448 where the RFC has them.

use crate::cover::{check, check_broken, check_trailing};
use crate::traces::{body, hex};
use handfast_wire::alert::Alert;
use handfast_wire::codec::{FaultKind, Wire};
use handfast_wire::extension::KeyShareEntry;
use handfast_wire::handshake::{
    Certificate, CertificateRequest, CertificateRequestExtensions, CertificateVerify, ClientHello,
    ClientHelloExtensions, CompressedCertificate, EncryptedExtensions, EncryptedExtensionsSet,
    Finished, HelloRetryRequestExtensions, KeyUpdate, NewSessionTicket, NewSessionTicketExtensions,
    ServerHello, ServerHelloExtensions,
};
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{
    AlertDescription, AlertLevel, CertificateCompressionAlgorithm, CipherSuite, ContentType,
    KeyUpdateRequest, NamedGroup, ProtocolVersion, PskKeyExchangeMode, SignatureScheme,
};

/// The lengths at which these hellos may end: before the extensions.
fn before_extensions(extensions: usize) -> [usize; 1] {
    [extensions]
}

#[test]
fn the_client_hello_of_rfc_8448_section_3_says_what_the_rfc_shows() {
    let bytes = body("client_hello.simple");
    check::<ClientHello>(&bytes, &before_extensions(45));
    let hello = ClientHello::decode(&bytes).unwrap();
    assert_eq!(hello.legacy_version, ProtocolVersion::TLS_1_2);
    assert_eq!(hello.random[..4], [0xcb, 0x34, 0xec, 0xb1]);
    assert!(hello.legacy_session_id.is_empty());
    assert_eq!(
        hello.cipher_suites.iter().collect::<Vec<_>>(),
        [
            CipherSuite::TLS_AES_128_GCM_SHA256,
            CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS_AES_256_GCM_SHA384
        ]
    );
    let set = ClientHelloExtensions::read(hello.extensions).unwrap();
    assert_eq!(
        set.server_name.unwrap().iter().next().unwrap().name.0,
        b"server"
    );
    assert_eq!(set.supported_groups.unwrap().iter().count(), 9);
    assert_eq!(set.signature_algorithms.unwrap().iter().count(), 15);
    assert_eq!(set.record_size_limit, Some(0x4001));
    assert!(
        set.supported_versions
            .unwrap()
            .contains(&ProtocolVersion::TLS_1_3)
    );
    let modes = set.psk_key_exchange_modes.unwrap();
    assert!(modes.contains(&PskKeyExchangeMode::PSK_DHE_KE));
    let shares: Vec<KeyShareEntry> = set.key_share.unwrap().iter().collect();
    assert_eq!(shares.len(), 1);
    assert_eq!(shares[0].group, NamedGroup::X25519);
    assert_eq!(shares[0].key_exchange.len(), 32);
    assert_eq!(set.renegotiation_info.unwrap().0, b"");
    assert!(set.pre_shared_key.is_none());
}

#[test]
fn the_resumed_client_hello_of_rfc_8448_section_4_offers_the_ticket_of_section_3() {
    let bytes = body("client_hello.resumed");
    check::<ClientHello>(&bytes, &before_extensions(45));
    let hello = ClientHello::decode(&bytes).unwrap();
    let set = ClientHelloExtensions::read(hello.extensions).unwrap();
    assert!(set.early_data.is_some());
    let offered = set.pre_shared_key.unwrap();
    let identity = offered.identities.iter().next().unwrap();
    assert_eq!(identity.obfuscated_ticket_age, 0xfad6_aacb);
    let ticket = body("new_session_ticket.simple");
    let ticket = NewSessionTicket::decode(&ticket).unwrap();
    assert_eq!(identity.identity.0, ticket.ticket.0);
    let binders: Vec<_> = offered.binders.iter().collect();
    assert_eq!(binders.len(), 1);
    assert_eq!(binders[0].0[..4], [0x3a, 0xdd, 0x4f, 0xb2]);
}

#[test]
fn the_server_hello_of_rfc_8448_section_3_says_what_the_rfc_shows() {
    let bytes = body("server_hello.simple");
    check::<ServerHello>(&bytes, &before_extensions(38));
    let hello = ServerHello::decode(&bytes).unwrap();
    assert!(!hello.is_retry_request());
    assert_eq!(hello.cipher_suite, CipherSuite::TLS_AES_128_GCM_SHA256);
    assert_eq!(hello.legacy_compression_method, 0);
    let set = ServerHelloExtensions::read(hello.extensions).unwrap();
    assert_eq!(set.supported_versions, Some(ProtocolVersion::TLS_1_3));
    assert_eq!(set.key_share.unwrap().group, NamedGroup::X25519);
    assert_eq!(set.pre_shared_key, None);
}

#[test]
fn the_hello_retry_request_of_rfc_8448_section_5_says_what_the_rfc_shows() {
    let bytes = body("hello_retry_request.cookie");
    check::<ServerHello>(&bytes, &before_extensions(38));
    let hello = ServerHello::decode(&bytes).unwrap();
    assert!(hello.is_retry_request());
    let set = HelloRetryRequestExtensions::read(hello.extensions).unwrap();
    assert_eq!(set.supported_versions, Some(ProtocolVersion::TLS_1_3));
    assert_eq!(set.key_share, Some(NamedGroup::SECP256R1));
    assert_eq!(set.cookie.unwrap().len(), 0x72);
    // Read as a ServerHello, its key_share ends too early.
    let fault = ServerHelloExtensions::read(hello.extensions).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Truncated);
    assert_eq!(fault.path.to_string(), "extensions.key_share.key_exchange");
}

#[test]
fn the_encrypted_extensions_of_rfc_8448_section_3_say_what_the_rfc_shows() {
    let bytes = body("encrypted_extensions.simple");
    check::<EncryptedExtensions>(&bytes, &[]);
    let message = EncryptedExtensions::decode(&bytes).unwrap();
    let set = EncryptedExtensionsSet::read(message.extensions).unwrap();
    assert!(set.server_name.is_some());
    assert_eq!(set.record_size_limit, Some(0x4001));
    assert_eq!(set.supported_groups.unwrap().iter().count(), 9);
    check_trailing::<EncryptedExtensions>(&[&bytes[..], &[0]].concat());
}

#[test]
fn the_certificate_of_rfc_8448_section_3_says_what_the_rfc_shows() {
    let bytes = body("certificate.simple");
    check::<Certificate>(&bytes, &[]);
    let message = Certificate::decode(&bytes).unwrap();
    assert!(message.certificate_request_context.is_empty());
    let entries: Vec<_> = message.entries().collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].cert_data.len(), 0x1b0);
    assert_eq!(entries[0].extensions.iter().count(), 0);
    check_trailing::<Certificate>(&[&bytes[..], &[0]].concat());
}

#[test]
fn a_client_without_a_certificate_sends_an_empty_list() {
    // RFC 8446 section 4.4.2: zero-length certificate_list.
    check::<Certificate>(&[0, 0, 0, 0], &[]);
    assert_eq!(
        Certificate::decode(&[0, 0, 0, 0])
            .unwrap()
            .entries()
            .count(),
        0
    );
}

#[test]
fn a_certificate_entry_without_its_extensions_is_refused() {
    // A context, then one entry of one byte whose extensions are missing.
    let fault = check_broken::<Certificate>(&hex("00 000004 000001 30"));
    assert_eq!(fault.kind, FaultKind::Truncated);
    assert_eq!(fault.path.to_string(), "certificate_list[0].extensions");
}

#[test]
fn the_certificate_request_of_rfc_8448_section_6_says_what_the_rfc_shows() {
    let bytes = body("certificate_request.client_authentication");
    check::<CertificateRequest>(&bytes, &[]);
    let message = CertificateRequest::decode(&bytes).unwrap();
    let set = CertificateRequestExtensions::read(message.extensions).unwrap();
    let schemes = set.signature_algorithms.unwrap();
    assert_eq!(
        schemes.iter().next(),
        Some(SignatureScheme::ECDSA_SECP256R1_SHA256)
    );
    assert!(set.certificate_authorities.is_none());
    check_trailing::<CertificateRequest>(&[&bytes[..], &[0]].concat());
}

#[test]
fn the_certificate_verify_of_rfc_8448_section_3_says_what_the_rfc_shows() {
    let bytes = body("certificate_verify.simple");
    check::<CertificateVerify>(&bytes, &[]);
    let message = CertificateVerify::decode(&bytes).unwrap();
    assert_eq!(message.algorithm, SignatureScheme::RSA_PSS_RSAE_SHA256);
    assert_eq!(message.signature.len(), 128);
    check_trailing::<CertificateVerify>(&[&bytes[..], &[0]].concat());
}

#[test]
fn a_compressed_certificate_is_read_and_holds_at_least_one_byte() {
    let bytes = hex("0002 00095c 000003 1b5b09");
    check::<CompressedCertificate>(&bytes, &[]);
    let message = CompressedCertificate::decode(&bytes).unwrap();
    assert_eq!(message.algorithm, CertificateCompressionAlgorithm::BROTLI);
    assert_eq!(message.uncompressed_length.0, 0x95c);
    assert_eq!(*message.compressed_certificate_message, [0x1b, 0x5b, 0x09]);
    check_trailing::<CompressedCertificate>(&[&bytes[..], &[0]].concat());
    let fault = check_broken::<CompressedCertificate>(&hex("0002 00095c 000000"));
    assert_eq!(fault.kind, FaultKind::TooShort);
    let path = "compressed_certificate_message";
    assert_eq!(fault.path.to_string(), path);
}

#[test]
fn both_finished_messages_of_rfc_8448_section_3_are_read() {
    for (name, start) in [
        ("finished.server", [0x9b, 0x9b]),
        ("finished.client", [0xa8, 0xec]),
    ] {
        let bytes = body(name);
        // Its length is the hash's, which the engine checks: any length is well formed.
        check::<Finished>(&bytes, &(0..bytes.len()).collect::<Vec<_>>());
        let message = Finished::decode(&bytes).unwrap();
        assert_eq!(message.verify_data.len(), 32);
        assert_eq!(message.verify_data[..2], start);
    }
}

#[test]
fn the_ticket_of_rfc_8448_section_3_says_what_the_rfc_shows() {
    let bytes = body("new_session_ticket.simple");
    check::<NewSessionTicket>(&bytes, &[]);
    let message = NewSessionTicket::decode(&bytes).unwrap();
    assert_eq!(message.ticket_lifetime, 30);
    assert_eq!(message.ticket_age_add, 0xfad6_aac5);
    assert_eq!(message.ticket_nonce.0, [0, 0]);
    assert_eq!(message.ticket.len(), 0xb2);
    let set = NewSessionTicketExtensions::read(message.extensions).unwrap();
    assert_eq!(set.early_data, Some(1024));
    check_trailing::<NewSessionTicket>(&[&bytes[..], &[0]].concat());
}

#[test]
fn a_key_update_is_one_byte() {
    check::<KeyUpdate>(&[1], &[]);
    let message = KeyUpdate::decode(&[1]).unwrap();
    assert_eq!(message.request_update, KeyUpdateRequest::UPDATE_REQUESTED);
    check_trailing::<KeyUpdate>(&[1, 0]);
}

#[test]
fn an_alert_is_two_bytes() {
    // RFC 8448 section 3: both ends close with 01 00.
    check::<Alert>(&[1, 0], &[]);
    let alert = Alert::decode(&[1, 0]).unwrap();
    assert_eq!(alert, Alert::new(AlertDescription::CLOSE_NOTIFY));
    assert_eq!(alert.to_bytes(), [1, 0]);
    check_trailing::<Alert>(&[2, 40, 0]);
    assert_eq!(Alert::new(AlertDescription(200)).level, AlertLevel::FATAL);
}

#[test]
fn a_record_header_is_five_bytes() {
    // RFC 8448 section 3: the record of the first ClientHello.
    let bytes = hex("16030100c4");
    check::<RecordHeader>(&bytes, &[]);
    let header = RecordHeader::peek(&bytes).unwrap();
    assert_eq!(header, RecordHeader::decode(&bytes).unwrap());
    assert_eq!(header.content_type, ContentType::HANDSHAKE);
    assert_eq!(header.legacy_record_version, ProtocolVersion::TLS_1_0);
    assert_eq!(header.length, 196);
    assert_eq!(header.to_bytes()[..], bytes);
    assert_eq!(RecordHeader::peek(&bytes[..4]), None);
    check_trailing::<RecordHeader>(&hex("16030100c400"));
}

#[test]
fn lengths_beyond_their_ceiling_are_refused() {
    // A session id of 33 bytes (RFC 8446 section 4.1.2: at most 32).
    let mut bytes = hex("0303");
    bytes.extend([7; 32]);
    bytes.push(33);
    bytes.extend([9; 33]);
    bytes.extend(hex("0002 1301 01 00"));
    let fault = check_broken::<ClientHello>(&bytes);
    assert_eq!(fault.kind, FaultKind::TooLong);
    assert_eq!(fault.path.to_string(), "legacy_session_id");
    assert_eq!(fault.at, 34);
}

#[test]
fn lengths_below_their_floor_are_refused() {
    let hello = |suites: &str, methods: &str| {
        let mut bytes = hex("0303");
        bytes.extend([7; 32]);
        bytes.extend(hex("00"));
        bytes.extend(hex(suites));
        bytes.extend(hex(methods));
        bytes
    };
    assert!(ClientHello::decode(&hello("0002 1301", "01 00")).is_ok());
    let cases = [
        ("0000", "01 00", FaultKind::TooShort, "cipher_suites"),
        ("0001 13", "01 00", FaultKind::Truncated, "cipher_suites[0]"),
        (
            "0003 1301 13",
            "01 00",
            FaultKind::Truncated,
            "cipher_suites[1]",
        ),
        (
            "0002 1301",
            "00",
            FaultKind::TooShort,
            "legacy_compression_methods",
        ),
    ];
    for (suites, methods, kind, path) in cases {
        let fault = check_broken::<ClientHello>(&hello(suites, methods));
        assert_eq!(fault.kind, kind, "{path}");
        assert_eq!(fault.path.to_string(), path);
    }
    // RFC 8446 section 4.6.1: ticket<1..2^16-1>.
    let fault = check_broken::<NewSessionTicket>(&hex("0000001e 00000000 00 0000 0000"));
    assert_eq!(
        (fault.kind, fault.path.to_string().as_str()),
        (FaultKind::TooShort, "ticket")
    );
    // RFC 8446 section 4.4.2: cert_data<1..2^24-1>.
    let fault = check_broken::<Certificate>(&hex("00 000005 000000 0000"));
    assert_eq!(fault.kind, FaultKind::TooShort);
    assert_eq!(fault.path.to_string(), "certificate_list[0].cert_data");
}

#[test]
fn extensions_may_be_missing_from_hellos_alone() {
    // RFC 5246 section 7.4.1.2 lets a Hello end before them; RFC 8446 no other message.
    let mut hello = hex("0303");
    hello.extend([7; 32]);
    hello.extend(hex("00 0002 1301 01 00"));
    assert!(!ClientHello::decode(&hello).unwrap().extensions.is_present());
    let mut answer = hex("0303");
    answer.extend([7; 32]);
    answer.extend(hex("00 1301 00"));
    assert!(
        !ServerHello::decode(&answer)
            .unwrap()
            .extensions
            .is_present()
    );
    for fault in [
        check_broken::<EncryptedExtensions>(&[]),
        check_broken::<CertificateRequest>(&[0]),
        check_broken::<NewSessionTicket>(&hex("0000001e 00000000 00 0001 aa")),
    ] {
        assert_eq!(fault.kind, FaultKind::Truncated);
        assert_eq!(fault.path.to_string(), "extensions");
    }
}
