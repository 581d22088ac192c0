//! What clients and servers configure alike.

use crate::config::fault::ConfigFault;
use crate::connection::ChainPool;
#[cfg(feature = "legacy")]
use crate::observe::KeyCalculation;
use crate::observe::{KeyLog, Observer, Script};
#[cfg(feature = "legacy")]
use crate::obsolete::{Policy, SHARED_KEY_CURRENT};
use crate::suite::{
    Family, Suite, find_group, find_suite, is_classic_group, is_classic_version, is_field,
    is_known_scheme, is_obsolete_scheme,
};
use core::fmt::Debug;
use handfast_crypto::random::{Random, RandomFailed, SystemRandom};
use handfast_crypto::secret::SecretArray;
use handfast_wire::registry::{
    CipherSuite, MaxFragmentLength, NamedGroup, ProtocolVersion, SignatureScheme,
};
use std::sync::Arc;

/// Where randomness comes from. Failure fails the handshake; there is no fallback.
pub trait Entropy: Debug + Send + Sync {
    /// Fills `out` with bytes that nobody can predict.
    ///
    /// # Errors
    /// [`RandomFailed`] when the source is not to be had.
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed>;
}

/// The operating system's randomness, by way of the crypto library.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemRandom.fill(out)
    }
}

/// An [`Entropy`] in the shape that the crypto crate draws from.
pub(crate) struct Draw<'e>(pub(crate) &'e dyn Entropy);

impl Random for Draw<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill(out)
    }
}

/// Draws `N` public bytes together with the first secret ones that are asked for: a
/// draw costs the same whatever its size.
pub(crate) struct DrawBeside<'e, const N: usize> {
    entropy: &'e dyn Entropy,
    beside: Option<[u8; N]>,
}

impl<const N: usize> DrawBeside<'_, N> {
    /// The `N` bytes, drawn now where nothing else was.
    pub(crate) fn beside(self) -> Result<[u8; N], RandomFailed> {
        if let Some(bytes) = self.beside {
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// Bytes of one draw, at the most: 64 public ones, and a seed of ML-KEM beside an X25519 key.
const MOST_AT_ONCE: usize = 192;

impl<const N: usize> Random for DrawBeside<'_, N> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        if self.beside.is_some() {
            return self.entropy.fill(out);
        }
        let mut place = SecretArray::<MOST_AT_ONCE>::zeros();
        let Some(drawn) = place.as_mut_bytes().get_mut(..N.saturating_add(out.len())) else {
            return self.entropy.fill(out);
        };
        self.entropy.fill(drawn)?;
        let (beside, secret) = drawn.split_first_chunk::<N>().ok_or(RandomFailed)?;
        out.copy_from_slice(secret);
        self.beside = Some(*beside);
        Ok(())
    }
}

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
    /// Groups, best first.
    pub groups: Vec<NamedGroup>,
    /// Signature schemes accepted from the peer, best first.
    pub schemes: Vec<SignatureScheme>,
    /// Application protocols (ALPN), best first. Empty: none is spoken of.
    pub alpn: Vec<Vec<u8>>,
    /// The longest record that this side takes, in bytes of content plus one
    /// (RFC 8449): 64 to 16,385.
    pub record_size_limit: Option<u16>,
    /// Asked for by a client, granted by a server that sets any value (RFC 6066 section 4).
    pub max_fragment_length: Option<MaxFragmentLength>,
    /// How records are padded.
    pub padding: Padding,
    /// Send records and session ids as old middleboxes expect (RFC 8446 appendix D.4).
    pub middlebox_compatibility: bool,
    /// Where secrets are written for those who may read the traffic.
    pub key_log: Option<Arc<dyn KeyLog>>,
    /// Sees messages and alerts pass.
    pub observer: Option<Arc<dyn Observer>>,
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
    /// Agree to MACs that cover what is encrypted, where a suite has a block cipher (RFC 7366).
    /// Default: true.
    #[cfg(feature = "legacy")]
    pub encrypt_then_mac: bool,
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
            record_size_limit: None,
            max_fragment_length: None,
            padding: Padding::None,
            middlebox_compatibility: true,
            key_log: None,
            observer: None,
            session_scope: None,
            key_update_after: None,
            #[cfg(feature = "legacy")]
            obsolete: None,
            #[cfg(feature = "legacy")]
            encrypt_then_mac: true,
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

    /// True where a server takes a ClientHello in SSL 2.0's format.
    pub(crate) fn reads_ssl2_hello(&self) -> bool {
        self.obsolete.is_some_and(Policy::reads_ssl2_hello)
    }

    fn allows_scheme(&self, scheme: SignatureScheme) -> bool {
        self.obsolete_schemes().contains(&scheme)
    }

    fn encrypts_then_macs(&self) -> bool {
        self.encrypt_then_mac
    }

    fn is_lenient(&self) -> bool {
        self.obsolete.is_some()
    }

    /// True where peers may have RSA keys of 1024 bits; whether their certificates do is for
    /// verification to say.
    pub(crate) fn takes_small_rsa(&self) -> bool {
        self.obsolete.is_some_and(Policy::takes_small_rsa)
    }

    fn allows(&self, suite: CipherSuite) -> bool {
        let policy = self.obsolete.into_iter();
        let mut suites = policy.flat_map(|policy| {
            let named = policy.named_suites();
            let lists = [policy.suites(), policy.shared_key_suites(), named];
            lists.into_iter().flatten()
        });
        suites.any(|one| *one == suite)
    }

    /// With a shared key, adds the suites that take one where the config names none of them; without
    /// one, drops them all.
    fn name_shared_key_suites(&mut self, shares_key: bool) {
        let takes_one = |suite: &CipherSuite| find_suite(*suite).is_some_and(Suite::shares_key);
        if !shares_key {
            self.suites.retain(|suite| !takes_one(suite));
        } else if !self.suites.iter().any(takes_one) {
            let by_policy = self.obsolete.map_or(&[][..], Policy::shared_key_suites);
            self.suites.extend(&SHARED_KEY_CURRENT);
            self.suites.extend(by_policy);
        }
    }

    fn allows_version(&self, version: ProtocolVersion) -> bool {
        self.obsolete
            .is_some_and(|policy| policy.versions().contains(&version))
    }
}

