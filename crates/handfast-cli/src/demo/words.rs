//! What a handshake message says and decides, in plain words.

pub(crate) mod classic;

use crate::authorities::{asked, authorities};
use crate::compressed;
use crate::demo::page::common_name;
use handfast::stream::now;
use handfast_ca::profile::KeyKind;
use handfast_pki::certificate::Certificate as Leaf;
use handfast_pki::general_name::GeneralName;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{
    Certificate, CertificateRequest, CertificateRequestExtensions, CertificateVerify,
    ClassicCertificate, ClientHello, ClientHelloExtensions, EncryptedExtensions,
    EncryptedExtensionsSet, HandshakeHeader, ServerHello, ServerHelloExtensions,
};
use handfast_wire::registry::{
    CipherSuite, CompressionMethod, HandshakeType, NamedGroup, ProtocolVersion,
};

/// The message's name as the RFC spells it.
pub(crate) fn name(msg_type: HandshakeType) -> String {
    let snake = msg_type.to_string();
    let capital = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    };
    snake.split('_').map(capital).collect()
}

/// Reads the messages of a connection in their order; a ClientHello begins another.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The session ID that the client offered.
    offered_id: Vec<u8>,
    is_classic: bool,
    /// What the server chose, before TLS 1.3.
    chosen: Option<(ProtocolVersion, CipherSuite)>,
    /// Whether the master secret is the extended one (RFC 7627).
    is_extended: bool,
}

impl Reading {
    /// What a message says: one line, to be wrapped.
    pub(crate) fn says(&mut self, msg_type: HandshakeType, bytes: &[u8]) -> String {
        let body = HandshakeHeader::split(bytes).map_or(&[][..], |(_, body)| body);
        let words = match msg_type {
            HandshakeType::HELLO_REQUEST => {
                Some("asks the client to begin another handshake on this connection".to_owned())
            }
            HandshakeType::CLIENT_HELLO => self.client_hello(body),
            HandshakeType::SERVER_HELLO => self.server_hello(body),
            HandshakeType::ENCRYPTED_EXTENSIONS => encrypted_extensions(body),
            HandshakeType::CERTIFICATE_REQUEST => {
                certificate_request(body).or_else(|| classic::certificate_request(body))
            }
            HandshakeType::SERVER_KEY_EXCHANGE => classic::server_key_exchange(body),
            HandshakeType::CERTIFICATE_STATUS => Some(classic::CERTIFICATE_STATUS.to_owned()),
            HandshakeType::SERVER_HELLO_DONE => Some(classic::SERVER_HELLO_DONE.to_owned()),
            HandshakeType::CLIENT_KEY_EXCHANGE => {
                Some(classic::client_key_exchange(self.chosen, self.is_extended))
            }
            HandshakeType::CERTIFICATE => certificate(body),
            HandshakeType::COMPRESSED_CERTIFICATE => compressed_certificate(body),
            HandshakeType::CERTIFICATE_VERIFY => certificate_verify(body),
            HandshakeType::FINISHED => {
                Some("a MAC over all of it: nobody changed a thing".to_owned())
            }
            HandshakeType::NEW_SESSION_TICKET => {
                Some("lets the client come back faster".to_owned())
            }
            HandshakeType::KEY_UPDATE => Some("a new key from here on".to_owned()),
            HandshakeType::END_OF_EARLY_DATA => Some("what is said early ends here".to_owned()),
            _ => None,
        };
        words.unwrap_or_else(|| "not understood here".to_owned())
    }

    /// Whether the version was chosen and is one before TLS 1.3.
    pub(crate) fn is_classic(&self) -> bool {
        self.is_classic
    }

    fn client_hello(&mut self, body: &[u8]) -> Option<String> {
        let hello = ClientHello::decode(body).ok()?;
        self.is_classic = false;
        self.offered_id = hello.legacy_session_id.to_vec();
        client_hello(&hello)
    }

    fn server_hello(&mut self, body: &[u8]) -> Option<String> {
        let hello = ServerHello::decode(body).ok()?;
        if hello.is_retry_request() {
            return Some("asks for another key share".to_owned());
        }
        let extensions = ServerHelloExtensions::read(hello.extensions).ok();
        if let Some((extensions, version)) =
            extensions.and_then(|all| Some((all, all.supported_versions?)))
        {
            return server_hello(&hello, &extensions, version);
        }
        self.is_classic = true;
        self.chosen = Some((hello.legacy_version, hello.cipher_suite));
        self.is_extended = classic::is_extended(&hello);
        // RFC 5246 s7.4.1.3, RFC 5077 s3.4: whoever gives the ID back goes on with its session.
        let id = hello.legacy_session_id_echo.0;
        Some(classic::server_hello(
            &hello,
            !id.is_empty() && id == self.offered_id,
        ))
    }
}

