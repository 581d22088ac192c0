//! What differs between the versions of the family: one row each.

use crate::suite::Suite;
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::registry::ProtocolVersion;

/// The row of one version.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) version: ProtocolVersion,
    /// The hash of PRF, Finished and signatures' transcript, given the suite.
    pub(crate) prf_hash: fn(&Suite) -> HashAlgorithm,
    /// Bytes of verify_data in Finished.
    pub(crate) verify_data: usize,
}

/// RFC 5246.
pub(crate) const TLS12: Profile = Profile {
    version: ProtocolVersion::TLS_1_2,
    prf_hash: |suite| suite.hash,
    verify_data: 12,
};
