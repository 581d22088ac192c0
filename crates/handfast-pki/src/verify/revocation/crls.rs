//! What CRLs say about a certificate (RFC 5280 s6.3.3).

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::crl::entry::{RevocationReason, RevokedCertificate};
use crate::distribution_point::{DistributionPoint, ReasonFlags};
use crate::extension::KeyUsage;
use crate::oid::CRL_DISTRIBUTION_POINTS;
use crate::time::UnixTime;
use crate::verify::budget::Budget;
use crate::verify::issuance::Role;
use crate::verify::issuer::{self, Broken};
use crate::verify::leaf::{check_critical, check_validity};
use crate::verify::reason::extension_text;
use crate::verify::request::Request;
use crate::verify::revocation::CLOCK_SKEW_S;
use crate::verify::revocation::doubt::{Doubt, Source};
use crate::verify::revocation::signer::{Memory, Signed, check_signed, refused};
use crate::verify::revocation::tally::{Link, Revoked, Tally};

/// Asks every CRL at hand about the certificate of `link`.
pub(crate) fn enter(
    request: &Request<'_>,
    link: &Link<'_>,
    budget: &mut Budget,
    tally: &mut Tally,
) {
    enter_signed_by(Signers::All, request, link, budget, tally);
}

/// Whose CRLs count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signers {
    /// Those above the certificate, and those whom they certified.
    All,
    /// Those above alone: about who signs CRLs for others nobody is asked whose own signer would
    /// have to be asked about in turn.
    Above,
}

fn enter_signed_by(
    signers: Signers,
    request: &Request<'_>,
    link: &Link<'_>,
    budget: &mut Budget,
    tally: &mut Tally,
) {
    let all = request.revocation.crls;
    if all.is_empty() {
        return;
    }
    let points = match points(link.certificate) {
        Ok(points) => points,
        Err(doubt) => {
            tally.drop_source(Source::Certificate, doubt);
            vec![DistributionPoint::default()]
        }
    };
    let mut combined = vec![false; all.len()];
    for (index, crl) in all.iter().enumerate() {
        if crl.base_number().is_some() {
            continue;
        }
        let source = Source::Crl(index);
        let Some(cover) = cover(crl, link.certificate, &points) else {
            continue;
        };
        let asked = cover.and_then(|reasons| {
            let mut question = Question {
                request,
                link,
                crl,
                signers,
                combined: &mut combined,
            };
            question.ask(budget).map(|entry| (reasons, entry))
        });
        match asked {
            Err(doubt) => tally.drop_source(source, doubt),
            Ok((_, Some(entry))) => tally.revoke(revoked(crl, source, &entry)),
            Ok((reasons, None)) => {
                tally.covered = tally.covered.or(reasons);
                if tally.covered.is_all() {
                    tally.good.get_or_insert(source);
                }
            }
        }
    }
    for index in 0..all.len() {
        let (Some(delta), Some(false)) = (all.get(index), combined.get(index)) else {
            continue;
        };
        let covers = matches!(cover(delta, link.certificate, &points), Some(Ok(_)));
        if delta.base_number().is_none() || !covers {
            continue;
        }
        let source = Source::Crl(index);
        let question = Question {
            request,
            link,
            crl: delta,
            signers,
            combined: &mut combined,
        };
        match question.ask_alone(budget) {
            Ok(Some(entry)) => tally.revoke(revoked(delta, source, &entry)),
            Ok(None) => tally.drop_source(source, Doubt::DeltaWithoutBase),
            Err(doubt) => tally.drop_source(source, doubt),
        }
    }
}

fn revoked(crl: &Crl<'_>, source: Source, entry: &RevokedCertificate<'_>) -> Revoked {
    Revoked {
        since: entry.since,
        reason: entry.reason,
        source,
        by: describe(crl),
    }
}

/// The certificate's distribution points, and the one that every certificate has: its issuer's
/// own name.
fn points<'a>(certificate: &Certificate<'a>) -> Result<Vec<DistributionPoint<'a>>, Doubt> {
    let mut points = match certificate.extensions.value(CRL_DISTRIBUTION_POINTS) {
        Some(value) => DistributionPoint::read_all(&value)?,
        None => Vec::new(),
    };
    points.push(DistributionPoint::default());
    Ok(points)
}

