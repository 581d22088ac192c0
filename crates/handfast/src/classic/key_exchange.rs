//! What the key exchanges have of their own, apart from the messages' order.

#[cfg(feature = "legacy")]
pub(super) mod rsa;
