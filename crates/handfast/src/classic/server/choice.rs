//! What a ClientHello settled.

use crate::hello::credential::Accepted;
use crate::hello::limits::Limits;
use crate::suite::{Family, Suite};
use handfast_crypto::signature::KeyKind;
use handfast_wire::registry::{CipherSuite, NamedGroup, SignatureScheme};

/// Kept until the flight is said: the suite follows from the credential.
pub(crate) struct Choice {
    /// Suites in common, our best first.
    pub(crate) suites: Vec<&'static Suite>,
    pub(crate) group: NamedGroup,
    pub(crate) schemes: Vec<SignatureScheme>,
    /// DER names of authorities that the client trusts; empty: any.
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) limits: Limits,
    pub(crate) names_server: bool,
    pub(crate) wants_status: bool,
    pub(crate) wants_scts: bool,
    pub(crate) names_point_formats: bool,
    pub(crate) secure_renegotiation: bool,
    /// The client's ticket, empty when it only wants one.
    pub(crate) ticket: Option<Vec<u8>>,
    /// The client's, echoed when a session is resumed.
    pub(crate) session_id: Vec<u8>,
}

impl Choice {
    /// Our best suite for a key of this kind.
    pub(crate) fn suite_for(&self, kind: KeyKind) -> Option<&'static Suite> {
        self.suites
            .iter()
            .copied()
            .find(|suite| suite.suits_key(kind))
    }

    /// A suite in common, by its code.
    pub(crate) fn suite(&self, code: CipherSuite) -> Option<&'static Suite> {
        self.suites.iter().copied().find(|suite| suite.code == code)
    }

    pub(crate) fn suits_key(&self, kind: KeyKind) -> bool {
        self.suite_for(kind).is_some()
    }

    /// What the credential is chosen by.
    pub(crate) fn accepted<'a>(&'a self, suits_key: &'a dyn Fn(KeyKind) -> bool) -> Accepted<'a> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            family: Family::Classic,
            suits_key,
        }
    }
}