#[cfg(not(feature = "legacy"))]
impl Common {
    fn encrypts_then_macs(&self) -> bool {
        false
    }

    fn is_lenient(&self) -> bool {
        false
    }

    pub(crate) fn takes_small_rsa(&self) -> bool {
        false
    }

    fn allows(&self, _: CipherSuite) -> bool {
        false
    }

    fn name_shared_key_suites(&mut self, _: bool) {}

    fn allows_scheme(&self, _: SignatureScheme) -> bool {
        false
    }

    fn allows_version(&self, _: ProtocolVersion) -> bool {
        false
    }
}

impl Common {
    /// True where a suite is named by which nobody is known to anybody.
    pub(crate) fn names_anonymous(&self) -> bool {
        let mut suites = self.suites.iter().filter_map(|suite| find_suite(*suite));
        suites.any(Suite::is_anonymous)
    }
}

/// The checked settings, with what is computed from them once.
#[derive(Debug)]
pub(crate) struct CommonPlan {
    pub(crate) set: Common,
    /// The bodies of lists as they stand in Hellos, without their lengths.
    pub(crate) encoded_versions: Vec<u8>,
    /// Encrypt-then-MAC is offered, and taken: a suite with a block cipher may be agreed on.
    pub(crate) offers_encrypt_then_mac: bool,
    pub(crate) encoded_suites: Vec<u8>,
    pub(crate) encoded_groups: Vec<u8>,
    pub(crate) encoded_schemes: Vec<u8>,
    pub(crate) encoded_alpn: Vec<u8>,
    /// What peers showed, once for all connections.
    pub(crate) chains: ChainPool,
}

impl Default for CommonPlan {
    /// What holds before a server's config is chosen: it is never offered.
    fn default() -> Self {
        Self {
            set: Common::default(),
            encoded_versions: Vec::new(),
            offers_encrypt_then_mac: false,
            encoded_suites: Vec::new(),
            encoded_groups: Vec::new(),
            encoded_schemes: Vec::new(),
            encoded_alpn: Vec::new(),
            chains: ChainPool::default(),
        }
    }
}

