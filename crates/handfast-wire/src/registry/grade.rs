//! How a row of a registry stands today, by rule and not row by row.
//!
//! A row starts at its registry's best grade. Every rule that fits its name
//! lowers it to the rule's grade at most; the lowest counts. The rules say why,
//! so an instrument can show the reasons ([`CipherSuite::reasons`] and its like).

use crate::registry::cipher_suite::CipherSuite;
use crate::registry::extension_type::ExtensionType;
use crate::registry::named_group::NamedGroup;
use crate::registry::protocol_version::ProtocolVersion;
use crate::registry::signature_scheme::SignatureScheme;
use crate::registry::small::{
    CertificateType, ClientCertificateType, CompressionMethod, EcPointFormat, HashAlgorithm,
    PskKeyExchangeMode, SignatureAlgorithm,
};

/// How a row stands today, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Grade {
    /// Names no algorithm to agree on: a signal, a retired number or draft.
    Reserved,
    /// Gives no security that counts: attacks are public and practical.
    Broken,
    /// Lacks what is expected today, such as forward secrecy or an AEAD.
    Weak,
    /// Sound, but not the first choice: rarely used, reviewed less, or for special needs.
    Acceptable,
    /// The first choice.
    Recommended,
}

/// A rule: why a row is not graded higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What the name must hold. A `^` in front means at its start, with a `$` at
    /// the end all of it; a `_` at the end also fits the end of a name.
    part: &'static str,
    /// The highest grade for a row that this fits.
    pub grade: Grade,
    /// One sentence without a full stop.
    pub because: &'static str,
}

impl Reason {
    fn fits(&self, name: &str) -> bool {
        if let Some(start) = self.part.strip_prefix('^') {
            let all = start.strip_suffix('$');
            return all.map_or_else(|| name.starts_with(start), |all| name == all);
        }
        let at_the_end = self.part.strip_suffix('_');
        name.contains(self.part) || at_the_end.is_some_and(|part| name.ends_with(part))
    }
}

macro_rules! rules {
    ($name:ident: $($($part:literal),+ => $grade:ident, $because:literal;)*) => {
        const $name: &[Reason] = &[$($(Reason {
            part: $part,
            grade: Grade::$grade,
            because: $because,
        },)+)*];
    };
}

macro_rules! graded {
    ($($type:ident: $best:ident, $rules:ident;)*) => {$(
        impl $type {
            /// How the row stands today; nothing for numbers without a row.
            #[must_use]
            pub fn grade(self) -> Option<Grade> {
                self.name()?;
                let lowest = self.reasons().map(|reason| reason.grade).min();
                Some(lowest.map_or(Grade::$best, |grade| grade.min(Grade::$best)))
            }

            /// Why it is not graded higher.
            pub fn reasons(self) -> impl Iterator<Item = &'static Reason> {
                let name = self.name().unwrap_or("");
                $rules.iter().filter(move |rule| rule.fits(name))
            }
        }
    )*};
}

graded! {
    CipherSuite: Recommended, CIPHER_SUITES;
    NamedGroup: Recommended, NAMED_GROUPS;
    SignatureScheme: Recommended, SIGNATURES;
    HashAlgorithm: Recommended, SIGNATURES;
    SignatureAlgorithm: Recommended, SIGNATURES;
    ProtocolVersion: Recommended, VERSIONS;
    ClientCertificateType: Recommended, CERTIFICATES;
    CertificateType: Recommended, CERTIFICATES;
    CompressionMethod: Recommended, COMPRESSION;
    EcPointFormat: Recommended, POINTS;
    PskKeyExchangeMode: Recommended, PSK_MODES;
    ExtensionType: Acceptable, EXTENSIONS;
}

