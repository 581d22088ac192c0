//! Suites whose server shows no certificate, or not that alone: with a key that both sides have known
//! before (RFC 4279, RFC 5487, RFC 5489, RFC 6655, RFC 7905, RFC 8442), and with nobody known to
//! anybody (RFC 5246 appendix A.5, RFC 8422 section 6).

use crate::suite::legacy::{
    AES_128_CCM, AES_128_CCM_8, AES_128_GCM, AES_128_SHA, AES_128_SHA256, AES_256_GCM, AES_256_SHA,
    AES_256_SHA256, AES_256_SHA384, CHACHA20, Protected, TRIPLE_DES_SHA, oldest, row,
};
use crate::suite::row::{Authentication, KeyExchange, Suite};
use handfast_wire::registry::CipherSuite;

use CipherSuite as S;
use KeyExchange::{Dhe, Ecdhe, Psk, Rsa};

pub(super) const SUITES: &[Suite] = &[
    shared(S::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, Ecdhe, AES_128_GCM),
    shared(S::TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384, Ecdhe, AES_256_GCM),
    shared(
        S::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
        Ecdhe,
        CHACHA20,
    ),
    shared(S::TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256, Ecdhe, AES_128_CCM),
    shared(
        S::TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256,
        Ecdhe,
        AES_128_CCM_8,
    ),
    shared(S::TLS_DHE_PSK_WITH_AES_128_GCM_SHA256, Dhe, AES_128_GCM),
    shared(S::TLS_DHE_PSK_WITH_AES_256_GCM_SHA384, Dhe, AES_256_GCM),
    shared(S::TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256, Dhe, CHACHA20),
    shared(S::TLS_DHE_PSK_WITH_AES_128_CCM, Dhe, AES_128_CCM),
    shared(
        S::TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256,
        Ecdhe,
        AES_128_SHA256,
    ),
    shared(
        S::TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384,
        Ecdhe,
        AES_256_SHA384,
    ),
    shared(S::TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA, Ecdhe, AES_128_SHA),
    shared(S::TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA, Ecdhe, AES_256_SHA),
    shared(S::TLS_DHE_PSK_WITH_AES_128_CBC_SHA256, Dhe, AES_128_SHA256),
    shared(S::TLS_DHE_PSK_WITH_AES_256_CBC_SHA384, Dhe, AES_256_SHA384),
    shared(S::TLS_DHE_PSK_WITH_AES_128_CBC_SHA, Dhe, AES_128_SHA),
    shared(S::TLS_DHE_PSK_WITH_AES_256_CBC_SHA, Dhe, AES_256_SHA),
    shared(S::TLS_RSA_PSK_WITH_AES_128_GCM_SHA256, Rsa, AES_128_GCM),
    shared(S::TLS_RSA_PSK_WITH_AES_256_GCM_SHA384, Rsa, AES_256_GCM),
    shared(S::TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256, Rsa, CHACHA20),
    shared(S::TLS_PSK_WITH_AES_128_GCM_SHA256, Psk, AES_128_GCM),
    shared(S::TLS_PSK_WITH_AES_256_GCM_SHA384, Psk, AES_256_GCM),
    shared(S::TLS_PSK_WITH_CHACHA20_POLY1305_SHA256, Psk, CHACHA20),
    shared(S::TLS_PSK_WITH_AES_128_CCM, Psk, AES_128_CCM),
    shared(S::TLS_PSK_WITH_AES_128_CCM_8, Psk, AES_128_CCM_8),
    shared(S::TLS_RSA_PSK_WITH_AES_128_CBC_SHA256, Rsa, AES_128_SHA256),
    shared(S::TLS_RSA_PSK_WITH_AES_256_CBC_SHA384, Rsa, AES_256_SHA384),
    shared(S::TLS_RSA_PSK_WITH_AES_128_CBC_SHA, Rsa, AES_128_SHA),
    shared(S::TLS_RSA_PSK_WITH_AES_256_CBC_SHA, Rsa, AES_256_SHA),
    shared(S::TLS_PSK_WITH_AES_128_CBC_SHA256, Psk, AES_128_SHA256),
    shared(S::TLS_PSK_WITH_AES_256_CBC_SHA384, Psk, AES_256_SHA384),
    shared(S::TLS_PSK_WITH_AES_128_CBC_SHA, Psk, AES_128_SHA),
    shared(S::TLS_PSK_WITH_AES_256_CBC_SHA, Psk, AES_256_SHA),
    shared(
        S::TLS_ECDHE_PSK_WITH_3DES_EDE_CBC_SHA,
        Ecdhe,
        TRIPLE_DES_SHA,
    ),
    shared(S::TLS_DHE_PSK_WITH_3DES_EDE_CBC_SHA, Dhe, TRIPLE_DES_SHA),
    shared(S::TLS_RSA_PSK_WITH_3DES_EDE_CBC_SHA, Rsa, TRIPLE_DES_SHA),
    shared(S::TLS_PSK_WITH_3DES_EDE_CBC_SHA, Psk, TRIPLE_DES_SHA),
    anonymous(S::TLS_ECDH_ANON_WITH_AES_128_CBC_SHA, Ecdhe, AES_128_SHA),
    anonymous(S::TLS_ECDH_ANON_WITH_AES_256_CBC_SHA, Ecdhe, AES_256_SHA),
    anonymous(
        S::TLS_ECDH_ANON_WITH_3DES_EDE_CBC_SHA,
        Ecdhe,
        TRIPLE_DES_SHA,
    ),
    anonymous(S::TLS_DH_ANON_WITH_AES_128_GCM_SHA256, Dhe, AES_128_GCM),
    anonymous(S::TLS_DH_ANON_WITH_AES_256_GCM_SHA384, Dhe, AES_256_GCM),
    anonymous(S::TLS_DH_ANON_WITH_AES_128_CBC_SHA256, Dhe, AES_128_SHA256),
    anonymous(S::TLS_DH_ANON_WITH_AES_256_CBC_SHA256, Dhe, AES_256_SHA256),
    anonymous(S::TLS_DH_ANON_WITH_AES_128_CBC_SHA, Dhe, AES_128_SHA),
    anonymous(S::TLS_DH_ANON_WITH_AES_256_CBC_SHA, Dhe, AES_256_SHA),
    anonymous(S::TLS_DH_ANON_WITH_3DES_EDE_CBC_SHA, Dhe, TRIPLE_DES_SHA),
];

/// With a shared key; under RSA key exchange with a certificate beside it (RFC 4279 section 4).
const fn shared(code: CipherSuite, key_exchange: KeyExchange, protected: Protected) -> Suite {
    let authentication = match key_exchange {
        Rsa => Authentication::Rsa,
        _ => Authentication::Nobody,
    };
    Suite {
        shares_key: true,
        // What is older than TLS 1.2 has no SHA-256; what is older than TLS 1.0 has no shared keys.
        oldest: oldest(Ecdhe, protected.0),
        ..row(code, key_exchange, authentication, protected)
    }
}

/// With nothing that either could be known by.
const fn anonymous(code: CipherSuite, key_exchange: KeyExchange, protected: Protected) -> Suite {
    row(code, key_exchange, Authentication::Nobody, protected)
}
