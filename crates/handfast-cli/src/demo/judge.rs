//! What must hold after each act. Nothing is assumed: each claim that the tour makes is looked at.

mod back;
pub(super) mod check;
mod flow;
mod lesson;

use crate::demo::act::Act;
use crate::demo::cast::{CLIENT, HOST, ROOT};
use crate::demo::judge::check::{Check, check, start};
use crate::demo::judge::flow::{
    FULL, MUTUAL, RSA, certificate_shows, master_secret, passed, waits,
};
use crate::demo::page::{Page, peer_name};
use crate::demo::play::{End, Played};
use crate::demo::side::{Entry, Side};
use crate::demo::words::suite;
use crate::demo::wrap::grouped;
use handfast::connection::{PeerStanding, Resumption};
use handfast::observe::Direction;
use handfast::{AlertDescription, Error, Fault, ProtocolVersion};
use handfast_wire::registry::HandshakeType;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Client,
    Server,
}

/// All that must hold after this act; `first` is the visit before, where there was one.
pub(super) fn judge(act: Act, played: &Played, first: Option<&Played>) -> Vec<Check> {
    let came_back = |by| {
        let mut checks = connected(played, act);
        checks.extend(back::came_back(played, first, by));
        checks.extend(page(played, Page::Welcome, None));
        checks
    };
    match act {
        Act::Tls13 => {
            let mut checks = connected(played, act);
            checks.push(waits(played, 1));
            checks.extend(page(played, Page::Hello, None));
            checks
        }
        Act::Tls12 => {
            let mut checks = connected(played, act);
            checks.push(passed(
                played,
                FULL,
                "every message of RFC 5246 came in its place",
            ));
            checks.extend([
                master_secret(played),
                certificate_shows(played),
                waits(played, 2),
            ]);
            checks.extend(page(played, Page::Hello, None));
            checks
        }
        Act::ResumedTls13 => came_back(Resumption::Psk),
        Act::ResumedTicket => came_back(Resumption::Ticket),
        Act::ResumedSessionId => came_back(Resumption::SessionId),
        Act::Mutual => {
            let mut checks = connected(played, act);
            checks.push(client_is_known(played, true));
            checks.extend(page(played, Page::Greeting, Some(CLIENT)));
            checks
        }
        Act::MutualTls12 => {
            let mut checks = connected(played, act);
            checks.push(client_is_known(played, false));
            checks.push(passed(
                played,
                MUTUAL,
                "three messages more: CertificateRequest, Certificate, CertificateVerify",
            ));
            checks.extend(page(played, Page::Greeting, Some(CLIENT)));
            checks
        }
        Act::UntrustedAuthority => untrusted_authority(played),
        Act::FlippedBit => flipped_bit(played),
        Act::StruckHello => struck_hello(played),
        Act::LessonRsa | Act::LessonSsl3 => {
            let mut checks = connected(played, act);
            checks.push(passed(
                played,
                RSA,
                "no ServerKeyExchange: the certificate is all that the client needs",
            ));
            checks.extend(lesson::keys(played));
            checks.extend(page(played, Page::Hello, None));
            checks
        }
    }
}

/// Which side found a fault and said so first, and which fault.
pub(super) fn noticed_by(played: &Played) -> Option<(Who, Fault)> {
    let alerted = |end: &End, side: &Side, who: Who| {
        let Some(Error::Fault(fault)) = end.failure.as_ref()?.error else {
            return None;
        };
        // An alert is noted before its first byte leaves, so the other side's can only be later.
        let at = side.entries().iter().find_map(|entry| match entry {
            Entry::Alert {
                direction: Direction::Sent,
                description,
                at,
                ..
            } if *description == fault.alert() => Some(*at),
            _ => None,
        });
        Some((at?, who, fault))
    };
    let client = alerted(&played.client, &played.client_side, Who::Client);
    let server = alerted(&played.server, &played.server_side, Who::Server);
    let first = [client, server]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _, _)| *at);
    first.map(|(_, who, fault)| (who, fault))
}

fn connected(played: &Played, act: Act) -> Vec<Check> {
    let (client, server) = (
        played.client.negotiated.as_ref(),
        played.server.negotiated.as_ref(),
    );
    let verified = client.is_some_and(|client| client.peer_standing == PeerStanding::Verified);
    let same = client.zip(server).is_some_and(|(client, server)| {
        (client.suite, client.group) == (server.suite, server.group)
            && client.version == act.version()
            && server.version == act.version()
    });
    let parts = client.map_or_else(String::new, |client| {
        let (suite, group) = (suite(client.suite), client.group);
        let alpn = client.alpn.as_deref().map(String::from_utf8_lossy);
        // Under RSA key transport there is no group, in SSL 3.0 no protocol.
        let more = [group.name().map(Into::into), alpn];
        let more = more.into_iter().flatten().map(|part| format!(", {part}"));
        format!("{}, {suite}{}", client.version, more.collect::<String>())
    });
    let (ours, theirs) = (played.client.exported, played.server.exported);
    let start = start(ours.as_ref().map(<[u8; 16]>::as_slice));
    let mut checks = vec![
        check(
            verified,
            format!("the server is {HOST}: verified up to \u{201c}{ROOT}\u{201d}"),
        ),
        check(same, format!("both sides agree on {parts}")),
    ];
    // Nothing may be exported where keys are not bound to the handshake (RFC 7627 section 5.4).
    if client.is_some_and(|client| client.extended_master_secret) {
        checks.push(check(
            ours.is_some() && ours == theirs,
            format!("both sides can export the same secret ({start}): their keys are equal"),
        ));
    } else {
        checks.push(check(
            act.version() == ProtocolVersion::SSL_3_0 && ours.is_none() && theirs.is_none(),
            "nothing can be exported: these keys are not bound to their handshake",
        ));
    }
    checks
}