rules! { CIPHER_SUITES:
    "_SCSV_" => Reserved, "a signal from the client, not a cipher";
    "_NULL_", "TLS_SHA256_", "TLS_SHA384_" => Broken, "nothing is encrypted";
    "_anon_" => Broken, "nobody proves who they are";
    "_EXPORT_", "_EXPORT1024_" => Broken, "keys made short for export (FREAK, Logjam)";
    "_RC4_" => Broken, "RC4's output is biased (RFC 7465)";
    "_RC2_" => Broken, "RC2 has blocks of 64 bits";
    "_DES_", "_DES40_" => Broken, "DES keys can be tried one by one (RFC 5469)";
    "_3DES_", "_IDEA_", "_28147_" => Broken, "blocks of 64 bits repeat in long connections (Sweet32)";
    "_FORTEZZA_" => Broken, "Skipjack and its escrow are retired";
    "_MD5_" => Broken, "MD5 is broken (RFC 6151)";
    "_GOSTR341094_", "_GOSTR341001_" => Broken, "GOST R 34.10-94 and 2001 are retired (RFC 9189)";
    "_CBC_" => Weak, "CBC with the MAC inside invites padding oracles (Lucky Thirteen)";
    "TLS_RSA_WITH_", "TLS_RSA_PSK_", "_RSA_FIPS_", "TLS_RSA_SM", "TLS_ECC_SM", "TLS_IBC_SM"
        => Weak, "no forward secrecy: the server's key opens every recording";
    "TLS_DH_", "TLS_ECDH_", "_CTR_OMAC_" => Weak, "no forward secrecy: the server's share is fixed";
    "TLS_PSK_WITH_" => Weak, "no forward secrecy: the shared key opens every recording";
    "TLS_KRB5_" => Weak, "Kerberos suites have no forward secrecy and no modern cipher";
    "_DSS_" => Weak, "DSA is retired (FIPS 186-5)";
    "TLS_SRP_" => Weak, "SRP for TLS stands on SHA-1";
    "_CCM_8_" => Weak, "the tag has eight bytes only";
    "_SM1_" => Weak, "SM1 is not published";
    "_SALSA20_", "_OLD_", "_CECPQ1_" => Weak, "a draft or an experiment that ended";
    "TLS_DHE_" => Acceptable, "the server alone chooses the finite field";
    "_CAMELLIA_", "_ARIA_", "_SEED_", "_SM4_", "_MGM_", "_AEGIS_", "ASCON"
        => Acceptable, "a cipher that few implementations share";
    "_CCM_" => Acceptable, "CCM is for devices without GCM";
    "_PSK_" => Acceptable, "for parties that share a key beforehand";
    "_ECCPWD_", "_ECJPAKE_" => Acceptable, "for parties that share a password beforehand";
}

rules! { NAMED_GROUPS:
    "^sect163", "^sect193", "^secp160", "^secp192" => Broken, "fewer than 112 bits of strength";
    "^arbitrary_explicit" => Broken, "the peer chooses the curve";
    "^sect", "^secp224", "^secp256k1" => Weak, "retired from TLS (RFC 8422)";
    "Kyber", "CECPQ2" => Reserved, "a draft that ended before ML-KEM";
    "^MLKEM512$", "^MLKEM768$", "^MLKEM1024$" => Acceptable, "not joined with a classical group";
    "MLKEM512" => Acceptable, "the smallest ML-KEM";
    "^ffdhe", "^x448", "^brainpool", "^GC", "^curveSM2" => Acceptable, "sound, but few peers have it";
}

rules! { SIGNATURES:
    "md5" => Broken, "MD5 collisions are easy";
    "sha1" => Broken, "SHA-1 collisions are practical (RFC 9155)";
    "^anonymous", "^none" => Broken, "nothing is signed";
    "sha224" => Weak, "112 bits of strength at most";
    "^dsa" => Weak, "DSA is retired (FIPS 186-5)";
    "^rsa_pkcs1_" => Acceptable, "PKCS #1 v1.5 padding: TLS 1.3 has it in certificates alone";
    "brainpool", "^sm2", "^gost", "^eccsi", "^iso_", "^slhdsa", "^ed448"
        => Acceptable, "sound, but few peers have it";
}

rules! { VERSIONS:
    "SSL " => Broken, "DROWN and POODLE (RFC 6176, RFC 7568)";
    "TLS 1.0", "TLS 1.1" => Weak, "retired (RFC 8996)";
    "TLS 1.2" => Acceptable, "sound with the right suites alone";
}

rules! { CERTIFICATES:
    "RESERVED" => Reserved, "a retired number";
    "^dss" => Weak, "DSA is retired (FIPS 186-5)";
    "fixed" => Weak, "no forward secrecy: the client's share is fixed";
    "^gost", "^1609", "^RawPublicKey" => Acceptable, "for special needs";
}

rules! { COMPRESSION:
    "DEFLATE", "LZS" => Broken, "lengths betray secrets (CRIME)";
}

rules! { POINTS:
    "^ansiX962" => Weak, "retired (RFC 8422 section 5.1.1)";
}

rules! { PSK_MODES:
    "^psk_ke" => Weak, "no forward secrecy: the shared key opens every recording";
}

rules! { EXTENSIONS:
    "RESERVED", "_draft" => Reserved, "a retired number";
    "^application_settings" => Acceptable, "a draft that Chromium uses (ALPS)";
    "^truncated_hmac" => Weak, "tags of ten bytes";
    "^heartbeat" => Weak, "hardly used but in attacks (Heartbleed)";
    "^client_certificate_url" => Weak, "makes the server fetch what the client names";
    "^next_protocol_negotiation", "^token_binding", "^channel_id" => Weak, "given up by its makers";
}

#[cfg(test)]
mod tests;
