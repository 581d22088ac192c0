//! What clients and servers configure alike.

use crate::config::application_settings::ApplicationSettings;
use crate::config::compression::CertificateCompression;
use crate::config::entropy::{Entropy, SystemEntropy};
use crate::config::renegotiation::Renegotiation;
#[cfg(feature = "legacy")]
use crate::observe::KeyCalculation;
use crate::observe::{KeyLog, Observer, Script, Tap};
#[cfg(feature = "legacy")]
use crate::obsolete::{Policy, SHARED_KEY_CURRENT, Single};
use crate::session::{Counted, SessionCounters, SessionStats};
use crate::suite::{Suite, find_suite};
use core::fmt::Debug;
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::registry::{
    CipherSuite, MaxFragmentLength, NamedGroup, ProtocolVersion, SignatureScheme,
    SrtpProtectionProfile,
};
use std::sync::Arc;

/// How protected records are padded, so that lengths tell less.
///
/// TLS 1.3 pads any record (RFC 8446 section 5.4), up to the longest that the peer takes. Before it,
/// only records of a block cipher have padding, up to 255 bytes in whole blocks (RFC 5246 section
/// 6.2.3.2); those of an AEAD, of a stream and of SSL 3.0 show their length whatever is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Padding {
    /// Not at all.
    #[default]
    None,
    /// Content and type up to the next multiple of this many bytes (2 to 16,384). With a block
    /// cipher more than 240 (Triple DES: 248) counts as that, since no more can be filled.
    Multiple(u16),
    /// Up to this many bytes (1 to 16,384), each number as likely as the other, drawn for every
    /// record; with a block cipher so many in whole blocks, up to 255. One length tells little then,
    /// but who sees many of the same content knows their average: [`Padding::Multiple`] hides it.
    Random(u16),
}

