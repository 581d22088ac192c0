//! Names of object identifiers that certificates carry, for people: nothing here decides anything.
//!
//! Each table gives the name that the identifier has where it is defined.

use crate::oid::Oid;

/// A purpose of extKeyUsage (RFC 5280 s4.2.1.12, and those in use of other authorities).
#[must_use]
pub fn purpose_name(oid: Oid<'_>) -> Option<&'static str> {
    Some(match &*oid.to_string() {
        "2.5.29.37.0" => "anyExtendedKeyUsage",
        "1.3.6.1.5.5.7.3.1" => "serverAuth",
        "1.3.6.1.5.5.7.3.2" => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.5" => "ipsecEndSystem",
        "1.3.6.1.5.5.7.3.6" => "ipsecTunnel",
        "1.3.6.1.5.5.7.3.7" => "ipsecUser",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        "1.3.6.1.5.5.7.3.17" => "ipsecIKE",
        "1.3.6.1.5.5.7.3.21" => "secureShellClient",
        "1.3.6.1.5.5.7.3.22" => "secureShellServer",
        "1.3.6.1.5.5.7.3.31" => "brandIndicatorforMessageIdentification",
        "1.3.6.1.5.5.7.3.36" => "documentSigning",
        "1.3.6.1.5.2.3.4" => "pkinitKPClientAuth",
        "1.3.6.1.5.2.3.5" => "pkinitKPKdc",
        "1.3.6.1.4.1.11129.2.4.4" => "precertificateSigning",
        "1.3.6.1.4.1.311.10.3.3" => "msSGC",
        "1.3.6.1.4.1.311.10.3.4" => "msEFS",
        "1.3.6.1.4.1.311.10.3.12" => "msDocumentSigning",
        "1.3.6.1.4.1.311.20.2.2" => "msSmartcardLogin",
        "1.3.6.1.4.1.311.2.1.21" => "msIndividualCodeSigning",
        "1.3.6.1.4.1.311.2.1.22" => "msCommercialCodeSigning",
        "2.16.840.1.113730.4.1" => "nsSGC",
        _ => return None,
    })
}

/// A certificate policy: of RFC 5280, the CA/Browser Forum, ETSI EN 319 411.
#[must_use]
pub fn policy_name(oid: Oid<'_>) -> Option<&'static str> {
    Some(match &*oid.to_string() {
        "2.5.29.32.0" => "anyPolicy",
        "2.23.140.1.1" => "extended validation (CA/B Forum)",
        "2.23.140.1.2.1" => "domain validated (CA/B Forum)",
        "2.23.140.1.2.2" => "organization validated (CA/B Forum)",
        "2.23.140.1.2.3" => "individual validated (CA/B Forum)",
        "2.23.140.1.3" => "extended validation code signing (CA/B Forum)",
        "2.23.140.1.4.1" => "code signing (CA/B Forum)",
        "2.23.140.1.4.2" => "time stamping (CA/B Forum)",
        "2.23.140.1.31" => "onion service (CA/B Forum)",
        "0.4.0.2042.1.1" => "NCP (ETSI)",
        "0.4.0.2042.1.2" => "NCP+ (ETSI)",
        "0.4.0.2042.1.3" => "LCP (ETSI)",
        "0.4.0.2042.1.4" => "EVCP (ETSI)",
        "0.4.0.2042.1.6" => "DVCP (ETSI)",
        "0.4.0.2042.1.7" => "OVCP (ETSI)",
        "0.4.0.194112.1.0" => "QCP-n, qualified, natural person (ETSI)",
        "0.4.0.194112.1.1" => "QCP-l, qualified, legal person (ETSI)",
        "0.4.0.194112.1.2" => "QCP-n-qscd, qualified, natural person (ETSI)",
        "0.4.0.194112.1.3" => "QCP-l-qscd, qualified, legal person (ETSI)",
        "0.4.0.194112.1.4" => "QCP-w, qualified, website (ETSI)",
        "1.3.6.1.4.1.44947.1.1.1" => "domain validated (ISRG)",
        _ => return None,
    })
}

/// An algorithm of signatures, keys or hashes, as its RFC or NIST names it.
#[must_use]
pub fn algorithm_name(oid: Oid<'_>) -> Option<&'static str> {
    Some(match &*oid.to_string() {
        "1.2.840.113549.1.1.1" => "rsaEncryption",
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.3" => "md4WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.7" => "id-RSAES-OAEP",
        "1.2.840.113549.1.1.8" => "id-mgf1",
        "1.2.840.113549.1.1.10" => "id-RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.3.14.3.2.29" => "sha1WithRSA (obsolete)",
        "1.2.840.10040.4.1" => "id-dsa",
        "1.2.840.10040.4.3" => "dsa-with-sha1",
        "2.16.840.1.101.3.4.3.1" => "dsa-with-sha224",
        "2.16.840.1.101.3.4.3.2" => "dsa-with-sha256",
        "1.2.840.10045.2.1" => "id-ecPublicKey",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.2.840.10046.2.1" => "dhpublicnumber",
        "1.2.840.113549.1.3.1" => "dhKeyAgreement",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        "2.16.840.1.101.3.4.3.20" => "SLH-DSA-SHA2-128s",
        "2.16.840.1.101.3.4.3.21" => "SLH-DSA-SHA2-128f",
        "2.16.840.1.101.3.4.3.22" => "SLH-DSA-SHA2-192s",
        "2.16.840.1.101.3.4.3.23" => "SLH-DSA-SHA2-192f",
        "2.16.840.1.101.3.4.3.24" => "SLH-DSA-SHA2-256s",
        "2.16.840.1.101.3.4.3.25" => "SLH-DSA-SHA2-256f",
        "2.16.840.1.101.3.4.4.1" => "ML-KEM-512",
        "2.16.840.1.101.3.4.4.2" => "ML-KEM-768",
        "2.16.840.1.101.3.4.4.3" => "ML-KEM-1024",
        "1.2.840.113549.2.5" => "MD5",
        "1.3.14.3.2.26" => "SHA-1",
        "2.16.840.1.101.3.4.2.1" => "SHA-256",
        "2.16.840.1.101.3.4.2.2" => "SHA-384",
        "2.16.840.1.101.3.4.2.3" => "SHA-512",
        "2.16.840.1.101.3.4.2.4" => "SHA-224",
        "1.2.643.7.1.1.1.1" => "GOST R 34.10-2012 (256 bits)",
        "1.2.643.7.1.1.1.2" => "GOST R 34.10-2012 (512 bits)",
        "1.2.643.7.1.1.3.2" => "GOST R 34.10-2012 with GOST R 34.11-2012 (256 bits)",
        "1.2.643.7.1.1.3.3" => "GOST R 34.10-2012 with GOST R 34.11-2012 (512 bits)",
        "1.2.156.10197.1.501" => "SM2 with SM3",
        _ => return None,
    })
}

/// A named elliptic curve and the length of its field in bits (RFC 5480 s2.1.1.1, RFC 5639, SEC 2).
#[must_use]
pub fn curve_name(oid: Oid<'_>) -> Option<(&'static str, u16)> {
    Some(match &*oid.to_string() {
        "1.2.840.10045.3.1.1" => ("P-192", 192),
        "1.3.132.0.33" => ("P-224", 224),
        "1.2.840.10045.3.1.7" => ("P-256", 256),
        "1.3.132.0.34" => ("P-384", 384),
        "1.3.132.0.35" => ("P-521", 521),
        "1.3.132.0.10" => ("secp256k1", 256),
        "1.3.36.3.3.2.8.1.1.7" => ("brainpoolP256r1", 256),
        "1.3.36.3.3.2.8.1.1.11" => ("brainpoolP384r1", 384),
        "1.3.36.3.3.2.8.1.1.13" => ("brainpoolP512r1", 512),
        "1.2.156.10197.1.301" => ("SM2", 256),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid::{ANY_EXTENDED_KEY_USAGE, SERVER_AUTH};

    #[test]
    fn identifiers_are_known_by_the_names_of_their_definitions() {
        assert_eq!(purpose_name(Oid(SERVER_AUTH)), Some("serverAuth"));
        let any = purpose_name(Oid(ANY_EXTENDED_KEY_USAGE));
        assert_eq!(any, Some("anyExtendedKeyUsage"));
        let (p256, dv) = (
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
            [0x67, 0x81, 0x0c, 1, 2, 1],
        );
        assert_eq!(curve_name(Oid(&p256)), Some(("P-256", 256)));
        assert_eq!(policy_name(Oid(&dv)), Some("domain validated (CA/B Forum)"));
        assert_eq!(algorithm_name(Oid(&[0x2b, 0x65, 0x70])), Some("Ed25519"));
        for unknown in [&[][..], &[0xff; 32], &[0x2a, 3]] {
            assert_eq!(algorithm_name(Oid(unknown)), None);
        }
    }
}
