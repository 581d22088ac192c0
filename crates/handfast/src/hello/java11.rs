//! Clients of the first releases of JDK 11, whose TLS 1.3 is broken: for who has to serve them, they can be
//! told by their ClientHello.

use crate::config::ServerPlan;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions};
use handfast_wire::registry::{CipherSuite, ExtensionType, NamedGroup, ProtocolVersion};

/// What such a client says, in this order, and whether it always says it.
const EXTENSIONS: [(ExtensionType, bool); 16] = [
    (ExtensionType::SERVER_NAME, false),
    (ExtensionType::MAX_FRAGMENT_LENGTH, false),
    (ExtensionType::STATUS_REQUEST, false),
    (ExtensionType::SUPPORTED_GROUPS, true),
    (ExtensionType::EC_POINT_FORMATS, false),
    (ExtensionType::SIGNATURE_ALGORITHMS, true),
    (ExtensionType::SIGNATURE_ALGORITHMS_CERT, true),
    (ExtensionType::APPLICATION_LAYER_PROTOCOL_NEGOTIATION, false),
    (ExtensionType::STATUS_REQUEST_V2, false),
    (ExtensionType::EXTENDED_MASTER_SECRET, false),
    (ExtensionType::SUPPORTED_VERSIONS, true),
    (ExtensionType::COOKIE, false),
    (ExtensionType::PSK_KEY_EXCHANGE_MODES, true),
    (ExtensionType::KEY_SHARE, true),
    (ExtensionType::RENEGOTIATION_INFO, false),
    (ExtensionType::PRE_SHARED_KEY, false),
];

/// True where the config wants such clients served by TLS 1.2, and this is one.
pub(crate) fn is_spared(
    plan: &ServerPlan,
    hello: &ClientHello<'_>,
    extensions: &ClientHelloExtensions<'_>,
) -> bool {
    plan.config.spare_java11
        && plan.common.speaks(ProtocolVersion::TLS_1_3)
        && plan.common.speaks(ProtocolVersion::TLS_1_2)
        && is_likely(hello, extensions)
}

fn is_likely(hello: &ClientHello<'_>, extensions: &ClientHelloExtensions<'_>) -> bool {
    let has = |suite| hello.cipher_suites.contains(&suite);
    let has_group = |group| {
        let groups = extensions.supported_groups;
        groups.is_some_and(|groups| groups.contains(&group))
    };
    // It has neither, which hardly any other client with TLS 1.3 lacks.
    if has(CipherSuite::TLS_CHACHA20_POLY1305_SHA256) || has_group(NamedGroup::X25519) {
        return false;
    }
    let mut known = EXTENSIONS.iter();
    for said in hello.extensions.iter() {
        // Forward to this one: what is passed over must be what may be missing.
        let passed = known
            .by_ref()
            .find(|(extension, always)| *extension == said.extension_type || *always);
        if passed.is_none_or(|(extension, _)| *extension != said.extension_type) {
            return false;
        }
    }
    if known.any(|(_, always)| *always) {
        return false;
    }
    let found = |extension| hello.extensions.find(extension);
    // It asks for a staple in both ways or in none, and names the same schemes twice.
    found(ExtensionType::STATUS_REQUEST).is_some()
        == found(ExtensionType::STATUS_REQUEST_V2).is_some()
        && found(ExtensionType::SIGNATURE_ALGORITHMS)
            == found(ExtensionType::SIGNATURE_ALGORITHMS_CERT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_wire::codec::Wire;

    const P256: &[u8] = &[0, 2, 0, 23];
    const SCHEMES: &[u8] = &[0, 2, 4, 3];

    /// What JDK 11 always says.
    fn usual() -> Vec<(ExtensionType, &'static [u8])> {
        vec![
            (ExtensionType::SUPPORTED_GROUPS, P256),
            (ExtensionType::SIGNATURE_ALGORITHMS, SCHEMES),
            (ExtensionType::SIGNATURE_ALGORITHMS_CERT, SCHEMES),
            (ExtensionType::SUPPORTED_VERSIONS, &[2, 3, 4]),
            (ExtensionType::PSK_KEY_EXCHANGE_MODES, &[1, 1]),
            (ExtensionType::KEY_SHARE, &[0, 0]),
        ]
    }

    fn taken_for_java(suite: u16, extensions: &[(ExtensionType, &[u8])]) -> bool {
        let mut block = Vec::new();
        for (extension, content) in extensions {
            block.extend_from_slice(&extension.0.to_be_bytes());
            block.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
            block.extend_from_slice(content);
        }
        let mut bytes = vec![3, 3];
        bytes.extend_from_slice(&[7; 32]);
        bytes.extend_from_slice(&[0, 0, 2]);
        bytes.extend_from_slice(&suite.to_be_bytes());
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend_from_slice(&u16::try_from(block.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(&block);
        let hello = ClientHello::decode(&bytes).unwrap();
        let extensions = ClientHelloExtensions::read(hello.extensions).unwrap();
        is_likely(&hello, &extensions)
    }

    #[test]
    fn what_java_says_is_known_and_whatever_it_never_says_is_not_java() {
        assert!(taken_for_java(0x1301, &usual()));
        assert!(!taken_for_java(0x1303, &usual()), "ChaCha20");
        for left_out in 0..usual().len() {
            let mut fewer = usual();
            fewer.remove(left_out);
            assert!(!taken_for_java(0x1301, &fewer), "{left_out}");
        }
        for swapped in 1..usual().len() {
            let mut other = usual();
            other.swap(swapped - 1, swapped);
            assert!(!taken_for_java(0x1301, &other), "{swapped}");
        }
        let with = |at: usize, extension, content| {
            let mut more = usual();
            more.insert(at, (extension, content));
            taken_for_java(0x1301, &more)
        };
        assert!(with(4, ExtensionType::COOKIE, &[0, 1, 9]));
        assert!(!with(6, ExtensionType::PADDING, &[]));
        // A staple is asked for in both ways or in none.
        assert!(!with(0, ExtensionType::STATUS_REQUEST, &[1, 0, 0, 0, 0]));
        let mut other = usual();
        other[0].1 = &[0, 2, 0, 29];
        assert!(!taken_for_java(0x1301, &other), "X25519");
        other = usual();
        other[2].1 = &[0, 2, 5, 3];
        assert!(
            !taken_for_java(0x1301, &other),
            "other schemes in certificates"
        );
    }
}
