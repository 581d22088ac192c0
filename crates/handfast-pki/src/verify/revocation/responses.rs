//! What an OCSP response says about a certificate (RFC 6960 s3.2).

use crate::certificate::Certificate;
use crate::crl::entry::RevocationReason;
use crate::extension::KeyUsage;
use crate::ocsp::single::{CertificateStatus, SingleResponse};
use crate::ocsp::{BasicResponse, OcspResponse, ResponderId};
use crate::oid::{OCSP_NO_CHECK, OCSP_SIGNING};
use crate::time::UnixTime;
use crate::verify::budget::Budget;
use crate::verify::leaf::{check_critical, check_validity};
use crate::verify::reason::extension_text;
use crate::verify::request::Request;
use crate::verify::revocation::doubt::{Doubt, Source};
use crate::verify::revocation::signer::{Memory, Signed, check_signed, refused};
use crate::verify::revocation::tally::{Link, Revoked, Tally};
use crate::verify::revocation::{CLOCK_SKEW_S, Mode, OPEN_RESPONSE_LIFE_S, crls};

/// What a response that can be used says.
pub(crate) enum Said {
    Good,
    Revoked {
        since: UnixTime,
        reason: RevocationReason,
        by: String,
    },
}

impl Said {
    pub(crate) fn enter(self, source: Source, tally: &mut Tally) {
        match self {
            Self::Good => {
                tally.good.get_or_insert(source);
            }
            Self::Revoked { since, reason, by } => tally.revoke(Revoked {
                since,
                reason,
                source,
                by: format!("{source} of {by}"),
            }),
        }
    }
}

/// Judges a response about the certificate of `link`.
pub(crate) fn judge(
    request: &Request<'_>,
    link: &Link<'_>,
    der: &[u8],
    nonce: Option<&[u8]>,
    budget: &mut Budget,
) -> Result<Said, Doubt> {
    let basic = match OcspResponse::parse(der)? {
        OcspResponse::Basic(basic) => basic,
        OcspResponse::Refused(status) => return Err(Doubt::Refused(status)),
    };
    let about = |single: &SingleResponse<'_>| single.id.is(link.certificate, link.issuer);
    if !basic.responses().any(|single| about(&single)) {
        return Err(Doubt::OtherCertificate);
    }
    if nonce.is_some() && nonce != basic.nonce() {
        return Err(Doubt::Nonce);
    }
    check_extension(basic.unknown_critical)?;
    check_signer(request, link, der, &basic, budget)?;
    let mut verdict = Err(Doubt::OtherCertificate);
    for single in basic.responses().filter(|single| about(single)) {
        let said = read(request.now(), &basic, &single);
        if matches!(said, Ok(Said::Revoked { .. })) {
            return said;
        }
        if verdict.is_err() {
            verdict = said;
        }
    }
    verdict
}

/// What one entry of a rightly signed response says now.
fn read(
    now: UnixTime,
    basic: &BasicResponse<'_>,
    single: &SingleResponse<'_>,
) -> Result<Said, Doubt> {
    check_extension(single.unknown_critical)?;
    let this_update = single.this_update.max(basic.produced_at());
    if this_update.0 > now.0.saturating_add(CLOCK_SKEW_S) {
        return Err(Doubt::NotYetValid { this_update, now });
    }
    let next_update = single.next_update.unwrap_or(UnixTime(
        single.this_update.0.saturating_add(OPEN_RESPONSE_LIFE_S),
    ));
    let fresh = now.0 <= next_update.0.saturating_add(CLOCK_SKEW_S);
    match single.status {
        // A revocation that is no hold is for ever, and so is this answer.
        CertificateStatus::Revoked { since, reason }
            if fresh || reason != RevocationReason::CertificateHold =>
        {
            let by = match basic.responder() {
                ResponderId::Name(name) => name.to_string(),
                ResponderId::Key(hash) => {
                    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                    format!("the key {hash}")
                }
            };
            Ok(Said::Revoked { since, reason, by })
        }
        _ if !fresh => Err(Doubt::Stale { next_update, now }),
        CertificateStatus::Good => Ok(Said::Good),
        CertificateStatus::Unknown | CertificateStatus::Revoked { .. } => {
            Err(Doubt::UnknownToResponder)
        }
    }
}

