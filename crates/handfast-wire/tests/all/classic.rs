//! The messages of TLS 1.2, on bytes that OpenSSL sent.

use crate::cover::{check, check_broken, check_trailing};
use crate::traces::{body, hex};
use handfast_wire::codec::{FaultKind, Wire};
use handfast_wire::handshake::{
    CertificateVerify, ClassicCertificate, ClassicCertificateRequest, ClassicNewSessionTicket,
    ClassicServerHelloExtensions, ClientHello, ClientHelloExtensions, EcdheClientKeyExchange,
    EcdheServerKeyExchange, ServerHello,
};
use handfast_wire::registry::{
    CipherSuite, ClientCertificateType, EcCurveType, NamedGroup, ProtocolVersion, SignatureScheme,
};

#[test]
fn a_hello_of_openssl_is_read() {
    let bytes = body("client_hello.openssl");
    check::<ClientHello>(&bytes, &[95]);
    let hello = ClientHello::decode(&bytes).unwrap();
    let suites = hello.cipher_suites;
    assert_eq!(suites.iter().count(), 28);
    assert!(suites.contains(&CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV));
    assert!(suites.iter().all(|suite| suite.name().is_some()));
    let set = ClientHelloExtensions::read(hello.extensions).unwrap();
    assert_eq!(
        set.server_name.unwrap().iter().next().unwrap().name.0,
        b"localhost"
    );
    assert!(set.supported_versions.is_none());
    assert_eq!(set.ec_point_formats.unwrap().0, [0, 1, 2]);
    assert_eq!(set.session_ticket.unwrap(), b"");
    assert!(set.extended_master_secret.is_some());
}

#[test]
fn the_answer_of_openssl_is_read() {
    let bytes = body("server_hello.openssl");
    check::<ServerHello>(&bytes, &[38]);
    let hello = ServerHello::decode(&bytes).unwrap();
    assert_eq!(hello.legacy_version, ProtocolVersion::TLS_1_2);
    assert_eq!(
        hello.cipher_suite,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
    );
    let set = ClassicServerHelloExtensions::read(hello.extensions).unwrap();
    assert_eq!(set.renegotiation_info.unwrap().0, b"");
    assert_eq!(set.alpn.unwrap().iter().next().unwrap().0, b"h2");
    assert!(set.extended_master_secret.is_some());
    assert!(set.session_ticket.is_some());
}

#[test]
fn a_chain_is_read_and_may_be_empty() {
    let bytes = body("classic_certificate.openssl");
    check::<ClassicCertificate>(&bytes, &[]);
    let message = ClassicCertificate::decode(&bytes).unwrap();
    let entries: Vec<_> = message.entries().collect();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].len(), entries[0][0]), (0x182, 0x30));
    check_trailing::<ClassicCertificate>(&[&bytes[..], &[0]].concat());
    check::<ClassicCertificate>(&[0, 0, 0], &[]);
    // RFC 5246 section 7.4.2: ASN.1Cert<1..2^24-1>.
    let fault = check_broken::<ClassicCertificate>(&hex("000007 000001 30 000000"));
    assert_eq!(fault.kind, FaultKind::TooShort);
    assert_eq!(fault.path.to_string(), "certificate_list[1]");
}

#[test]
fn a_signed_key_share_is_read() {
    let bytes = body("server_key_exchange.openssl");
    check::<EcdheServerKeyExchange>(&bytes, &[]);
    let message = EcdheServerKeyExchange::decode(&bytes).unwrap();
    assert_eq!(message.params.curve_type, EcCurveType::NAMED_CURVE);
    assert_eq!(message.params.named_curve, NamedGroup::X25519);
    assert_eq!(message.params.public.len(), 32);
    assert_eq!(
        message.signed.algorithm,
        SignatureScheme::ECDSA_SECP256R1_SHA256
    );
    assert_eq!(message.signed.signature.len(), 0x47);
    check_trailing::<EcdheServerKeyExchange>(&[&bytes[..], &[0]].concat());
    // RFC 8422 section 5.4: point<1..2^8-1>.
    let fault = check_broken::<EcdheServerKeyExchange>(&hex("03 001d 00 0403 0000"));
    assert_eq!(fault.path.to_string(), "params.public");
    assert_eq!(fault.kind, FaultKind::TooShort);
}

#[test]
fn a_certificate_request_is_read() {
    let bytes = body("classic_certificate_request.openssl");
    check::<ClassicCertificateRequest>(&bytes, &[]);
    let message = ClassicCertificateRequest::decode(&bytes).unwrap();
    let types = message
        .certificate_types
        .iter()
        .map(|one| ClientCertificateType(*one));
    assert_eq!(
        types.collect::<Vec<_>>(),
        [
            ClientCertificateType::RSA_SIGN,
            ClientCertificateType::DSS_SIGN,
            ClientCertificateType::ECDSA_SIGN
        ]
    );
    let schemes = message.supported_signature_algorithms;
    assert_eq!(schemes.iter().count(), 20);
    assert!(schemes.iter().all(|scheme| scheme.name().is_some()));
    assert_eq!(message.certificate_authorities.iter().count(), 1);
    check_trailing::<ClassicCertificateRequest>(&[&bytes[..], &[0]].concat());
}

#[test]
fn the_client_answers_are_read() {
    let bytes = body("client_key_exchange.openssl");
    check::<EcdheClientKeyExchange>(&bytes, &[]);
    assert_eq!(
        EcdheClientKeyExchange::decode(&bytes).unwrap().public.len(),
        32
    );
    check_trailing::<EcdheClientKeyExchange>(&[&bytes[..], &[0]].concat());
    let fault = check_broken::<EcdheClientKeyExchange>(&[0]);
    assert_eq!(
        (fault.kind, fault.path.to_string().as_str()),
        (FaultKind::TooShort, "public")
    );

    let bytes = body("certificate_verify.openssl");
    check::<CertificateVerify>(&bytes, &[]);
    let message = CertificateVerify::decode(&bytes).unwrap();
    assert_eq!(message.algorithm, SignatureScheme::ECDSA_SECP256R1_SHA256);
}

#[test]
fn a_ticket_is_read_and_may_be_empty() {
    let bytes = body("classic_session_ticket.openssl");
    check::<ClassicNewSessionTicket>(&bytes, &[]);
    let message = ClassicNewSessionTicket::decode(&bytes).unwrap();
    assert_eq!(message.ticket_lifetime_hint, 7200);
    assert_eq!(message.ticket.len(), 0x230);
    check_trailing::<ClassicNewSessionTicket>(&[&bytes[..], &[0]].concat());
    check::<ClassicNewSessionTicket>(&[0; 6], &[]);
}