/// The suite by its cipher, as people say it.
pub(super) fn suite(code: CipherSuite) -> String {
    let parts = handfast::suite::parts(code);
    parts.map_or_else(|| code.to_string(), |parts| parts.cipher.to_owned())
}

/// True for groups that a quantum computer does not break either.
pub(super) fn is_post_quantum(group: NamedGroup) -> bool {
    group.to_string().contains("MLKEM")
}

fn client_hello(hello: &ClientHello<'_>) -> Option<String> {
    let extensions = ClientHelloExtensions::read(hello.extensions).ok()?;
    let mut says = Vec::new();
    let versions: Vec<_> = match extensions.supported_versions {
        Some(versions) => versions.iter().map(|one| one.to_string()).collect(),
        None => vec![hello.legacy_version.to_string()],
    };
    says.push(format!("offers {}", versions.join(", ")));
    // Older suites go by longer names, since they also say who signs and how keys are agreed on.
    let is_older = |one: &CipherSuite| one.to_string().contains("_WITH_");
    let (older, newest): (Vec<_>, Vec<_>) = hello.cipher_suites.iter().partition(is_older);
    if !newest.is_empty() {
        says.push(newest.into_iter().map(suite).collect::<Vec<_>>().join(", "));
    }
    match older.as_slice() {
        [] => {}
        [one] => says.push(one.to_string()),
        more => says.push(format!("{} suites of {}", more.len(), hello.legacy_version)),
    }
    let shared = |group: NamedGroup| {
        extensions
            .key_share
            .is_some_and(|shares| shares.iter().any(|share| share.group == group))
    };
    let mut shares = 0;
    let offered = extensions.supported_groups.into_iter();
    let groups = offered.flat_map(|groups| groups.iter()).map(|group| {
        shares += usize::from(shared(group));
        if shared(group) {
            format!("{group}*")
        } else {
            group.to_string()
        }
    });
    let groups: Vec<_> = groups.collect();
    if !groups.is_empty() {
        says.push(groups.join(", "));
    }
    says.extend(compression(hello.legacy_compression_methods.0));
    match shares {
        0 => {}
        1 => says.push("*key sent along".to_owned()),
        _ => says.push("*keys sent along".to_owned()),
    }
    if let Some(name) = extensions.server_name.and_then(|names| names.iter().next()) {
        says.push(format!("asks for {}", String::from_utf8_lossy(name.name.0)));
    }
    if let Some(protocols) = extensions.alpn {
        let names: Vec<_> = protocols
            .iter()
            .map(|one| String::from_utf8_lossy(one.0))
            .collect();
        says.push(format!("to speak {}", names.join(" or ")));
    }
    if extensions.supported_versions.is_none() {
        says.push(format!("random {}", classic::start(hello.random)));
    }
    says.extend(way_back(hello, &extensions));
    Some(says.join("; "))
}

/// What the client would compress by, where it is more than nothing (CRIME).
fn compression(methods: &[u8]) -> Option<String> {
    let methods = methods.iter().map(|method| CompressionMethod(*method));
    let more: Vec<_> = methods
        .filter(|method| *method != CompressionMethod::NULL)
        .map(|method| method.to_string())
        .collect();
    (!more.is_empty()).then(|| format!("would compress by {}", more.join(", ")))
}

/// By what the client would come back.
fn way_back(hello: &ClientHello<'_>, extensions: &ClientHelloExtensions<'_>) -> Option<String> {
    if extensions.pre_shared_key.is_some() {
        return Some("comes back with a ticket, a MAC shows that it knows its key".to_owned());
    }
    match extensions.session_ticket {
        Some([_, ..]) => Some("comes back with a ticket".to_owned()),
        // TLS 1.3 sends one that means nothing.
        _ if extensions.supported_versions.is_some() => None,
        _ => classic::session_id(hello.legacy_session_id.0),
    }
}

fn server_hello(
    hello: &ServerHello<'_>,
    extensions: &ServerHelloExtensions<'_>,
    version: ProtocolVersion,
) -> Option<String> {
    let group = extensions.key_share?.group;
    let kind = if is_post_quantum(group) {
        "built to resist quantum computers"
    } else {
        "classical"
    };
    let back = if extensions.pre_shared_key.is_some() {
        "; knows the ticket"
    } else {
        ""
    };
    let suite = suite(hello.cipher_suite);
    Some(format!(
        "chooses {version}; {suite}; {group}, {kind}; its own key sent along{back}"
    ))
}

