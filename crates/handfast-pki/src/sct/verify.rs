//! Judging the SCTs that came with a certificate (RFC 6962 s5.2).

use crate::certificate::Certificate;
use crate::fault::CertificateFault;
use crate::ocsp::OcspResponse;
use crate::sct::entry::Entry;
use crate::sct::finding::{Origin, SctDoubt, SctFinding};
use crate::sct::log::{Log, LogList, LogState};
use crate::sct::{Sct, SctList, SerializedSct};
use crate::time::UnixTime;
use handfast_crypto::signature::{KeyKind, PublicKey, SignatureAlgorithm};

/// How many signatures of logs are checked for one certificate, however many SCTs come with it:
/// those that browsers ask for are 2 or 3, and certificates in use carry up to 5.
pub const MAX_SIGNATURES: usize = 16;

/// Which SCTs are to be judged, and by what.
#[derive(Clone, Copy, Debug)]
pub struct SctRequest<'a> {
    /// The certificate that was logged.
    pub leaf: &'a Certificate<'a>,
    /// Its issuer's SubjectPublicKeyInfo in DER, from the path that was verified; without it the
    /// SCTs that the certificate embeds do not count.
    pub issuer_spki: Option<&'a [u8]>,
    /// What came in signed_certificate_timestamp, in its TLS form.
    pub tls: Option<&'a [u8]>,
    /// The OCSP response that was stapled, in DER. Its own signature is of no matter here: what
    /// counts is the log's.
    pub staple: Option<&'a [u8]>,
    /// The logs that are known.
    pub logs: &'a LogList,
    /// The present.
    pub now: UnixTime,
}

/// Judges every SCT: those of the certificate first, then the handshake's, then the staple's.
///
/// A finding that counts says that a log that is known has signed this very certificate, and that
/// the log may be believed. How many of them are enough is for
/// [`crate::sct::policy::CtPolicy`] to say.
#[must_use]
pub fn judge_scts(request: &SctRequest<'_>) -> Vec<SctFinding> {
    let mut judging = Judging {
        request,
        precert: None,
        x509: None,
        signatures: 0,
        findings: Vec::new(),
    };
    judging.take(
        Origin::Embedded,
        SctList::of_certificate(request.leaf).transpose(),
    );
    judging.take(Origin::Tls, request.tls.map(SctList::parse));
    judging.take(Origin::Ocsp, request.staple.and_then(stapled));
    judging.findings
}

/// The first list that a response holds.
fn stapled(der: &[u8]) -> Option<Result<SctList<'_>, CertificateFault>> {
    match OcspResponse::parse(der) {
        Ok(OcspResponse::Basic(basic)) => basic
            .responses()
            .find_map(|single| SctList::of_response(&single).transpose()),
        Ok(OcspResponse::Refused(_)) => None,
        Err(fault) => Some(Err(fault)),
    }
}

struct Judging<'r> {
    request: &'r SctRequest<'r>,
    /// What embedded SCTs sign, once one was met.
    precert: Option<Result<Entry, SctDoubt>>,
    /// What all others sign, once one was met.
    x509: Option<Entry>,
    signatures: usize,
    findings: Vec<SctFinding>,
}