/// The settings that a client and a server share.
#[derive(Clone, Debug)]
pub struct Common {
    /// Protocol versions: TLS 1.3, TLS 1.2, or both, which is the default; older ones only where a
    /// policy of `obsolete` allows them. The newest in common is chosen. A version to which no
    /// suite or no group of the config belongs is not spoken.
    pub versions: Vec<ProtocolVersion>,
    /// Cipher suites, best first.
    pub suites: Vec<CipherSuite>,
    /// Suites that are equally good to a server: of each of these lists the one is taken that the client
    /// puts first, at the place of the first of them in `suites`. So clients without AES in hardware get
    /// the ChaCha20 that they put first, as by OpenSSL's `PrioritizeChaCha`. A client's are nobody's
    /// concern. Default: none, a server goes by its own order.
    ///
    /// ```
    /// use handfast::{CipherSuite, config::Common};
    ///
    /// let mut common = Common::default();
    /// common.equal_suites = vec![vec![
    ///     CipherSuite::TLS_AES_128_GCM_SHA256,
    ///     CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    /// ]];
    /// ```
    pub equal_suites: Vec<Vec<CipherSuite>>,
    /// Groups, best first.
    pub groups: Vec<NamedGroup>,
    /// Signature schemes accepted from the peer, best first.
    pub schemes: Vec<SignatureScheme>,
    /// Application protocols (ALPN), best first. Empty: none is spoken of.
    pub alpn: Vec<Vec<u8>>,
    /// Settings of those protocols that both sides say in TLS 1.3's handshake (ALPS): a draft that
    /// Chromium uses. Default: none, and none are spoken of.
    pub application_settings: ApplicationSettings,
    /// Profiles of SRTP, best first (use_srtp, RFC 5764): what the keys of a stream of media are used
    /// with that runs beside the connection. What was agreed on is
    /// [`crate::Negotiated::srtp_profile`]; the keys come from [`crate::Connection::export`] by the
    /// label `EXTRACTOR-dtls_srtp` without a context (section 4.2): the client's key, the server's, then
    /// both salts. Where there is none in common the connection goes on without. Empty: none is spoken of.
    pub srtp_profiles: Vec<SrtpProtectionProfile>,
    /// Records that this side sends have this many bytes of content at most, however many the peer
    /// takes: 64 to 16,384.
    pub max_send_fragment: Option<u16>,
    /// The longest record that this side takes, in bytes of content plus one
    /// (RFC 8449): 64 to 16,385.
    pub record_size_limit: Option<u16>,
    /// Asked for by a client, granted by a server that sets any value (RFC 6066 section 4).
    pub max_fragment_length: Option<MaxFragmentLength>,
    /// Schemes of delegated credentials (RFC 9345) that are taken from the peer in TLS 1.3, best first: a
    /// key that the holder of a certificate lets stand for its own, for seven days at most. The
    /// certificate is judged as ever, and must allow it. A session that comes of one ends with it.
    /// Default: none, and none is taken.
    pub delegated_schemes: Vec<SignatureScheme>,
    /// How certificates may be compressed in TLS 1.3 (RFC 8879), best first: the peer is told that its
    /// own may come so, and ours is shown so where the peer takes one of these. Each form in which a
    /// credential is shown is compressed once. A peer that announces more bytes than a Certificate
    /// message may have (100 KiB) is refused before memory is taken for them. Default: none, certificates
    /// come and go as they are.
    pub certificate_compression: Vec<CertificateCompression>,
    /// How records are padded.
    pub padding: Padding,
    /// Whether a connection before TLS 1.3 may be negotiated anew: unless set, it may not.
    pub renegotiation: Renegotiation,
    /// Send records and session ids as old middleboxes expect (RFC 8446 appendix D.4).
    pub middlebox_compatibility: bool,
    /// Where secrets are written for those who may read the traffic.
    pub key_log: Option<Arc<dyn KeyLog>>,
    /// Sees messages and alerts pass.
    pub observer: Option<Arc<dyn Observer>>,
    /// Sees everything pass, headers of records included.
    pub tap: Option<Arc<dyn Tap>>,
    /// Counts handshakes and the sessions that come back. `None`: nothing is counted.
    pub counters: Option<Arc<SessionCounters>>,
    /// Keep what both sides say in Finished, for
    /// [`crate::Connection::finished`]. Default: false.
    pub keep_finished: bool,
    /// The caller's own part of what sessions are bound to, for what the engine
    /// cannot see: a tenant, the state of a list of revoked clients, the version
    /// of the rules by which the caller answers asks: a server whose session goes on
    /// is not asked for a credential, nor whether it still serves the host. A session is good only under
    /// an equal label. Where the caller judges peers
    /// ([`crate::config::Verification::ask`]) or chooses a client's credential,
    /// there are no sessions without one.
    pub session_scope: Option<Vec<u8>>,
    /// Replace the sending key after this many records, before the cipher's own
    /// limit asks for it (RFC 8446 section 5.5). At least 1.
    pub key_update_after: Option<u64>,
    /// What may be agreed on beside what is current: set by [`Common::allow_obsolete`].
    #[cfg(feature = "legacy")]
    pub obsolete: Option<&'static Policy>,
    /// Single obsolete things that the lists above may name, beside what a policy allows.
    #[cfg(feature = "legacy")]
    pub danger_single: Single,
    /// Agree to MACs that cover what is encrypted, where a suite has a block cipher (RFC 7366).
    /// Default: true.
    #[cfg(feature = "legacy")]
    pub encrypt_then_mac: bool,
    /// Before TLS 1.3, agree on nothing without the extended master secret (RFC 7627), which ties a master
    /// secret to the handshake that it comes of: a peer that does not say it is refused
    /// ([`crate::Fault::ExtendedMasterSecretAbsent`]), SSL 3.0, which has no extensions, with it, and no
    /// session comes back that began otherwise. FIPS 140-3 asks for it (Implementation Guidance D.Q).
    /// Default: false.
    pub require_extended_master_secret: bool,
    /// Take signatures by keys whose certificates do not allow signing, against RFC 8446 section
    /// 4.4.2.2: for whoever judges by something else, as by the challenge certificates of
    /// RFC 8737, which some clients make so. Default: false.
    pub danger_any_key_usage: bool,
    /// Shown how the keys of connections below TLS 1.3 come about: for lessons.
    #[cfg(feature = "legacy")]
    pub danger_key_calculation: Option<Arc<dyn KeyCalculation>>,
    /// Lie: see [`Script`]. A config with a script is for tests.
    pub danger_script: Option<Arc<dyn Script>>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            versions: vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2],
            suites: vec![
                CipherSuite::TLS_AES_128_GCM_SHA256,
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ],
            equal_suites: Vec::new(),
            groups: vec![
                NamedGroup::X25519MLKEM768,
                NamedGroup::X25519,
                NamedGroup::SECP256R1,
                NamedGroup::SECP384R1,
            ],
            schemes: vec![
                SignatureScheme::ECDSA_SECP256R1_SHA256,
                SignatureScheme::ECDSA_SECP384R1_SHA384,
                SignatureScheme::ECDSA_SECP521R1_SHA512,
                SignatureScheme::ED25519,
                SignatureScheme::RSA_PSS_RSAE_SHA256,
                SignatureScheme::RSA_PSS_RSAE_SHA384,
                SignatureScheme::RSA_PSS_RSAE_SHA512,
                SignatureScheme::RSA_PSS_PSS_SHA256,
                SignatureScheme::RSA_PSS_PSS_SHA384,
                SignatureScheme::RSA_PSS_PSS_SHA512,
                // TLS 1.3 takes these in certificates only.
                SignatureScheme::RSA_PKCS1_SHA256,
                SignatureScheme::RSA_PKCS1_SHA384,
                SignatureScheme::RSA_PKCS1_SHA512,
            ],
            alpn: Vec::new(),
            application_settings: ApplicationSettings::default(),
            srtp_profiles: Vec::new(),
            max_send_fragment: None,
            record_size_limit: None,
            max_fragment_length: None,
            delegated_schemes: Vec::new(),
            certificate_compression: Vec::new(),
            padding: Padding::None,
            renegotiation: Renegotiation::Refuse,
            middlebox_compatibility: true,
            key_log: None,
            observer: None,
            tap: None,
            counters: None,
            keep_finished: false,
            session_scope: None,
            key_update_after: None,
            #[cfg(feature = "legacy")]
            obsolete: None,
            #[cfg(feature = "legacy")]
            danger_single: Single::default(),
            #[cfg(feature = "legacy")]
            encrypt_then_mac: true,
            require_extended_master_secret: false,
            danger_any_key_usage: false,
            #[cfg(feature = "legacy")]
            danger_key_calculation: None,
            danger_script: None,
            entropy: Arc::new(SystemEntropy),
        }
    }
}

