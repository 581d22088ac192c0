//! What became of an encrypted ClientHello.

/// What became of an encrypted ClientHello.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EchStatus {
    /// The client did not offer one.
    #[default]
    NotOffered,
    /// The client sent something that looks like one (RFC 9849 section 6.2), and knows it.
    Grease,
    /// It was opened, and what it says is what was answered.
    Accepted,
    /// A server could not open it, or it was none: what was answered is the ClientHello around it. A
    /// client that meant it ends the connection by [`crate::Fault::EchRejected`].
    Rejected,
    /// A server could open it, and its caller chose to answer the ClientHello around it
    /// ([`crate::Answer::OuterHello`]). The client is told that nothing is encrypted here any more, since with
    /// these keys it would only come back.
    Declined,
    /// A server was passed on what another server had opened (split mode, RFC 9849 section 3.1).
    Relayed,
}
