//! What one side offers, or has chosen, as far as its Hello was read.

use crate::config::CommonPlan;
use handfast_wire::codec::{Reader, Wire};
use handfast_wire::extension::Extensions;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions, HandshakeHeader, ServerHello};
use handfast_wire::registry::{
    CertificateType, CipherSuite, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion,
    SignatureScheme, is_grease_protocol,
};

/// What one side offers or accepts, best first; of a server's answer, what it has chosen.
///
/// A list that is not known is `None`; one that is known to hold nothing is empty. Values of GREASE
/// (RFC 8701), which mean nothing, are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// These are a server's choices from what it was offered, one of each.
    pub is_choice: bool,
    /// Protocol versions.
    pub versions: Option<Vec<ProtocolVersion>>,
    /// Cipher suites.
    pub suites: Option<Vec<CipherSuite>>,
    /// Groups for the key exchange.
    pub groups: Option<Vec<NamedGroup>>,
    /// The groups that a key share came along for.
    pub shares: Option<Vec<NamedGroup>>,
    /// Signature schemes.
    pub schemes: Option<Vec<SignatureScheme>>,
    /// Application protocols (ALPN).
    pub alpn: Option<Vec<Vec<u8>>>,
    /// The kinds of certificate that are accepted from the other side.
    pub certificate_types: Option<Vec<CertificateType>>,
    /// The host that the client names.
    pub server_name: Option<String>,
}

impl Offer {
    /// What a config offers, or accepts.
    pub(crate) fn of_config(plan: &CommonPlan) -> Self {
        let versions = plan.set.versions.clone();
        Self {
            suites: Some(codes(&plan.encoded_suites, CipherSuite)),
            groups: Some(codes(&plan.encoded_groups, NamedGroup)),
            schemes: Some(codes(&plan.encoded_schemes, SignatureScheme)),
            versions: Some(versions),
            alpn: Some(plan.set.alpn.clone()),
            ..Self::default()
        }
    }

    /// What a peer's Hello says, header included, as far as it can be read.
    pub(crate) fn of_hello(message: &[u8]) -> Option<Self> {
        let (header, body) = HandshakeHeader::split(message)?;
        match header.msg_type {
            HandshakeType::CLIENT_HELLO => Self::of_client_hello(body),
            HandshakeType::SERVER_HELLO => Self::of_server_hello(body),
            _ => None,
        }
    }

    fn of_client_hello(body: &[u8]) -> Option<Self> {
        let hello = ClientHello::decode(body).ok()?;
        let suites = hello
            .cipher_suites
            .iter()
            .filter(|suite| !suite.is_grease());
        let mut offer = Self {
            suites: Some(suites.collect()),
            ..Self::default()
        };
        let Ok(said) = ClientHelloExtensions::read(hello.extensions) else {
            return Some(offer);
        };
        offer.versions = Some(match said.supported_versions {
            Some(versions) => versions.iter().filter(|one| !one.is_grease()).collect(),
            None => vec![hello.legacy_version],
        });
        // Before TLS 1.3 a client that names none takes any (RFC 8422 s4, RFC 5246 s7.4.1.4.1).
        let groups = said.supported_groups;
        offer.groups = groups.map(|list| list.iter().filter(|one| !one.is_grease()).collect());
        let schemes = said.signature_algorithms;
        offer.schemes = schemes.map(|list| list.iter().filter(|one| !one.is_grease()).collect());
        let shares = said.key_share.into_iter().flat_map(|list| list.iter());
        let shares = shares.map(|share| share.group);
        offer.shares = Some(shares.filter(|group| !group.is_grease()).collect());
        let names = said.alpn.into_iter().flat_map(|list| list.iter());
        let names = names.filter(|name| !is_grease_protocol(name));
        offer.alpn = Some(names.map(|name| name.to_vec()).collect());
        offer.certificate_types = certificate_types(hello.extensions);
        offer.server_name = said.server_name.and_then(|names| {
            let name = names.iter().next()?;
            Some(name.name.0.escape_ascii().to_string())
        });
        Some(offer)
    }

    fn of_server_hello(body: &[u8]) -> Option<Self> {
        let hello = ServerHello::decode(body).ok()?;
        let u16_of = |bytes: &[u8]| bytes.first_chunk().map(|code| u16::from_be_bytes(*code));
        let newer = hello.extensions.find(ExtensionType::SUPPORTED_VERSIONS);
        let version = newer
            .and_then(u16_of)
            .map_or(hello.legacy_version, ProtocolVersion);
        let share = hello.extensions.find(ExtensionType::KEY_SHARE);
        Some(Self {
            is_choice: true,
            versions: Some(vec![version]),
            suites: Some(vec![hello.cipher_suite]),
            groups: share.and_then(u16_of).map(|group| vec![NamedGroup(group)]),
            ..Self::default()
        })
    }
}

/// What the client takes from the server (RFC 7250 section 3); an X.509 certificate where it does not
/// say.
fn certificate_types(extensions: Extensions<'_>) -> Option<Vec<CertificateType>> {
    let Some(said) = extensions.find(ExtensionType::SERVER_CERTIFICATE_TYPE) else {
        return Some(vec![CertificateType::X509]);
    };
    let mut reader = Reader::new(said);
    let length = usize::from(reader.u8().ok()?);
    let types = reader.rest().get(..length)?;
    Some(types.iter().copied().map(CertificateType).collect())
}

/// The code points of an encoded list.
fn codes<T>(encoded: &[u8], code: fn(u16) -> T) -> Vec<T> {
    let (pairs, _) = encoded.as_chunks();
    pairs
        .iter()
        .map(|pair| code(u16::from_be_bytes(*pair)))
        .collect()
}
