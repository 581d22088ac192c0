//! The ClientHello of a client that does not speak TLS 1.3.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::{NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::Pair;

/// Where the session id's length stands: after the record's header, the
/// message's, the version and the random.
const SESSION_ID: usize = 5 + 4 + 2 + 32;

fn hello(versions: &[ProtocolVersion]) -> Vec<u8> {
    let mut client = config::client();
    client.common.versions = versions.to_vec();
    let server = config::server(KeyKind::EcP256);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.client.take_output()
}

fn names(hello: &[u8], group: NamedGroup) -> bool {
    // supported_groups: its type, two lengths, then the groups.
    let at = hello
        .windows(2)
        .enumerate()
        .skip(SESSION_ID)
        .find(|(_, pair)| *pair == [0, 10])
        .unwrap()
        .0;
    let length = usize::from(u16::from_be_bytes([hello[at + 4], hello[at + 5]]));
    hello[at + 6..at + 6 + length]
        .chunks(2)
        .any(|code| code == group.0.to_be_bytes())
}

#[test]
fn it_has_no_session_id_and_no_group_of_tls13() {
    let hello = hello(&[ProtocolVersion::TLS_1_2]);
    assert_eq!(hello[SESSION_ID], 0);
    assert!(!names(&hello, NamedGroup::X25519MLKEM768));
    assert!(names(&hello, NamedGroup::X25519));
}

#[test]
fn with_tls13_it_has_both() {
    let hello = hello(&[ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2]);
    assert_eq!(hello[SESSION_ID], 32);
    assert!(names(&hello, NamedGroup::X25519MLKEM768));
}