#[cfg(feature = "legacy")]
impl Common {
    /// Adds what a policy of [`crate::obsolete`] allows, behind what is named already.
    pub fn allow_obsolete(&mut self, policy: &'static Policy) {
        for suite in policy.suites() {
            if !self.suites.contains(suite) {
                self.suites.push(*suite);
            }
        }
        for group in policy.groups() {
            if !self.groups.contains(group) {
                self.groups.push(*group);
            }
        }
        for scheme in policy.schemes() {
            if !self.schemes.contains(scheme) {
                self.schemes.push(*scheme);
            }
        }
        for version in policy.versions() {
            if !self.versions.contains(version) {
                self.versions.push(*version);
            }
        }
        self.obsolete = Some(policy);
    }

    /// The schemes that a policy allows beside what is current, in TLS 1.2.
    pub(crate) fn obsolete_schemes(&self) -> &'static [SignatureScheme] {
        self.obsolete.map_or(&[], Policy::schemes)
    }

    /// True for such a scheme, and for a single one that is allowed.
    pub(crate) fn takes_obsolete_scheme(&self, scheme: SignatureScheme) -> bool {
        self.obsolete_schemes().contains(&scheme) || self.danger_single.schemes().contains(&scheme)
    }

    /// True where a server takes a ClientHello in SSL 2.0's format.
    pub(crate) fn reads_ssl2_hello(&self) -> bool {
        self.obsolete.is_some_and(Policy::reads_ssl2_hello)
    }

    pub(super) fn allows_scheme(&self, scheme: SignatureScheme) -> bool {
        self.takes_obsolete_scheme(scheme)
    }

    pub(super) fn encrypts_then_macs(&self) -> bool {
        self.encrypt_then_mac
    }

    pub(super) fn is_lenient(&self) -> bool {
        self.obsolete.is_some()
    }

    /// True where peers may have RSA keys of 1024 bits; whether their certificates do is for
    /// verification to say.
    pub(crate) fn takes_small_rsa(&self) -> bool {
        self.danger_single.takes_small_rsa() || self.obsolete.is_some_and(Policy::takes_small_rsa)
    }

    pub(super) fn allows(&self, suite: CipherSuite) -> bool {
        let policy = self.obsolete.into_iter();
        let mut suites = policy.flat_map(|policy| {
            let named = policy.named_suites();
            let lists = [policy.suites(), policy.shared_key_suites(), named];
            lists.into_iter().flatten()
        });
        suites.any(|one| *one == suite) || self.danger_single.suites().contains(&suite)
    }

    /// With a shared key, adds the suites that take one where the config names none of them; without
    /// one, drops them all.
    pub(super) fn name_shared_key_suites(&mut self, shares_key: bool) {
        let takes_one = |suite: &CipherSuite| find_suite(*suite).is_some_and(Suite::shares_key);
        if !shares_key {
            self.suites.retain(|suite| !takes_one(suite));
        } else if !self.suites.iter().any(takes_one) {
            let by_policy = self.obsolete.map_or(&[][..], Policy::shared_key_suites);
            self.suites.extend(&SHARED_KEY_CURRENT);
            self.suites.extend(by_policy);
        }
    }

    pub(super) fn allows_version(&self, version: ProtocolVersion) -> bool {
        let by_policy = self.obsolete.map_or(&[][..], Policy::versions);
        by_policy.contains(&version) || self.danger_single.versions().contains(&version)
    }
}

