//! What to do about a refusal, as far as the chain that was sent tells.

use crate::certificate::Certificate;
use crate::fingerprint;
use crate::general_name::GeneralName;
use crate::time::UnixTime;
use crate::verify::place::Place;
use crate::verify::purpose::Purpose;
use crate::verify::reason::Reason;
use std::borrow::Cow;

/// A refusal.
pub(crate) struct Case<'a> {
    pub(crate) reason: &'a Reason,
    pub(crate) place: Place,
    /// The subject of the certificate at `place`, in words.
    pub(crate) subject: &'a str,
    pub(crate) chain: &'a [Vec<u8>],
    /// How many certificates were trusted.
    pub(crate) anchors: usize,
    pub(crate) purpose: Purpose,
}

/// The next thing to do.
pub(crate) fn remedy(case: &Case<'_>) -> Cow<'static, str> {
    let told = match case.reason {
        Reason::UnknownIssuer { issuer } => case.find_issuer(issuer),
        Reason::SelfSigned => case.trust_self_signed(),
        Reason::Expired { not_after, now } => case.renew(*not_after, *now),
        Reason::NotYetValid { not_before, now } => {
            format!("check this machine's clock, which says {now}, or wait until {not_before}")
        }
        Reason::NameMismatch { wanted, .. } => case.name_it(wanted),
        Reason::BadSignature => match case.published() {
            Some(url) => format!(
                "the certificate was changed, or another key bears the issuer's name: the issuer's \
                 own certificate is published at {url}"
            ),
            None => return case.reason.row().remedy.into(),
        },
        Reason::Revoked { .. } if case.place != Place::Sent(0) => format!(
            "have the {} send a chain by another issuer: {} was taken back",
            case.peer(),
            case.subject
        ),
        Reason::RevocationUnknown { .. } => case.fetch_status(),
        Reason::NotACa if case.is_version_1() => String::from(
            "have the issuer's certificate issued anew: one of version 1 cannot say that it is an \
             authority, and a root alone counts as one, by the exception X509_V1",
        ),
        other => return other.row().remedy.into(),
    };
    told.into()
}

/// Where the certificate's issuer publishes its own certificate: http URLs alone, since others need
/// more than a plain request, and in visible characters.
pub(crate) fn issuer_urls<'a>(certificate: &Certificate<'a>) -> impl Iterator<Item = &'a str> {
    let urls = certificate.ca_issuer_urls().unwrap_or_default();
    urls.into_iter().filter(is_plain)
}

