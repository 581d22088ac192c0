//! The two families of protocol versions.

/// What a suite or a signature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// TLS 1.3.
    Tls13,
    /// TLS 1.2 and older.
    Classic,
}
