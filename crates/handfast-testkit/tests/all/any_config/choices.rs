//! Configs by the dice, as plain values that an oracle can look at too.

use handfast::config::{
    ClientAuth, Padding, ProtocolSettings, SettingsCodePoint, SystemEntropy, UnknownName,
    Verification,
};
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{
    CipherSuite, ClientConfig, Credential, NamedGroup, ProtocolVersion, ServerConfig,
    SignatureScheme,
};
use handfast_testkit::certificates::{self, KINDS, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::now;
use handfast_wire::registry::MaxFragmentLength;
use std::sync::Arc;

/// Chance by a seed: xorshift, multiplied.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `most`.
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % most
    }

    /// True in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Some of these, at least one, in any order.
    fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        let mut left = all.to_vec();
        let mut chosen = Vec::new();
        for _ in 0..=self.below(all.len()) {
            chosen.push(left.swap_remove(self.below(left.len())));
        }
        chosen
    }

    /// Usually all of these, else some.
    fn most<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        if self.chance(60) {
            all.to_vec()
        } else {
            self.some(all)
        }
    }

    fn maybe<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }
}

/// Who judges the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judge {
    Chain,
    Anyone,
    Caller,
}

/// What both sides choose.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    pub(super) versions: Vec<ProtocolVersion>,
    pub(super) suites: Vec<CipherSuite>,
    pub(super) groups: Vec<NamedGroup>,
    pub(super) schemes: Vec<SignatureScheme>,
    pub(super) alpn: Vec<&'static [u8]>,
    pub(super) alpn_optional: bool,
    /// A byte that is the settings of every protocol.
    pub(super) settings: Option<u8>,
    pub(super) settings_code_point: SettingsCodePoint,
    pub(super) kinds: Vec<KeyKind>,
    pub(super) judge: Judge,
    /// What the caller binds sessions to.
    pub(super) label: bool,
    record_size_limit: Option<u16>,
    max_fragment_length: Option<MaxFragmentLength>,
    padding: Padding,
    middlebox_compatibility: bool,
    key_update_after: Option<u64>,
}

/// A client by the dice.
#[derive(Clone, Debug)]
pub(super) struct ClientChoices {
    pub(super) common: Choices,
    pub(super) keeps_sessions: bool,
    pub(super) sends_name: bool,
    key_shares: Option<usize>,
    request_ocsp: bool,
    request_scts: bool,
    reverifies: bool,
}

/// Whether a server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    No,
    Requests,
    Requires,
}

/// A server by the dice.
#[derive(Clone, Debug)]
pub(super) struct ServerChoices {
    pub(super) common: Choices,
    pub(super) asks: Asks,
    pub(super) seals: bool,
    pub(super) keeps: bool,
    pub(super) tickets: u8,
    pub(super) post_quantum: bool,
    cookie: bool,
    names_authorities: bool,
    staples: bool,
}

pub(super) const NEW: ProtocolVersion = ProtocolVersion::TLS_1_3;
pub(super) const OLD: ProtocolVersion = ProtocolVersion::TLS_1_2;

const SUITES: [CipherSuite; 11] = [
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_AES_128_CCM_8_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];
/// Without the finite fields, which are slow.
const GROUPS: [NamedGroup; 9] = [
    NamedGroup::X25519MLKEM768,
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
    NamedGroup::MLKEM768,
    NamedGroup::MLKEM1024,
];
const SCHEMES: [SignatureScheme; 16] = [
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
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::MLDSA44,
    SignatureScheme::MLDSA65,
    SignatureScheme::MLDSA87,
];
const PROTOCOLS: [&[u8]; 4] = [b"h2", b"http/1.1", b"imap", b"x"];
const FRAGMENTS: [MaxFragmentLength; 4] = [
    MaxFragmentLength::TWO_9,
    MaxFragmentLength::TWO_10,
    MaxFragmentLength::TWO_11,
    MaxFragmentLength::TWO_12,
];

impl Choices {
    fn draw(dice: &mut Dice) -> Self {
        let record_size_limit = dice.maybe(20, |dice| {
            let limits = [64, 65, 100, 511, 1400, 4096, 16_384, 16_385];
            limits[dice.below(limits.len())]
        });
        let fragment = dice.maybe(20, |dice| FRAGMENTS[dice.below(FRAGMENTS.len())]);
        Self {
            versions: dice.most(&[NEW, OLD]),
            suites: dice.most(&SUITES),
            groups: dice.most(&GROUPS),
            schemes: dice.most(&SCHEMES),
            alpn: dice
                .maybe(50, |dice| dice.some(&PROTOCOLS))
                .unwrap_or_default(),
            alpn_optional: dice.chance(50),
            kinds: dice.some(&KINDS[..]).into_iter().take(3).collect(),
            judge: match dice.below(10) {
                0 | 1 => Judge::Anyone,
                2 | 3 => Judge::Caller,
                _ => Judge::Chain,
            },
            label: dice.chance(30),
            max_fragment_length: fragment.filter(|_| record_size_limit.is_none()),
            record_size_limit,
            padding: match dice.below(5) {
                0 => Padding::Multiple(2),
                1 => Padding::Multiple(512),
                2 => Padding::Random(300),
                _ => Padding::None,
            },
            middlebox_compatibility: dice.chance(70),
            key_update_after: dice.maybe(20, |dice| 1 + dice.below(5) as u64),
            settings: dice.maybe(40, |dice| dice.below(256) as u8),
            settings_code_point: match dice.chance(70) {
                true => SettingsCodePoint::New,
                false => SettingsCodePoint::Old,
            },
        }
    }

