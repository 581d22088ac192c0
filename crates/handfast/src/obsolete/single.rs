//! Single obsolete things, allowed one by one.

use crate::obsolete::OBSOLETE;
use handfast_wire::registry::{CipherSuite, ProtocolVersion, SignatureScheme};

/// Single things of [`OBSOLETE`] that a config may name without a policy: what a
/// [`crate::config::Exception`] relaxes for one peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Single {
    versions: Vec<ProtocolVersion>,
    suites: Vec<CipherSuite>,
    schemes: Vec<SignatureScheme>,
    small_rsa: bool,
}

impl Single {
    /// This version may be named; false where [`OBSOLETE`] has none such.
    pub fn danger_version(&mut self, version: ProtocolVersion) -> bool {
        let is_there = OBSOLETE.versions().contains(&version);
        self.versions.extend(is_there.then_some(version));
        is_there
    }

    /// This suite may be named; false where [`OBSOLETE`] has none such.
    pub fn danger_suite(&mut self, suite: CipherSuite) -> bool {
        let is_there = OBSOLETE.suites().contains(&suite);
        self.suites.extend(is_there.then_some(suite));
        is_there
    }

    /// This scheme may be named, for TLS 1.2; false where [`OBSOLETE`] has none such.
    pub fn danger_scheme(&mut self, scheme: SignatureScheme) -> bool {
        let is_there = OBSOLETE.schemes().contains(&scheme);
        self.schemes.extend(is_there.then_some(scheme));
        is_there
    }

    /// Peers below TLS 1.3 may have RSA keys of 1,024 bits.
    pub fn danger_small_rsa(&mut self) {
        self.small_rsa = true;
    }

    pub(crate) fn versions(&self) -> &[ProtocolVersion] {
        &self.versions
    }

    pub(crate) fn suites(&self) -> &[CipherSuite] {
        &self.suites
    }

    pub(crate) fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    pub(crate) fn takes_small_rsa(&self) -> bool {
        self.small_rsa
    }
}
