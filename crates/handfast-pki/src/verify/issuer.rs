//! What is asked of a certificate that may have issued another (RFC 5280 s6.1.4).

use crate::algorithm::{algorithm_name, signature_algorithm};
use crate::certificate::Certificate;
use crate::extension::KeyUsage;
use crate::general_name::GeneralName;
use crate::name_constraints::{NameConstraints, Violation};
use crate::oid::Oid;
use crate::verify::budget::{Budget, Exceeded};
use crate::verify::exceptions::Exceptions;
use crate::verify::facts::Fact;
use crate::verify::issuance::Role;
use crate::verify::leaf::{check_critical, check_dates, check_kind, server_common_name};
use crate::verify::purpose;
use crate::verify::reason::Reason;
use crate::verify::request::Request;
use handfast_crypto::signature::{KeyKind, PublicKey};

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

/// The link that is to be checked.
pub(crate) struct Link<'l, 'c> {
    /// From the leaf to the certificate that `issuer` should have issued.
    pub(crate) path: &'l [&'l Certificate<'c>],
    pub(crate) issuer: &'l Certificate<'c>,
    /// The issuer's key, where it was read already.
    pub(crate) key: Option<&'l PublicKey>,
}

/// Checks the link from the last certificate of `path`, which begins with the leaf, to `issuer`.
pub(crate) fn check(
    request: &Request<'_>,
    path: &[&Certificate<'_>],
    issuer: &Certificate<'_>,
    role: Role,
    budget: &mut Budget,
) -> Result<(), Broken> {
    check_authority(request, issuer, role).map_err(Broken::Issuer)?;
    let key = None;
    let link = Link { path, issuer, key };
    check_link(request, &link, budget).map(drop)
}

/// What is asked of an issuer whatever it issued.
pub(crate) fn check_authority(
    request: &Request<'_>,
    issuer: &Certificate<'_>,
    role: Role,
) -> Result<(), Reason> {
    check_dates(issuer, request)?;
    check_critical(issuer)?;
    // RFC 5280 s6.1.4 (k): of version 1 and 2 nothing tells but the caller, who chose the anchors;
    // below one, every server's certificate of version 1 would be an authority.
    let old = issuer.version() < 3
        && role == Role::Anchor
        && issuer.is_self_issued()
        && request.policy.exceptions.contains(Exceptions::X509_V1);
    if !old && !issuer.basic_constraints().unwrap_or_default().ca {
        return Err(Reason::NotACa);
    }
    let usage = issuer.key_usage();
    if usage.is_some_and(|usage| !usage.allows(KeyUsage::KEY_CERT_SIGN)) {
        let wanted = "keyCertSign";
        return Err(Reason::KeyUsage { wanted });
    }
    purpose::check_authority(issuer, request.purpose)?;
    check_key(request, issuer)
}

/// An issuer's key is of a known kind and of an accepted size, however its signatures are known.
pub(crate) fn check_key(request: &Request<'_>, issuer: &Certificate<'_>) -> Result<(), Reason> {
    let kind = issuer.key_kind().map_err(|_| Reason::UnsupportedKey)?;
    check_kind(kind, request.policy)
}

/// What is asked of an issuer that [`check_authority`] accepted, for what it issued. The signature
/// comes last: it is what costs. Gives the fact of a signature that was checked, if it is new.
pub(crate) fn check_link(
    request: &Request<'_>,
    link: &Link<'_, '_>,
    budget: &mut Budget,
) -> Result<Option<Fact>, Broken> {
    check_path_length(link.path, link.issuer).map_err(Broken::Issuer)?;
    check_constraints(link.path, link.issuer, budget)?;
    check_common_name(request, link, budget)?;
    match link.path.last() {
        Some(child) => check_signature(request, child, link, budget),
        None => Ok(None),
    }
}

fn check_path_length(path: &[&Certificate<'_>], issuer: &Certificate<'_>) -> Result<(), Reason> {
    let constraints = issuer.basic_constraints().unwrap_or_default();
    let Some(allowed) = constraints.path_length else {
        return Ok(());
    };
    let found = intermediates(path);
    if found > usize::from(allowed) {
        return Err(Reason::PathLength { allowed, found });
    }
    Ok(())
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
    budget.compare_name(list.value.len().saturating_mul(READING))?;
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

/// Where the common name may stand for a server's name, it is held to what binds those.
fn check_common_name(
    request: &Request<'_>,
    link: &Link<'_, '_>,
    budget: &mut Budget,
) -> Result<(), Broken> {
    let (Some(list), Some(leaf), true) = (
        &link.issuer.extensions.name_constraints,
        link.path.first(),
        request.policy.exceptions.contains(Exceptions::COMMON_NAME),
    ) else {
        return Ok(());
    };
    let Some(name) = server_common_name(leaf) else {
        return Ok(());
    };
    let constraints = NameConstraints::read(list)
        .map_err(Violation::Malformed)
        .map_err(broken)?;
    let checked = constraints.check_name(&GeneralName::Dns(&name), budget);
    checked.map_err(broken)
}

fn broken(violation: Violation) -> Broken {
    match violation {
        Violation::Malformed(fault) => Broken::Issuer(Reason::Malformed(fault)),
        Violation::Excluded(name) => Broken::Issuer(Reason::NameExcluded { name }),
        Violation::NotPermitted(name) => Broken::Issuer(Reason::NameNotPermitted { name }),
        Violation::Budget(exceeded) => Broken::Budget(exceeded),
    }
}

fn check_signature(
    request: &Request<'_>,
    child: &Certificate<'_>,
    link: &Link<'_, '_>,
    budget: &mut Budget,
) -> Result<Option<Fact>, Broken> {
    let issuer = link.issuer;
    let identifier = child.signature_algorithm();
    let Some(algorithm) = signature_algorithm(identifier) else {
        let algorithm = algorithm_text(identifier);
        return Err(Broken::Child(Reason::UnsupportedSignature { algorithm }));
    };
    if !request.policy.accepts_signature(algorithm) {
        let algorithm = algorithm_name(algorithm).to_owned();
        return Err(Broken::Child(Reason::WeakSignature { algorithm }));
    }
    let mut new = None;
    if let Some(facts) = request.facts {
        budget.read(child.der().len())?;
        let fact = Fact::new(child.der(), issuer.spki());
        if facts.knows(&fact) {
            return Ok(None);
        }
        new = Some(fact);
    }
    let kind = issuer.key_kind();
    let kind = kind.map_err(|_| Broken::Issuer(Reason::UnsupportedKey))?;
    budget.check_signature(weight(&kind, child.tbs().len()))?;
    let read;
    let key = if let Some(key) = link.key {
        key
    } else {
        read = issuer.public_key();
        let key = read.as_ref();
        key.map_err(|_| Broken::Issuer(Reason::UnsupportedKey))?
    };
    request
        .policy
        .check_signature(key, algorithm, child.tbs(), child.signature())
        .map_err(|_| Broken::Child(Reason::BadSignature))?;
    Ok(new)
}

/// What a check costs, roughly, in checks of P-256; a long message has to be hashed, too.
pub(crate) fn weight(kind: &KeyKind, message_bytes: usize) -> u32 {
    let key = match kind {
        KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } if *bits > 4096 => 8,
        KeyKind::EcP384 => 4,
        KeyKind::EcP521 => 8,
        _ => 1,
    };
    let message = u32::try_from(message_bytes / BYTES_A_UNIT);
    message.unwrap_or(u32::MAX).saturating_add(key)
}

/// To read a byte of constraints costs as much as to compare so many.
const READING: usize = 16;

/// As many bytes are hashed in the time of one check of P-256, by the slowest hash.
const BYTES_A_UNIT: usize = 16 * 1024;

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