fn check_extension(unknown: Option<crate::oid::Oid<'_>>) -> Result<(), Doubt> {
    match unknown {
        Some(oid) => Err(Doubt::UnknownCriticalExtension {
            extension: extension_text(oid),
        }),
        None => Ok(()),
    }
}

/// RFC 6960 s4.2.2.2: the issuer signs, or one to whom it has delegated that.
fn check_signer(
    request: &Request<'_>,
    link: &Link<'_>,
    der: &[u8],
    basic: &BasicResponse<'_>,
    budget: &mut Budget,
) -> Result<(), Doubt> {
    let signed = Signed {
        memory: Memory::of(request.facts, der),
        algorithm: basic.signature_algorithm(),
        message: basic.data(),
        signature: basic.signature(),
    };
    let mut doubt = Doubt::SignerUnknown;
    if basic.responder().is(link.issuer) {
        match check_signed(&signed, link.issuer, request.policy, budget) {
            Ok(()) => return Ok(()),
            Err(why) => doubt = why,
        }
    }
    for der in basic.certificates() {
        // One that cannot be read is one fewer that may have signed.
        let Ok(responder) = Certificate::parse(der) else {
            continue;
        };
        if !basic.responder().is(&responder) || responder.spki() == link.issuer.spki() {
            continue;
        }
        let delegated = check_delegated(request, link, &responder, budget)
            .and_then(|()| check_signed(&signed, &responder, request.policy, budget));
        match delegated {
            Ok(()) => return Ok(()),
            Err(why) => doubt = why,
        }
    }
    Err(doubt)
}

/// Whether the certificate's issuer, and nobody else, made this a responder.
fn check_delegated(
    request: &Request<'_>,
    link: &Link<'_>,
    responder: &Certificate<'_>,
    budget: &mut Budget,
) -> Result<(), Doubt> {
    if !responder.issuer().is_same(&link.issuer.subject()) {
        return Err(refused("another issuer certified it"));
    }
    // Any purpose is not this purpose: it must be named.
    let delegated = responder
        .extended_key_usage()
        .is_some_and(|mut list| list.any(|one| one.0 == OCSP_SIGNING));
    if !delegated {
        return Err(refused("it is not meant for OCSPSigning"));
    }
    let signs = KeyUsage(KeyUsage::DIGITAL_SIGNATURE.0 | NON_REPUDIATION);
    if responder
        .key_usage()
        .is_some_and(|usage| !usage.allows(signs))
    {
        return Err(refused("its key may not be used for digitalSignature"));
    }
    check_validity(responder, request.now()).map_err(refused)?;
    check_critical(responder).map_err(refused)?;
    let certified = Signed {
        algorithm: responder.signature_algorithm(),
        message: responder.tbs(),
        signature: responder.signature(),
        memory: Memory::of(request.facts, responder.der()),
    };
    check_signed(&certified, link.issuer, request.policy, budget)
        .map_err(|_| refused("the issuer did not sign its certificate"))?;
    check_responder_status(request, link, responder, budget)
}

/// RFC 6960 s4.2.2.2.1: unless the issuer says that it need not be asked, the responder's own
/// status counts, as far as CRLs tell.
fn check_responder_status(
    request: &Request<'_>,
    link: &Link<'_>,
    responder: &Certificate<'_>,
    budget: &mut Budget,
) -> Result<(), Doubt> {
    if responder.extensions.value(OCSP_NO_CHECK).is_some() {
        return Ok(());
    }
    let own = Link {
        certificate: responder,
        ..*link
    };
    let mut tally = Tally::new();
    crls::enter(request, &own, budget, &mut tally);
    if tally.revoked.is_some() {
        return Err(refused("it is revoked itself"));
    }
    if request.revocation.mode == Mode::HardFail && tally.good.is_none() {
        return Err(refused("its own status is unknown"));
    }
    Ok(())
}

const NON_REPUDIATION: u16 = 0x4000;
