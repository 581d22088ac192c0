//! GnuTLS's names, and what its levels stand for (3.7.9).

use crate::openssl::oldest_version;
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// What a level puts on, best first.
pub(super) struct Level {
    names: &'static [&'static str],
    pub(super) versions: &'static [&'static str],
    pub(super) ciphers: &'static [&'static str],
    pub(super) macs: &'static [&'static str],
    pub(super) exchanges: &'static [&'static str],
    pub(super) groups: &'static [&'static str],
    pub(super) schemes: &'static [&'static str],
}

impl Level {
    pub(super) fn called(name: &str) -> Option<&'static Self> {
        let is_called =
            |level: &&Self| level.names.iter().any(|one| one.eq_ignore_ascii_case(name));
        LEVELS.iter().find(is_called)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        LEVELS.iter().flat_map(|level| level.names.iter().copied())
    }
}

/// All names that may be put to a level.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let pairs = [CIPHERS, MACS, KEY_EXCHANGES];
    let pairs = pairs.into_iter().flatten().map(|(name, _)| *name);
    let groups = GROUPS.iter().map(|(name, _)| *name);
    let schemes = SCHEMES.iter().map(|(name, _)| *name);
    let sets = [
        "VERS-ALL",
        "VERS-TLS-ALL",
        "VERS-DTLS-ALL",
        "CIPHER-ALL",
        "MAC-ALL",
        "KX-ALL",
        "GROUP-ALL",
        "GROUP-DH-ALL",
        "GROUP-EC-ALL",
        "SIGN-ALL",
    ];
    pairs
        .chain(VERSIONS.iter().copied())
        .chain(groups)
        .chain(schemes)
        .chain(sets)
}

