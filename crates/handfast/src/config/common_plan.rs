//! The settings of both sides, checked, with what is computed from them once.

use crate::config::common::{Common, Padding};
use crate::config::compression::CertificateCompression;
use crate::config::delegated::is_delegable;
use crate::config::entropy::{Draw, DrawBeside};
use crate::config::exception::Exception;
use crate::config::fault::ConfigFault;
use crate::connection::ChainPool;
use crate::suite::{
    Family, NO_GROUP, Suite, find_group, find_suite, is_classic_group, is_classic_version,
    is_clients_scheme, is_field, is_known_scheme, is_obsolete_scheme,
};
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

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
    /// Those, and the ones that are for clients' certificates in TLS 1.3 alone.
    pub(crate) encoded_client_schemes: Vec<u8>,
    pub(crate) encoded_alpn: Vec<u8>,
    pub(crate) encoded_compression: Vec<u8>,
    /// The protocols that there are application settings for.
    pub(crate) encoded_settings: Vec<u8>,
    /// What peers showed, once for all connections.
    pub(crate) chains: ChainPool,
    /// The exceptions under which more is offered than the config's lists.
    pub(crate) excepted: Vec<Exception>,
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
            encoded_client_schemes: Vec::new(),
            encoded_alpn: Vec::new(),
            encoded_compression: Vec::new(),
            encoded_settings: Vec::new(),
            chains: ChainPool::default(),
            excepted: Vec::new(),
        }
    }
}

impl CommonPlan {
    /// `shares_key`: where there is, or may be, a key that both sides have known before, for versions
    /// before TLS 1.3; `requires_key`: in no version is anything done without one.
    pub(crate) fn check(
        mut set: Common,
        requires_key: bool,
        shares_key: bool,
    ) -> Result<Self, ConfigFault> {
        set.name_shared_key_suites(shares_key);
        if requires_key {
            set.keep_shared_key_suites();
        }
        check_known(&set)?;
        keep_spoken_versions(&mut set)?;
        check_records(&set)?;
        let encoded_alpn = encode_alpn(&set.alpn)?;
        let encoded_settings = set.application_settings.encode(&set.alpn)?;
        check_delegated(&set.delegated_schemes)?;
        let encoded_compression = encode_compression(&set.certificate_compression)?;
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
        let for_all = set.schemes.iter().filter(|one| !is_clients_scheme(**one));
        Ok(Self {
            offers_encrypt_then_mac,
            encoded_suites: codes(&mut suites.map(|suite| suite.0)),
            encoded_versions: codes(&mut set.versions.iter().map(|version| version.0)),
            encoded_groups: codes(&mut groups.map(|group| group.0)),
            encoded_schemes: codes(&mut for_all.map(|scheme| scheme.0)),
            encoded_client_schemes: codes(&mut set.schemes.iter().map(|scheme| scheme.0)),
            encoded_alpn,
            encoded_compression,
            encoded_settings,
            chains: ChainPool::default(),
            excepted: Vec::new(),
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

    /// True where delegated credentials are taken.
    pub(crate) fn takes_delegated(&self) -> bool {
        !self.set.delegated_schemes.is_empty()
    }

    /// True where a version before TLS 1.3 may be chosen.
    pub(crate) fn speaks_classic(&self) -> bool {
        let mut versions = self.set.versions.iter();
        versions.any(|version| *version < ProtocolVersion::TLS_1_3)
    }

    /// True when the config names this version, and what it takes to speak it.
    pub(crate) fn speaks(&self, version: ProtocolVersion) -> bool {
        self.set.versions.contains(&version)
    }

    /// True where sessions that begin by a shared key end with it: a caller who has the keys
    /// (`asks`) says by its label when they change.
    pub(crate) fn scopes_keys(&self, asks: bool) -> bool {
        !asks || self.set.session_scope.is_some()
    }

    /// True where a suite of TLS 1.3 has this hash.
    pub(crate) fn has_hash(&self, hash: HashAlgorithm) -> bool {
        self.set.has_hash(hash)
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

    /// True where keys may have been agreed on in this group when a session of this version began. TLS
    /// 1.3 agrees anew; before it none is named after RSA key exchange, and fields have suites of their own.
    pub(crate) fn takes_group(&self, group: NamedGroup, version: ProtocolVersion) -> bool {
        version >= ProtocolVersion::TLS_1_3
            || group == NO_GROUP
            || is_field(group)
            || self.set.groups.contains(&group)
    }

    /// True where a peer may have proved itself by this scheme when a session of this version
    /// began: what this config takes now. Before TLS 1.2 none is named.
    pub(crate) fn takes_scheme(
        &self,
        scheme: Option<SignatureScheme>,
        version: ProtocolVersion,
    ) -> bool {
        let takes = |scheme| {
            let delegated =
                version >= ProtocolVersion::TLS_1_3 && self.set.delegated_schemes.contains(&scheme);
            delegated || self.set.schemes.contains(&scheme)
        };
        version < ProtocolVersion::TLS_1_2 || scheme.is_none_or(takes)
    }

    /// True where a session may come back whose master secret nothing binds (RFC 7627 section 5.4).
    pub(crate) fn resumes_unbound(&self) -> bool {
        self.set.is_lenient() && !self.set.require_extended_master_secret
    }

    pub(crate) fn draw(&self) -> Draw<'_> {
        Draw(&*self.set.entropy)
    }

    pub(crate) fn draw_beside<const N: usize>(&self) -> DrawBeside<'_, N> {
        DrawBeside::new(&*self.set.entropy)
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
pub(super) fn group_belongs(group: NamedGroup, family: Family) -> bool {
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
    for equal in &set.equal_suites {
        check_list("suites that are equally good", equal)?;
    }
    check_list("groups", &set.groups)?;
    check_list("signature schemes", &set.schemes)?;
    if !set.srtp_profiles.is_empty() {
        check_list("SRTP profiles", &set.srtp_profiles)?;
    }
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
    if let Some(bytes) = set.max_send_fragment
        && !(64..=16_384).contains(&bytes)
    {
        return Err(ConfigFault::MaxSendFragment(bytes));
    }
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

/// None, or what delegated credentials may have, nothing twice.
fn check_delegated(schemes: &[SignatureScheme]) -> Result<(), ConfigFault> {
    if schemes.is_empty() {
        return Ok(());
    }
    check_list("schemes of delegated credentials", schemes)?;
    match schemes.iter().find(|scheme| !is_delegable(**scheme)) {
        Some(scheme) => Err(ConfigFault::DelegatedScheme(*scheme)),
        None => Ok(()),
    }
}

fn encode_compression(listed: &[CertificateCompression]) -> Result<Vec<u8>, ConfigFault> {
    let codes: Vec<_> = listed.iter().map(|one| one.algorithm().0).collect();
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    // RFC 8879 s3: 254 bytes at most.
    if codes.len() > 127 {
        return Err(ConfigFault::ListTooLong("certificate compression"));
    }
    check_list("certificate compression", &codes)?;
    Ok(codes.into_iter().flat_map(u16::to_be_bytes).collect())
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
