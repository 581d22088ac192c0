//! What a row of the suites says.

use crate::suite::family::Family;
use handfast_crypto::aead::AeadAlgorithm;
use handfast_crypto::hash::HashAlgorithm;
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::signature::KeyKind;
use handfast_wire::registry::{CipherSuite, ProtocolVersion};

/// What a suite asks of the server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// Any: TLS 1.3 leaves it to the schemes.
    Any,
    /// An ECDSA or Ed25519 key (RFC 8422 section 5.10).
    Ecdsa,
    /// An RSA key that signs.
    Rsa,
    /// None: there is no certificate.
    #[cfg(feature = "legacy")]
    Nobody,
}

/// What protects a suite's records.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protects {
    Aead(AeadAlgorithm),
    /// A cipher that authenticates nothing, and the hash of the MAC beside it.
    #[cfg(feature = "legacy")]
    Block(BulkCipher, HashAlgorithm),
}

/// How both sides come to share a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyExchange {
    /// By any group: TLS 1.3 leaves it to the extensions.
    Any,
    /// Elliptic curves, fresh for each handshake (RFC 8422).
    Ecdhe,
    /// A finite field, fresh for each handshake (RFC 5246 section 8.1.2).
    #[cfg(feature = "legacy")]
    Dhe,
    /// The client encrypts it to the server's certificate (RFC 5246 section 7.4.7.1): who gets the
    /// key later reads everything.
    #[cfg(feature = "legacy")]
    Rsa,
    /// Not at all: a key that both have known before is all that they share (RFC 4279 section 2).
    #[cfg(feature = "legacy")]
    Psk,
}

/// One suite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suite {
    pub(crate) code: CipherSuite,
    pub(crate) key_exchange: KeyExchange,
    pub(crate) protects: Protects,
    /// Of the key schedule, the PRF and the transcript.
    pub(crate) hash: HashAlgorithm,
    pub(crate) authentication: Authentication,
    /// Both sides must know a key beforehand (RFC 4279).
    #[cfg(feature = "legacy")]
    pub(super) shares_key: bool,
    /// The oldest version that may choose it.
    pub(super) oldest: ProtocolVersion,
    /// The names of cipher and hash.
    pub(super) names: (&'static str, &'static str),
}

/// A row.
pub(super) const fn row(
    code: CipherSuite,
    authentication: Authentication,
    aead: (AeadAlgorithm, &'static str),
    hash: (HashAlgorithm, &'static str),
) -> Suite {
    Suite {
        code,
        key_exchange: match authentication {
            Authentication::Any => KeyExchange::Any,
            _ => KeyExchange::Ecdhe,
        },
        protects: Protects::Aead(aead.0),
        hash: hash.0,
        authentication,
        #[cfg(feature = "legacy")]
        shares_key: false,
        oldest: match authentication {
            Authentication::Any => ProtocolVersion::TLS_1_3,
            // RFC 5246 s6.2.3.3: authenticated encryption came with TLS 1.2.
            _ => ProtocolVersion::TLS_1_2,
        },
        names: (aead.1, hash.1),
    }
}

impl Suite {
    /// The versions that a suite belongs to: TLS 1.3's suites are its own.
    pub(crate) fn family(&self) -> Family {
        match self.authentication {
            Authentication::Any => Family::Tls13,
            _ => Family::Classic,
        }
    }

    /// True where this version may choose the suite.
    pub(crate) fn belongs_to(&self, version: ProtocolVersion) -> bool {
        let newest = match self.family() {
            Family::Tls13 => ProtocolVersion::TLS_1_3,
            Family::Classic => ProtocolVersion::TLS_1_2,
        };
        self.oldest <= version && version <= newest
    }

    /// The AEAD, of a suite that has one.
    pub(crate) fn aead(&self) -> Option<AeadAlgorithm> {
        match self.protects {
            Protects::Aead(aead) => Some(aead),
            #[cfg(feature = "legacy")]
            Protects::Block(..) => None,
        }
    }

    /// True where a block cipher protects the records.
    pub(crate) fn has_blocks(&self) -> bool {
        match self.protects {
            Protects::Aead(_) => false,
            #[cfg(feature = "legacy")]
            Protects::Block(cipher, _) => cipher.has_blocks(),
        }
    }

    /// True for a suite that a policy of `obsolete` must allow.
    pub(crate) fn is_obsolete(&self) -> bool {
        let is_fresh = matches!(self.key_exchange, KeyExchange::Any | KeyExchange::Ecdhe);
        self.aead().is_none() || !is_fresh || self.is_anonymous()
    }

    /// True where the server's certificate carries the key exchange: there is no
    /// ServerKeyExchange, and no signature.
    #[inline]
    pub(crate) fn transports_key(&self) -> bool {
        match self.key_exchange {
            #[cfg(feature = "legacy")]
            KeyExchange::Rsa => true,
            _ => false,
        }
    }

    /// True where keys are made for this handshake alone: the server sends parameters.
    #[cfg(feature = "legacy")]
    pub(crate) fn agrees(&self) -> bool {
        self.wants_curve() || self.has_field()
    }

    /// True where the server chooses a curve.
    #[inline]
    pub(crate) fn wants_curve(&self) -> bool {
        matches!(self.key_exchange, KeyExchange::Any | KeyExchange::Ecdhe)
    }

    /// True where the server shows a certificate.
    #[inline]
    pub(crate) fn shows_certificate(&self) -> bool {
        match self.authentication {
            #[cfg(feature = "legacy")]
            Authentication::Nobody => false,
            _ => true,
        }
    }

    /// True where both sides must know a key beforehand.
    #[inline]
    pub(crate) fn shares_key(&self) -> bool {
        #[cfg(feature = "legacy")]
        return self.shares_key;
        #[cfg(not(feature = "legacy"))]
        false
    }

    /// True where nobody shows who it is: whoever sits in between reads everything.
    pub(crate) fn is_anonymous(&self) -> bool {
        !self.shows_certificate() && !self.shares_key()
    }

    /// True where the server chooses a finite field.
    #[inline]
    pub(crate) fn has_field(&self) -> bool {
        match self.key_exchange {
            #[cfg(feature = "legacy")]
            KeyExchange::Dhe => true,
            _ => false,
        }
    }

    /// True when a server with a key of this kind can speak the suite.
    pub(crate) fn suits_key(&self, kind: KeyKind) -> bool {
        let is_rsa = matches!(kind, KeyKind::Rsa { .. } | KeyKind::RsaPss { .. });
        match self.authentication {
            Authentication::Any => true,
            // A key for PSS encrypts nothing (RFC 4055 section 1.2).
            Authentication::Rsa if self.transports_key() => matches!(kind, KeyKind::Rsa { .. }),
            Authentication::Rsa => is_rsa,
            #[cfg(feature = "legacy")]
            Authentication::Nobody => false,
            Authentication::Ecdsa => {
                matches!(
                    kind,
                    KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 | KeyKind::Ed25519
                )
            }
        }
    }
}
