//! What is asked of a certificate that may have issued another (RFC 5280 s6.1.4).

use crate::algorithm::{algorithm_name, signature_algorithm};
use crate::certificate::Certificate;
use crate::extension::KeyUsage;
use crate::name_constraints::{NameConstraints, Violation};
use crate::oid::Oid;
use crate::verify::budget::{Budget, Exceeded};
use crate::verify::leaf::{check_critical, check_key, check_purpose, check_validity};
use crate::verify::reason::Reason;
use crate::verify::request::Request;
use handfast_crypto::signature::{KeyKind, SignatureAlgorithm};

/// Whose fault a broken link is.
pub(crate) enum Broken {
    /// The issuer's.
    Issuer(Reason),
    /// The certificate's that it should have issued.
    Child(Reason),
    /// Nobody's: the work has become too much.
    Budget(Exceeded),
}

impl From<Exceeded> for Broken {
    fn from(exceeded: Exceeded) -> Self {
        Self::Budget(exceeded)
    }
}

/// Checks the link from the last certificate of `path`, which begins with the leaf, to `issuer`.
/// The signature comes last: it is what costs.
pub(crate) fn check(
    request: &Request<'_>,
    path: &[&Certificate<'_>],
    issuer: &Certificate<'_>,
    budget: &mut Budget,
) -> Result<(), Broken> {
    check_authority(request, path, issuer).map_err(Broken::Issuer)?;
    check_constraints(path, issuer, budget)?;
    match path.last() {
        Some(child) => check_signature(request, child, issuer, budget),
        None => Ok(()),
    }
}

fn check_authority(
    request: &Request<'_>,
    path: &[&Certificate<'_>],
    issuer: &Certificate<'_>,
) -> Result<(), Reason> {
    check_validity(issuer, request.now())?;
    check_critical(issuer)?;
    let constraints = issuer.basic_constraints().unwrap_or_default();
    if !constraints.ca {
        return Err(Reason::NotACa);
    }
    if let Some(allowed) = constraints.path_length {
        let found = intermediates(path);
        if found > usize::from(allowed) {
            return Err(Reason::PathLength { allowed, found });
        }
    }
    let usage = issuer.key_usage();
    if usage.is_some_and(|usage| !usage.allows(KeyUsage::KEY_CERT_SIGN)) {
        let wanted = "keyCertSign";
        return Err(Reason::KeyUsage { wanted });
    }
    check_purpose(issuer, request.purpose)
}

/// How many certificates of a path count against path lengths: all above the leaf that are not
/// self-issued (RFC 5280 s4.2.1.9).
pub(crate) fn intermediates(path: &[&Certificate<'_>]) -> usize {
    let above = path.iter().skip(1);
    above.filter(|one| !one.is_self_issued()).count()
}

/// RFC 5280 s6.1.3 (b) and (c): every name below counts, those of self-issued intermediates
/// excepted.
pub(crate) fn check_constraints(
    path: &[&Certificate<'_>],
    issuer: &Certificate<'_>,
    budget: &mut Budget,
) -> Result<(), Broken> {
    let Some(list) = &issuer.extensions.name_constraints else {
        return Ok(());
    };
    let broken = |violation| match violation {
        Violation::Malformed(fault) => Broken::Issuer(Reason::Malformed(fault)),
        Violation::Excluded(name) => Broken::Issuer(Reason::NameExcluded { name }),
        Violation::NotPermitted(name) => Broken::Issuer(Reason::NameNotPermitted { name }),
        Violation::Budget(exceeded) => Broken::Budget(exceeded),
    };
    let constraints = NameConstraints::read(list)
        .map_err(Violation::Malformed)
        .map_err(broken)?;
    for (index, below) in path.iter().enumerate() {
        if index == 0 || !below.is_self_issued() {
            constraints.check(below, budget).map_err(broken)?;
        }
    }
    Ok(())
}

fn check_signature(
    request: &Request<'_>,
    child: &Certificate<'_>,
    issuer: &Certificate<'_>,
    budget: &mut Budget,
) -> Result<(), Broken> {
    let identifier = child.signature_algorithm();
    let Some(algorithm) = signature_algorithm(identifier) else {
        let algorithm = algorithm_text(identifier);
        return Err(Broken::Child(Reason::UnsupportedSignature { algorithm }));
    };
    if !request.policy.accepts_signature(algorithm) {
        let algorithm = algorithm_name(algorithm).to_owned();
        return Err(Broken::Child(Reason::WeakSignature { algorithm }));
    }
    let key = check_key(issuer, request.policy).map_err(Broken::Issuer)?;
    if request
        .facts
        .is_some_and(|facts| facts.knows(child, issuer))
    {
        return Ok(());
    }
    budget.check_signature(weight(&key.kind(), algorithm))?;
    request
        .policy
        .check_signature(&key, algorithm, child.tbs(), child.signature())
        .map_err(|_| Broken::Child(Reason::BadSignature))
}

/// What a check costs, roughly, in checks of P-256.
pub(crate) fn weight(kind: &KeyKind, algorithm: SignatureAlgorithm) -> u32 {
    match (kind, algorithm) {
        (KeyKind::Rsa { bits } | KeyKind::RsaPss { bits }, _) if *bits > 4096 => 4,
        (KeyKind::EcP384, _) => 4,
        (KeyKind::EcP521, _) => 8,
        _ => 1,
    }
}

/// The identifier of an algorithm that is not known, in dots.
pub(crate) fn algorithm_text(identifier: &[u8]) -> String {
    // An AlgorithmIdentifier begins with a short OBJECT IDENTIFIER.
    match identifier {
        [0x06, length, rest @ ..] => match rest.get(..usize::from(*length)) {
            Some(oid) => Oid(oid).to_string(),
            None => String::from("(malformed)"),
        },
        _ => String::from("(malformed)"),
    }
}