    /// The same but for a thing or two.
    fn changed(&self, dice: &mut Dice) -> Self {
        let mut new = self.clone();
        let other = Self::draw(dice);
        for _ in 0..dice.below(3) {
            match dice.below(8) {
                0 => new.versions.clone_from(&other.versions),
                1 => new.suites.clone_from(&other.suites),
                2 => new.groups.clone_from(&other.groups),
                3 => new.schemes.clone_from(&other.schemes),
                4 => new.alpn.clone_from(&other.alpn),
                5 => new.kinds.clone_from(&other.kinds),
                6 => new.judge = other.judge,
                _ => new.label = other.label,
            }
        }
        new
    }

    fn write(&self, common: &mut handfast::config::Common) {
        common.versions.clone_from(&self.versions);
        common.suites.clone_from(&self.suites);
        common.groups.clone_from(&self.groups);
        common.schemes.clone_from(&self.schemes);
        common.alpn = self.alpn.iter().map(|name| name.to_vec()).collect();
        let settings = self.alpn.iter().zip(self.settings.iter().cycle());
        common.application_settings.protocols = settings
            .map(|(protocol, settings)| ProtocolSettings {
                protocol: protocol.to_vec(),
                settings: vec![*settings],
            })
            .collect();
        common.application_settings.code_point = self.settings_code_point;
        common.record_size_limit = self.record_size_limit;
        common.max_fragment_length = self.max_fragment_length;
        common.padding = self.padding;
        common.middlebox_compatibility = self.middlebox_compatibility;
        common.key_update_after = self.key_update_after;
        common.session_scope = self.label.then(|| b"a label".to_vec());
    }

    fn verification(&self) -> Verification {
        match self.judge {
            Judge::Chain => Verification::chain(config::trust()),
            Judge::Anyone => Verification::danger_accept_anyone(),
            Judge::Caller => Verification::ask(),
        }
    }
}

impl ClientChoices {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let mut common = Choices::draw(dice);
        if dice.chance(40) {
            common.kinds.clear();
        }
        Self {
            keeps_sessions: dice.chance(70),
            sends_name: dice.chance(80),
            key_shares: dice.maybe(30, |dice| dice.below(3)),
            request_ocsp: dice.chance(50),
            request_scts: dice.chance(50),
            reverifies: dice.chance(30),
            common,
        }
    }

    /// The same but for a thing or two.
    pub(super) fn changed(&self, dice: &mut Dice) -> Self {
        Self {
            common: self.common.changed(dice),
            ..self.clone()
        }
    }

    pub(super) fn config(&self) -> ClientConfig {
        let mut client = ClientConfig::with_verification(self.common.verification());
        self.common.write(&mut client.common);
        client.alpn_optional = self.common.alpn_optional;
        let kinds = self.common.kinds.iter();
        client.credentials = kinds
            .map(|kind| config::credential(certificates::client(*kind)))
            .collect();
        if self.keeps_sessions {
            client.sessions = Some(Arc::new(MemoryStore::default()));
        }
        client.send_server_name = self.sends_name;
        client.request_ocsp = self.request_ocsp;
        client.request_scts = self.request_scts;
        client.reverify_on_resume = self.reverifies;
        let groups = self.common.groups.iter().copied();
        client.key_shares = self.key_shares.map(|count| groups.take(count).collect());
        client
    }
}

impl ServerChoices {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let mut common = Choices::draw(dice);
        if dice.chance(50) && !common.kinds.contains(&KeyKind::EcP256) {
            common.kinds.push(KeyKind::EcP256);
        }
        Self {
            asks: match dice.below(4) {
                0 => Asks::Requests,
                1 => Asks::Requires,
                _ => Asks::No,
            },
            seals: dice.chance(50),
            keeps: dice.chance(50),
            tickets: [0, 1, 2, 2, 2, 8][dice.below(6)],
            post_quantum: dice.chance(10),
            cookie: dice.chance(50),
            names_authorities: dice.chance(30),
            staples: dice.chance(30),
            common,
        }
    }

    /// The same but for a thing or two.
    pub(super) fn changed(&self, dice: &mut Dice) -> Self {
        let other = Self::draw(dice);
        Self {
            common: self.common.changed(dice),
            asks: if dice.chance(20) {
                other.asks
            } else {
                self.asks
            },
            ..self.clone()
        }
    }

    fn credential(&self, kind: KeyKind) -> Credential {
        let credential = config::credential(certificates::server(kind));
        if self.staples {
            // A SignedCertificateTimestampList of one made-up SCT.
            let credential = credential
                .with_sct_list(vec![0, 3, 0, 1, 7])
                .expect("a list");
            credential.with_ocsp_response(vec![0x30, 0])
        } else {
            credential
        }
    }

    pub(super) fn config(&self) -> ServerConfig {
        let mut server = ServerConfig::without_credential();
        self.common.write(&mut server.common);
        server.alpn_optional = self.common.alpn_optional;
        let kinds = self.common.kinds.iter();
        server.credentials = kinds.map(|kind| self.credential(*kind)).collect();
        server.unknown_name = UnknownName::UseFirst;
        server.client_auth = match self.asks {
            Asks::No => ClientAuth::None,
            Asks::Requests => ClientAuth::Request(self.common.verification()),
            Asks::Requires => ClientAuth::Require(self.common.verification()),
        };
        if self.names_authorities {
            let issuer =
                handfast_pki::certificate::Certificate::parse(certificates::root().root_der());
            let issuer = issuer.expect("the root is readable");
            server.client_authorities = vec![issuer.issuer().der().to_vec()];
        }
        if self.seals {
            let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
            server.ticket_keys = Some(Arc::new(keys.expect("the system draws")));
        }
        if self.keeps {
            server.session_cache = Some(Arc::new(SessionCache::new(1 << 20)));
        }
        server.tickets = self.tickets;
        server.cookie = self.cookie;
        server.require_post_quantum = self.post_quantum;
        server
    }
}
