//! Certificates, CRLs and OCSP responses made byte by byte, sound or wrong in one way.
//!
//! `handfast-ca` issues what is right; here everything may be wrong: a [`certificate::Draft`], a
//! [`crl::Draft`] or a [`ocsp::Draft`] holds the parts in DER, a test changes one, and any key
//! signs.

pub mod certificate;
pub mod crl;
pub mod der;
pub mod dice;
pub mod ocsp;
pub mod tree;