fn is_plain(url: &&str) -> bool {
    url.get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
        && url.len() <= LONGEST_URL
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

impl<'a> Case<'a> {
    fn find_issuer(&self, issuer: &str) -> String {
        let peer = self.peer();
        let others = self.chain.len().saturating_sub(1);
        let mut told = match (self.place, others) {
            _ if self.anchors == 0 => {
                return String::from("nothing is trusted: name the certificates to trust");
            }
            (Place::Sent(0), 0) => {
                format!("have the {peer} send its intermediate certificates: it sent none")
            }
            (Place::Sent(0), _) => format!(
                "have the {peer} send its intermediate certificates: of the {others} beside its own \
                 none is {issuer}"
            ),
            _ => format!(
                "have the {peer} send its intermediate certificates up to a trusted root: what it \
                 sent ends below {issuer}"
            ),
        };
        if let Some(url) = self.published() {
            told.push_str(&format!(" (its issuer {issuer} is published at {url})"));
        }
        told + ", or add the issuer's root to the trusted ones"
    }

    fn trust_self_signed(&self) -> String {
        let Some(der) = self.der() else {
            return self.reason.row().remedy.to_owned();
        };
        let digest: String = fingerprint::sha256(der)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        match self.place {
            Place::Sent(0) => format!(
                "if you know this certificate (SHA-256 {digest}), add it to the trusted ones; \
                 otherwise do not connect"
            ),
            _ => format!(
                "the {} sent a root of its own, {}, that is not trusted: if you know it (SHA-256 \
                 {digest}), add it to the trusted ones; otherwise do not connect",
                self.peer(),
                self.subject
            ),
        }
    }

    fn renew(&self, not_after: UnixTime, now: UnixTime) -> String {
        let days = now.0.saturating_sub(not_after.0) / 86_400;
        let ago = match days {
            0 => String::from("less than a day ago"),
            1 => String::from("a day ago"),
            _ => format!("{days} days ago"),
        };
        let clock = "or check this machine's clock";
        let subject = self.subject;
        match (self.place, self.published_above()) {
            (Place::Sent(0), _) => format!("renew the certificate, which ended {ago}, {clock}"),
            (Place::Sent(_), Some(url)) => format!(
                "have the {} send a newer certificate of {subject}, which ended {ago}: it is \
                 published at {url}; {clock}",
                self.peer()
            ),
            (Place::Sent(_), None) => format!(
                "have the {} send a newer certificate of {subject}, which ended {ago}, {clock}",
                self.peer()
            ),
            (Place::Anchor(_), _) => {
                format!("bring the trusted certificates up to date: {subject} ended {ago}; {clock}")
            }
        }
    }

    fn name_it(&self, wanted: &str) -> String {
        let leaf = self
            .chain
            .first()
            .and_then(|der| Certificate::parse(der).ok());
        let nearest = leaf.and_then(|leaf| nearest(wanted, &leaf));
        match nearest {
            None => format!("have a certificate issued with {wanted} among its alternative names"),
            Some(name) if name.starts_with("*.") => format!(
                "connect by a name that {name} stands for (one label in place of the star), or have \
                 a certificate issued for {wanted}"
            ),
            Some(name) => format!("connect by {name}, or have a certificate issued for {wanted}"),
        }
    }

    fn fetch_status(&self) -> String {
        let certificate = self.certificate();
        let urls = |read: fn(&Certificate<'a>) -> Vec<&'a str>| {
            let urls = certificate.as_ref().map(read).unwrap_or_default();
            urls.into_iter().find(is_plain)
        };
        let crl = urls(|one| one.crl_urls().unwrap_or_default());
        let ocsp = urls(|one| one.ocsp_urls().unwrap_or_default());
        let fetch = match (crl, ocsp) {
            (Some(crl), Some(ocsp)) => format!("fetch the CRL at {crl}, or ask OCSP at {ocsp}"),
            (Some(crl), None) => format!("fetch the CRL at {crl}"),
            (None, Some(ocsp)) => format!("ask OCSP at {ocsp}"),
            (None, None) => return self.reason.row().remedy.to_owned(),
        };
        fetch + ", or let an unknown status pass"
    }

    fn is_version_1(&self) -> bool {
        self.certificate().is_some_and(|one| one.version() < 3)
    }

    /// Where the issuer of the certificate publishes its own.
    fn published(&self) -> Option<&'a str> {
        issuer_urls(&self.certificate()?).next()
    }

    /// Where others of the certificate's subject are published, as one tells that it issued.
    fn published_above(&self) -> Option<&'a str> {
        let own = self.certificate()?;
        let sent = self.chain.iter().take(MOST_READ);
        let mut sent = sent.filter_map(|der| Certificate::parse(der).ok());
        let child =
            sent.find(|one| one.issuer() == own.subject() && one.subject() != own.subject());
        issuer_urls(&child?).next()
    }

    fn certificate(&self) -> Option<Certificate<'a>> {
        Certificate::parse(self.der()?).ok()
    }

    fn der(&self) -> Option<&'a [u8]> {
        match self.place {
            Place::Sent(index) => self.chain.get(index).map(Vec::as_slice),
            Place::Anchor(_) => None,
        }
    }

    fn peer(&self) -> &'static str {
        match self.purpose {
            Purpose::ServerAuth => "server",
            Purpose::ClientAuth => "client",
            _ => "signer",
        }
    }
}

/// The name of the certificate that is most like `wanted`; of several the first.
fn nearest(wanted: &str, leaf: &Certificate<'_>) -> Option<String> {
    let names = leaf.subject_alt_names();
    let servers = names.filter(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_)));
    let texts = servers.take(MOST_READ).map(|name| name.to_string());
    let texts = texts.filter(|text| text.len() <= LONGEST_NAME);
    texts.min_by_key(|text| distance(text.as_bytes(), wanted.as_bytes()))
}

/// How many letters have to be put in, left out or changed to turn one into the other.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        for (above, second) in row.iter().skip(1).zip(other) {
            let same = letter.eq_ignore_ascii_case(second);
            let changed = diagonal + usize::from(!same);
            left = changed.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// A URL beyond so many bytes helps nobody.
const LONGEST_URL: usize = 2048;
/// The longest DNS name (RFC 1035 s2.3.4).
const LONGEST_NAME: usize = 253;
/// Names and certificates beyond so many are not looked at.
const MOST_READ: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_the_letters_that_differ() {
        for (one, other, wanted) in [
            ("", "", 0),
            ("", "abc", 3),
            ("example.test", "EXAMPLE.test", 0),
            ("www.example.test", "example.test", 4),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one.as_bytes(), other.as_bytes()), wanted, "{one}");
            assert_eq!(distance(other.as_bytes(), one.as_bytes()), wanted, "{one}");
        }
    }

    #[test]
    fn a_url_is_plain_http_in_visible_characters() {
        assert!(is_plain(&"http://ca.test/ca.crt"));
        assert!(is_plain(&"HTTP://ca.test/ca.crt"));
        let long = format!("http://{}", "a".repeat(LONGEST_URL));
        for url in [
            "https://ca.test/",
            "ldap://ca.test/",
            "http://a b/",
            "http://\u{1b}[2J",
            "",
            &long,
        ] {
            assert!(!is_plain(&url), "{url}");
        }
    }
}
