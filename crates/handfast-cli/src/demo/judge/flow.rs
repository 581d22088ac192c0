//! Which messages passed before the request, in which order.

use crate::demo::judge::check::{Check, check, start};
use crate::demo::play::Played;
use crate::demo::side::Entry;
use crate::demo::words::name;
use handfast::observe::Direction;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, HandshakeHeader, ServerHello, ServerHelloExtensions};
use handfast_wire::registry::HandshakeType;

/// RFC 5246 section 7.3, with `>` for the client and `<` for the server.
pub(super) const FULL: &[&str] = &[
    "> ClientHello",
    "< ServerHello",
    "< Certificate",
    "< ServerKeyExchange",
    "< ServerHelloDone",
    "> ClientKeyExchange",
    "> ChangeCipherSpec",
    "> Finished",
    "< ChangeCipherSpec",
    "< Finished",
];

/// The same, the client being asked who it is.
pub(super) const MUTUAL: &[&str] = &[
    "> ClientHello",
    "< ServerHello",
    "< Certificate",
    "< ServerKeyExchange",
    "< CertificateRequest",
    "< ServerHelloDone",
    "> Certificate",
    "> ClientKeyExchange",
    "> CertificateVerify",
    "> ChangeCipherSpec",
    "> Finished",
    "< ChangeCipherSpec",
    "< Finished",
];

/// The same under RSA key transport (RFC 5246 section 7.4.3).
pub(super) const RSA: &[&str] = &[
    "> ClientHello",
    "< ServerHello",
    "< Certificate",
    "< ServerHelloDone",
    "> ClientKeyExchange",
    "> ChangeCipherSpec",
    "> Finished",
    "< ChangeCipherSpec",
    "< Finished",
];

/// An abbreviated handshake: the server finishes first.
pub(super) const ABBREVIATED: &[&str] = &[
    "> ClientHello",
    "< ServerHello",
    "< ChangeCipherSpec",
    "< Finished",
    "> ChangeCipherSpec",
    "> Finished",
];

/// RFC 8446 section 2.2.
pub(super) const PSK: &[&str] = &[
    "> ClientHello",
    "< ServerHello",
    "< EncryptedExtensions",
    "< Finished",
    "> Finished",
];

/// What passed before the request.
fn before_request(played: &Played) -> Vec<(Direction, String)> {
    let wire = played.wire();
    let messages = wire.into_iter().map_while(|entry| match entry {
        Entry::Message {
            direction,
            msg_type,
            ..
        } => Some((direction, name(msg_type))),
        Entry::ChangeCipherSpec { direction } => Some((direction, "ChangeCipherSpec".to_owned())),
        _ => None,
    });
    messages.collect()
}

/// These messages passed and no others, in this order.
pub(super) fn passed(played: &Played, wanted: &[&str], claim: &str) -> Check {
    let passed = before_request(played).into_iter().map(|(direction, name)| {
        let arrow = match direction {
            Direction::Sent => '>',
            Direction::Received => '<',
        };
        format!("{arrow} {name}")
    });
    check(passed.eq(wanted.iter().copied()), claim)
}

/// How often the client had to wait for the server before it could ask.
pub(super) fn waits(played: &Played, wanted: usize) -> Check {
    let before = before_request(played);
    let flights = before
        .chunk_by(|(one, _), (next, _)| one == next)
        .filter(|flight| {
            flight
                .first()
                .is_some_and(|(direction, _)| *direction == Direction::Received)
        });
    let times = if wanted == 1 { "once" } else { "twice" };
    check(
        flights.count() == wanted,
        format!("the client waited for the server {times} before it asked"),
    )
}

/// Both sides have made the same master secret (RFC 5246 section 8.1).
pub(super) fn master_secret(played: &Played) -> Check {
    let ours = played.client_side.secret(MASTER);
    let theirs = played.server_side.secret(MASTER);
    let shown = start(ours.as_deref());
    let crossed = &played.client.crossed;
    let hidden = ours.as_deref().is_some_and(|secret| !crossed.shows(secret));
    check(
        hidden && ours == theirs,
        format!("both sides made the same master secret ({shown}), which never crossed the wire"),
    )
}

/// Before TLS 1.3 nothing hides the server's certificate.
pub(super) fn certificate_shows(played: &Played) -> Check {
    let agreed = played.client.negotiated.as_ref();
    let leaf = agreed.and_then(|agreed| agreed.peer_chain.first());
    check(
        leaf.is_some_and(|leaf| played.client.crossed.shows(leaf)),
        "the server\u{2019}s certificate can be read off the wire",
    )
}

/// A message's body.
fn body(played: &Played, wanted: HandshakeType) -> Option<Vec<u8>> {
    let entries = played.client_side.entries();
    entries.into_iter().find_map(|entry| match entry {
        Entry::Message {
            msg_type, bytes, ..
        } if msg_type == wanted => HandshakeHeader::split(&bytes).map(|(_, body)| body.to_vec()),
        _ => None,
    })
}

/// The ClientHello's body.
pub(super) fn client_hello(played: &Played) -> Option<Vec<u8>> {
    body(played, HandshakeType::CLIENT_HELLO)
}

/// The session ID that the server gave.
pub(super) fn given_id(played: &Played) -> Option<Vec<u8>> {
    let body = body(played, HandshakeType::SERVER_HELLO)?;
    let hello = ServerHello::decode(&body).ok()?;
    Some(hello.legacy_session_id_echo.to_vec())
}

/// The session ID that the client offered.
pub(super) fn offered_id(played: &Played) -> Option<Vec<u8>> {
    let body = body(played, HandshakeType::CLIENT_HELLO)?;
    let hello = ClientHello::decode(&body).ok()?;
    Some(hello.legacy_session_id.to_vec())
}

/// Whether the server sent a key share of TLS 1.3.
pub(super) fn has_key_share(played: &Played) -> bool {
    let body = body(played, HandshakeType::SERVER_HELLO);
    body.is_some_and(|body| {
        let hello = ServerHello::decode(&body);
        let extensions = hello.and_then(|hello| ServerHelloExtensions::read(hello.extensions));
        extensions.is_ok_and(|extensions| extensions.key_share.is_some())
    })
}

/// The label of the key log (RFC 9850).
pub(super) const MASTER: &str = "CLIENT_RANDOM";
