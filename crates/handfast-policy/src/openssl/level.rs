//! OpenSSL's security levels (`SSL_CTX_set_security_level`).

use crate::openssl::edition::Edition;
use crate::openssl::row::row;
use crate::openssl::selector::{authentication as au, cipher as enc, exchange as kx, mac};
use handfast::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// How many bits of strength a level asks for.
pub(crate) const fn level_bits(level: u8) -> u16 {
    match level {
        0 => 0,
        1 => 80,
        2 => 112,
        3 => 128,
        4 => 192,
        _ => 256,
    }
}

/// Whether a level, 0 to 5, rules a suite out: keys of too few bits, from level 1 also MD5 and nobody
/// known to anybody, from 2 RC4, from 3 keys that are not fresh.
///
/// ```
/// use handfast::CipherSuite;
/// use handfast_policy::openssl::{Edition, is_below_level};
///
/// let suite = CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256;
/// assert!(!is_below_level(suite, 2, Edition::default()));
/// assert!(is_below_level(suite, 3, Edition::default()));
/// ```
#[must_use]
pub fn is_below_level(suite: CipherSuite, level: u8, edition: Edition) -> bool {
    let least = level_bits(level);
    let Some(row) = row(suite, edition) else {
        return newer_bits(suite) < least;
    };
    let is_fresh = row.is.exchange & (kx::DHE | kx::ECDHE | kx::DHE_PSK | kx::ECDHE_PSK) != 0;
    level > 0
        && (row.bits < least
            || row.is.authentication == au::NOBODY
            || row.is.mac == mac::MD5
            // HMAC with SHA-1 counts for 160 bits.
            || row.is.mac == mac::SHA1 && least > 160
            || level >= 2 && row.is.cipher == enc::RC4
            || level >= 3 && !is_fresh)
}

/// Whether a level, 0 to 5, rules a version out: from level 1 all before TLS 1.2.
pub(crate) fn is_version_below_level(version: ProtocolVersion, level: u8) -> bool {
    level > 0 && version < ProtocolVersion::TLS_1_2
}

/// The bits of suites that OpenSSL's table of older suites does not hold: those of TLS 1.3 among them.
fn newer_bits(suite: CipherSuite) -> u16 {
    let cipher = suite.parts().map_or("", |parts| parts.cipher);
    if cipher.ends_with("_CCM_8") {
        64
    } else if cipher.contains("256") || cipher.starts_with("CHACHA20") {
        256
    } else if cipher.contains("128") {
        128
    } else {
        0
    }
}

/// The bits of strength of a group, as OpenSSL counts them.
pub(crate) fn group_bits(group: NamedGroup) -> u16 {
    match group {
        NamedGroup::SECP521R1 | NamedGroup::BRAINPOOLP512R1 | NamedGroup::MLKEM1024 => 256,
        NamedGroup::SECP384R1MLKEM1024 => 256,
        NamedGroup::X448 => 224,
        NamedGroup::SECP384R1
        | NamedGroup::BRAINPOOLP384R1
        | NamedGroup::MLKEM768
        | NamedGroup::X25519MLKEM768
        | NamedGroup::SECP256R1MLKEM768
        | NamedGroup::FFDHE8192 => 192,
        NamedGroup::SECP256R1
        | NamedGroup::X25519
        | NamedGroup::BRAINPOOLP256R1
        | NamedGroup::MLKEM512
        | NamedGroup::FFDHE3072
        | NamedGroup::FFDHE4096
        | NamedGroup::FFDHE6144 => 128,
        NamedGroup::FFDHE2048 => 112,
        _ => 80,
    }
}

/// The bits of strength of a signature scheme, as OpenSSL counts them: half of its hash's, where it has
/// one.
pub(crate) fn scheme_bits(scheme: SignatureScheme) -> u16 {
    match scheme {
        SignatureScheme::ED25519 | SignatureScheme::MLDSA44 => 128,
        SignatureScheme::ED448 => 224,
        SignatureScheme::MLDSA65 => 192,
        SignatureScheme::MLDSA87 => 256,
        scheme => {
            let name = scheme.name().unwrap_or_default();
            let halves = [("512", 256), ("384", 192), ("256", 128), ("224", 112)];
            let found = halves
                .into_iter()
                .find(|(hash, _)| name.ends_with(&format!("sha{hash}")));
            // Collisions of SHA-1 take 2^63 steps, those of MD5 39.
            found.map_or(63, |(_, bits)| bits)
        }
    }
}
