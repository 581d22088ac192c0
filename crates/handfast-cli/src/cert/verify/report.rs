//! The answer about one target, for a person and for a program.

use crate::cert::moment::{stamp, words};
use crate::exit::Exit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast::{Roots, ServerName};
use handfast_pki::certificate::Certificate;
use handfast_pki::verify::Verdict;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::{Place, Rejection};
use handfast_pki::verify::revocation::doubt::Source;
use handfast_pki::verify::revocation::{Finding, Mode, Status};
use handfast_pki::verify::tried::TriedPath;
use serde_json::{Value, json};

/// What came of it.
pub(super) enum Answer {
    Good(Verdict),
    Bad(Box<Rejection>),
}

/// One target, judged.
pub(super) struct Report {
    pub(super) target: String,
    pub(super) answer: Answer,
    /// What was sent or given, the one that is judged first.
    pub(super) chain: Vec<Vec<u8>>,
    /// The certificate that the path ends at.
    pub(super) anchor: Option<Vec<u8>>,
    /// Where the trusted certificates come from.
    pub(super) trust: String,
    pub(super) name: Option<ServerName>,
    /// As RFC 5280 names it, and in words.
    pub(super) purpose: &'static str,
    pub(super) used: &'static str,
    pub(super) at: i64,
    pub(super) is_host: bool,
    pub(super) mode: Mode,
    /// Where a certificate that is no authority stands, counted from 1, though the first is one.
    pub(super) misplaced: Option<usize>,
    /// The lists at hand, in the order of their indices; none where others were fetched.
    pub(super) sources: Vec<Listed>,
}

/// A revocation list.
pub(super) struct Listed {
    /// The file that it is in.
    pub(super) name: String,
    /// Whether it was named for the one certificate that is judged.
    pub(super) by_hand: bool,
    /// In seconds since 1970.
    pub(super) next_update: i64,
    pub(super) issuer: String,
}

/// One certificate of a path.
struct Step<'a> {
    /// `leaf`, `intermediate` or `anchor`.
    role: &'static str,
    der: &'a [u8],
    /// What was checked, and held.
    checked: Vec<String>,
}

impl Report {
    pub(super) fn with_anchor(mut self, roots: &Roots) -> Self {
        if let Answer::Good(verdict) = &self.answer {
            self.anchor = roots.anchor(verdict.anchor()).map(|der| der.to_vec());
        }
        self
    }

    pub(super) fn exit(&self) -> Exit {
        match &self.answer {
            Answer::Good(_) => Exit::Done,
            Answer::Bad(rejection) if is_about_revocation(rejection.reason()) => Exit::Revoked,
            Answer::Bad(_) if self.is_host => Exit::Unverified,
            Answer::Bad(_) => Exit::Bad,
        }
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let name = self.name.as_ref().map(|name| format!(" {name},"));
        let name = name.unwrap_or_default();
        let asked = format!("{name} {}, at {}", self.used, words(self.at));
        match &self.answer {
            Answer::Good(verdict) => {
                let mut text = format!("{}: verified:{asked}\n", self.target);
                for (depth, step) in self.steps(verdict).iter().enumerate() {
                    let subject = subject(step.der);
                    text += &format!("  {depth}  {subject}\n       {}", step.role);
                    if step.role == "anchor" {
                        text += &format!(", in {}", self.trust);
                    }
                    text += &format!("; {}\n", step.checked.join("; "));
                }
                text
            }
            Answer::Bad(rejection) => {
                let mut text = format!("{}: not verified:{asked}\n", self.target);
                let mistaken = self.mistaken(rejection);
                let lines = rejection.to_string();
                let is_kept = |line: &&str| mistaken.is_none() || !line.contains("remedy: ");
                for line in lines.lines().filter(is_kept) {
                    text += &format!("  {line}\n");
                }
                if let Some(place) = mistaken {
                    text += &format!("    remedy:  {}\n", put_first(place));
                }
                text
            }
        }
    }

    /// The certificate that was meant, where the first has not the name as it is an authority.
    fn mistaken(&self, rejection: &Rejection) -> Option<usize> {
        let is_name = matches!(rejection.reason(), Reason::NameMismatch { .. });
        self.misplaced.filter(|_| is_name)
    }

