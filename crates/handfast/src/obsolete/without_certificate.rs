//! Suites without certificates, by policy.

use handfast_wire::registry::CipherSuite;

/// With a shared key and keys made for each handshake alone, and an AEAD whose tag is whole: no policy
/// is needed.
pub(crate) static SHARED_KEY_CURRENT: [CipherSuite; 4] = [
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256,
];

/// With a shared key, by policy, best first; each policy takes so many from the front.
pub(super) static SHARED_KEY: [CipherSuite; 31] = [
    CipherSuite::TLS_DHE_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_PSK_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_DHE_PSK_WITH_AES_128_CCM,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DHE_PSK_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_PSK_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_DHE_PSK_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_PSK_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_RSA_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_PSK_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_PSK_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_PSK_WITH_AES_128_CCM,
    CipherSuite::TLS_RSA_PSK_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_RSA_PSK_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_RSA_PSK_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_PSK_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_PSK_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_PSK_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_PSK_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_PSK_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_PSK_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_DHE_PSK_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_RSA_PSK_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_PSK_WITH_3DES_EDE_CBC_SHA,
];

/// All but Triple DES.
pub(super) const COMPATIBLE_SHARED_KEY: usize = 27;
