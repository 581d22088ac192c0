//! OpenSSL's table of suites, out of the names in IANA's registry: its own names, and what its words
//! go by.

use crate::kind::is_tls13;
use crate::openssl::edition::Edition;
use crate::openssl::selector::{
    Bits, Selector, authentication as au, cipher as enc, class, exchange as kx, mac, off, oldest,
};
use handfast::{CipherSuite, ProtocolVersion};

/// A suite as OpenSSL sees it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) suite: CipherSuite,
    pub(super) name: String,
    pub(super) is: Selector,
    /// What `@STRENGTH` and the security level go by.
    pub(super) bits: u16,
}

/// The suites below TLS 1.3, the highest number first: the order that OpenSSL starts from. Those that it
/// does not have stand for themselves alone, so that no word for many means them.
pub(super) fn table(edition: Edition) -> Vec<Row> {
    let all = CipherSuite::ALL.iter().copied();
    let older = all.filter(|suite| suite.parts().is_some() && !is_tls13(*suite));
    let rows = older.filter_map(|suite| row(suite, edition).or_else(|| foreign(suite)));
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_key(|row| core::cmp::Reverse(row.suite.0));
    rows
}

fn foreign(suite: CipherSuite) -> Option<Row> {
    Some(Row {
        suite,
        name: suite.name()?.to_owned(),
        is: Selector::of(suite),
        bits: 0,
    })
}

/// OpenSSL's name of a suite; nothing for one that it does not have. Those of TLS 1.3 are called as
/// IANA does.
///
/// ```
/// use handfast::CipherSuite;
/// use handfast_policy::openssl;
///
/// let suite = CipherSuite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA;
/// assert_eq!(openssl::name(suite).as_deref(), Some("DHE-RSA-DES-CBC3-SHA"));
/// assert_eq!(openssl::suite("DHE-RSA-DES-CBC3-SHA"), Some(suite));
/// ```
#[must_use]
pub fn name(suite: CipherSuite) -> Option<String> {
    if is_tls13(suite) {
        return suite.name().map(str::to_owned);
    }
    row(suite, Edition::default()).map(|row| row.name)
}

/// The suite that a name stands for: OpenSSL's, or IANA's.
#[must_use]
pub fn suite(name: &str) -> Option<CipherSuite> {
    let mut all = CipherSuite::ALL.iter().copied();
    all.find(|suite| suite.name() == Some(name) || self::name(*suite).as_deref() == Some(name))
}

/// The oldest version that has a suite; TLS 1.2 for suites that OpenSSL does not have, all of which are
/// that new.
pub(crate) fn oldest_version(suite: CipherSuite) -> ProtocolVersion {
    match row(suite, Edition::default()).map(|row| row.is.oldest) {
        Some(oldest::SSL3) => ProtocolVersion::SSL_3_0,
        Some(oldest::TLS1) => ProtocolVersion::TLS_1_0,
        _ => ProtocolVersion::TLS_1_2,
    }
}

/// What OpenSSL has of a suite.
pub(super) fn row(suite: CipherSuite, edition: Edition) -> Option<Row> {
    let parts = suite.parts()?;
    let exchange = find(EXCHANGES, parts.key_exchange?)?;
    let cipher = find(CIPHERS, parts.cipher)?;
    let mac = match parts.hash {
        _ if cipher.is_aead() => mac::AEAD,
        Some("MD5") => mac::MD5,
        Some("SHA") => mac::SHA1,
        Some("SHA256") => mac::SHA256,
        Some("SHA384") => mac::SHA384,
        _ => return None,
    };
    if !has(exchange, cipher, mac) {
        return None;
    }
    let is_off = cipher.is_off || exchange.is_off && cipher.bit != enc::NULL;
    let is_fips = cipher.is_fips && exchange.bit != kx::SRP;
    // A tag of eight bytes counts for what it is worth.
    let is_short = cipher.bit & enc::AESCCM8 != 0 && edition != Edition::V3_0;
    let class = if is_short {
        class::MEDIUM
    } else {
        cipher.class
    };
    Some(Row {
        suite,
        name: named(exchange, cipher, parts.hash),
        is: Selector {
            exchange: exchange.bit,
            authentication: exchange.authentication,
            cipher: cipher.bit,
            mac,
            class: class | if is_fips { class::FIPS } else { 0 },
            off: if is_off { off::YES } else { 0 },
            oldest: oldest_of(exchange, mac),
            suite: Some(suite),
        },
        bits: if is_short { 64 } else { cipher.bits },
    })
}