impl CommonPlan {
    /// `shares_key`: where there is, or may be, a key that both sides have known before.
    pub(crate) fn check(mut set: Common, shares_key: bool) -> Result<Self, ConfigFault> {
        set.name_shared_key_suites(shares_key);
        check_known(&set)?;
        keep_spoken_versions(&mut set)?;
        check_records(&set)?;
        let encoded_alpn = encode_alpn(&set.alpn)?;
        // What only other versions have stays out of the Hello.
        let families: Vec<_> = set.versions.iter().copied().filter_map(family_of).collect();
        let suites = set
            .suites
            .iter()
            .copied()
            .filter(|suite| is_spoken(*suite, &set.versions));
        let fields = names_fields(&set);
        let groups = set.groups.iter().copied().filter(|group| {
            let classic_field = fields && is_field(*group) && families.contains(&Family::Classic);
            let belongs = |family: &Family| group_belongs(*group, *family);
            classic_field || families.iter().any(belongs)
        });
        let codes =
            |codes: &mut dyn Iterator<Item = u16>| codes.flat_map(u16::to_be_bytes).collect();
        let offers_encrypt_then_mac = set.encrypts_then_macs()
            && suites
                .clone()
                .any(|suite| find_suite(suite).is_some_and(Suite::has_blocks));
        Ok(Self {
            offers_encrypt_then_mac,
            encoded_suites: codes(&mut suites.map(|suite| suite.0)),
            // SSL 3.0 has no extensions to be offered by.
            encoded_versions: codes(
                &mut set
                    .versions
                    .iter()
                    .filter(|version| **version > ProtocolVersion::SSL_3_0)
                    .map(|version| version.0),
            ),
            encoded_groups: codes(&mut groups.map(|group| group.0)),
            encoded_schemes: codes(&mut set.schemes.iter().map(|scheme| scheme.0)),
            encoded_alpn,
            chains: ChainPool::default(),
            set,
        })
    }

    /// The version of a ClientHello's old field, and of a premaster secret under RSA: the highest
    /// that is offered below TLS 1.3 (RFC 8446 section 4.1.2, RFC 5246 section 7.4.7.1).
    pub(crate) fn legacy_version(&self) -> ProtocolVersion {
        let highest = self.set.versions.iter().copied().max();
        highest
            .unwrap_or(ProtocolVersion::TLS_1_2)
            .min(ProtocolVersion::TLS_1_2)
    }

    /// True when the config names this version, and what it takes to speak it.
    pub(crate) fn speaks(&self, version: ProtocolVersion) -> bool {
        self.set.versions.contains(&version)
    }

    /// True where a suite may be chosen that shows no certificate.
    pub(crate) fn does_without_certificate(&self) -> bool {
        let mut suites = self
            .set
            .suites
            .iter()
            .filter_map(|suite| find_suite(*suite));
        suites.any(|suite| !suite.shows_certificate())
    }

    /// True when something older than TLS 1.3 is spoken that has extensions.
    pub(crate) fn extends_classic(&self) -> bool {
        let mut versions = self.set.versions.iter();
        versions.any(|version| is_classic_version(*version) && *version > ProtocolVersion::SSL_3_0)
    }

    /// True where a session may come back whose master secret nothing binds (RFC 7627 section 5.4).
    pub(crate) fn resumes_unbound(&self) -> bool {
        self.set.is_lenient()
    }

    pub(crate) fn draw(&self) -> Draw<'_> {
        Draw(&*self.set.entropy)
    }

    pub(crate) fn draw_beside<const N: usize>(&self) -> DrawBeside<'_, N> {
        DrawBeside {
            entropy: &*self.set.entropy,
            beside: None,
        }
    }
}

/// The family of a version that the engine speaks.
fn family_of(version: ProtocolVersion) -> Option<Family> {
    match version {
        ProtocolVersion::TLS_1_3 => Some(Family::Tls13),
        version if is_classic_version(version) => Some(Family::Classic),
        _ => None,
    }
}

/// True where a suite lets a server choose a finite field, of which RFC 7919 has a client name some.
fn names_fields(set: &Common) -> bool {
    let mut suites = set.suites.iter().filter_map(|suite| find_suite(*suite));
    suites.any(Suite::has_field)
}

/// True for a suite that one of these versions may choose.
fn is_spoken(suite: CipherSuite, versions: &[ProtocolVersion]) -> bool {
    let suite = find_suite(suite);
    suite.is_some_and(|suite| versions.iter().any(|version| suite.belongs_to(*version)))
}

/// TLS 1.3 has all groups, TLS 1.2 its curves.
fn group_belongs(group: NamedGroup, family: Family) -> bool {
    family == Family::Tls13 || is_classic_group(group)
}