fn encrypted_extensions(body: &[u8]) -> Option<String> {
    let message = EncryptedExtensions::decode(body).ok()?;
    let set = EncryptedExtensionsSet::read(message.extensions).ok()?;
    let protocol = set.alpn.and_then(|names| names.iter().next());
    Some(match protocol {
        Some(name) => format!("chooses {}", String::from_utf8_lossy(name.0)),
        None => "nothing more to choose".to_owned(),
    })
}

fn certificate_request(body: &[u8]) -> Option<String> {
    let request = CertificateRequest::decode(body).ok()?;
    let extensions = CertificateRequestExtensions::read(request.extensions).ok()?;
    let schemes = extensions.signature_algorithms?.iter().count();
    let named = authorities(body)?;
    Some(asked(schemes, &named))
}

fn compressed_certificate(body: &[u8]) -> Option<String> {
    let message = compressed::unpacked(body)?;
    let says = certificate(&message.body)?;
    let (algorithm, bytes) = (
        message.algorithm,
        message.body.len() + HandshakeHeader::LENGTH,
    );
    Some(format!(
        "{says}; compressed by {algorithm} from {bytes} bytes"
    ))
}

fn certificate(body: &[u8]) -> Option<String> {
    // The lengths tell the two forms apart: TLS 1.3 has one byte more before the list.
    let leaf = match Certificate::decode(body) {
        Ok(message) => message.entries().next().map(|entry| entry.cert_data.0),
        Err(_) => ClassicCertificate::decode(body).ok()?.entries().next(),
    };
    let Some(leaf) = leaf else {
        return Some("none".to_owned());
    };
    let leaf = Leaf::parse(leaf).ok()?;
    let names: Vec<_> = leaf
        .subject_alt_names()
        .filter_map(|name| alternative_name(&name))
        .collect();
    let subject = leaf.subject().to_string();
    let whom = if names.is_empty() {
        common_name(&subject).to_owned()
    } else {
        names.join(", ")
    };
    let issuer = leaf.issuer().to_string();
    let issuer = common_name(&issuer);
    let seconds = leaf.validity().not_after.0 - i64::try_from(now().unix_s()).ok()?;
    // To the nearest: a month's certificate that is a second old has a month left.
    let days = (seconds + 43_200) / 86_400;
    let kind = leaf
        .public_key()
        .ok()
        .map_or("unknown", |key| key_kind(key.kind()));
    Some(format!(
        "\u{201c}{whom}\u{201d}, says \u{201c}{issuer}\u{201d}; {kind} key; {days} days left"
    ))
}

fn alternative_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::Dns(name) | GeneralName::Mail(name) => Some((*name).to_owned()),
        GeneralName::Ip([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
        _ => None,
    }
}

fn key_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::EcP256 => "P-256",
        KeyKind::EcP384 => "P-384",
        KeyKind::EcP521 => "P-521",
        KeyKind::Ed25519 => "Ed25519",
        KeyKind::Rsa { .. } | KeyKind::RsaPss { .. } => "RSA",
        KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87 => "ML-DSA",
        _ => "unknown",
    }
}

fn certificate_verify(body: &[u8]) -> Option<String> {
    let verify = CertificateVerify::decode(body).ok()?;
    let scheme = verify.algorithm;
    Some(format!(
        "{scheme} over all messages so far; proves that the key is its own"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_of_old_names_no_groups_and_may_want_to_compress() {
        let words = |methods: &[u8]| {
            let head = [&[3, 1][..], &[7; 32], &[0, 0, 2, 0, 0x2f]].concat();
            let length = u8::try_from(methods.len()).unwrap();
            let body = [&head[..], &[length], methods].concat();
            let length = u8::try_from(body.len()).unwrap();
            let message = [&[1, 0, 0, length][..], &body].concat();
            Reading::default().says(HandshakeType::CLIENT_HELLO, &message)
        };
        let plain = "offers TLS 1.0; TLS_RSA_WITH_AES_128_CBC_SHA; random 07070707\u{2026}";
        assert_eq!(words(&[0]), plain);
        let compressed = words(&[1, 64, 0]);
        assert!(
            compressed.contains("; would compress by DEFLATE, LZS; "),
            "{compressed}"
        );
    }
}
