//! The libraries that may share this program: all stand on one crypto library.

pub(crate) mod rustls;
pub(crate) mod unbuffered;