#[cfg(not(feature = "legacy"))]
impl Common {
    pub(super) fn encrypts_then_macs(&self) -> bool {
        false
    }

    pub(super) fn is_lenient(&self) -> bool {
        false
    }

    pub(crate) fn takes_small_rsa(&self) -> bool {
        false
    }

    pub(super) fn allows(&self, _: CipherSuite) -> bool {
        false
    }

    pub(super) fn name_shared_key_suites(&mut self, _: bool) {}

    pub(super) fn allows_scheme(&self, _: SignatureScheme) -> bool {
        false
    }

    pub(super) fn allows_version(&self, _: ProtocolVersion) -> bool {
        false
    }
}

impl Common {
    /// True where TLS 1.3 is spoken and a suite has this hash.
    pub(crate) fn has_hash(&self, hash: HashAlgorithm) -> bool {
        let tls13 = ProtocolVersion::TLS_1_3;
        let mut suites = self.suites.iter().filter_map(|suite| find_suite(*suite));
        self.versions.contains(&tls13)
            && suites.any(|suite| suite.hash == hash && suite.belongs_to(tls13))
    }

    /// Keeps what takes a shared key: TLS 1.3's suites, which leave that to the extensions, and those
    /// that are made for it.
    pub(super) fn keep_shared_key_suites(&mut self) {
        self.suites.retain(|suite| {
            find_suite(*suite).is_none_or(|suite| {
                suite.shares_key() || suite.belongs_to(ProtocolVersion::TLS_1_3)
            })
        });
    }

    /// Counts something, where anything is counted.
    #[inline]
    pub(crate) fn count(&self, what: Counted) {
        if let Some(counters) = &self.counters {
            counters.count(what);
        }
    }

    pub(super) fn session_stats(&self) -> SessionStats {
        let counters = self.counters.as_ref();
        counters.map_or_else(SessionStats::default, |counters| counters.stats())
    }

    /// True where a suite is named by which nobody is known to anybody.
    pub(crate) fn names_anonymous(&self) -> bool {
        let mut suites = self.suites.iter().filter_map(|suite| find_suite(*suite));
        suites.any(Suite::is_anonymous)
    }
}