/// For which reasons the CRL covers the certificate, by any of its points (b, d); `None` if it is
/// another issuer's.
fn cover(
    crl: &Crl<'_>,
    certificate: &Certificate<'_>,
    points: &[DistributionPoint<'_>],
) -> Option<Result<ReasonFlags, Doubt>> {
    let mut covered = ReasonFlags::NONE;
    let mut doubt = None;
    // Every point counts, not the first that names the issuer (RUSTSEC-2026-0049).
    for point in points {
        match cover_point(crl, certificate, point) {
            None => {}
            Some(Ok(reasons)) => covered = covered.or(reasons),
            Some(Err(why)) => doubt = Some(why),
        }
    }
    if covered == ReasonFlags::NONE {
        doubt.map(Err)
    } else {
        Some(Ok(covered))
    }
}

fn cover_point(
    crl: &Crl<'_>,
    certificate: &Certificate<'_>,
    point: &DistributionPoint<'_>,
) -> Option<Result<ReasonFlags, Doubt>> {
    let own = crl.issuer().is_same(&certificate.issuer());
    match point.crl_issuer {
        Some(names) if !names.has(&crl.issuer()) => return None,
        Some(_) if !own && !crl.is_indirect() => {
            let limit = "certificates of its own issuer";
            return Some(Err(Doubt::Scope { limit }));
        }
        None if !own => return None,
        _ => {}
    }
    let reasons = point.reasons.unwrap_or(ReasonFlags::ALL);
    let Some(scope) = &crl.extensions.scope else {
        return Some(Ok(reasons));
    };
    if let Some(name) = &scope.name {
        let base = crl.issuer();
        let meets = match (&point.name, point.crl_issuer) {
            (Some(wanted), _) => name.meets(&base, wanted, &base),
            (None, Some(names)) => name.is_among(&base, names),
            (None, None) => name.is_directory(&certificate.issuer()),
        };
        if !meets {
            return Some(Err(Doubt::DistributionPoint));
        }
    }
    let authority = certificate.basic_constraints().unwrap_or_default().ca;
    let limit = if scope.only_user_certs && authority {
        "certificates that are no authority's"
    } else if scope.only_ca_certs && !authority {
        "certificates of authorities"
    } else if scope.only_attribute_certs {
        "attribute certificates"
    } else {
        let some = scope.only_some_reasons.unwrap_or(ReasonFlags::ALL);
        return Some(Ok(reasons.and(some)));
    };
    Some(Err(Doubt::Scope { limit }))
}

/// One complete CRL, asked about one certificate.
struct Question<'q> {
    request: &'q Request<'q>,
    link: &'q Link<'q>,
    crl: &'q Crl<'q>,
    signers: Signers,
    /// Which of all CRLs are deltas that were used.
    combined: &'q mut [bool],
}

impl<'q> Question<'q> {
    /// The certificate's entry, if the CRL is one that can be believed.
    fn ask(&mut self, budget: &mut Budget) -> Result<Option<RevokedCertificate<'q>>, Doubt> {
        let now = self.request.now();
        check_usable(self.crl, now)?;
        let signer = self.find_signer(budget)?;
        let delta = self.find_delta(&signer, budget);
        let issuer = self.link.certificate.issuer();
        let serial = self.link.certificate.serial();
        // (i) and (j): what the delta says is newer.
        let entry = delta
            .and_then(|delta| delta.find(&issuer, serial))
            .or_else(|| self.crl.find(&issuer, serial))
            // (k)
            .filter(|entry| entry.reason != RevocationReason::RemoveFromCrl);
        let next_update = self.crl.next_update();
        let fresh = delta.is_some() || !is_past(next_update, now);
        match entry {
            // A revocation that is no hold is for ever, and so is this entry.
            Some(entry) if fresh || entry.reason != RevocationReason::CertificateHold => {
                Ok(Some(entry))
            }
            _ if !fresh => Err(Doubt::Stale { next_update, now }),
            entry => Ok(entry),
        }
    }

    /// The certificate's entry on a delta that no CRL at hand can be joined with, or that is out
    /// of date: it proves nothing about those that it does not list, and still that this one was
    /// revoked.
    fn ask_alone(&self, budget: &mut Budget) -> Result<Option<RevokedCertificate<'q>>, Doubt> {
        check_usable(self.crl, self.request.now())?;
        self.find_signer(budget)?;
        let issuer = self.link.certificate.issuer();
        let entry = self.crl.find(&issuer, self.link.certificate.serial());
        Ok(entry.filter(|entry| {
            !matches!(
                entry.reason,
                RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl
            )
        }))
    }

    /// The newest delta that builds on the CRL and can be believed (c, h).
    fn find_delta(&mut self, signer: &Certificate<'_>, budget: &mut Budget) -> Option<&'q Crl<'q>> {
        let now = self.request.now();
        let policy = self.request.policy;
        let mut newest: Option<&Crl<'_>> = None;
        for (delta, used) in self.request.revocation.crls.iter().zip(&mut *self.combined) {
            let newer = newest.is_none_or(|one| is_less(one.number(), delta.number()));
            let holds = builds_on(delta, self.crl)
                && check_usable(delta, now).is_ok()
                && !is_past(delta.next_update(), now)
                && check_signed(&signed(delta), signer, policy, budget).is_ok();
            if holds {
                *used = true;
                if newer {
                    newest = Some(delta);
                }
            }
        }
        newest
    }

    /// Who signed the CRL (f, g): one of those above the certificate, or one whom they certified.
    /// No certificate below counts: it could vouch for itself.
    fn find_signer(&self, budget: &mut Budget) -> Result<Certificate<'q>, Doubt> {
        let policy = self.request.policy;
        let signed = signed(self.crl);
        let mut doubt = Doubt::SignerUnknown;
        for member in self.link.above {
            if !member.subject().is_same(&self.crl.issuer()) {
                continue;
            }
            let usage = member.key_usage();
            if usage.is_some_and(|usage| !usage.allows(KeyUsage::CRL_SIGN)) {
                doubt = refused("its key may not be used for cRLSign");
                continue;
            }
            match check_signed(&signed, member, policy, budget) {
                Ok(()) => return Ok(member.clone()),
                Err(why) => doubt = why,
            }
        }
        if self.signers == Signers::Above {
            return Err(doubt);
        }
        let sent = self.request.chain.iter().skip(1);
        for der in sent.chain(self.request.revocation.crl_issuers) {
            let Ok(other) = Certificate::parse(der) else {
                continue;
            };
            let known = self.link.above.iter().any(|one| one.spki() == other.spki());
            if known || !other.subject().is_same(&self.crl.issuer()) {
                continue;
            }
            let delegated = self
                .check_delegated(&other, budget)
                .and_then(|()| check_signed(&signed, &other, policy, budget));
            match delegated {
                Ok(()) => return Ok(other),
                Err(why) => doubt = why,
            }
        }
        Err(doubt)
    }

    /// Whether one of those above the certificate certified this signer of CRLs.
    fn check_delegated(&self, other: &Certificate<'_>, budget: &mut Budget) -> Result<(), Doubt> {
        if !other
            .key_usage()
            .is_some_and(|usage| usage.allows(KeyUsage::CRL_SIGN))
        {
            return Err(refused("its key may not be used for cRLSign"));
        }
        check_validity(other, self.request.now()).map_err(refused)?;
        check_critical(other).map_err(refused)?;
        let mut doubt = Doubt::SignerUnknown;
        for (depth, member) in self.link.above.iter().enumerate() {
            if !member.subject().is_same(&other.issuer()) {
                continue;
            }
            let role = match depth + 1 == self.link.above.len() {
                true => Role::Anchor,
                false => Role::Intermediate,
            };
            let mut certified = issuer::check(self.request, &[other], member, role, budget);
            for higher in self.link.above.iter().skip(depth + 1) {
                certified =
                    certified.and_then(|()| issuer::check_constraints(&[other], higher, budget));
            }
            doubt = match certified {
                Ok(()) => return self.check_signer_status(other, depth, budget),
                Err(Broken::Issuer(reason) | Broken::Child(reason)) => refused(reason),
                Err(Broken::Budget(exceeded)) => exceeded.into(),
            };
        }
        Err(doubt)
    }
}

