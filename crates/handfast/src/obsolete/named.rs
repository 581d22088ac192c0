//! Suites that a config may name under a policy, and that never come by themselves.

use handfast_wire::registry::CipherSuite;

/// First those without anything that either side could be known by: whoever sits in between reads
/// everything. Then RC4, whose plaintext can be read off once it is sent often enough, and those
/// that encrypt nothing.
pub(super) static NAMED: [CipherSuite; 20] = [
    CipherSuite::TLS_PSK_WITH_AES_128_CCM_8,
    CipherSuite::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDH_ANON_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDH_ANON_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_DH_ANON_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DH_ANON_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DH_ANON_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DH_ANON_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DH_ANON_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DH_ANON_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DH_ANON_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_RSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_RSA_WITH_RC4_128_MD5,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_NULL_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_NULL_SHA,
    CipherSuite::TLS_RSA_WITH_NULL_SHA256,
    CipherSuite::TLS_RSA_WITH_NULL_SHA,
    CipherSuite::TLS_RSA_WITH_NULL_MD5,
];

/// What is no more than hard to forge: the rest protects from nobody.
pub(super) const SHORT_TAG: usize = 1;
