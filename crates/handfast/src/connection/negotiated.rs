//! What a connection agreed on.

use crate::config::Credential;
use crate::connection::early_data::{EarlyData, EarlyDataReason};
use crate::connection::peer_chain::PeerChain;
use crate::handshake::finished::FinishedPair;
use crate::time::Now;
use handfast_pki::verify::Verdict;
use handfast_pki::verify::revocation::Finding;
use handfast_wire::registry::{
    CipherSuite, CompressionMethod, NamedGroup, ProtocolVersion, SignatureScheme,
};
use rustls_pki_types::CertificateDer;

/// How the peer's identity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerStanding {
    /// The peer was not asked who it is.
    NotAsked,
    /// The peer was asked and showed no certificate; or it is a server under a suite that has none, which
    /// only the policy `MUSEUM` of `obsolete` lets one name.
    Anonymous,
    /// The chain leads to a trusted authority and fits the name and the purpose; or the rule
    /// holds that the config has instead ([`crate::config::Verification::with_rule`]).
    Verified,
    /// The caller judged the chain and accepted it.
    AcceptedByCaller,
    /// Nobody judged the chain; the config says that anyone will do.
    Unverified,
    /// The config's rule holds, and it has a way to hold that asks for nothing but a known
    /// certificate or key, neither chain, name nor dates
    /// ([`handfast_pki::verify::combined::rule::Combination::is_danger`]).
    DangerPinned,
    /// The peer knows the key that both sides have known before
    /// ([`Negotiated::psk_identity`]), and showed no certificate.
    SharedKey,
}

/// By what a connection came back to an earlier session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resumption {
    /// The session ID that the server had given (RFC 5246 section 7.4.1.2).
    SessionId,
    /// A ticket of TLS 1.2 or older (RFC 5077).
    Ticket,
    /// A pre-shared key of TLS 1.3, with a fresh key exchange (RFC 8446 section 2.2).
    Psk,
}

/// What was agreed on, once the handshake is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Negotiated {
    /// The protocol version.
    pub version: ProtocolVersion,
    /// The cipher suite; [`crate::suite::parts`] tells its parts.
    pub suite: CipherSuite,
    /// The group of the key exchange; 0 where there was none, or one without a name (RSA key exchange
    /// and finite fields, which only a policy of `obsolete` allows).
    pub group: NamedGroup,
    /// Bits of the prime where keys were exchanged in a finite field before TLS 1.3; nothing after
    /// another key exchange, and where a session goes on.
    #[cfg(feature = "legacy")]
    pub prime_bits: Option<usize>,
    /// The identity of the key that both sides have known before, where they met by one; that with which
    /// it was made ([`crate::config::PreSharedKey::new`]), of an imported one too. A session that goes on
    /// has that of its first connection.
    pub psk_identity: Option<Box<[u8]>>,
    /// True when a HelloRetryRequest was needed.
    pub retried: bool,
    /// By what the connection came back to an earlier session; nothing after a
    /// full handshake.
    pub resumption: Option<Resumption>,
    /// What became of early data (0-RTT).
    pub early_data: EarlyData,
    /// True when the keys are bound to the whole handshake: always in TLS 1.3,
    /// before it by the extended master secret (RFC 7627).
    pub extended_master_secret: bool,
    /// True when the peer knows how later handshakes are bound to this one (RFC 5746); TLS 1.3 has
    /// none, and needs no proof.
    pub secure_renegotiation: bool,
    /// The scheme that the peer signed with.
    pub peer_scheme: Option<SignatureScheme>,
    /// The scheme that this side signed with.
    pub own_scheme: Option<SignatureScheme>,
    /// The host that the client named, as it stood in server_name.
    pub server_name: Option<Box<str>>,
    /// The application protocol.
    pub alpn: Option<Box<[u8]>>,
    /// The peer's certificates, leaf first, as sent.
    pub peer_chain: PeerChain,
    /// Whether and by whom the peer was verified.
    pub peer_standing: PeerStanding,
    pub(crate) own: Option<Credential>,
    pub(crate) finished_pair: Option<Box<FinishedPair>>,
    /// The OCSP response that the peer stapled. A client that came back sees that of
    /// the session's first connection, and none longer than 16 KiB.
    pub ocsp_response: Option<Box<[u8]>>,
    /// The SCTs that the peer sent (a SignedCertificateTimestampList); for a client
    /// that came back, as with `ocsp_response`.
    pub sct_list: Option<Box<[u8]>>,
    /// What was found out about revocation when the peer was judged, its own
    /// certificate first: a staple that was dropped is named here. Nothing where
    /// nothing was asked, or the session's first verdict stands.
    pub revocation: Option<Box<[Finding]>>,
    /// Bytes of content in a record that this side sends, at most.
    pub send_limit: usize,
    /// Bytes of content in a record that this side takes, at most.
    pub receive_limit: usize,
    /// When the handshake began.
    pub started: Now,
    /// When it was done.
    pub finished: Now,
}

impl Negotiated {
    /// True when the connection came back to an earlier session.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumption.is_some()
    }

    /// The method of compression (RFC 5246 section 6.1): none, whatever was offered, since lengths
    /// betray what is compressed together (CRIME).
    #[must_use]
    pub const fn compression(&self) -> CompressionMethod {
        CompressionMethod::NULL
    }

    /// The certificates that this side showed on this connection, leaf first.
    #[must_use]
    pub fn own_chain(&self) -> &[CertificateDer<'static>] {
        self.own.as_ref().map(Credential::chain).unwrap_or_default()
    }

    /// Keeps what a verdict says about revocation.
    pub(crate) fn keep_findings(&mut self, verdict: &Verdict) {
        let findings = verdict.revocation();
        self.revocation = (!findings.is_empty()).then(|| findings.into());
    }

    pub(crate) fn new(started: Now) -> Self {
        Self {
            version: ProtocolVersion::TLS_1_3,
            suite: CipherSuite(0),
            group: NamedGroup(0),
            #[cfg(feature = "legacy")]
            prime_bits: None,
            psk_identity: None,
            retried: false,
            resumption: None,
            early_data: EarlyData::NotOffered(EarlyDataReason::Disabled),
            extended_master_secret: true,
            secure_renegotiation: true,
            peer_scheme: None,
            own_scheme: None,
            server_name: None,
            alpn: None,
            peer_chain: PeerChain::default(),
            peer_standing: PeerStanding::NotAsked,
            own: None,
            finished_pair: None,
            ocsp_response: None,
            revocation: None,
            sct_list: None,
            send_limit: handfast_wire::record::MAX_PLAINTEXT,
            receive_limit: handfast_wire::record::MAX_PLAINTEXT,
            started,
            finished: started,
        }
    }
}
