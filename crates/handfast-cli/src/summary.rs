//! What a handshake agreed on, for a person and for a program.

use crate::delegated;
use crate::demo::wrap::wrap;
use crate::ech;
use crate::exceptions;
use crate::judged::{FirstUse, Judged};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast::config::CertificateType;
use handfast::connection::{PeerStanding, Resumption};
use handfast::{Negotiated, ProtocolVersion, SignatureScheme};
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use handfast_pki::pin::Pin;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;

/// When a connection's phases were done.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    pub(crate) resolve: Duration,
    pub(crate) connect: Duration,
    pub(crate) handshake: Duration,
}

/// The lines for a person.
pub(crate) fn lines(negotiated: &Negotiated, times: Times, judged: &Judged) -> Vec<String> {
    let mut lines = vec![
        format!(
            "version   {}{}",
            negotiated.version,
            if negotiated.retried {
                ", after a HelloRetryRequest"
            } else {
                ""
            }
        ),
        format!("session   {}", session(negotiated)),
        format!("suite     {}", negotiated.suite),
    ];
    lines.push(format!("          {}", keys(negotiated)));
    if let Some(parts) = handfast::suite::parts(negotiated.suite) {
        lines.push(format!(
            "          cipher {}, hash {}",
            parts.cipher,
            hash(negotiated, parts.hash)
        ));
    }
    lines.push(format!("server    {}", standing(negotiated, judged)));
    if let Some(key) = negotiated.peer_raw_key() {
        lines.push(format!("raw key   {}", Pin::of_key(key)));
    }
    if let Some(line) = delegated::line(negotiated) {
        lines.push(format!("signed    {line}"));
    }
    for (at, der) in negotiated.peer_chain.iter().enumerate() {
        let label = if at == 0 { "chain" } else { "" };
        lines.push(format!("{label:<9} {at} {}", certificate_line(der)));
    }
    for (at, line) in Judged::revocation_lines(negotiated).iter().enumerate() {
        let label = if at == 0 { "status" } else { "" };
        lines.push(format!("{label:<9} {line}"));
    }
    for (at, line) in judged.sct_lines().iter().enumerate() {
        let label = if at == 0 { "SCTs" } else { "" };
        lines.push(format!("{label:<9} {line}"));
    }
    if let Some(scheme) = negotiated.own_scheme {
        let what = match negotiated.own_certificate_type() {
            CertificateType::RAW_PUBLIC_KEY => "raw public key",
            _ => "certificate",
        };
        lines.push(format!("client    showed its {what}, signed by {scheme}"));
    }
    lines.push(format!(
        "SNI       {}",
        negotiated.server_name.as_deref().unwrap_or("none")
    ));
    lines.push(format!(
        "ALPN      {}",
        alpn(negotiated).unwrap_or_else(|| "none".to_owned())
    ));
    if let Some(line) = ech::line(negotiated.ech) {
        lines.push(format!("ECH       {line}"));
    }
    lines.push(format!(
        "times     DNS {}, TCP {}, TLS {}",
        ms(times.resolve),
        ms(times.connect),
        ms(times.handshake)
    ));
    lines.iter().flat_map(|line| hang(line)).collect()
}

/// A line that goes on below what stands behind its label. Both callers put two columns before it.
fn hang(line: &str) -> Vec<String> {
    let (label, text) = line.split_at_checked(LABEL).unwrap_or(("", line));
    let parts = wrap(text, 80 - 2 - LABEL).into_iter().enumerate();
    let parts = parts.map(|(at, text)| match at {
        0 => format!("{label}{text}"),
        _ => format!("{:LABEL$}{text}", ""),
    });
    parts.collect()
}

/// Columns of a label.
const LABEL: usize = 10;

