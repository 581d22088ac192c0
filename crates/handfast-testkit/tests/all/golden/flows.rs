//! The flows that are kept.

use std::sync::Arc;

use handfast::config::{ClientAuth, Padding, PreSharedKey, Trust, Verification};
use handfast::{
    CipherSuite, ClientConfig, Credential, NamedGroup, Now, PrivateKey, ProtocolVersion, Roots,
    ServerConfig, ServerName,
};
use handfast_testkit::pair::{Delivery, End, Pair};
use rustls_pki_types::CertificateDer;

use super::scribe::{Drawn, Scribe};

/// One flow: a name, what it shows, and how it differs from a full handshake.
pub(super) struct Flow {
    pub(super) name: &'static str,
    about: &'static str,
    set: fn(&mut ClientConfig, &mut ServerConfig),
    then: fn(&mut Pair),
}

pub(super) const FLOWS: &[Flow] = &[
    Flow {
        name: "full",
        about: "a full handshake, a line each way, and the end: AES-128-GCM, X25519",
        set: |_, _| {},
        then: talk,
    },
    Flow {
        name: "retry",
        about: "HelloRetryRequest with a cookie: from X25519 to P-256",
        set: |_, server| server.common.groups = vec![NamedGroup::SECP256R1],
        then: talk,
    },
    Flow {
        name: "mutual",
        about: "a client that must show a certificate, and is told an authority",
        set: |client, server| {
            client.credentials = vec![credential(CLIENT, CLIENT_KEY)];
            server.client_auth = ClientAuth::Require(Verification::chain(trust(ROOT)));
            server.client_authorities = vec![b"\x30\x00".to_vec()];
        },
        then: talk,
    },
    Flow {
        name: "aes_256_gcm",
        about: "AES-256-GCM with SHA-384",
        set: |client, _| client.common.suites = vec![CipherSuite::TLS_AES_256_GCM_SHA384],
        then: talk,
    },
    Flow {
        name: "chacha20_poly1305",
        about: "ChaCha20-Poly1305",
        set: |client, _| client.common.suites = vec![CipherSuite::TLS_CHACHA20_POLY1305_SHA256],
        then: talk,
    },
    Flow {
        name: "aes_128_ccm",
        about: "AES-128-CCM and, with half the tag, AES-128-CCM-8, which the server likes less",
        set: |client, server| {
            let suites = [
                CipherSuite::TLS_AES_128_CCM_SHA256,
                CipherSuite::TLS_AES_128_CCM_8_SHA256,
            ];
            client.common.suites = suites.to_vec();
            server.common.suites = suites.to_vec();
        },
        then: talk,
    },
    Flow {
        name: "hybrid",
        about: "X25519MLKEM768, with X25519 by the same key",
        set: |client, server| {
            let groups = [NamedGroup::X25519MLKEM768, NamedGroup::X25519];
            client.common.groups = groups.to_vec();
            server.common.groups = groups.to_vec();
        },
        then: talk,
    },
    Flow {
        name: "record_size_limit",
        about: "records of at most 200 bytes to the client and 100 to the server",
        set: |client, server| {
            client.common.record_size_limit = Some(200);
            server.common.record_size_limit = Some(100);
        },
        then: talk,
    },
    Flow {
        name: "padding",
        about: "protected records padded to multiples of 256 (client) and 1000 (server)",
        set: |client, server| {
            client.common.padding = Padding::Multiple(256);
            server.common.padding = Padding::Multiple(1000);
        },
        then: talk,
    },
    Flow {
        name: "alpn",
        about: "application protocols: the server's best of those offered",
        set: |client, server| {
            client.common.alpn = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
            server.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        },
        then: talk,
    },
    Flow {
        name: "no_server_name",
        about: "a client that names no host, without the ways of old middleboxes",
        set: |client, _| {
            client.send_server_name = false;
            client.common.middlebox_compatibility = false;
        },
        then: talk,
    },
    Flow {
        name: "key_update",
        about: "the client replaces its keys and asks for the server's to be replaced",
        set: |_, _| {},
        then: |pair| {
            let mut out = vec![0; 1000];
            let update = pair.client.connection.key_update(true, &mut out);
            out.truncate(update.unwrap());
            pair.client.sent.extend_from_slice(&out);
            pair.server.deliver(&out, pair.now);
            talk(pair);
        },
    },
    Flow {
        name: "shared_key",
        about: "a key that both have known before, after a HelloRetryRequest: no certificate",
        set: |client, server| {
            client.psks = vec![shared_key()];
            *server = ServerConfig {
                credentials: Vec::new(),
                psks: vec![shared_key()],
                ..server.clone()
            };
            server.common.groups = vec![NamedGroup::SECP256R1];
        },
        then: talk,
    },
    Flow {
        name: "imported_key",
        about: "the same imported, for each hash: two identities, and SHA-384 in the end",
        set: |client, server| {
            let key = shared_key().imported_between(b"pump 7", b"the pit");
            client.psks = vec![key.clone().unwrap()];
            *server = ServerConfig {
                credentials: Vec::new(),
                psks: vec![key.unwrap()],
                ..server.clone()
            };
            server.common.suites = vec![CipherSuite::TLS_AES_256_GCM_SHA384];
        },
        then: talk,
    },
    Flow {
        name: "refused_suites",
        about: "no suite in common: the server refuses",
        set: |client, server| {
            client.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
            server.common.suites = vec![CipherSuite::TLS_AES_256_GCM_SHA384];
        },
        then: |_| {},
    },
    Flow {
        name: "refused_authority",
        about: "an authority that the client does not know: the client refuses",
        set: |client, _| client.verification = Verification::chain(trust(CLIENT)),
        then: |_| {},
    },
];

