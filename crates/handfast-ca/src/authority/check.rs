//! What an authority may vouch for, looked at before anything is signed.

use handfast_pki::certificate::Certificate;
use handfast_pki::verify::issuance::names_fit;

use crate::authority::Authority;
use crate::authority::chain::may_issue;
use crate::error::CaError;
use crate::profile::Profile;
use crate::purpose::Purpose;
use crate::signature::algorithm;
use crate::write::{bits, sequence};

impl Authority {
    /// Whether every certificate above allows what is about to be signed.
    pub(super) fn check(&self, tbs: &[u8], profile: &Profile) -> Result<(), CaError> {
        // The verifier's own reader sees what peers will see; no signature is needed for that.
        let (_, identifier) = algorithm(self.own.key().kind())?;
        let draft = sequence(&[tbs, &identifier, &bits(&[0])?])?;
        let draft = Certificate::parse(&draft).map_err(CaError::Unreadable)?;
        let root = core::iter::once(&self.root).filter(|root| !self.own.chain.contains(root));
        for (below, der) in self.own.chain.iter().chain(root).enumerate() {
            let above = Certificate::parse(der).map_err(CaError::Unreadable)?;
            let name = || above.subject().to_string();
            if !may_issue(&above) {
                return Err(CaError::NotAnAuthority(name()));
            }
            names_fit(&above, &draft).map_err(|outside| CaError::NameOutside {
                authority: name(),
                outside,
            })?;
            let constraints = above.basic_constraints().unwrap_or_default();
            let length = constraints.path_length.map_or(usize::MAX, usize::from);
            if profile.authority.is_some() && length <= below {
                return Err(CaError::TooDeep(name()));
            }
            check_purposes(&above, profile, &name)?;
        }
        Ok(())
    }
}

/// A verifier intersects the purposes along the path (RFC 5280 section 4.2.1.12, as it is
/// practised). A signer of OCSP responses is judged by its issuer alone (RFC 6960 section 4.2.2.2).
fn check_purposes(
    above: &Certificate<'_>,
    profile: &Profile,
    name: &dyn Fn() -> String,
) -> Result<(), CaError> {
    let Some(allowed) = above.extended_key_usage() else {
        return Ok(());
    };
    let allowed: Vec<_> = allowed.map(|one| one.to_string()).collect();
    let is_allowed = |one: &&Purpose| {
        **one == Purpose::OcspSigning
            || allowed
                .iter()
                .any(|oid| oid == one.oid() || oid == ANY_PURPOSE)
    };
    match profile.purposes.iter().find(|one| !is_allowed(one)) {
        Some(purpose) => Err(CaError::PurposeOutside {
            authority: name(),
            purpose: purpose.name(),
        }),
        None => Ok(()),
    }
}

const ANY_PURPOSE: &str = "2.5.29.37.0";
