//! What the name of a cipher suite says.

use crate::registry::cipher_suite::CipherSuite;

/// The parts of a suite's name, as the name spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuiteParts {
    /// Key exchange and authentication; nothing in TLS 1.3, where other
    /// extensions agree on them.
    pub key_exchange: Option<&'static str>,
    /// The record cipher.
    pub cipher: &'static str,
    /// The hash of the MAC or of the key schedule; nothing where the name leaves
    /// it out (the CCM suites of TLS 1.2, whose hash is SHA-256).
    pub hash: Option<&'static str>,
}

impl CipherSuite {
    /// The parts of the name; nothing for numbers without a row and for signals.
    ///
    /// ```
    /// use handfast_wire::registry::CipherSuite;
    ///
    /// let parts = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.parts().unwrap();
    /// assert_eq!(parts.key_exchange, Some("ECDHE_RSA"));
    /// assert_eq!((parts.cipher, parts.hash), ("AES_128_GCM", Some("SHA256")));
    /// ```
    #[must_use]
    pub fn parts(self) -> Option<SuiteParts> {
        let name = self.name()?;
        let name = name.strip_prefix("TLS_").or(name.strip_prefix("SSL_"))?;
        if name.ends_with("_SCSV") {
            return None;
        }
        let (key_exchange, rest) = match name.split_once("_WITH_") {
            Some((key_exchange, rest)) => (Some(key_exchange), rest),
            None => (None, name),
        };
        let (cipher, hash) = match rest.rsplit_once('_') {
            Some((cipher, hash)) if HASHES.contains(&hash) => (cipher, Some(hash)),
            _ => (rest, None),
        };
        Some(SuiteParts {
            key_exchange,
            cipher,
            hash,
        })
    }
}

/// The last words of names that name a hash.
const HASHES: &[&str] = &[
    "MD5",
    "SHA",
    "SHA1",
    "SHA256",
    "SHA384",
    "SHA512",
    "SM3",
    "RMD160",
    "GOSTR3411",
    "NULL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart() {
        let parts = |suite: CipherSuite| suite.parts().unwrap();
        let plain = parts(CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA);
        assert_eq!(plain.key_exchange, Some("RSA"));
        assert_eq!((plain.cipher, plain.hash), ("3DES_EDE_CBC", Some("SHA")));
        let ccm = parts(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8);
        assert_eq!((ccm.cipher, ccm.hash), ("AES_128_CCM_8", None));
        let new = parts(CipherSuite::TLS_CHACHA20_POLY1305_SHA256);
        assert_eq!(new.key_exchange, None);
        assert_eq!(
            (new.cipher, new.hash),
            ("CHACHA20_POLY1305", Some("SHA256"))
        );
    }

    #[test]
    fn signals_and_unknown_numbers_have_no_parts() {
        assert_eq!(CipherSuite::TLS_FALLBACK_SCSV.parts(), None);
        assert_eq!(CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV.parts(), None);
        assert_eq!(CipherSuite(0x0a0a).parts(), None);
    }
}