    /// For a program. Certificates stand once, in the order sent; a path names them by index.
    pub(super) fn to_json(&self) -> Value {
        let mut value = json!({
            "target": self.target,
            "verified": matches!(self.answer, Answer::Good(_)),
            "name": self.name.as_ref().map(ToString::to_string),
            "purpose": self.purpose,
            "at": stamp(self.at),
            "revocation": mode(self.mode),
            "trust": self.trust,
            "chain": self.chain.iter().map(|der| STANDARD.encode(der)).collect::<Vec<_>>(),
        });
        let more = match &self.answer {
            Answer::Good(verdict) => {
                let steps = self.steps(verdict);
                let steps = steps.iter().map(|step| {
                    json!({
                        "role": step.role,
                        "subject": subject(step.der),
                        "checked": step.checked,
                    })
                });
                json!({
                    "indices": verdict.path(),
                    "anchor": self.anchor.as_ref().map(|der| STANDARD.encode(der)),
                    "path": steps.collect::<Vec<_>>(),
                })
            }
            Answer::Bad(rejection) => json!({ "rejection": rejected(rejection) }),
        };
        if let (Value::Object(value), Value::Object(mut more)) = (&mut value, more) {
            value.append(&mut more);
        }
        value
    }

    /// What is wrong, in the form that every command has for that.
    pub(super) fn findings(&self) -> Vec<Value> {
        let misplaced = self.misplaced.map(|place| {
            json!({
                "id": "cert.verify.first_is_authority",
                "severity": "warning",
                "title": first_is_authority(place),
                "section": "RFC 5246 s7.4.2",
                "evidence": self.target,
                "fix": put_first(place),
            })
        });
        let rejected = match &self.answer {
            Answer::Good(_) => None,
            Answer::Bad(rejection) => Some(json!({
                "id": format!("cert.verify.{}", id(rejection.reason())),
                "severity": "error",
                "title": rejection.reason().to_string(),
                "section": rejection.section(),
                "evidence": format!("{}: {}", self.target, rejection.place()),
                "fix": match self.mistaken(rejection) {
                    Some(place) => put_first(place).into(),
                    None => rejection.remedy(),
                },
            })),
        };
        let unused = self.unused().into_iter().map(|words| {
            json!({
                "id": "cert.verify.crl_unused",
                "severity": "warning",
                "title": words,
                "section": "RFC 5280 s6.3.3",
                "evidence": self.target,
                "fix": "give the list that the certificate's issuer publishes",
            })
        });
        let warned = misplaced.into_iter().chain(unused);
        rejected.into_iter().chain(warned).collect()
    }

    fn listed(&self, source: Source) -> Option<&Listed> {
        match source {
            Source::Crl(index) => self.sources.get(index),
            _ => None,
        }
    }

    /// What something is said by: a list's file, if it has one.
    fn source(&self, source: Source) -> String {
        match self.listed(source) {
            Some(list) => format!("the CRL in {}", list.name),
            None => source.to_string(),
        }
    }

    /// What was found out about one certificate.
    fn revocation(&self, finding: &Finding) -> String {
        let status = match finding.status {
            Status::Good(source) => {
                let late = self.listed(source).map(|list| self.at - list.next_update);
                let late = late.filter(|late| *late > 0).map(|late| {
                    format!(" ({late} s past its next update, within the allowance for clocks)")
                });
                let late = late.unwrap_or_default();
                format!("not revoked, says {}{late}", self.source(source))
            }
            Status::NotPublished => "short-lived: no status is published".to_owned(),
            Status::Unknown => "whether it is revoked is not known".to_owned(),
        };
        let dropped = finding.dropped.iter();
        let dropped: Vec<_> = dropped
            .map(|one| format!("{}: {}", self.source(one.source), one.doubt))
            .collect();
        if dropped.is_empty() {
            status
        } else {
            format!("{status} (dropped: {})", dropped.join("; "))
        }
    }

    /// The lists that were named by hand, and of which nothing came.
    pub(super) fn unused(&self) -> Vec<String> {
        let Answer::Good(verdict) = &self.answer else {
            return Vec::new();
        };
        let path = verdict
            .path()
            .iter()
            .filter_map(|index| self.chain.get(*index));
        let issuers = path.filter_map(|der| Certificate::parse(der).ok());
        let issuers: Vec<_> = issuers.map(|one| one.issuer().to_string()).collect();
        let mut unused = Vec::new();
        for (index, list) in self.sources.iter().enumerate() {
            let findings = verdict.revocation();
            let is_good = |one: &Finding| one.status == Status::Good(Source::Crl(index));
            if self.mode == Mode::Off || !list.by_hand || findings.iter().any(is_good) {
                continue;
            }
            let mut dropped = findings.iter().flat_map(|one| &one.dropped);
            let dropped = dropped.find(|one| one.source == Source::Crl(index));
            let why = match dropped {
                Some(dropped) => dropped.doubt.to_string(),
                None if !issuers.contains(&list.issuer) => {
                    format!("it is of {}, who issued none of this path", list.issuer)
                }
                None => continue,
            };
            unused.push(format!("the CRL in {} is of no use: {why}", list.name));
        }
        unused
    }

