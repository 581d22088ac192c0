//! The two ends of a connection.

/// Whose message, secret or signature it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}