impl Judging<'_> {
    fn take(&mut self, origin: Origin, list: Option<Result<SctList<'_>, CertificateFault>>) {
        let list = match list {
            Some(Ok(list)) => list,
            Some(Err(fault)) => {
                let doubt = SctDoubt::Malformed(fault);
                return self.findings.push(unread(origin, doubt));
            }
            None => return,
        };
        for entry in list.iter() {
            let finding = match entry {
                SerializedSct::V1(sct) => self.find(origin, &sct),
                SerializedSct::Unknown { version, .. } => {
                    unread(origin, SctDoubt::Version { version })
                }
            };
            self.findings.push(finding);
        }
    }

    fn find(&mut self, origin: Origin, sct: &Sct<'_>) -> SctFinding {
        let known = self.request.logs.known(sct.log_id);
        let doubt = match known {
            Some((log, key)) => self.judge(origin, sct, log, key).err(),
            None => Some(SctDoubt::UnknownLog),
        };
        SctFinding {
            origin,
            log_id: Some(sct.log_id),
            log: known.map(|(log, _)| log.description.clone()),
            operator: known.map(|(log, _)| log.operator.clone()),
            state: known.map(|(log, _)| log.state),
            timestamp_ms: sct.timestamp_ms,
            doubt,
        }
    }

    fn judge(
        &mut self,
        origin: Origin,
        sct: &Sct<'_>,
        log: &Log,
        key: &PublicKey,
    ) -> Result<(), SctDoubt> {
        check_state(log, sct)?;
        let now = self.request.now;
        if milliseconds(now).is_none_or(|now_ms| sct.timestamp_ms > now_ms) {
            return Err(SctDoubt::Future { now });
        }
        let not_after = self.request.leaf.validity().not_after;
        if log.interval.is_some_and(|only| !only.covers(not_after)) {
            return Err(SctDoubt::OutsideInterval { not_after });
        }
        let algorithm = algorithm(sct, key).ok_or(SctDoubt::Algorithm)?;
        self.signatures = self.signatures.saturating_add(1);
        if self.signatures > MAX_SIGNATURES {
            let limit = MAX_SIGNATURES;
            return Err(SctDoubt::TooMany { limit });
        }
        let message = self.entry(origin)?.signed_by(sct);
        key.verify(algorithm, &message, sct.signature)
            .map_err(|_| SctDoubt::BadSignature)
    }

    fn entry(&mut self, origin: Origin) -> Result<&Entry, SctDoubt> {
        let SctRequest {
            leaf, issuer_spki, ..
        } = self.request;
        if origin != Origin::Embedded {
            return Ok(self.x509.get_or_insert_with(|| Entry::x509(leaf)));
        }
        let entry = self.precert.get_or_insert_with(|| match issuer_spki {
            Some(issuer) => Entry::precert(leaf, issuer).map_err(SctDoubt::Malformed),
            None => Err(SctDoubt::IssuerUnknown),
        });
        entry.as_ref().map_err(Clone::clone)
    }
}

fn unread(origin: Origin, doubt: SctDoubt) -> SctFinding {
    SctFinding {
        origin,
        log_id: None,
        log: None,
        operator: None,
        state: None,
        timestamp_ms: 0,
        doubt: Some(doubt),
    }
}

fn check_state(log: &Log, sct: &Sct<'_>) -> Result<(), SctDoubt> {
    match log.state {
        LogState::Qualified | LogState::Usable | LogState::ReadOnly => Ok(()),
        LogState::Retired { since } => {
            let older = milliseconds(since).is_some_and(|since_ms| sct.timestamp_ms < since_ms);
            if older {
                Ok(())
            } else {
                Err(SctDoubt::AfterRetirement { since })
            }
        }
        LogState::Pending | LogState::Rejected => {
            let state = log.state;
            Err(SctDoubt::LogNotTrusted { state })
        }
    }
}

/// RFC 6962 s2.1.4: ECDSA on P-256 or RSA, either with SHA-256, as the log's key is.
fn algorithm(sct: &Sct<'_>, key: &PublicKey) -> Option<SignatureAlgorithm> {
    const SHA256: u8 = 4;
    const RSA: u8 = 1;
    const ECDSA: u8 = 3;
    match (sct.hash_algorithm, sct.signature_algorithm, key.kind()) {
        (SHA256, ECDSA, KeyKind::EcP256) => Some(SignatureAlgorithm::EcdsaSha256),
        (SHA256, RSA, KeyKind::Rsa { .. }) => Some(SignatureAlgorithm::RsaPkcs1Sha256),
        _ => None,
    }
}

/// None before 1970.
fn milliseconds(time: UnixTime) -> Option<u64> {
    u64::try_from(time.0).ok()?.checked_mul(1000)
}