    fn steps(&self, verdict: &Verdict) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        for (depth, index) in verdict.path().iter().enumerate() {
            let Some(der) = self.chain.get(*index) else {
                continue;
            };
            let mut checked = Vec::new();
            if let Ok(certificate) = Certificate::parse(der) {
                checked.push(format!("valid until {}", certificate.validity().not_after));
                if depth == 0 {
                    checked.extend(
                        self.name
                            .as_ref()
                            .map(|name| format!("has the name {name}")),
                    );
                    checked.push(format!("good {}", self.used));
                } else {
                    checked.push("may issue the one before it".to_owned());
                }
                checked.push(format!("signed by the next ({})", algorithm(&certificate)));
            }
            let place = Place::Sent(*index);
            let findings = verdict.revocation().iter();
            let findings = findings.filter(|one| one.place == place);
            checked.extend(findings.map(|one| self.revocation(one)));
            let role = if depth == 0 { "leaf" } else { "intermediate" };
            steps.push(Step { role, der, checked });
        }
        let Some(anchor) = &self.anchor else {
            return steps;
        };
        match steps.last_mut() {
            // A certificate that is trusted itself: nobody vouches for it.
            Some(last) if last.der == anchor => {
                last.checked.retain(|one| !one.starts_with("signed by"));
                last.checked
                    .push(format!("trusted itself, in {}", self.trust));
            }
            _ => steps.push(Step {
                role: "anchor",
                der: anchor,
                checked: vec!["trusted as it is".to_owned()],
            }),
        }
        steps
    }
}

/// What is odd about a file that begins with an authority.
pub(super) fn first_is_authority(place: usize) -> String {
    format!(
        "the first certificate, which is judged, is an authority; one that is none stands at {place}"
    )
}

fn put_first(place: usize) -> String {
    format!("put certificate {place} first; handfast cert bundle puts them all in order")
}

fn rejected(rejection: &Rejection) -> Value {
    let place = match rejection.place() {
        Place::Sent(index) => json!({ "sent": index }),
        Place::Anchor(index) => json!({ "anchor": index }),
    };
    let searched = rejection.searched();
    json!({
        "reason": id(rejection.reason()),
        "words": rejection.reason().to_string(),
        "openssl": {
            "code": rejection.openssl_code().number,
            "name": rejection.openssl_code().name,
        },
        "certificate": place,
        "subject": rejection.subject(),
        "field": rejection.field(),
        "section": rejection.section(),
        "remedy": rejection.remedy(),
        "searched": {
            "anchors": searched.anchors,
            "sent": searched.sent,
            "unreadable": searched.unreadable,
        },
        "tried": rejection.tried().iter().map(tried).collect::<Vec<_>>(),
        "text": rejection.to_string(),
    })
}

/// A path that was tried.
fn tried(path: &TriedPath) -> Value {
    let members = path.certificates().iter();
    json!({
        "path": members.map(|one| one.subject.as_str()).collect::<Vec<_>>(),
        "reason": id(path.reason()),
        "words": format!("{}: {}", path.place(), path.reason()),
        "section": path.section(),
    })
}

fn is_about_revocation(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Revoked { .. } | Reason::RevocationUnknown { .. } | Reason::StapleMissing { .. }
    )
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::SoftFail => "soft",
        Mode::HardFail => "hard",
    }
}

/// A reason's name, as programs know it: `UnknownIssuer` is `unknown_issuer`.
fn id(reason: &Reason) -> String {
    let debug = format!("{reason:?}");
    let name = debug.chars().take_while(char::is_ascii_alphanumeric);
    let mut id = String::new();
    for (at, letter) in name.enumerate() {
        if at > 0 && letter.is_ascii_uppercase() {
            id.push('_');
        }
        id.push(letter.to_ascii_lowercase());
    }
    id
}

fn algorithm(certificate: &Certificate<'_>) -> String {
    match certificate.known_signature_algorithm() {
        Some(algorithm) => format!("{algorithm:?}"),
        None => "an unknown algorithm".to_owned(),
    }
}

/// A subject as it can be shown.
pub(crate) fn subject(der: &[u8]) -> String {
    let certificate = Certificate::parse(der);
    let text = certificate.map(|one| one.subject().to_string());
    let text = text.unwrap_or_else(|_| "(unreadable)".to_owned());
    if text.is_empty() {
        return "(no subject)".to_owned();
    }
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::id;
    use handfast_pki::verify::reason::Reason;

    #[test]
    fn reasons_have_names_for_programs() {
        assert_eq!(id(&Reason::BadSignature), "bad_signature");
        let issuer = "CN=x".to_owned();
        assert_eq!(id(&Reason::UnknownIssuer { issuer }), "unknown_issuer");
        assert_eq!(id(&Reason::NotACa), "not_a_ca");
    }
}