impl Question<'_> {
    /// The status of one who signs CRLs for others, by the lists of whom certified it.
    fn check_signer_status(
        &self,
        signer: &Certificate<'_>,
        certifier: usize,
        budget: &mut Budget,
    ) -> Result<(), Doubt> {
        let above = self.link.above.get(certifier..).unwrap_or_default();
        let Some(issuer) = above.first() else {
            return Err(Doubt::SignerUnknown);
        };
        let own = Link {
            certificate: signer,
            issuer,
            above,
        };
        let mut tally = Tally::new();
        enter_signed_by(Signers::Above, self.request, &own, budget, &mut tally);
        // Not unknown: its own status may stand on the very list that it signs.
        if tally.revoked.is_some() {
            return Err(refused("it is revoked itself"));
        }
        Ok(())
    }
}

fn signed<'a>(crl: &'a Crl<'a>) -> Signed<'a> {
    Signed {
        memory: Memory::Crl(crl),
        algorithm: crl.signature_algorithm(),
        message: crl.tbs(),
        signature: crl.signature(),
    }
}

/// Nothing critical is passed over, and it is not from the future.
fn check_usable(crl: &Crl<'_>, now: UnixTime) -> Result<(), Doubt> {
    if let Some(oid) = crl.unknown_critical {
        let extension = extension_text(oid);
        return Err(Doubt::UnknownCriticalExtension { extension });
    }
    let this_update = crl.this_update();
    if this_update.0 > now.0.saturating_add(CLOCK_SKEW_S) {
        return Err(Doubt::NotYetValid { this_update, now });
    }
    Ok(())
}

fn is_past(next_update: UnixTime, now: UnixTime) -> bool {
    now.0 > next_update.0.saturating_add(CLOCK_SKEW_S)
}

/// RFC 5280 s5.2.4 and s6.3.3 (c): the same issuer, scope and key, and numbers that join.
fn builds_on(delta: &Crl<'_>, base: &Crl<'_>) -> bool {
    delta.base_number().is_some_and(|number| {
        !is_less(base.number(), number) && is_less(base.number(), delta.number())
    }) && delta.issuer().is_same(&base.issuer())
        && delta.extensions.scope_value == base.extensions.scope_value
        && delta.extensions.authority_key_value == base.extensions.authority_key_value
}

/// Compares CRL numbers: big-endian, without leading zeros.
fn is_less(one: &[u8], other: &[u8]) -> bool {
    (one.len(), one) < (other.len(), other)
}

fn describe(crl: &Crl<'_>) -> String {
    let number: String = crl
        .number()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("CRL 0x{number} of {}", crl.issuer())
}
