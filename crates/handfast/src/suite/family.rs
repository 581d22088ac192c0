//! The two families of protocol versions.

use handfast_wire::registry::ProtocolVersion;

/// What a suite or a signature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// TLS 1.3.
    Tls13,
    /// TLS 1.2 and older.
    Classic,
}

/// True for TLS 1.2 and, where the build has them, what came before it.
pub(crate) fn is_classic(version: ProtocolVersion) -> bool {
    let oldest = if cfg!(feature = "legacy") {
        ProtocolVersion::SSL_3_0
    } else {
        ProtocolVersion::TLS_1_2
    };
    oldest <= version && version <= ProtocolVersion::TLS_1_2
}
