//! What the messages say that only TLS 1.2 and older have.

use crate::authorities::{asked, authorities};
use handfast_wire::codec::Wire;
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::{
    ClassicCertificateRequest, ClassicServerHelloExtensions, EcdheServerKeyExchange, ServerHello,
};
use handfast_wire::registry::{CipherSuite, CompressionMethod, ProtocolVersion};

/// ChangeCipherSpec is a record of its own, not a handshake message.
pub(crate) const CHANGE_CIPHER_SPEC: &str =
    "one byte: from here on this side encrypts, with keys of its own";

pub(super) fn server_hello(hello: &ServerHello<'_>, goes_on: bool) -> String {
    let version = hello.legacy_version;
    let mut says = if goes_on {
        let parts = handfast::suite::parts(hello.cipher_suite);
        let cipher =
            parts.map_or_else(|| hello.cipher_suite.to_string(), |it| it.cipher.to_owned());
        vec![format!("goes on with the session: {version}, {cipher}")]
    } else {
        vec![format!("chooses {version}"), suite(hello.cipher_suite)]
    };
    says.extend(protocol(hello.extensions));
    says.push(format!("random {}", start(hello.random)));
    says.extend(session_id(hello.legacy_session_id_echo.0));
    let compression = CompressionMethod(hello.legacy_compression_method);
    if compression != CompressionMethod::NULL {
        says.push(format!("compression {compression}"));
    }
    says.join("; ")
}

/// Whether both sides bind the master secret to all that was said (RFC 7627).
pub(super) fn is_extended(hello: &ServerHello<'_>) -> bool {
    let set = ClassicServerHelloExtensions::read(hello.extensions);
    set.is_ok_and(|set| set.extended_master_secret.is_some())
}

/// A session ID, where there is one.
pub(super) fn session_id(id: &[u8]) -> Option<String> {
    (!id.is_empty()).then(|| format!("session ID {}", start(id)))
}

/// The first bytes of something long.
pub(super) fn start(bytes: &[u8]) -> String {
    let first = bytes.get(..4).unwrap_or(bytes);
    let hex: String = first.iter().map(|byte| format!("{byte:02x}")).collect();
    hex + "\u{2026}"
}

/// Before TLS 1.3 a suite also says how keys are agreed on and who signs.
fn suite(code: CipherSuite) -> String {
    let name = code.to_string();
    let parts = handfast::suite::parts(code).zip(name.strip_prefix("TLS_"));
    let parts = parts.and_then(|(parts, name)| {
        let (how, _) = name.split_once("_WITH_")?;
        // Under RSA there is one word, and no signature.
        let (agrees, signs) = how.split_once('_').unwrap_or((how, ""));
        Some((agrees.to_owned(), signs.to_owned(), parts.cipher))
    });
    match parts {
        Some((agrees, signs, cipher)) if signs.is_empty() => {
            format!("{agrees} to give keys, {cipher} to encrypt")
        }
        Some((agrees, signs, cipher)) => {
            format!("{agrees} to agree on keys, {signs} to sign, {cipher} to encrypt")
        }
        None => name,
    }
}

fn protocol(extensions: Extensions<'_>) -> Option<String> {
    let set = ClassicServerHelloExtensions::read(extensions).ok()?;
    let name = set.alpn?.iter().next()?;
    Some(String::from_utf8_lossy(name.0).into_owned())
}

pub(super) fn server_key_exchange(body: &[u8]) -> Option<String> {
    let message = EcdheServerKeyExchange::decode(body).ok()?;
    let (group, scheme) = (message.params.named_curve, message.signed.algorithm);
    Some(format!(
        "its key share, made for this connection alone ({group}); \
         signed by {scheme} with both randoms: proves that the key is its own"
    ))
}

pub(super) fn certificate_request(body: &[u8]) -> Option<String> {
    let request = ClassicCertificateRequest::decode(body).ok()?;
    let schemes = request.supported_signature_algorithms.iter().count();
    Some(asked(schemes, &authorities(body)?))
}

pub(super) const CERTIFICATE_STATUS: &str =
    "what the authority says of the certificate, fetched by the server (OCSP)";

pub(super) const SERVER_HELLO_DONE: &str = "that was all: your turn";

/// What the client gives to the keys under this suite, and what they become.
pub(super) fn client_key_exchange(
    chosen: Option<(ProtocolVersion, CipherSuite)>,
    is_extended: bool,
) -> String {
    let parts = chosen.and_then(|(_, suite)| handfast::suite::parts(suite));
    let gives = match parts.map(|parts| parts.key_exchange) {
        Some("RSA") => {
            "the premaster secret, made by the client and encrypted to the certificate\u{2019}s key; \
             from it"
        }
        _ => "its key share; both now have the premaster secret; from it",
    };
    // RFC 7627 section 4: with the hash of all that was said, else RFC 5246 section 8.1.
    let master = if is_extended {
        "and all messages up to here comes the extended master secret"
    } else {
        "and both randoms comes the master secret"
    };
    let has_mac = parts.is_some_and(|parts| parts.cipher.contains(" with "));
    // RFC 4346 section 6.2.3.2: from TLS 1.1 on each record bears its IV.
    let has_iv = chosen.is_some_and(|(version, _)| version <= ProtocolVersion::TLS_1_0);
    let cut = match (has_mac, has_iv) {
        (true, true) => "six: a MAC key, a key and an IV for what each side sends",
        (true, false) => {
            "four: a MAC key and a key for what the client sends, a MAC key and a key for what the \
             server sends"
        }
        (false, _) => {
            "four: a key and an IV for what the client sends, a key and an IV for what the server \
             sends"
        }
    };
    format!("{gives} {master}; with the randoms it becomes the key block, cut into {cut}")
}
