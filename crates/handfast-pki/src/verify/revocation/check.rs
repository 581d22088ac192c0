//! Every certificate of a path, held against what is at hand.

use crate::certificate::Certificate;
use crate::distribution_point::ReasonFlags;
use crate::oid::{CRL_DISTRIBUTION_POINTS, FRESHEST_CRL, NO_REV_AVAIL};
use crate::verify::budget::Budget;
use crate::verify::place::Place;
use crate::verify::reason::Reason;
use crate::verify::request::Request;
use crate::verify::revocation::doubt::{Doubt, Dropped, Source};
use crate::verify::revocation::tally::{Link, Tally};
use crate::verify::revocation::{Finding, Mode, Status, crls, responses};

/// Judges a path: `members` begins with the peer's own certificate and ends with the anchor. Where
/// it `must_staple`, the peer's own needs a staple.
pub(crate) fn check(
    request: &Request<'_>,
    places: &[usize],
    members: &[Certificate<'_>],
    must_staple: bool,
    budget: &mut Budget,
) -> Result<Vec<Finding>, (Place, Reason)> {
    let revocation = &request.revocation;
    let mut findings = Vec::new();
    for (depth, place) in places.iter().enumerate() {
        let place = Place::Sent(*place);
        let above = members.get(depth + 1..).unwrap_or_default();
        let (Some(certificate), Some(issuer)) = (members.get(depth), above.first()) else {
            continue;
        };
        if revocation.mode == Mode::Off && depth > 0 {
            break;
        }
        let link = Link {
            certificate,
            issuer,
            above,
        };
        let tally = tally(request, &link, depth == 0, budget);
        let finding = judge(revocation.mode, place, &link, tally)
            .and_then(|finding| match depth {
                0 if must_staple => check_stapled(finding),
                _ => Ok(finding),
            })
            .map_err(|reason| (place, reason))?;
        findings.push(finding);
    }
    Ok(findings)
}

/// RFC 7633 s4.2.3: what is owed is a staple that says *good* today.
fn check_stapled(finding: Finding) -> Result<Finding, Reason> {
    if finding.status == Status::Good(Source::Staple) {
        return Ok(finding);
    }
    let mut dropped = finding.dropped.into_iter();
    Err(Reason::StapleMissing {
        dropped: dropped.find(|one| one.source == Source::Staple),
    })
}

/// Asks every source about one certificate.
fn tally(request: &Request<'_>, link: &Link<'_>, leaf: bool, budget: &mut Budget) -> Tally {
    let revocation = &request.revocation;
    let mut tally = Tally::new();
    if let Some(staple) = revocation.staple.filter(|_| leaf) {
        match responses::judge(request, link, staple, None, budget) {
            Ok(said) => said.enter(Source::Staple, &mut tally),
            Err(doubt) => tally.drop_source(Source::Staple, doubt),
        }
    }
    if revocation.mode == Mode::Off {
        return tally;
    }
    for (index, answer) in revocation.responses.iter().enumerate() {
        let source = Source::Response(index);
        match responses::judge(request, link, answer.der, answer.nonce, budget) {
            Ok(said) => said.enter(source, &mut tally),
            // One response is for one certificate; the others need not hear of it.
            Err(Doubt::OtherCertificate) => {}
            Err(doubt) => tally.drop_source(source, doubt),
        }
    }
    crls::enter(request, link, budget, &mut tally);
    tally
}

fn judge(mode: Mode, place: Place, link: &Link<'_>, tally: Tally) -> Result<Finding, Reason> {
    if let Some(revoked) = tally.revoked {
        return Err(Reason::Revoked {
            since: revoked.since,
            reason: revoked.reason,
            source: revoked.source,
            by: revoked.by,
        });
    }
    let status = match tally.good {
        Some(source) => Status::Good(source),
        None if is_never_published(link.certificate) => Status::NotPublished,
        None if mode == Mode::HardFail => {
            let partly = tally.covered != ReasonFlags::NONE;
            let source = Source::Certificate;
            let doubt = if partly {
                Doubt::SomeReasons
            } else {
                Doubt::NothingCovers
            };
            let mut dropped = tally.dropped;
            if dropped.is_empty() {
                dropped.push(Dropped { source, doubt });
            }
            return Err(Reason::RevocationUnknown { dropped });
        }
        None => Status::Unknown,
    };
    Ok(Finding {
        place,
        status,
        dropped: tally.dropped,
    })
}

/// RFC 9608 s3 and s4: not for authorities, and not beside a place where status is published. One
/// who contradicts itself is asked as if it had said nothing.
fn is_never_published(certificate: &Certificate<'_>) -> bool {
    let authority = certificate.basic_constraints().unwrap_or_default().ca;
    let has = |oid| certificate.extensions.value(oid).is_some();
    let published = has(CRL_DISTRIBUTION_POINTS)
        || has(FRESHEST_CRL)
        || certificate
            .ocsp_urls()
            .map_or(true, |urls| !urls.is_empty());
    !authority && has(NO_REV_AVAIL) && !published
}
