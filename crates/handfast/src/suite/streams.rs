//! Suites whose records are no blocks: RC4, whose bytes are biased (RFC 7465 forbids it), and no
//! encryption at all. A museum may name them (RFC 5246 appendix A.5, RFC 8422 section 6).

use crate::suite::legacy::{Protected, row};
use crate::suite::row::{Authentication, KeyExchange, Protects, Suite};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_wire::registry::CipherSuite;

use Authentication::{Ecdsa, Rsa};
use CipherSuite as S;
use KeyExchange::Ecdhe;

pub(super) const SUITES: &[Suite] = &[
    row(
        S::TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
        Ecdhe,
        Ecdsa,
        RC4_128_SHA,
    ),
    row(S::TLS_ECDHE_RSA_WITH_RC4_128_SHA, Ecdhe, Rsa, RC4_128_SHA),
    row(
        S::TLS_RSA_WITH_RC4_128_SHA,
        KeyExchange::Rsa,
        Rsa,
        RC4_128_SHA,
    ),
    row(
        S::TLS_RSA_WITH_RC4_128_MD5,
        KeyExchange::Rsa,
        Rsa,
        RC4_128_MD5,
    ),
    row(S::TLS_ECDHE_ECDSA_WITH_NULL_SHA, Ecdhe, Ecdsa, NULL_SHA),
    row(S::TLS_ECDHE_RSA_WITH_NULL_SHA, Ecdhe, Rsa, NULL_SHA),
    row(
        S::TLS_RSA_WITH_NULL_SHA256,
        KeyExchange::Rsa,
        Rsa,
        NULL_SHA256,
    ),
    row(S::TLS_RSA_WITH_NULL_SHA, KeyExchange::Rsa, Rsa, NULL_SHA),
    row(S::TLS_RSA_WITH_NULL_MD5, KeyExchange::Rsa, Rsa, NULL_MD5),
];

const RC4_128_SHA: Protected = protected(
    BulkCipher::Rc4,
    HashAlgorithm::Sha1,
    "RC4-128 with HMAC-SHA-1",
);
const RC4_128_MD5: Protected =
    protected(BulkCipher::Rc4, HashAlgorithm::Md5, "RC4-128 with HMAC-MD5");
const NULL_SHA256: Protected = protected(
    BulkCipher::Null,
    HashAlgorithm::Sha256,
    "no encryption, HMAC-SHA-256",
);
const NULL_SHA: Protected = protected(
    BulkCipher::Null,
    HashAlgorithm::Sha1,
    "no encryption, HMAC-SHA-1",
);
const NULL_MD5: Protected = protected(
    BulkCipher::Null,
    HashAlgorithm::Md5,
    "no encryption, HMAC-MD5",
);

/// The PRF's hash is TLS 1.2's own (RFC 5246 section 5).
const fn protected(cipher: BulkCipher, hash: HashAlgorithm, name: &'static str) -> Protected {
    (
        Protects::Block(cipher, hash),
        name,
        (HashAlgorithm::Sha256, "SHA-256"),
    )
}
