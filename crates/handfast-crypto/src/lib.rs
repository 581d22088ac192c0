//! The one crate of Handfast that names a crypto library.
