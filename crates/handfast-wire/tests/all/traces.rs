//! Messages of RFC 8448 and of OpenSSL, by name.

use handfast_wire::handshake::HandshakeHeader;

const RFC_8448: &str = include_str!("../../testdata/rfc8448.txt");
const OPENSSL: &str = include_str!("../../testdata/openssl-tls12.txt");

fn lines() -> impl Iterator<Item = &'static str> {
    RFC_8448.lines().chain(OPENSSL.lines())
}

/// Bytes from hexadecimal digits; white space is left out.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|one| !one.is_whitespace())
        .map(|one| u8::try_from(one.to_digit(16).unwrap()).unwrap())
        .collect();
    assert_eq!(digits.len() % 2, 0);
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// A message with its header.
pub(crate) fn message(name: &str) -> Vec<u8> {
    let mut lines = lines().skip_while(|line| *line != name);
    assert!(lines.next().is_some(), "{name}");
    let body: String = lines.take_while(|line| line.starts_with(' ')).collect();
    hex(&body)
}

/// The body of a message.
pub(crate) fn body(name: &str) -> Vec<u8> {
    message(name).split_off(HandshakeHeader::LENGTH)
}

/// Every message that is written down.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
}

#[test]
fn every_message_is_as_long_as_its_header_says() {
    let mut count = 0;
    for name in names() {
        let bytes = message(name);
        let (header, body) = HandshakeHeader::split(&bytes).unwrap();
        assert_eq!(body.len() + HandshakeHeader::LENGTH, bytes.len(), "{name}");
        let kind = name.split('.').next().unwrap();
        let kind = match kind {
            "hello_retry_request" => "server_hello",
            "classic_certificate" => "certificate",
            "classic_certificate_request" => "certificate_request",
            "classic_session_ticket" => "new_session_ticket",
            kind => kind,
        };
        assert_eq!(header.msg_type.name(), Some(kind));
        count += 1;
    }
    assert_eq!(count, 21);
}