/// The same as JSON.
pub(crate) fn json(negotiated: &Negotiated, times: Times, judged: &Judged) -> Value {
    let parts = handfast::suite::parts(negotiated.suite);
    let chain: Vec<_> = negotiated
        .peer_chain
        .iter()
        .map(|der| certificate_json(der))
        .collect();
    json!({
        "version": negotiated.version.to_string(),
        "suite": negotiated.suite.to_string(),
        "key_exchange": exchanges_keys(negotiated).then(|| exchange(negotiated)),
        "signature": signature(negotiated).map(|scheme| scheme.to_string()),
        "cipher": parts.map(|parts| parts.cipher),
        "hash": parts.map(|parts| hash(negotiated, parts.hash)),
        "hello_retry_request": negotiated.retried,
        "ech": ech::word(negotiated.ech),
        "resumption": negotiated.resumption.map(resumption),
        "verified": judged.verified || is_known(negotiated),
        "psk_identity": identity(negotiated),
        "raw_key": negotiated.peer_raw_key().map(|key| Pin::of_key(key).to_string()),
        "delegated": delegated::json(negotiated),
        "objection": judged.objection,
        "exceptions": exceptions::json(negotiated.exceptions()),
        "first_use": judged.first_use.as_ref().map(FirstUse::json),
        "revocation": Judged::revocation_json(negotiated),
        "scts": judged.scts_json(),
        "fetched": judged.tried_json(),
        "client_signature": negotiated.own_scheme.map(|scheme| scheme.to_string()),
        "sni": negotiated.server_name,
        "alpn": alpn(negotiated),
        "chain": chain,
        "times_ms": {
            "resolve": times.resolve.as_secs_f64() * 1e3,
            "connect": times.connect.as_secs_f64() * 1e3,
            "handshake": times.handshake.as_secs_f64() * 1e3,
        },
    })
}

/// Where the keys come from, and what proves who the server is.
fn keys(negotiated: &Negotiated) -> String {
    let exchange = exchange(negotiated);
    match (negotiated.is_resumed(), exchanges_keys(negotiated)) {
        (true, false) => {
            "keys from the session: no key exchange, nothing signed this time".to_owned()
        }
        (true, true) => format!("key exchange {exchange}, nothing signed this time"),
        (false, _) if negotiated.group.0 == 0 && negotiated.prime_bits.is_none() => {
            format!("key exchange {exchange}: no forward secrecy, nothing signed")
        }
        (false, _) if negotiated.psk_identity.is_some() && signature(negotiated).is_none() => {
            format!("key exchange {exchange} beside the shared key, nothing signed")
        }
        (false, _) => {
            let signature = signature(negotiated);
            let signature = signature.map_or_else(|| "none".to_owned(), |one| one.to_string());
            format!("key exchange {exchange}, signature {signature}")
        }
    }
}

/// What messages and secrets are hashed with: before TLS 1.2 no suite has a say in it.
fn hash(negotiated: &Negotiated, of_suite: &'static str) -> &'static str {
    match negotiated.version < ProtocolVersion::TLS_1_2 {
        true => "MD5 and SHA-1",
        false => of_suite,
    }
}

/// How the keys were agreed on.
fn exchange(negotiated: &Negotiated) -> String {
    match (negotiated.group.0, negotiated.prime_bits) {
        (0, Some(bits)) => format!("DHE in a field of {bits} bits"),
        (0, None) => {
            let parts = handfast::suite::parts(negotiated.suite);
            parts
                .map_or("unknown", |parts| parts.key_exchange)
                .to_owned()
        }
        _ => negotiated.group.to_string(),
    }
}

/// Whether this very connection had a key exchange: before TLS 1.3 one that goes on has none.
fn exchanges_keys(negotiated: &Negotiated) -> bool {
    matches!(negotiated.resumption, None | Some(Resumption::Psk))
}

/// What the server signed this connection's handshake with.
fn signature(negotiated: &Negotiated) -> Option<SignatureScheme> {
    negotiated.peer_scheme.filter(|_| !negotiated.is_resumed())
}

/// How the connection came about, in words.
fn session(negotiated: &Negotiated) -> &'static str {
    match negotiated.resumption {
        None => "full handshake",
        Some(Resumption::SessionId) => "resumed by session ID",
        Some(Resumption::Ticket) => "resumed by ticket",
        Some(Resumption::Psk) => "resumed by PSK, with a fresh key exchange",
        Some(_) => "resumed",
    }
}

