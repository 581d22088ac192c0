//! One connection to try, and our side of it.

use std::env;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use handfast::config::{PreSharedKey, SystemEntropy, Verification};
use handfast::connection::{PeerStanding, Resumption};
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::stream::{Stream, now};
use handfast::{
    CipherSuite, Client, ClientConfig, Negotiated, ProtocolVersion, Server, ServerConfig,
    ServerName,
};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use libtest_mimic::Failed;

/// The versions that are spoken beside TLS 1.3, the newest first, each with its part of a name.
pub(super) const VERSIONS: [(ProtocolVersion, &str); 4] = [
    (ProtocolVersion::TLS_1_2, "tls_1_2"),
    (ProtocolVersion::TLS_1_1, "tls_1_1"),
    (ProtocolVersion::TLS_1_0, "tls_1_0"),
    (ProtocolVersion::SSL_3_0, "ssl_3_0"),
];

/// The policies, the best first: a trial names the first that does.
const POLICIES: [&Policy; 3] = [&COMPATIBLE, &OBSOLETE, &MUSEUM];

/// Names a program that has what is old, and asks for every trial.
pub(super) const OLD: &str = "HANDFAST_OLD_OPENSSL";

/// One connection to try; a second one where it is to be gone on with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) version: ProtocolVersion,
    pub(super) suite: CipherSuite,
    pub(super) how: How,
}

/// What is tried beside version and suite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum How {
    Plain,
    /// The client shows a certificate.
    Mutual,
    /// It comes back by session ID.
    ById,
    /// It comes back by ticket.
    ByTicket,
    /// Our side offers, or takes, every version; the peer has one alone.
    Offered,
}

impl How {
    pub(super) const ALL: [(Self, &str); 5] = [
        (Self::Plain, ""),
        (Self::Mutual, "_with_a_client_certificate"),
        (Self::ById, "_and_back_by_session_id"),
        (Self::ByTicket, "_and_back_by_ticket"),
        (Self::Offered, "_out_of_all_versions"),
    ];

    /// How each connection is gone on with: one, or two where the second is resumed.
    pub(super) fn visits(self) -> Vec<Option<Resumption>> {
        match self {
            Self::Plain | Self::Mutual | Self::Offered => vec![None],
            Self::ById => vec![None, Some(Resumption::SessionId)],
            Self::ByTicket => vec![None, Some(Resumption::Ticket)],
        }
    }
}

impl Case {
    /// Every case of every version and suite that `has` says the peer has too, with its name. All
    /// ways are tried with every suite where old peers are asked for.
    pub(super) fn all(has: impl Fn(ProtocolVersion, CipherSuite) -> bool) -> Vec<(Self, String)> {
        let every = env::var_os(OLD).is_some();
        let mut cases = Vec::new();
        for (version, named) in VERSIONS {
            let strongest = POLICIES.into_iter().last();
            let suites = strongest.into_iter().flat_map(every_suite);
            for suite in suites.filter(|suite| belongs(*suite, version) && has(version, *suite)) {
                for (how, ending) in How::ALL {
                    let case = Self {
                        version,
                        suite,
                        how,
                    };
                    if case.exists() && (how == How::Plain || every || case.is_typical()) {
                        cases.push((case, format!("{named}_{suite}{ending}")));
                    }
                }
            }
        }
        cases
    }

    /// SSL 3.0 has no extensions, so no tickets; nobody shows a certificate to the nameless.
    fn exists(self) -> bool {
        let name = self.suite.to_string();
        let nameless = name.contains("_anon_") || name.contains("PSK");
        match self.how {
            // Of neither do we keep a session.
            How::Mutual | How::ById | How::ByTicket if nameless => false,
            How::ByTicket => self.version != ProtocolVersion::SSL_3_0,
            How::Plain | How::ById | How::Mutual | How::Offered => true,
        }
    }

    /// True for the suite of a key exchange that stands for its others where time is short.
    fn is_typical(self) -> bool {
        self.suite.to_string().ends_with("_WITH_AES_128_CBC_SHA")
    }

    /// What kind of key the server has, and the client.
    pub(super) fn kind(self) -> KeyKind {
        if self.suite.to_string().contains("_ECDSA_") {
            KeyKind::EcP256
        } else {
            KeyKind::Rsa { bits: 2048 }
        }
    }

