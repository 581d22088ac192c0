//! What kind of suite a suite is.

use handfast::CipherSuite;

/// True for the suites of TLS 1.3, whose names say nothing of the key exchange (RFC 8446 appendix
/// B.4).
pub(crate) fn is_tls13(suite: CipherSuite) -> bool {
    suite
        .parts()
        .is_some_and(|parts| parts.key_exchange.is_none())
}

/// True for a suite under which nobody is known to anybody.
pub(crate) fn is_anonymous(suite: CipherSuite) -> bool {
    let exchange = suite.parts().and_then(|parts| parts.key_exchange);
    exchange.is_some_and(|exchange| exchange.contains("_anon"))
}