/// Whether OpenSSL has a suite whose parts it knows.
fn has(exchange: &Exchange, cipher: &Cipher, mac: Bits) -> bool {
    match exchange.registry {
        // RFC 5489 has CBC, RFC 7905 ChaCha20; the rest came later.
        "ECDHE_PSK" => !cipher.is_aead() || cipher.bit == enc::CHACHA20,
        "DH_anon" => cipher.bit & enc::ARIA == 0 && (cipher.bit, mac) != (enc::RC4, mac::SHA1),
        "DHE_DSS" => cipher.bit != enc::RC4,
        _ => true,
    }
}

fn named(exchange: &Exchange, cipher: &Cipher, hash: Option<&str>) -> String {
    let has_key = exchange.bit & kx::PSKS != 0;
    let prefix = match exchange.registry {
        "ECDHE_RSA" if cipher.bit & enc::ARIA != 0 => "ECDHE-",
        _ => exchange.prefix,
    };
    let middle = match cipher.bit {
        enc::AES128 if has_key => "AES128-CBC",
        enc::AES256 if has_key => "AES256-CBC",
        enc::AES128 if exchange.bit == kx::SRP => "AES-128-CBC",
        enc::AES256 if exchange.bit == kx::SRP => "AES-256-CBC",
        enc::TRIPLE_DES if has_key || exchange.bit == kx::SRP => "3DES-EDE-CBC",
        _ => cipher.name,
    };
    match hash.filter(|_| cipher.bit != enc::CHACHA20) {
        Some(hash) => format!("{prefix}{middle}-{hash}"),
        None => format!("{prefix}{middle}"),
    }
}

/// SHA-256 and AEADs came with TLS 1.2, except in suites with a shared key; elliptic curves, and those,
/// with TLS 1.0.
fn oldest_of(exchange: &Exchange, mac: Bits) -> Bits {
    let is_new = mac & (mac::SHA256 | mac::SHA384) != 0;
    let has_key = exchange.bit & kx::PSKS != 0;
    let has_curve = exchange.bit & (kx::ECDHE | kx::ECDHE_PSK) != 0;
    if mac == mac::AEAD || is_new && !has_key {
        oldest::TLS12
    } else if is_new || has_curve {
        oldest::TLS1
    } else {
        oldest::SSL3
    }
}

/// What a name in the registry says.
trait Part {
    fn registry(&self) -> &'static str;
}

fn find<P: Part>(parts: &'static [P], registry: &str) -> Option<&'static P> {
    parts.iter().find(|part| part.registry() == registry)
}

/// A key exchange with its authentication.
struct Exchange {
    registry: &'static str,
    prefix: &'static str,
    bit: Bits,
    authentication: Bits,
    is_off: bool,
}

impl Part for Exchange {
    fn registry(&self) -> &'static str {
        self.registry
    }
}

const fn exchange(
    registry: &'static str,
    prefix: &'static str,
    bit: Bits,
    authentication: Bits,
) -> Exchange {
    Exchange {
        registry,
        prefix,
        bit,
        authentication,
        is_off: matches!(authentication, au::DSS | au::NOBODY),
    }
}