/// In TLS 1.3 the client's certificate is hidden from the wire, before it is not.
fn client_is_known(played: &Played, hidden: bool) -> Check {
    let server = played.server.negotiated.as_ref();
    let verified = server.is_some_and(|server| server.peer_standing == PeerStanding::Verified);
    let named = server
        .and_then(peer_name)
        .is_some_and(|name| name == CLIENT);
    let leaf = server.and_then(|server| server.peer_chain.first());
    let as_wanted = leaf.is_some_and(|leaf| played.client.crossed.shows(leaf) != hidden);
    let seen = if hidden {
        "hidden from"
    } else {
        "for all to read on"
    };
    check(
        verified && named && as_wanted,
        format!("the client is {CLIENT}: verified by the server, and {seen} the wire"),
    )
}

fn page(played: &Played, page: Page, client: Option<&str>) -> Vec<Check> {
    let got = &played.client.received;
    let body = page.body(client);
    let whole = *got == page.response(client).into_bytes()
        && played.client.closed
        && played.client.failure.is_none();
    let request = played.server.received == page.request().into_bytes()
        && played.server.closed
        && played.server.failure.is_none();
    let crossed = &played.client.crossed;
    let hidden = !crossed.shows(body.trim_end().as_bytes()) && !crossed.shows(b"HTTP/1.1 200");
    let bytes = grouped(crossed.len());
    vec![
        check(
            whole && request,
            "request and page came whole: both sides ended with close_notify",
        ),
        check(
            hidden && crossed.len() > got.len(),
            format!("not a word of the page in the {bytes} bytes that crossed the wire"),
        ),
    ]
}

fn untrusted_authority(played: &Played) -> Vec<Check> {
    let wanted = Fault::CertificateAuthorityUnknown;
    vec![
        refused_by_client(
            played,
            wanted,
            "nobody whom it trusts issued the certificate",
        ),
        server_was_told(played, AlertDescription::UNKNOWN_CA),
        check(
            played.server.received.is_empty() && !has_sent_data(played),
            "the client sent nothing of its request",
        ),
    ]
}

fn flipped_bit(played: &Played) -> Vec<Check> {
    let asked = played.client.handshake.is_some()
        && played.server.received == Page::Invoice.request().into_bytes();
    vec![
        meddled(
            played,
            "one bit was flipped in the record that holds the page",
        ),
        check(asked, "handshake and request had gone well before"),
        refused_by_client(
            played,
            Fault::RecordNotAuthentic,
            "the record\u{2019}s tag does not fit it",
        ),
        server_was_told(played, AlertDescription::BAD_RECORD_MAC),
        check(
            played.client.received.is_empty(),
            "not one byte of the page reached the reader",
        ),
    ]
}

fn struck_hello(played: &Played) -> Vec<Check> {
    let label = "SERVER_HANDSHAKE_TRAFFIC_SECRET";
    let ours = played.client_side.secret(label);
    let theirs = played.server_side.secret(label);
    let entries = played.client_side.entries();
    let heard = |wanted: HandshakeType| {
        entries.iter().any(|entry| {
            matches!(entry, Entry::Message { direction: Direction::Received, msg_type, .. } if *msg_type == wanted)
        })
    };
    let first = heard(HandshakeType::SERVER_HELLO) && !heard(HandshakeType::ENCRYPTED_EXTENSIONS);
    let differ = ours.is_some() && theirs.is_some() && ours != theirs;
    let server = played
        .server
        .failure
        .as_ref()
        .and_then(|failure| failure.error);
    vec![
        meddled(
            played,
            "the server got another ClientHello than the client sent",
        ),
        check(
            differ,
            format!(
                "another transcript, other keys: {} there, {} here",
                start(theirs.as_deref()),
                start(ours.as_deref())
            ),
        ),
        refused_by_client(
            played,
            Fault::RecordNotAuthentic,
            "the first encrypted record does not open",
        ),
        check(
            first,
            "that was before anything under these keys was believed",
        ),
        check(
            server == Some(Error::Fault(Fault::RecordNotAuthentic)),
            "nor can the server open the client\u{2019}s alert: it gives up likewise",
        ),
        check(
            played.server.received.is_empty() && !has_sent_data(played),
            "the client sent nothing of its request",
        ),
    ]
}

fn meddled(played: &Played, claim: &str) -> Check {
    let entries = played.client_side.entries();
    check(
        entries
            .iter()
            .any(|entry| matches!(entry, Entry::Meddled { .. })),
        claim,
    )
}

/// The client noticed first, found this fault and no other, and sent the alert that goes with it.
fn refused_by_client(played: &Played, wanted: Fault, why: &str) -> Check {
    let noticed = noticed_by(played) == Some((Who::Client, wanted));
    check(noticed, format!("the client notices first: {why}"))
}

fn server_was_told(played: &Played, alert: AlertDescription) -> Check {
    let error = played
        .server
        .failure
        .as_ref()
        .and_then(|failure| failure.error);
    check(
        error == Some(Error::PeerAlert(alert)),
        format!("the alert {alert} reaches the server, which gives up too"),
    )
}

fn has_sent_data(played: &Played) -> bool {
    played
        .client_side
        .entries()
        .iter()
        .any(|entry| matches!(entry, Entry::Data { .. }))
}