pub(super) fn of_tls(versions: &[&'static str]) -> Vec<&'static str> {
    let all = versions.iter().copied();
    all.filter(|one| one.starts_with("VERS-TLS")).collect()
}

pub(super) fn of_dtls(versions: &[&'static str]) -> Vec<&'static str> {
    let all = versions.iter().copied();
    all.filter(|one| one.starts_with("VERS-DTLS")).collect()
}

pub(super) fn fields(groups: &[&'static str]) -> Vec<&'static str> {
    let all = groups.iter().copied();
    all.filter(|one| one.starts_with("GROUP-FFDHE")).collect()
}

pub(super) fn curves(groups: &[&'static str]) -> Vec<&'static str> {
    let all = groups.iter().copied();
    all.filter(|one| !one.starts_with("GROUP-FFDHE")).collect()
}

/// Curves have an older name, too: `CURVE-X25519`.
pub(super) fn as_groups(name: &str) -> Vec<&'static str> {
    let Some(curve) = name.strip_prefix("CURVE-") else {
        return Vec::new();
    };
    let names = GROUPS.iter().map(|(name, _)| *name);
    let same = names.filter(|one| one.strip_prefix("GROUP-") == Some(curve));
    same.collect()
}

/// The version of a name; nothing for DTLS.
pub(super) fn version(name: &str) -> Option<ProtocolVersion> {
    match name {
        "VERS-TLS1.3" => Some(ProtocolVersion::TLS_1_3),
        "VERS-TLS1.2" => Some(ProtocolVersion::TLS_1_2),
        "VERS-TLS1.1" => Some(ProtocolVersion::TLS_1_1),
        "VERS-TLS1.0" => Some(ProtocolVersion::TLS_1_0),
        "VERS-SSL3.0" => Some(ProtocolVersion::SSL_3_0),
        _ => None,
    }
}

/// The suite of a key exchange, a cipher and a MAC.
pub(super) fn suite(exchange: &str, cipher: &str, mac: &str) -> Option<CipherSuite> {
    let part = |table: &'static [(&str, &str)], name: &str| {
        table
            .iter()
            .find(|(one, _)| *one == name)
            .map(|(_, part)| *part)
    };
    let exchange = part(KEY_EXCHANGES, exchange)?;
    let cipher = part(CIPHERS, cipher)?;
    let mac = part(MACS, mac)?;
    let is_aead = cipher.contains("GCM") || cipher.contains("CCM") || cipher.contains("POLY1305");
    let mut all = CipherSuite::ALL.iter().copied();
    all.find(|suite| {
        suite.parts().is_some_and(|parts| {
            let its = parts.key_exchange.unwrap_or_default();
            // Two rows of RFC 6655 have their words the other way round.
            let same = its == exchange || its == "PSK_DHE" && exchange == "DHE_PSK";
            let mac_fits = match is_aead {
                true => mac == "AEAD",
                false => parts.hash == Some(mac),
            };
            same && parts.cipher == cipher && mac_fits
        })
    })
    .filter(|suite| suite.0 < PRIVATE)
    // RFC 8442 came after GnuTLS's suites with shared keys.
    .filter(|_| exchange != "ECDHE_PSK" || !is_aead || cipher == "CHACHA20_POLY1305")
}

/// From here on numbers are for private use (RFC 8447 section 8).
const PRIVATE: u16 = 0xfe00;

/// The oldest version that has a suite, as GnuTLS has it: none is older than TLS 1.0.
pub(super) fn is_of(suite: CipherSuite) -> ProtocolVersion {
    oldest_version(suite).max(ProtocolVersion::TLS_1_0)
}

pub(super) const VERSIONS: &[&str] = &[
    "VERS-TLS1.3",
    "VERS-TLS1.2",
    "VERS-TLS1.1",
    "VERS-TLS1.0",
    "VERS-SSL3.0",
    "VERS-DTLS1.2",
    "VERS-DTLS1.0",
    "VERS-DTLS0.9",
];

/// What the registry calls a cipher.
pub(super) const CIPHERS: &[(&str, &str)] = &[
    ("AES-256-GCM", "AES_256_GCM"),
    ("AES-128-GCM", "AES_128_GCM"),
    ("CHACHA20-POLY1305", "CHACHA20_POLY1305"),
    ("AES-256-CCM", "AES_256_CCM"),
    ("AES-128-CCM", "AES_128_CCM"),
    ("AES-256-CCM-8", "AES_256_CCM_8"),
    ("AES-128-CCM-8", "AES_128_CCM_8"),
    ("AES-256-CBC", "AES_256_CBC"),
    ("AES-128-CBC", "AES_128_CBC"),
    ("CAMELLIA-256-GCM", "CAMELLIA_256_GCM"),
    ("CAMELLIA-128-GCM", "CAMELLIA_128_GCM"),
    ("CAMELLIA-256-CBC", "CAMELLIA_256_CBC"),
    ("CAMELLIA-128-CBC", "CAMELLIA_128_CBC"),
    ("3DES-CBC", "3DES_EDE_CBC"),
    ("ARCFOUR-128", "RC4_128"),
    ("NULL", "NULL"),
];

pub(super) const MACS: &[(&str, &str)] = &[
    ("AEAD", "AEAD"),
    ("SHA1", "SHA"),
    ("SHA256", "SHA256"),
    ("SHA384", "SHA384"),
    ("MD5", "MD5"),
];

pub(super) const KEY_EXCHANGES: &[(&str, &str)] = &[
    ("ECDHE-ECDSA", "ECDHE_ECDSA"),
    ("ECDHE-RSA", "ECDHE_RSA"),
    ("RSA", "RSA"),
    ("DHE-RSA", "DHE_RSA"),
    ("DHE-DSS", "DHE_DSS"),
    ("PSK", "PSK"),
    ("RSA-PSK", "RSA_PSK"),
    ("DHE-PSK", "DHE_PSK"),
    ("ECDHE-PSK", "ECDHE_PSK"),
    ("SRP", "SRP_SHA"),
    ("SRP-RSA", "SRP_SHA_RSA"),
    ("SRP-DSS", "SRP_SHA_DSS"),
    ("ANON-DH", "DH_anon"),
    ("ANON-ECDH", "ECDH_anon"),
];

pub(super) const GROUPS: &[(&str, NamedGroup)] = &[
    ("GROUP-SECP256R1", NamedGroup::SECP256R1),
    ("GROUP-SECP384R1", NamedGroup::SECP384R1),
    ("GROUP-SECP521R1", NamedGroup::SECP521R1),
    ("GROUP-X25519", NamedGroup::X25519),
    ("GROUP-X448", NamedGroup::X448),
    ("GROUP-FFDHE2048", NamedGroup::FFDHE2048),
    ("GROUP-FFDHE3072", NamedGroup::FFDHE3072),
    ("GROUP-FFDHE4096", NamedGroup::FFDHE4096),
    ("GROUP-FFDHE6144", NamedGroup::FFDHE6144),
    ("GROUP-FFDHE8192", NamedGroup::FFDHE8192),
    ("GROUP-SECP192R1", NamedGroup::SECP192R1),
    ("GROUP-SECP224R1", NamedGroup::SECP224R1),
    ("GROUP-GC256B", NamedGroup::GC256B),
    ("GROUP-GC512A", NamedGroup::GC512A),
];

use SignatureScheme as Scheme;

pub(super) const SCHEMES: &[(&str, Scheme)] = &[
    ("SIGN-RSA-SHA256", Scheme::RSA_PKCS1_SHA256),
    ("SIGN-RSA-PSS-SHA256", Scheme::RSA_PSS_PSS_SHA256),
    ("SIGN-RSA-PSS-RSAE-SHA256", Scheme::RSA_PSS_RSAE_SHA256),
    ("SIGN-ECDSA-SHA256", Scheme::ECDSA_SECP256R1_SHA256),
    (
        "SIGN-ECDSA-SECP256R1-SHA256",
        Scheme::ECDSA_SECP256R1_SHA256,
    ),
    ("SIGN-EDDSA-ED25519", Scheme::ED25519),
    ("SIGN-RSA-SHA384", Scheme::RSA_PKCS1_SHA384),
    ("SIGN-RSA-PSS-SHA384", Scheme::RSA_PSS_PSS_SHA384),
    ("SIGN-RSA-PSS-RSAE-SHA384", Scheme::RSA_PSS_RSAE_SHA384),
    ("SIGN-ECDSA-SHA384", Scheme::ECDSA_SECP384R1_SHA384),
    (
        "SIGN-ECDSA-SECP384R1-SHA384",
        Scheme::ECDSA_SECP384R1_SHA384,
    ),
    ("SIGN-EDDSA-ED448", Scheme::ED448),
    ("SIGN-RSA-SHA512", Scheme::RSA_PKCS1_SHA512),
    ("SIGN-RSA-PSS-SHA512", Scheme::RSA_PSS_PSS_SHA512),
    ("SIGN-RSA-PSS-RSAE-SHA512", Scheme::RSA_PSS_RSAE_SHA512),
    ("SIGN-ECDSA-SHA512", Scheme::ECDSA_SECP521R1_SHA512),
    (
        "SIGN-ECDSA-SECP521R1-SHA512",
        Scheme::ECDSA_SECP521R1_SHA512,
    ),
    ("SIGN-RSA-SHA1", Scheme::RSA_PKCS1_SHA1),
    ("SIGN-ECDSA-SHA1", Scheme::ECDSA_SHA1),
    ("SIGN-RSA-SHA224", Scheme::RSA_PKCS1_SHA224),
    ("SIGN-ECDSA-SHA224", Scheme::ECDSA_SHA224),
    ("SIGN-DSA-SHA1", Scheme::DSA_SHA1),
    ("SIGN-DSA-SHA224", Scheme::DSA_SHA224),
    ("SIGN-DSA-SHA256", Scheme::DSA_SHA256),
    ("SIGN-RSA-MD5", Scheme::RSA_PKCS1_MD5),
];

pub(super) const MODIFIERS: &[&str] = &[
    "COMPAT",
    "DUMBFW",
    "NO_EXTENSIONS",
    "NO_STATUS_REQUEST",
    "NO_TICKETS",
    "NO_TICKETS_TLS12",
    "NO_SESSION_HASH",
    "FORCE_SESSION_HASH",
    "NO_ETM",
    "FORCE_ETM",
    "SERVER_PRECEDENCE",
    "DISABLE_WILDCARDS",
    "SSL3_RECORD_VERSION",
    "LATEST_RECORD_VERSION",
    "FALLBACK_SCSV",
    "STATELESS_COMPRESSION",
    "UNSAFE_RENEGOTIATION",
    "PARTIAL_RENEGOTIATION",
    "SAFE_RENEGOTIATION",
    "DISABLE_SAFE_RENEGOTIATION",
    "DISABLE_TLS13_COMPAT_MODE",
    "ALLOW_SMALL_RECORDS",
    "VERIFY_ALLOW_BROKEN",
    "VERIFY_ALLOW_SIGN_RSA_MD5",
    "VERIFY_ALLOW_SIGN_WITH_SHA1",
    "VERIFY_DISABLE_CRL_CHECKS",
    "VERIFY_ALLOW_X509_V1_CA_CRT",
    "PROFILE_VERY_WEAK",
    "PROFILE_LOW",
    "PROFILE_LEGACY",
    "PROFILE_MEDIUM",
    "PROFILE_HIGH",
    "PROFILE_ULTRA",
    "PROFILE_FUTURE",
    "PROFILE_SUITEB128",
    "PROFILE_SUITEB192",
];

const USUAL: Level = Level {
    names: &["NORMAL", "LEGACY"],
    versions: &[
        "VERS-TLS1.3",
        "VERS-TLS1.2",
        "VERS-TLS1.1",
        "VERS-TLS1.0",
        "VERS-DTLS1.2",
        "VERS-DTLS1.0",
    ],
    ciphers: &[
        "AES-256-GCM",
        "CHACHA20-POLY1305",
        "AES-256-CCM",
        "AES-256-CBC",
        "AES-128-GCM",
        "AES-128-CCM",
        "AES-128-CBC",
    ],
    macs: &["SHA1", "AEAD"],
    exchanges: &["ECDHE-ECDSA", "ECDHE-RSA", "RSA", "DHE-RSA"],
    groups: &[
        "GROUP-SECP256R1",
        "GROUP-SECP384R1",
        "GROUP-SECP521R1",
        "GROUP-X25519",
        "GROUP-X448",
        "GROUP-FFDHE2048",
        "GROUP-FFDHE3072",
        "GROUP-FFDHE4096",
        "GROUP-FFDHE6144",
        "GROUP-FFDHE8192",
    ],
    schemes: &[
        "SIGN-RSA-SHA256",
        "SIGN-RSA-PSS-SHA256",
        "SIGN-RSA-PSS-RSAE-SHA256",
        "SIGN-ECDSA-SHA256",
        "SIGN-ECDSA-SECP256R1-SHA256",
        "SIGN-EDDSA-ED25519",
        "SIGN-RSA-SHA384",
        "SIGN-RSA-PSS-SHA384",
        "SIGN-RSA-PSS-RSAE-SHA384",
        "SIGN-ECDSA-SHA384",
        "SIGN-ECDSA-SECP384R1-SHA384",
        "SIGN-EDDSA-ED448",
        "SIGN-RSA-SHA512",
        "SIGN-RSA-PSS-SHA512",
        "SIGN-RSA-PSS-RSAE-SHA512",
        "SIGN-ECDSA-SHA512",
        "SIGN-ECDSA-SECP521R1-SHA512",
        "SIGN-RSA-SHA1",
        "SIGN-ECDSA-SHA1",
    ],
};

const LEVELS: &[Level] = &[
    USUAL,
    Level {
        names: &["PFS"],
        exchanges: &["ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA"],
        ..USUAL
    },
    Level {
        names: &["PERFORMANCE"],
        ciphers: &[
            "AES-128-GCM",
            "AES-256-GCM",
            "CHACHA20-POLY1305",
            "AES-128-CCM",
            "AES-256-CCM",
            "AES-128-CBC",
            "AES-256-CBC",
        ],
        exchanges: &["RSA", "ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA"],
        ..USUAL
    },
    Level {
        names: &["SECURE128", "SECURE"],
        ciphers: &[
            "AES-256-GCM",
            "CHACHA20-POLY1305",
            "AES-256-CBC",
            "AES-256-CCM",
            "AES-128-GCM",
            "AES-128-CBC",
            "AES-128-CCM",
        ],
        schemes: SECURE128_SCHEMES,
        ..USUAL
    },
    Level {
        names: &["SECURE192", "SECURE256"],
        ciphers: &[
            "AES-256-GCM",
            "CHACHA20-POLY1305",
            "AES-256-CBC",
            "AES-256-CCM",
        ],
        macs: &["AEAD"],
        groups: &["GROUP-SECP384R1", "GROUP-SECP521R1", "GROUP-FFDHE8192"],
        schemes: SECURE192_SCHEMES,
        ..USUAL
    },
    Level {
        names: &["SUITEB128"],
        versions: &["VERS-TLS1.2"],
        ciphers: &["AES-256-GCM", "AES-128-GCM"],
        macs: &["AEAD"],
        exchanges: &["ECDHE-ECDSA"],
        groups: &["GROUP-SECP256R1", "GROUP-SECP384R1"],
        schemes: &[
            "SIGN-ECDSA-SHA256",
            "SIGN-ECDSA-SECP256R1-SHA256",
            "SIGN-ECDSA-SHA384",
            "SIGN-ECDSA-SECP384R1-SHA384",
        ],
    },
    Level {
        names: &["SUITEB192"],
        versions: &["VERS-TLS1.2"],
        ciphers: &["AES-256-GCM"],
        macs: &["AEAD"],
        exchanges: &["ECDHE-ECDSA"],
        groups: &["GROUP-SECP384R1"],
        schemes: &["SIGN-ECDSA-SHA384", "SIGN-ECDSA-SECP384R1-SHA384"],
    },
    Level {
        names: &["NONE"],
        versions: &[],
        ciphers: &[],
        macs: &[],
        exchanges: &[],
        groups: &[],
        schemes: &[],
    },
];

const SECURE128_SCHEMES: &[&str] = USUAL.schemes.split_at(17).0;

const SECURE192_SCHEMES: &[&str] = SECURE128_SCHEMES.split_at(6).1;
