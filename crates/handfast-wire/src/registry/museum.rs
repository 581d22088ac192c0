//! What was spoken once and is not spoken here: recognised, named and dissected, so that a person
//! learns why an old device is refused, and never negotiated under any policy.
//!
//! ```
//! use handfast_wire::registry::{CipherSuite, museum};
//!
//! let exhibit = museum::exhibits(CipherSuite::TLS_RSA_WITH_DES_CBC_SHA).next().unwrap();
//! assert_eq!((exhibit.id, exhibit.name), ("des", "single DES"));
//! assert!(museum::exhibits(CipherSuite::TLS_AES_128_GCM_SHA256).next().is_none());
//! ```

use crate::registry::cipher_suite::CipherSuite;
use crate::registry::named_group::NamedGroup;
use crate::registry::protocol_version::ProtocolVersion;
use crate::registry::signature_scheme::SignatureScheme;
use crate::registry::small::{ClientCertificateType, CompressionMethod};
use crate::registry::ssl2_cipher_kind::Ssl2CipherKind;
use core::fmt;

/// One thing that is not spoken any more.
#[derive(Debug)]
pub struct Exhibit {
    /// The name that programs know it by; it never changes.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Why it is not negotiated: a clause without a full stop.
    pub because: &'static str,
    /// What to use in its place: a clause without a full stop.
    pub instead: &'static str,
    /// Where it stands, or where it was buried.
    pub source: &'static str,
    /// What the names of its suites hold; with a `^` in front, at their start.
    parts: &'static [&'static str],
    /// Its code points beside suites.
    codes: &'static [Code],
}

/// A code point of an exhibit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// A protocol version.
    Version(ProtocolVersion),
    /// A cipher suite.
    Suite(CipherSuite),
    /// A cipher kind of SSL 2.0.
    CipherKind(Ssl2CipherKind),
    /// What a server takes from a client before TLS 1.3.
    ClientCertificate(ClientCertificateType),
    /// How records are compressed.
    Compression(CompressionMethod),
    /// A signature scheme.
    Scheme(SignatureScheme),
    /// A group.
    Group(NamedGroup),
}

impl Code {
    /// Which registry it stands in, as people call it.
    #[must_use]
    pub const fn registry(self) -> &'static str {
        match self {
            Self::Version(_) => "version",
            Self::Suite(_) => "cipher suite",
            Self::CipherKind(_) => "SSL 2.0 cipher kind",
            Self::ClientCertificate(_) => "client certificate type",
            Self::Compression(_) => "compression method",
            Self::Scheme(_) => "signature scheme",
            Self::Group(_) => "group",
        }
    }

    /// The number on the wire, and how many bytes it has there.
    #[must_use]
    pub const fn number(self) -> (u32, usize) {
        match self {
            Self::Version(ProtocolVersion(code))
            | Self::Suite(CipherSuite(code))
            | Self::Scheme(SignatureScheme(code))
            | Self::Group(NamedGroup(code)) => (code as u32, 2),
            Self::CipherKind(Ssl2CipherKind([a, b, c])) => (u32::from_be_bytes([0, a, b, c]), 3),
            Self::ClientCertificate(ClientCertificateType(code))
            | Self::Compression(CompressionMethod(code)) => (code as u32, 1),
        }
    }

    /// The name of the registry's row.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Version(code) => code.name(),
            Self::Suite(code) => code.name(),
            Self::CipherKind(code) => code.name(),
            Self::ClientCertificate(code) => code.name(),
            Self::Compression(code) => code.name(),
            Self::Scheme(code) => code.name(),
            Self::Group(code) => code.name(),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, bytes) = self.number();
        let digits = bytes * 2;
        write!(f, "{} (0x{number:0digits$x})", self.name().unwrap_or("?"))
    }
}

impl Exhibit {
    /// All its code points: suites first, in the registry's order.
    pub fn codes(&self) -> impl Iterator<Item = Code> + '_ {
        let suites = CipherSuite::ALL.iter().copied();
        let suites = suites.filter(|suite| self.holds(*suite)).map(Code::Suite);
        suites.chain(self.codes.iter().copied())
    }

    fn holds(&self, suite: CipherSuite) -> bool {
        let name = suite.name().unwrap_or("");
        self.parts.iter().any(|part| match part.strip_prefix('^') {
            Some(start) => name.starts_with(start),
            None => name.contains(part),
        })
    }
}

