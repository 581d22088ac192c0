//! What differs between the versions of the family: one row each. In this family a version is
//! compared nowhere else.

use crate::classic::prf::Prf;
use crate::handshake::transcript::HandshakeHash;
use crate::suite::{Protects, Suite};
use handfast_crypto::aead::AeadAlgorithm;
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::record::{IvRule, MacForm};
use handfast_wire::registry::ProtocolVersion;

/// The row of one version.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) version: ProtocolVersion,
    /// What secrets are expanded with.
    pub(crate) prf: Prf,
    /// What handshake messages are hashed with, for Finished and signatures.
    pub(crate) handshake_hash: HandshakeHash,
    /// What the key block is cut into, given the suite.
    pub(crate) key_lengths: fn(&Suite) -> KeyLengths,
    /// What a Finished holds.
    #[cfg(feature = "legacy")]
    pub(crate) finished: Finished,
    /// How a signature says by which scheme it was made.
    pub(crate) signatures: Signatures,
    /// Hellos carry extensions, and with them the extended master secret and tickets.
    pub(crate) has_extensions: bool,
    /// What protects records that have a MAC of their own.
    #[cfg(feature = "legacy")]
    pub(crate) records: Records,
    /// How a premaster secret stands in a ClientKeyExchange under RSA.
    #[cfg(feature = "legacy")]
    pub(crate) premaster: PremasterForm,
    /// How a client says that it has no certificate to show.
    #[cfg(feature = "legacy")]
    pub(crate) no_certificate: NoCertificate,
}

/// What a Finished holds.
#[cfg(feature = "legacy")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finished {
    /// Twelve bytes of the PRF over the hash of all messages (RFC 5246 section 7.4.9).
    Prf,
    /// Both hashes over messages, sender and master secret (RFC 6101 section 5.6.9).
    Nested,
}

/// How a signature says by which scheme it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signatures {
    /// The scheme stands before it (RFC 5246 section 4.7).
    Named,
    /// The key tells: MD5 and SHA-1 together for RSA, SHA-1 for ECDSA (RFC 2246 section 7.4.3,
    /// RFC 4492 section 5.4).
    #[cfg(feature = "legacy")]
    Implied,
    /// The same, and a CertificateVerify signs hashes that hold the master secret too (RFC 6101
    /// section 5.6.8).
    #[cfg(feature = "legacy")]
    ImpliedNested,
}

/// What protects records that have a MAC of their own.
#[cfg(feature = "legacy")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Records {
    pub(crate) mac: MacForm,
    pub(crate) iv: IvRule,
}

/// How a premaster secret stands in a ClientKeyExchange under RSA.
#[cfg(feature = "legacy")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PremasterForm {
    /// With its length before it (RFC 5246 section 7.4.7.1).
    Counted,
    /// It is all of the message (RFC 6101 section 5.6.7.1).
    Bare,
}

/// How a client says that it has no certificate to show.
#[cfg(feature = "legacy")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCertificate {
    /// By a Certificate without any (RFC 2246 section 7.4.6).
    EmptyMessage,
    /// By the alert no_certificate (RFC 6101 section 5.6.6).
    Alert,
}

/// Bytes of each kind that one side of a key block holds (RFC 5246 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyLengths {
    /// Nothing where the cipher authenticates by itself.
    pub(crate) mac_key: usize,
    pub(crate) key: usize,
    /// Only what no record carries.
    pub(crate) iv: usize,
}

/// RFC 5246.
pub(crate) static TLS12: Profile = Profile {
    version: ProtocolVersion::TLS_1_2,
    prf: Prf::OfSuite,
    handshake_hash: HandshakeHash::OfSuite,
    key_lengths: lengths_without_iv,
    #[cfg(feature = "legacy")]
    finished: Finished::Prf,
    signatures: Signatures::Named,
    has_extensions: true,
    #[cfg(feature = "legacy")]
    records: Records {
        mac: MacForm::Hmac,
        iv: IvRule::InRecord,
    },
    #[cfg(feature = "legacy")]
    premaster: PremasterForm::Counted,
    #[cfg(feature = "legacy")]
    no_certificate: NoCertificate::EmptyMessage,
};

/// RFC 4346: IVs in records, against BEAST.
#[cfg(feature = "legacy")]
static TLS11: Profile = Profile {
    version: ProtocolVersion::TLS_1_1,
    records: Records {
        mac: MacForm::Hmac,
        iv: IvRule::InRecord,
    },
    key_lengths: lengths_without_iv,
    ..TLS10
};

/// RFC 2246: HMAC, the PRF, and alerts that tell more than SSL 3.0's.
#[cfg(feature = "legacy")]
const TLS10: Profile = Profile {
    version: ProtocolVersion::TLS_1_0,
    prf: Prf::Md5Sha1,
    handshake_hash: HandshakeHash::Md5Sha1,
    key_lengths: lengths_with_iv,
    finished: Finished::Prf,
    signatures: Signatures::Implied,
    has_extensions: true,
    records: Records {
        mac: MacForm::Hmac,
        iv: IvRule::Chained,
    },
    premaster: PremasterForm::Counted,
    no_certificate: NoCertificate::EmptyMessage,
};

#[cfg(feature = "legacy")]
static TLS10_ROW: Profile = TLS10;

/// RFC 6101.
#[cfg(feature = "legacy")]
static SSL3: Profile = Profile {
    version: ProtocolVersion::SSL_3_0,
    prf: Prf::Ssl3,
    finished: Finished::Nested,
    signatures: Signatures::ImpliedNested,
    has_extensions: false,
    records: Records {
        mac: MacForm::Ssl3,
        iv: IvRule::Chained,
    },
    premaster: PremasterForm::Bare,
    no_certificate: NoCertificate::Alert,
    ..TLS10
};

/// The row of a version of this family.
#[cfg(feature = "legacy")]
pub(crate) fn find(version: ProtocolVersion) -> &'static Profile {
    match version {
        ProtocolVersion::SSL_3_0 => &SSL3,
        ProtocolVersion::TLS_1_0 => &TLS10_ROW,
        ProtocolVersion::TLS_1_1 => &TLS11,
        _ => &TLS12,
    }
}

/// The row of the only version of this family that the build has.
#[cfg(not(feature = "legacy"))]
pub(crate) fn find(_: ProtocolVersion) -> &'static Profile {
    &TLS12
}

/// Each record bears an IV of its own where its cipher wants one.
fn lengths_without_iv(suite: &Suite) -> KeyLengths {
    match suite.protects {
        Protects::Aead(aead) => KeyLengths {
            mac_key: 0,
            key: aead.key_len(),
            iv: fixed_iv_len(aead),
        },
        #[cfg(feature = "legacy")]
        Protects::Block(cipher, hash) => KeyLengths {
            mac_key: hash.output_len(),
            key: cipher.key_len(),
            iv: 0,
        },
    }
}

/// The first IV comes from the key block, and the others from the record before.
#[cfg(feature = "legacy")]
fn lengths_with_iv(suite: &Suite) -> KeyLengths {
    let lengths = lengths_without_iv(suite);
    match suite.protects {
        Protects::Block(cipher, _) if cipher.has_blocks() => KeyLengths {
            iv: cipher.block_len(),
            ..lengths
        },
        _ => lengths,
    }
}

/// Bytes of IV from the key block: the rest of the nonce is in the record for
/// GCM (RFC 5288 section 3); ChaCha20-Poly1305 has none there (RFC 7905).
const fn fixed_iv_len(aead: AeadAlgorithm) -> usize {
    match aead {
        AeadAlgorithm::ChaCha20Poly1305 => 12,
        _ => 4,
    }
}