    fn policy(self) -> &'static Policy {
        let mut policies = POLICIES.into_iter();
        let first = policies.find(|policy| {
            let speaks = policy.versions().contains(&self.version);
            every_suite(policy).any(|suite| suite == self.suite)
                && (speaks || self.version == ProtocolVersion::TLS_1_2)
        });
        first.unwrap_or(&MUSEUM)
    }

    /// True where the server shows no certificate.
    pub(super) fn is_nameless(self) -> bool {
        let name = self.suite.to_string();
        name.contains("_anon_") || name.contains("PSK") && !name.contains("_RSA_PSK_")
    }

    pub(super) fn is_shared(self) -> bool {
        self.suite.to_string().contains("PSK")
    }

    /// Our client.
    pub(super) fn client(self) -> Result<Client, Failed> {
        let mut client: ClientConfig = config::client();
        client.common.allow_obsolete(self.policy());
        if self.how != How::Offered {
            client.common.versions = vec![self.version];
        }
        client.common.suites = vec![self.suite];
        if self.suite.to_string().contains("_anon_") {
            client.verification = Verification::danger_accept_anyone();
        }
        if self.is_shared() {
            client.psks = vec![PreSharedKey::new(IDENTITY.as_bytes(), &KEY)?];
        }
        if self.how == How::Mutual {
            client.credentials = vec![config::credential(certificates::client(self.kind()))];
        }
        if self.how.visits().len() > 1 {
            client.sessions = Some(Arc::new(MemoryStore::default()));
        }
        Ok(client.check()?)
    }

    /// Our server.
    pub(super) fn server(self) -> Result<Server, Failed> {
        let mut server: ServerConfig = if self.how == How::Mutual {
            config::mutual_server(self.kind())
        } else {
            config::server(self.kind())
        };
        server.common.allow_obsolete(self.policy());
        if self.how != How::Offered {
            server.common.versions = vec![self.version];
        }
        server.common.suites = vec![self.suite];
        if self.is_shared() {
            server.psks = vec![PreSharedKey::new(IDENTITY.as_bytes(), &KEY)?];
            server.psk_hint = Some(b"pumps".to_vec());
        }
        match self.how {
            How::ByTicket => {
                let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
                server.ticket_keys = Some(Arc::new(keys.map_err(|why| format!("{why:?}"))?));
            }
            How::ById => server.session_cache = Some(Arc::default()),
            How::Plain | How::Mutual | How::Offered => {}
        }
        Ok(server.check()?)
    }

    /// Whether what was agreed on is what was to be; `ours` is the side that we were.
    pub(super) fn fits(
        self,
        negotiated: &Negotiated,
        resumption: Option<Resumption>,
        ours: Side,
    ) -> Result<(), String> {
        let mutual = self.how == How::Mutual;
        let name = self.suite.to_string();
        let standing = match ours {
            Side::Client if name.contains("_anon_") => PeerStanding::Anonymous,
            Side::Client if !self.is_shared() => PeerStanding::Verified,
            Side::Client if name.contains("_RSA_PSK_") => PeerStanding::Verified,
            _ if self.is_shared() => PeerStanding::SharedKey,
            Side::Server if mutual => PeerStanding::Verified,
            _ => PeerStanding::NotAsked,
        };
        let good = negotiated.version == self.version
            && negotiated.suite == self.suite
            && negotiated.resumption == resumption
            && negotiated.peer_standing == standing;
        if good {
            return Ok(());
        }
        Err(format!(
            "{self:?} resumed by {resumption:?}: {negotiated:?}"
        ))
    }
}

/// All that a policy allows, and what a shared key needs no policy for.
fn every_suite(policy: &'static Policy) -> impl Iterator<Item = CipherSuite> {
    let lists = [
        policy.suites(),
        policy.shared_key_suites(),
        policy.named_suites(),
        &SHARED_KEY,
    ];
    lists.into_iter().flatten().copied()
}

const SHARED_KEY: [CipherSuite; 5] = [
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256,
];

/// A key that both have known before.
const KEY: [u8; 16] = [0x5a; 16];
pub(super) const KEY_HEX: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";
pub(super) const IDENTITY: &str = "pump7";

/// All suites of one version and kind of key, in one way: what one start of a peer serves.
#[derive(Clone, Copy)]
pub(super) struct Set {
    pub(super) version: ProtocolVersion,
    pub(super) how: How,
    pub(super) kind: KeyKind,
}