/// Drops the versions that could be chosen and then not be spoken: those
/// without a cipher suite, and those without a group.
fn keep_spoken_versions(set: &mut Common) -> Result<(), ConfigFault> {
    let (suites, groups) = (&set.suites, &set.groups);
    set.versions
        .retain(|version| suites.iter().any(|suite| is_spoken(*suite, &[*version])));
    if set.versions.is_empty() {
        return Err(ConfigFault::ListEmpty(
            "cipher suites of the versions named",
        ));
    }
    set.versions.retain(|version| {
        family_of(*version)
            .is_some_and(|family| groups.iter().any(|group| group_belongs(*group, family)))
    });
    if set.versions.is_empty() {
        return Err(ConfigFault::ListEmpty("groups of the versions named"));
    }
    Ok(())
}

/// Each list names something, nothing twice, and only what is implemented.
fn check_known(set: &Common) -> Result<(), ConfigFault> {
    check_list("versions", &set.versions)?;
    if let Some(unknown) = set
        .versions
        .iter()
        .find(|version| family_of(**version).is_none())
    {
        return Err(ConfigFault::VersionUnknown(*unknown));
    }
    let obsolete = |version: &&ProtocolVersion| {
        **version < ProtocolVersion::TLS_1_2 && !set.allows_version(**version)
    };
    if let Some(obsolete) = set.versions.iter().find(obsolete) {
        return Err(ConfigFault::VersionObsolete(*obsolete));
    }
    check_list("cipher suites", &set.suites)?;
    check_list("groups", &set.groups)?;
    check_list("signature schemes", &set.schemes)?;
    if let Some(unknown) = set
        .suites
        .iter()
        .find(|suite| find_suite(**suite).is_none())
    {
        return Err(ConfigFault::SuiteUnknown(*unknown));
    }
    if let Some(obsolete) = set
        .suites
        .iter()
        .find(|suite| find_suite(**suite).is_some_and(Suite::is_obsolete) && !set.allows(**suite))
    {
        return Err(ConfigFault::SuiteObsolete(*obsolete));
    }
    if let Some(unknown) = set
        .groups
        .iter()
        .find(|group| find_group(**group).is_none())
    {
        return Err(ConfigFault::GroupUnknown(*unknown));
    }
    let known = |scheme| is_known_scheme(scheme) || set.allows_scheme(scheme);
    if let Some(unknown) = set.schemes.iter().find(|scheme| !known(**scheme)) {
        if is_obsolete_scheme(*unknown) {
            return Err(ConfigFault::SchemeObsolete(*unknown));
        }
        return Err(ConfigFault::SchemeUnknown(*unknown));
    }
    Ok(())
}

fn check_list<T: PartialEq>(what: &'static str, list: &[T]) -> Result<(), ConfigFault> {
    if list.is_empty() {
        return Err(ConfigFault::ListEmpty(what));
    }
    if list.len() > 1000 {
        return Err(ConfigFault::ListTooLong(what));
    }
    let twice = list
        .iter()
        .enumerate()
        .any(|(at, entry)| list.iter().take(at).any(|other| other == entry));
    if twice {
        Err(ConfigFault::ListedTwice(what))
    } else {
        Ok(())
    }
}

fn check_records(set: &Common) -> Result<(), ConfigFault> {
    if let Some(limit) = set.record_size_limit {
        if !(64..=16_385).contains(&limit) {
            return Err(ConfigFault::RecordSizeLimit(limit));
        }
        if set.max_fragment_length.is_some() {
            return Err(ConfigFault::TwoRecordLimits);
        }
    }
    if let Some(length) = set.max_fragment_length
        && length.bytes().is_none()
    {
        return Err(ConfigFault::MaxFragmentLength(length));
    }
    match set.padding {
        Padding::Multiple(multiple) if !(2..=16_384).contains(&multiple) => {
            Err(ConfigFault::Padding(multiple))
        }
        Padding::Random(most) if !(1..=16_384).contains(&most) => {
            Err(ConfigFault::RandomPadding(most))
        }
        _ => Ok(()),
    }
}

fn encode_alpn(protocols: &[Vec<u8>]) -> Result<Vec<u8>, ConfigFault> {
    let mut encoded = Vec::new();
    for protocol in protocols {
        let length = u8::try_from(protocol.len())
            .ok()
            .filter(|length| *length > 0);
        encoded.push(length.ok_or(ConfigFault::ProtocolName)?);
        encoded.extend_from_slice(protocol);
    }
    if encoded.len() > 16_000 {
        Err(ConfigFault::ListTooLong("application protocols"))
    } else {
        Ok(encoded)
    }
}
