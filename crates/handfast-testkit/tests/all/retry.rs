//! What may not come along with a HelloRetryRequest, and what is skipped around it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::{Error, Fault};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::Pair;

/// The beginning of a handshake message in a record of its own.
const HALF_A_MESSAGE: [u8; 7] = [22, 3, 3, 0, 2, 1, 0];

/// A client that sends no share, so that the server must ask again.
fn pair() -> Pair {
    let mut client = config::client();
    client.key_shares = Some(Vec::new());
    let server = config::server(KeyKind::EcP256);
    Pair::new(&client.check().unwrap(), &server.check().unwrap())
}

/// Joins the fragments that plain records carry: `first`'s, then `second`'s.
fn merge(first: &[u8], second: &[u8]) -> Vec<u8> {
    let fragment = [&first[5..], &second[5..]].concat();
    let length = u16::try_from(fragment.len()).unwrap();
    [&first[..3], &length.to_be_bytes()[..], &fragment[..]].concat()
}

#[test]
fn a_second_client_hello_waits_for_the_retry_request() {
    let mut pair = pair();
    let hello = pair.client.take_output();
    pair.server
        .deliver(&merge(&hello, &HALF_A_MESSAGE), pair.now);
    assert_eq!(
        pair.server.error,
        Some(Error::Fault(Fault::RetryNotAwaited))
    );
}

#[test]
fn a_server_hello_waits_for_the_second_client_hello() {
    let mut pair = pair();
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, pair.now);
    let answer = pair.server.take_output();
    let length = usize::from(u16::from_be_bytes([answer[3], answer[4]])) + 5;
    pair.client
        .deliver(&merge(&answer[..length], &HALF_A_MESSAGE), pair.now);
    assert_eq!(
        pair.client.error,
        Some(Error::Fault(Fault::RetryNotAwaited))
    );
}

#[test]
fn the_version_stays_after_a_retry_request() {
    let mut pair = pair();
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, pair.now);
    let answer = pair.server.take_output();
    pair.client.deliver(&answer, pair.now);
    // A ServerHello of TLS 1.2: version, random, no session id, suite, no
    // compression, no extensions.
    let body = [&[3, 3][..], &[7; 32], &[0, 0x13, 1, 0, 0, 0]].concat();
    let header = [22, 3, 3, 0, 4 + 40, 2, 0, 0, 40];
    assert_eq!(body.len(), 40);
    pair.client
        .deliver(&[&header[..], &body].concat(), pair.now);
    assert_eq!(
        pair.client.error,
        Some(Error::Fault(Fault::VersionChangedAfterRetry))
    );
}

#[test]
fn without_more_bytes_the_retry_goes_on() {
    let mut pair = pair();
    pair.connect(handfast_testkit::pair::Delivery::Whole);
}