impl Set {
    /// All sets, each with its part of a name.
    pub(super) fn all() -> Vec<(Self, String)> {
        let mut sets = Vec::new();
        for (version, named) in VERSIONS {
            for (how, ending) in How::ALL {
                for (kind, key) in [
                    (KeyKind::EcP256, "ecdsa"),
                    (KeyKind::Rsa { bits: 2048 }, "rsa"),
                ] {
                    // No elliptic curves there, and no tickets.
                    let is_ssl = version == ProtocolVersion::SSL_3_0;
                    if !(is_ssl && (kind == KeyKind::EcP256 || how == How::ByTicket)) {
                        let set = Self { version, how, kind };
                        sets.push((set, format!("every_suite_of_{named}_{key}{ending}")));
                    }
                }
            }
        }
        sets
    }

    /// The cases of those suites that the peer `has` too.
    pub(super) fn cases(self, has: impl Fn(CipherSuite) -> bool) -> Result<Vec<Case>, Failed> {
        let cases = Case::all(|version, suite| version == self.version && has(suite));
        let cases = cases.into_iter().map(|(case, _)| case);
        let cases = cases.filter(|case| case.how == self.how && case.kind() == self.kind);
        let cases: Vec<_> = cases.collect();
        if cases.is_empty() {
            return Err("no suite in common".into());
        }
        Ok(cases)
    }
}

/// Which side we are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Side {
    Client,
    Server,
}

/// Whether a suite exists in a version: AEADs and the hashes of SHA-2 are TLS 1.2's (RFC 5246
/// section 1.2), elliptic curves and shared keys
/// are TLS's (RFC 8422 section 2, RFC 4279).
fn belongs(suite: CipherSuite, version: ProtocolVersion) -> bool {
    let name = suite.to_string();
    let new = ["_SHA256", "_SHA384", "_CCM", "_CCM_8"];
    let new = new.iter().any(|ending| name.ends_with(ending));
    let curves = ["_ECDHE_", "_ECDH_", "_PSK_"];
    let curves = curves.iter().any(|part| name.contains(part));
    (version == ProtocolVersion::TLS_1_2 || !new)
        && (version != ProtocolVersion::SSL_3_0 || !curves)
}

/// Lines of lengths that meet every end of a block.
fn lines() -> impl Iterator<Item = Vec<u8>> {
    [1, 2, 8, 15, 16, 17, 63, 255, 300, 5_000]
        .into_iter()
        .map(|length| {
            let mut line: Vec<u8> = (b'a'..=b'p').cycle().take(length - 1).collect();
            line.push(b'\n');
            line
        })
}

/// All that a client of the peer's is to say and to hear again.
pub(super) fn all_lines() -> Vec<u8> {
    lines().flatten().collect()
}

/// Connects, says lines, and expects each as `answer` makes it.
pub(super) fn visit<T: Read + Write>(
    client: &Client,
    transport: T,
    answer: fn(&[u8]) -> Vec<u8>,
) -> Result<Negotiated, String> {
    visit_and(client, transport, |stream| {
        for line in lines() {
            let mut heard = vec![0; line.len()];
            stream.write_all(&line)?;
            stream.read_exact(&mut heard)?;
            if heard != answer(&line) {
                let complaint = format!("{} bytes came back changed", line.len());
                return Err(io::Error::other(complaint));
            }
        }
        Ok(())
    })
}

/// Connects, and does `job`.
pub(super) fn visit_and<T: Read + Write>(
    client: &Client,
    transport: T,
    job: impl FnOnce(&mut Stream<T>) -> io::Result<()>,
) -> Result<Negotiated, String> {
    let words = |error: &dyn core::fmt::Display| format!("our side: {error}");
    let name = ServerName::parse("localhost").map_err(|error| words(&error))?;
    let mut stream = Stream::connect(client, name, transport).map_err(|error| words(&error))?;
    job(&mut stream).map_err(|error| words(&error))?;
    let negotiated = stream.negotiated().cloned();
    // The peer may be gone already.
    let _ = stream.close();
    let _ = stream.read_to_end(&mut Vec::new());
    negotiated.ok_or_else(|| "nothing was agreed on".to_owned())
}

/// Serves one connection: what comes goes back, so many bytes of it.
pub(super) fn serve(
    server: &Server,
    transport: TcpStream,
    bytes: usize,
) -> Result<Negotiated, String> {
    let words = |error: io::Error| format!("our side: {error}");
    let mut stream = Stream::accept(server, transport).map_err(words)?;
    let mut data = vec![0; bytes];
    stream.read_exact(&mut data).map_err(words)?;
    stream.write_all(&data).map_err(words)?;
    let negotiated = stream.negotiated().cloned();
    // The peer may be gone already.
    let _ = stream.close();
    let _ = stream.read_to_end(&mut Vec::new());
    negotiated.ok_or_else(|| "nothing was agreed on".to_owned())
}