/// A line each way, then the client closes, then the server.
fn talk(pair: &mut Pair) {
    pair.exchange(b"a line of text\n");
    pair.client.connection.close();
    pair.run(Delivery::Whole);
    pair.server.connection.close();
    pair.run(Delivery::Whole);
}

/// In the validity of the certificates.
const NOW: Now = Now {
    unix_ms: 1_800_000_000_000,
    monotonic_ms: 0,
};

const ROOT: &[u8] = include_bytes!("../../golden/data/root.der");
const SERVER: &[u8] = include_bytes!("../../golden/data/server.der");
const SERVER_KEY: &[u8] = include_bytes!("../../golden/data/server.key.der");
const CLIENT: &[u8] = include_bytes!("../../golden/data/client.der");
const CLIENT_KEY: &[u8] = include_bytes!("../../golden/data/client.key.der");

fn trust(root: &'static [u8]) -> Trust {
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(root)).unwrap();
    Trust::Roots(roots)
}

fn shared_key() -> PreSharedKey {
    PreSharedKey::new(b"pump 7", &[0x5a; 32]).unwrap()
}

fn credential(leaf: &'static [u8], key: &[u8]) -> Credential {
    let chain = vec![CertificateDer::from(leaf)];
    Credential::new(chain, PrivateKey::from_der(key).unwrap()).unwrap()
}

impl Flow {
    /// Runs the flow and writes it down.
    pub(super) fn trace(&self) -> String {
        let scribe = Scribe::new();
        let mut client = ClientConfig::new(trust(ROOT));
        let mut server = ServerConfig::new(credential(SERVER, SERVER_KEY));
        server.tickets = 0;
        for (common, seed) in [(&mut client.common, 1), (&mut server.common, 2)] {
            common.versions = vec![ProtocolVersion::TLS_1_3];
            common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
            common.entropy = Arc::new(Drawn::new(seed));
        }
        client.common.observer = Some(scribe.observer("client"));
        client.common.key_log = Some(Arc::clone(&scribe) as Arc<_>);
        server.common.observer = Some(scribe.observer("server"));
        (self.set)(&mut client, &mut server);
        let name = ServerName::parse("localhost").unwrap();
        let client = client.check().unwrap().connect(name, NOW).unwrap();
        let mut pair = Pair {
            client: End::new(client),
            server: End::new(server.check().unwrap().accept(NOW).unwrap()),
            now: NOW,
        };
        pair.run(Delivery::Whole);
        (self.then)(&mut pair);
        scribe.write(self.about, &pair)
    }
}
