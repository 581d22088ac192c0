//! Which of a client's ClientHellos is written (RFC 9849 section 3.2).

/// Which of a client's ClientHellos is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The only one.
    Plain,
    /// The one that is encrypted: all that is asked for, of TLS 1.3 alone.
    Inner,
    /// The one around it: nothing that tells whom it is for.
    Outer,
}