/// The exhibits that a suite belongs to, the most telling first; none for suites that are spoken,
/// or only too new.
pub fn exhibits(suite: CipherSuite) -> impl Iterator<Item = &'static Exhibit> {
    ALL.iter().filter(move |exhibit| exhibit.holds(suite))
}

/// The exhibit that a code point beside suites belongs to.
#[must_use]
pub fn exhibit_of(code: Code) -> Option<&'static Exhibit> {
    match code {
        Code::Suite(suite) => exhibits(suite).next(),
        _ => ALL.iter().find(|exhibit| exhibit.codes.contains(&code)),
    }
}

use ClientCertificateType as Shown;
use Code::{ClientCertificate, Compression, Group, Scheme, Version};

/// The ledger.
pub static ALL: &[Exhibit] = &[
    Exhibit {
        id: "ssl2",
        name: "SSL 2.0",
        because: "anybody on the way chooses the cipher, ends the connection, and with DROWN opens others",
        instead: "TLS 1.2 or 1.3",
        source: "RFC 6176",
        parts: &[],
        codes: &[
            Version(ProtocolVersion::SSL_2_0),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_RC4_128_WITH_MD5),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_RC4_128_EXPORT40_WITH_MD5),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_RC2_128_CBC_WITH_MD5),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_IDEA_128_CBC_WITH_MD5),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_DES_64_CBC_WITH_MD5),
            Code::CipherKind(Ssl2CipherKind::SSL_CK_DES_192_EDE3_CBC_WITH_MD5),
        ],
    },
    Exhibit {
        id: "export",
        name: "export keys of 40 and 56 bits",
        because: "a key was made short by law, and falls in hours (FREAK, Logjam)",
        instead: "AES-128-GCM with ECDHE",
        source: "RFC 4346 appendix A.5",
        parts: &["_EXPORT_", "_EXPORT1024_"],
        codes: &[],
    },
    Exhibit {
        id: "fortezza",
        name: "Fortezza",
        because: "Skipjack, its key escrow and the cards that held it are retired",
        instead: "ECDHE with AES-128-GCM",
        source: "RFC 6101 appendix C",
        parts: &["_FORTEZZA_"],
        codes: &[ClientCertificate(Shown::FORTEZZA_DMS_RESERVED)],
    },
    Exhibit {
        id: "des",
        name: "single DES",
        because: "all 2^56 keys can be tried in about a day",
        instead: "AES-128-GCM; Triple DES under the policy obsolete for what has nothing else",
        source: "RFC 5469",
        parts: &["_DES_", "_DES40_"],
        codes: &[],
    },
    Exhibit {
        id: "rc2",
        name: "RC2",
        because: "it came with export keys, and its blocks of 64 bits repeat",
        instead: "AES-128-GCM",
        source: "RFC 2268",
        parts: &["_RC2_"],
        codes: &[],
    },
    Exhibit {
        id: "idea",
        name: "IDEA",
        because: "hardly anybody had it, and its blocks of 64 bits repeat (Sweet32)",
        instead: "AES-128-GCM",
        source: "RFC 5469",
        parts: &["_IDEA_"],
        codes: &[],
    },
    Exhibit {
        id: "krb5",
        name: "Kerberos 5",
        because: "there is no forward secrecy, and no cipher that is still sound",
        instead: "certificates, or pre-shared keys with ECDHE",
        source: "RFC 2712",
        parts: &["^TLS_KRB5_"],
        codes: &[],
    },
    Exhibit {
        id: "srp",
        name: "passwords by SRP",
        because: "it is bound to SHA-1 and CBC, and no version after TLS 1.2 has it",
        instead: "certificates, or pre-shared keys of full strength with ECDHE",
        source: "RFC 5054",
        parts: &["^TLS_SRP_"],
        codes: &[],
    },
    Exhibit {
        id: "camellia",
        name: "Camellia",
        because: "the crypto library has none, and no peer is known that has nothing else",
        instead: "AES-128-GCM, whose strength it was made to have",
        source: "RFC 5932, RFC 6367",
        parts: &["_CAMELLIA_"],
        codes: &[],
    },
    Exhibit {
        id: "seed",
        name: "SEED",
        because: "it is bound to SHA-1 and CBC, and was used in one country",
        instead: "AES-128-GCM",
        source: "RFC 4162",
        parts: &["_SEED_"],
        codes: &[],
    },
    Exhibit {
        id: "aria",
        name: "ARIA",
        because: "the crypto library has none, and no peer is known that has nothing else",
        instead: "AES-128-GCM or AES-256-GCM",
        source: "RFC 6209",
        parts: &["_ARIA_"],
        codes: &[],
    },
    Exhibit {
        id: "gost",
        name: "GOST",
        because: "the crypto library has none of its ciphers, hashes and curves",
        instead: "AES-128-GCM with ECDSA",
        source: "RFC 9189",
        parts: &["_GOSTR", "_28147_", "_KUZNYECHIK_", "_MAGMA_"],
        codes: &[
            ClientCertificate(Shown::GOST_SIGN256),
            ClientCertificate(Shown::GOST_SIGN512),
            Scheme(SignatureScheme::GOSTR34102012_256A),
            Scheme(SignatureScheme::GOSTR34102012_256B),
            Scheme(SignatureScheme::GOSTR34102012_256C),
            Scheme(SignatureScheme::GOSTR34102012_256D),
            Scheme(SignatureScheme::GOSTR34102012_512A),
            Scheme(SignatureScheme::GOSTR34102012_512B),
            Scheme(SignatureScheme::GOSTR34102012_512C),
            Group(NamedGroup::GC256A),
            Group(NamedGroup::GC256B),
            Group(NamedGroup::GC256C),
            Group(NamedGroup::GC256D),
            Group(NamedGroup::GC512A),
            Group(NamedGroup::GC512B),
            Group(NamedGroup::GC512C),
        ],
    },
    Exhibit {
        id: "netscape-fips",
        name: "Netscape\u{2019}s FIPS suites",
        because: "they were the key derivation of TLS 1.0 brought into SSL 3.0, before it was done",
        instead: "TLS 1.0 or newer, which has it",
        source: "no RFC",
        parts: &["_RSA_FIPS_"],
        codes: &[],
    },
    Exhibit {
        id: "static-dh",
        name: "static DH",
        because: "the certificate holds the key of every connection: no forward secrecy, and Raccoon",
        instead: "ECDHE, or DHE under the policy compatible",
        source: "RFC 9325 section 4.1",
        parts: &["^TLS_DH_DSS_", "^TLS_DH_RSA_"],
        codes: &[
            ClientCertificate(Shown::RSA_FIXED_DH),
            ClientCertificate(Shown::DSS_FIXED_DH),
            ClientCertificate(Shown::RSA_EPHEMERAL_DH_RESERVED),
            ClientCertificate(Shown::DSS_EPHEMERAL_DH_RESERVED),
        ],
    },
    Exhibit {
        id: "static-ecdh",
        name: "static ECDH",
        because: "the certificate holds the key of every connection: no forward secrecy",
        instead: "ECDHE",
        source: "RFC 8422 section 5.5",
        parts: &["^TLS_ECDH_ECDSA_", "^TLS_ECDH_RSA_"],
        codes: &[
            ClientCertificate(Shown::RSA_FIXED_ECDH),
            ClientCertificate(Shown::ECDSA_FIXED_ECDH),
        ],
    },
    Exhibit {
        id: "dss",
        name: "DSS",
        because: "its keys had 1,024 bits, one bad nonce gives them away, and FIPS 186-5 retired it",
        instead: "ECDSA, Ed25519 or RSA certificates",
        source: "RFC 2246 section 7.4.3",
        parts: &["_DSS_"],
        codes: &[
            ClientCertificate(Shown::DSS_SIGN),
            Scheme(SignatureScheme::DSA_SHA1),
            Scheme(SignatureScheme::DSA_SHA224),
            Scheme(SignatureScheme::DSA_SHA256),
            Scheme(SignatureScheme::DSA_SHA384),
            Scheme(SignatureScheme::DSA_SHA512),
        ],
    },
    Exhibit {
        id: "md5-signatures",
        name: "signatures over MD5 alone",
        because: "two documents with one MD5 are made in seconds",
        instead: "SHA-256",
        source: "RFC 9155",
        parts: &[],
        codes: &[Scheme(SignatureScheme::RSA_PKCS1_MD5)],
    },
    Exhibit {
        id: "old-curves",
        name: "binary, small and home-made curves",
        because: "below 224 bits they are too short, over two-power fields nobody keeps them up, and a curve of one's own hides traps",
        instead: "X25519, P-256 or P-384",
        source: "RFC 8422 section 5.1.1",
        parts: &[],
        codes: &[
            Group(NamedGroup::SECT163K1),
            Group(NamedGroup::SECT163R1),
            Group(NamedGroup::SECT163R2),
            Group(NamedGroup::SECT193R1),
            Group(NamedGroup::SECT193R2),
            Group(NamedGroup::SECT233K1),
            Group(NamedGroup::SECT233R1),
            Group(NamedGroup::SECT239K1),
            Group(NamedGroup::SECT283K1),
            Group(NamedGroup::SECT283R1),
            Group(NamedGroup::SECT409K1),
            Group(NamedGroup::SECT409R1),
            Group(NamedGroup::SECT571K1),
            Group(NamedGroup::SECT571R1),
            Group(NamedGroup::SECP160K1),
            Group(NamedGroup::SECP160R1),
            Group(NamedGroup::SECP160R2),
            Group(NamedGroup::SECP192K1),
            Group(NamedGroup::SECP192R1),
            Group(NamedGroup::ARBITRARY_EXPLICIT_PRIME_CURVES),
            Group(NamedGroup::ARBITRARY_EXPLICIT_CHAR2_CURVES),
        ],
    },
    Exhibit {
        id: "compression",
        name: "compression",
        because: "the length of what is compressed tells what stands in it (CRIME)",
        instead: "compression of pages, where no secret stands beside what others chose",
        source: "RFC 3749, RFC 3943, RFC 9325 section 3.3",
        parts: &[],
        codes: &[
            Compression(CompressionMethod::DEFLATE),
            Compression(CompressionMethod::LZS),
        ],
    },
    Exhibit {
        id: "nothing",
        name: "the suite of no suite",
        because: "it stands for what holds before keys are there; agreed on, it would be no protection",
        instead: "any suite; NULL under the policy museum at least proves who sent what",
        source: "RFC 5246 appendix A.5",
        parts: &["^TLS_NULL_WITH_NULL_NULL"],
        codes: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn every_exhibit_has_code_points_and_names_of_its_own() {
        let ids: BTreeSet<_> = ALL.iter().map(|exhibit| exhibit.id).collect();
        let names: BTreeSet<_> = ALL.iter().map(|exhibit| exhibit.name).collect();
        assert_eq!((ids.len(), names.len()), (ALL.len(), ALL.len()));
        for exhibit in ALL {
            assert!(exhibit.codes().next().is_some(), "{}", exhibit.id);
            for part in exhibit.parts {
                let alone = Exhibit {
                    parts: core::slice::from_ref(part),
                    codes: &[],
                    ..*exhibit
                };
                assert!(alone.codes().next().is_some(), "{part} is idle");
            }
            for code in exhibit.codes() {
                assert!(code.name().is_some(), "{code:?}");
            }
        }
    }

    #[test]
    fn a_code_point_beside_suites_is_shown_once() {
        let codes: Vec<_> = ALL.iter().flat_map(|exhibit| exhibit.codes).collect();
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[..at].contains(code), "{code}");
            assert!(exhibit_of(**code).is_some());
        }
    }

    #[test]
    fn a_suite_shows_all_that_is_wrong_with_it_the_most_telling_first() {
        let suite = CipherSuite::TLS_DH_DSS_EXPORT_WITH_DES40_CBC_SHA;
        let ids: Vec<_> = exhibits(suite).map(|exhibit| exhibit.id).collect();
        assert_eq!(ids, ["export", "des", "static-dh", "dss"]);
        for spoken in [
            CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
            CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_DH_ANON_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_RSA_WITH_NULL_SHA,
            CipherSuite::TLS_RSA_WITH_RC4_128_MD5,
        ] {
            assert!(exhibits(spoken).next().is_none(), "{spoken}");
        }
    }

    #[test]
    fn a_code_is_written_with_its_name_and_all_its_bytes() {
        use alloc::string::ToString;
        let suite = Code::Suite(CipherSuite::TLS_RSA_WITH_DES_CBC_SHA);
        assert_eq!(suite.to_string(), "TLS_RSA_WITH_DES_CBC_SHA (0x0009)");
        let kind = ALL[0].codes().nth(1).unwrap();
        assert_eq!(kind.to_string(), "SSL_CK_RC4_128_WITH_MD5 (0x010080)");
        let deflate = Compression(CompressionMethod::DEFLATE);
        assert_eq!(deflate.to_string(), "DEFLATE (0x01)");
    }
}