const EXCHANGES: &[Exchange] = &[
    exchange("RSA", "", kx::RSA, au::RSA),
    exchange("DHE_RSA", "DHE-RSA-", kx::DHE, au::RSA),
    exchange("DHE_DSS", "DHE-DSS-", kx::DHE, au::DSS),
    exchange("DH_anon", "ADH-", kx::DHE, au::NOBODY),
    exchange("ECDHE_RSA", "ECDHE-RSA-", kx::ECDHE, au::RSA),
    exchange("ECDHE_ECDSA", "ECDHE-ECDSA-", kx::ECDHE, au::ECDSA),
    exchange("ECDH_anon", "AECDH-", kx::ECDHE, au::NOBODY),
    exchange("PSK", "PSK-", kx::PSK, au::PSK),
    exchange("RSA_PSK", "RSA-PSK-", kx::RSA_PSK, au::RSA),
    exchange("DHE_PSK", "DHE-PSK-", kx::DHE_PSK, au::PSK),
    // Two rows of RFC 6655 have their words the other way round.
    exchange("PSK_DHE", "DHE-PSK-", kx::DHE_PSK, au::PSK),
    exchange("ECDHE_PSK", "ECDHE-PSK-", kx::ECDHE_PSK, au::PSK),
    exchange("SRP_SHA", "SRP-", kx::SRP, au::SRP),
    exchange("SRP_SHA_RSA", "SRP-RSA-", kx::SRP, au::RSA),
    exchange("SRP_SHA_DSS", "SRP-DSS-", kx::SRP, au::DSS),
];

/// A record cipher.
struct Cipher {
    registry: &'static str,
    name: &'static str,
    bit: Bits,
    bits: u16,
    class: Bits,
    is_off: bool,
    is_fips: bool,
}

impl Cipher {
    const fn is_aead(&self) -> bool {
        self.bit & enc::AEADS != 0
    }
}

impl Part for Cipher {
    fn registry(&self) -> &'static str {
        self.registry
    }
}

const fn cipher(registry: &'static str, name: &'static str, bit: Bits, bits: u16) -> Cipher {
    let fips = enc::AES128 | enc::AES256 | enc::AESGCM;
    let on = enc::AES128 | enc::AES256 | enc::AESGCM | enc::CHACHA20 | enc::NULL;
    Cipher {
        registry,
        name,
        bit,
        bits,
        class: match bit {
            enc::NULL => class::NONE,
            enc::RC4 | enc::IDEA | enc::SEED | enc::TRIPLE_DES => class::MEDIUM,
            _ => class::HIGH,
        },
        is_off: bit & on == 0,
        is_fips: bit & fips != 0,
    }
}

const CIPHERS: &[Cipher] = &[
    cipher("NULL", "NULL", enc::NULL, 0),
    cipher("RC4_128", "RC4", enc::RC4, 128),
    cipher("IDEA_CBC", "IDEA-CBC", enc::IDEA, 128),
    cipher("SEED_CBC", "SEED", enc::SEED, 128),
    cipher("3DES_EDE_CBC", "DES-CBC3", enc::TRIPLE_DES, 112),
    cipher("AES_128_CBC", "AES128", enc::AES128, 128),
    cipher("AES_256_CBC", "AES256", enc::AES256, 256),
    cipher("AES_128_GCM", "AES128-GCM", enc::AES128_GCM, 128),
    cipher("AES_256_GCM", "AES256-GCM", enc::AES256_GCM, 256),
    cipher("AES_128_CCM", "AES128-CCM", enc::AES128_CCM, 128),
    cipher("AES_256_CCM", "AES256-CCM", enc::AES256_CCM, 256),
    cipher("AES_128_CCM_8", "AES128-CCM8", enc::AES128_CCM8, 128),
    cipher("AES_256_CCM_8", "AES256-CCM8", enc::AES256_CCM8, 256),
    cipher("CAMELLIA_128_CBC", "CAMELLIA128", enc::CAMELLIA128, 128),
    cipher("CAMELLIA_256_CBC", "CAMELLIA256", enc::CAMELLIA256, 256),
    cipher("ARIA_128_GCM", "ARIA128-GCM", enc::ARIA128_GCM, 128),
    cipher("ARIA_256_GCM", "ARIA256-GCM", enc::ARIA256_GCM, 256),
    cipher("CHACHA20_POLY1305", "CHACHA20-POLY1305", enc::CHACHA20, 256),
];
