//! What is asked about, and what is known about it so far.

use crate::certificate::Certificate;
use crate::crl::entry::RevocationReason;
use crate::distribution_point::ReasonFlags;
use crate::time::UnixTime;
use crate::verify::revocation::doubt::{Doubt, Dropped, Source};

/// A certificate, and those above it: its issuer first, the anchor last.
#[derive(Clone, Copy)]
pub(crate) struct Link<'l> {
    pub(crate) certificate: &'l Certificate<'l>,
    pub(crate) issuer: &'l Certificate<'l>,
    pub(crate) above: &'l [Certificate<'l>],
}

/// A revocation, rightly signed.
pub(crate) struct Revoked {
    pub(crate) since: UnixTime,
    pub(crate) reason: RevocationReason,
    pub(crate) source: Source,
    /// Who says so.
    pub(crate) by: String,
}

/// What is known about one certificate so far.
pub(crate) struct Tally {
    pub(crate) revoked: Option<Revoked>,
    pub(crate) good: Option<Source>,
    /// The reasons that CRLs without the certificate cover.
    pub(crate) covered: ReasonFlags,
    pub(crate) dropped: Vec<Dropped>,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self {
            revoked: None,
            good: None,
            covered: ReasonFlags::NONE,
            dropped: Vec::new(),
        }
    }

    pub(crate) fn drop_source(&mut self, source: Source, doubt: Doubt) {
        self.dropped.push(Dropped { source, doubt });
    }

    pub(crate) fn revoke(&mut self, revoked: Revoked) {
        self.revoked.get_or_insert(revoked);
    }
}