/// The same for programs.
pub(crate) fn resumption(resumption: Resumption) -> &'static str {
    match resumption {
        Resumption::SessionId => "session_id",
        Resumption::Ticket => "ticket",
        Resumption::Psk => "psk",
        _ => "other",
    }
}

/// The application protocol, if one was agreed on.
pub(crate) fn alpn(negotiated: &Negotiated) -> Option<String> {
    negotiated
        .alpn
        .as_ref()
        .map(|name| String::from_utf8_lossy(name).escape_debug().to_string())
}

fn standing(negotiated: &Negotiated, judged: &Judged) -> String {
    if let Some(first_use) = &judged.first_use {
        return first_use.line();
    }
    match (negotiated.peer_standing, judged.objection.as_deref()) {
        (PeerStanding::Verified, _) if negotiated.is_resumed() => {
            "verified on the first visit; it knows the session's secret".to_owned()
        }
        (PeerStanding::Verified, _) => match exceptions::needed(negotiated) {
            Some(rules) => format!("verified, but for what an exception lets pass: {rules}"),
            None => "verified".to_owned(),
        },
        _ if judged.verified => "verified".to_owned(),
        (PeerStanding::KnownKey, _) => {
            "known by its raw public key, and by nothing else (--server-raw-key)".to_owned()
        }
        (PeerStanding::DangerPinned, _) => "pinned, and nothing else was asked (-k)".to_owned(),
        (PeerStanding::Anonymous, _) => format!("NOT VERIFIED (-k): {ANYONE}"),
        (PeerStanding::SharedKey, _) => {
            let name = identity(negotiated).unwrap_or_default();
            format!("knows the shared key {name:?}, and shows no certificate")
        }
        (_, None) => "not verified (-k), though it would have been".to_owned(),
        (_, Some(objection)) => format!("NOT VERIFIED (-k): {objection}"),
    }
}

/// Whether the server proved that it is the one that was meant.
fn is_known(negotiated: &Negotiated) -> bool {
    matches!(
        negotiated.peer_standing,
        PeerStanding::Verified | PeerStanding::SharedKey | PeerStanding::KnownKey
    )
}

/// The name of the key that both have known before, if they met by one.
pub(crate) fn identity(negotiated: &Negotiated) -> Option<String> {
    let identity = negotiated.psk_identity.as_deref()?;
    Some(String::from_utf8_lossy(identity).into_owned())
}

/// What is to be said of a server that showed nothing.
pub(crate) fn unknown(negotiated: &Negotiated) -> Option<&'static str> {
    (negotiated.peer_standing == PeerStanding::Anonymous).then_some(ANYONE)
}

const ANYONE: &str = "the suite is anonymous, so it may be anyone, who sits in between as well";

fn certificate_line(der: &[u8]) -> String {
    let Ok(certificate) = Certificate::parse(der) else {
        return "unreadable".to_owned();
    };
    let names = names(&certificate);
    let names = if names.is_empty() {
        String::new()
    } else {
        format!(" ({})", names.join(", "))
    };
    format!(
        "{}{names}, by {}, until {}",
        plain(certificate.subject()),
        plain(certificate.issuer()),
        date(certificate.validity().not_after.0)
    )
}

fn certificate_json(der: &[u8]) -> Value {
    let Ok(certificate) = Certificate::parse(der) else {
        return json!({ "der": STANDARD.encode(der) });
    };
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "names": names(&certificate),
        "not_before": date(certificate.validity().not_before.0),
        "not_after": date(certificate.validity().not_after.0),
        "der": STANDARD.encode(der),
    })
}

fn names(certificate: &Certificate<'_>) -> Vec<String> {
    let names = certificate
        .subject_alt_names()
        .filter_map(|name| match &name {
            GeneralName::Dns(dns) => Some(plain(dns)),
            _ => name.ip().map(|address: IpAddr| address.to_string()),
        });
    names.collect()
}

/// What a certificate says may hold anything: nothing of it steers the terminal.
fn plain(text: impl ToString) -> String {
    text.to_string()
        .chars()
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect()
}

pub(crate) fn date(unix_s: i64) -> String {
    Timestamp::from_second(unix_s).map_or_else(|_| unix_s.to_string(), |time| time.to_string())
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}
