//! Signatures on CRLs and OCSP responses, and who may make them.

use crate::algorithm::{algorithm_name, signature_algorithm};
use crate::certificate::Certificate;
use crate::verify::budget::Budget;
use crate::verify::issuer::{algorithm_text, weight};
use crate::verify::leaf::check_key;
use crate::verify::policy::Policy;
use crate::verify::revocation::doubt::Doubt;

/// What was signed, how, and the signature.
pub(crate) struct Signed<'a> {
    /// The contents of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Checks that `signer`'s key made the signature, with an algorithm and a key that are accepted.
pub(crate) fn check_signed(
    signed: &Signed<'_>,
    signer: &Certificate<'_>,
    policy: &Policy,
    budget: &mut Budget,
) -> Result<(), Doubt> {
    let Some(algorithm) = signature_algorithm(signed.algorithm) else {
        let name = algorithm_text(signed.algorithm);
        let why = format!("the algorithm {name} is unknown");
        return Err(Doubt::Signer { why });
    };
    if !policy.accepts_signature(algorithm) {
        let name = algorithm_name(algorithm);
        let why = format!("{name} is not accepted");
        return Err(Doubt::Signer { why });
    }
    let key = check_key(signer, policy).map_err(|reason| Doubt::Signer {
        why: reason.to_string(),
    })?;
    budget.check_signature(weight(&key.kind(), algorithm))?;
    policy
        .check_signature(&key, algorithm, signed.message, signed.signature)
        .map_err(|_| Doubt::BadSignature)
}

/// A signer's own certificate, judged: its dates, and that nothing critical is passed over.
pub(crate) fn refused(why: impl ToString) -> Doubt {
    Doubt::Signer {
        why: why.to_string(),
    }
}
