//! What a connection agreed on.

use crate::config::{Credential, Exception};
use crate::connection::early_data::{EarlyData, EarlyDataReason};
use crate::connection::peer_chain::PeerChain;
use crate::connection::peer_delegated::PeerDelegated;
use crate::ech::EchStatus;
use crate::handshake::finished::FinishedPair;
use crate::session::SettingsPair;
use crate::time::Now;
use handfast_pki::verify::Verdict;
use handfast_pki::verify::revocation::Finding;
use handfast_wire::registry::{
    CertificateType, CipherSuite, CompressionMethod, NamedGroup, ProtocolVersion, SignatureScheme,
    SrtpProtectionProfile,
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
    /// Nobody vouches for the chain: the config says that anyone will do, or the caller let the peer in
    /// against its own verdict ([`crate::Answer::DangerPeerUnverified`]).
    Unverified,
    /// The config's rule holds, and it has a way to hold that asks for nothing but a known
    /// certificate or key, neither chain, name nor dates
    /// ([`handfast_pki::verify::combined::rule::Combination::is_danger`]).
    DangerPinned,
    /// The peer knows the key that both sides have known before
    /// ([`Negotiated::psk_identity`]), and showed no certificate.
    SharedKey,
    /// The peer showed a raw public key (RFC 7250), which is one of those that the config knows
    /// ([`crate::config::Verification::raw_keys`]).
    KnownKey,
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
    /// What became of an encrypted ClientHello. Where it was accepted, `server_name` is the one that was
    /// hidden.
    pub ech: EchStatus,
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
    /// The profile of SRTP (RFC 5764), where both sides have one in common.
    pub srtp_profile: Option<SrtpProtectionProfile>,
    /// The peer's certificates, leaf first, as sent; none where it showed a raw public key
    /// ([`Negotiated::peer_raw_key`]), or where a server keeps a digest alone ([`PeerChain::digest`]).
    pub peer_chain: PeerChain,
    /// The delegated credential whose key the peer signed with, in place of its leaf's; nothing where
    /// a session goes on.
    pub peer_delegated: Option<Box<PeerDelegated>>,
    /// Whether and by whom the peer was verified.
    pub peer_standing: PeerStanding,
    /// What the two have told each other for that protocol.
    pub(crate) application_settings: Option<Box<SettingsPair>>,
    pub(crate) own: Option<Credential>,
    /// A client was asked for a certificate in the handshake.
    pub(crate) was_asked: bool,
    /// What this side shows, or had shown when its session began.
    pub(crate) own_type: CertificateType,
    pub(crate) finished_pair: Option<Box<FinishedPair>>,
    pub(crate) exceptions: Option<Box<[Exception]>>,
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
    /// By how many milliseconds the client's clock runs ahead of a server's, round trip included: the age
    /// that a client gives the ticket by which it has come back (RFC 8446 section 4.2.11), less the age
    /// on the server's clock. On servers of TLS 1.3 alone.
    pub ticket_age_skew_ms: Option<i64>,
    /// How many tickets the server means to give, where the client has asked for a number of its own and
    /// the server knows how (RFC 9149).
    pub expected_tickets: Option<u8>,
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

    /// What the peer said as its settings for the application protocol (ALPS, a draft that Chromium uses:
    /// [`crate::config::ApplicationSettings`]), which may be empty; nothing where the two have none in
    /// common. Where early data was taken, they are those of the session that it came with.
    #[must_use]
    pub fn peer_application_settings(&self) -> Option<&[u8]> {
        let both = self.application_settings.as_ref();
        both.map(|both| &*both.peer)
    }

    /// The certificates that this side showed on this connection, leaf first.
    #[must_use]
    pub fn own_chain(&self) -> &[CertificateDer<'static>] {
        self.own.as_ref().map(Credential::chain).unwrap_or_default()
    }

    /// The exceptions of the config that this connection needed: without them it would not be there.
    /// A session that goes on needs those under which it is offered; of a connection that needed one about
    /// certificates there is no session.
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        self.exceptions.as_deref().unwrap_or_default()
    }

    /// True where the peer was let in by an exception about certificates: its session would outlive
    /// the exception, or be good where there is none.
    pub(crate) fn is_peer_excepted(&self) -> bool {
        let mut needed = self.exceptions().iter();
        needed.any(|exception| exception.relaxed().is_judged())
    }

    /// Notes that these were needed.
    pub(crate) fn keep_exceptions(&mut self, needed: Vec<Exception>) {
        if needed.is_empty() {
            return;
        }
        let mut kept = self.exceptions().to_vec();
        for exception in needed {
            if !kept.contains(&exception) {
                kept.push(exception);
            }
        }
        self.exceptions = Some(kept.into());
    }

    /// The raw public key (a SubjectPublicKeyInfo in DER, RFC 7250) that the peer showed instead of
    /// certificates; on a connection that came back, when its session began.
    #[must_use]
    pub fn peer_raw_key(&self) -> Option<&[u8]> {
        self.peer_chain.raw_key()
    }

    /// Forgets the peer's certificates but for a digest.
    pub(crate) fn forget_chain(&mut self) {
        self.peer_chain = core::mem::take(&mut self.peer_chain).digested();
    }

    /// What the peer showed: X.509, also where it showed nothing, or a raw public key.
    #[must_use]
    pub fn peer_certificate_type(&self) -> CertificateType {
        match self.peer_raw_key() {
            Some(_) => CertificateType::RAW_PUBLIC_KEY,
            None => CertificateType::X509,
        }
    }

    /// What this side was to show, if it showed anything: X.509, or a raw public key. A server that came
    /// back had shown it when the session began.
    #[must_use]
    pub fn own_certificate_type(&self) -> CertificateType {
        self.own_type
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
            ech: EchStatus::NotOffered,
            extended_master_secret: true,
            secure_renegotiation: true,
            peer_scheme: None,
            own_scheme: None,
            server_name: None,
            alpn: None,
            srtp_profile: None,
            peer_chain: PeerChain::default(),
            peer_standing: PeerStanding::NotAsked,
            application_settings: None,
            own: None,
            was_asked: false,
            own_type: CertificateType::X509,
            finished_pair: None,
            exceptions: None,
            ocsp_response: None,
            revocation: None,
            peer_delegated: None,
            sct_list: None,
            ticket_age_skew_ms: None,
            expected_tickets: None,
            send_limit: handfast_wire::record::MAX_PLAINTEXT,
            receive_limit: handfast_wire::record::MAX_PLAINTEXT,
            started,
            finished: started,
        }
    }
}
