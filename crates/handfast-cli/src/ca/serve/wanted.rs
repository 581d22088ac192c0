//! Which path holds what. The same names stand in the certificates that the authority issues, so
//! they stay what they are.

use crate::ca::serve::asked::ocsp_request;
use handfast_ca_store::row::Level;
use std::collections::HashMap;

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The page for people.
    Page,
    /// Whether all is well, for programs that watch.
    Health,
    /// The responder itself, which takes requests by POST.
    Ocsp,
    /// The responder, with the request in the path.
    OcspRequest(Vec<u8>),
    /// The revocation list of an authority.
    List(Level, Form),
    /// The certificate of an authority.
    Certificate(Level, Form),
    /// All certificates from the one that issues up to the root, as PKCS #7.
    Chain,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As URLs in certificates ask for it (RFC 5280 sections 4.2.1.13 and 4.2.2.1).
    Der,
    /// As text.
    Pem,
}

/// Both authorities of a folder, the root first.
pub(crate) const LEVELS: [Level; 2] = [Level::Root, Level::Issuing];

/// As an authority's files are called.
pub(crate) fn name(level: Level) -> &'static str {
    match level {
        Level::Root => "root",
        Level::Issuing => "issuing",
    }
}

/// What lies at a path; `None`: nothing.
pub(crate) fn wanted(path: &str) -> Option<Wanted> {
    match path {
        "/" | "" => return Some(Wanted::Page),
        HEALTH => return Some(Wanted::Health),
        OCSP => return Some(Wanted::Ocsp),
        CHAIN => return Some(Wanted::Chain),
        _ => {}
    }
    for level in LEVELS {
        let rest = path.strip_prefix('/')?.strip_prefix(name(level));
        match rest {
            Some(".crl") => return Some(Wanted::List(level, Form::Der)),
            Some(".crl.pem") => return Some(Wanted::List(level, Form::Pem)),
            Some(".cer") => return Some(Wanted::Certificate(level, Form::Der)),
            Some(".pem") => return Some(Wanted::Certificate(level, Form::Pem)),
            _ => {}
        }
    }
    // RFC 6960 appendix A.1: the request stands behind the responder's URL and a slash. A URL
    // without a path is one too. What is no request there is answered as a bad one, not as nothing.
    if let Some(rest) = behind(OCSP, path) {
        return Some(responder(rest));
    }
    let request = ocsp_request(path)?;
    (request.first() == Some(&SEQUENCE)).then_some(Wanted::OcspRequest(request))
}

/// As [`wanted`], where certificates name other places too.
pub(super) fn found(path: &str, named: &HashMap<String, Wanted>) -> Option<Wanted> {
    if let Some(wanted) = named.get(path) {
        return Some(wanted.clone());
    }
    let responders = named.iter().filter(|(_, what)| **what == Wanted::Ocsp);
    let rests = responders.filter_map(|(place, _)| behind(place, path));
    // Of two that fit, the longer place.
    match rests.min_by_key(|rest| rest.len()) {
        Some(rest) => Some(responder(rest)),
        None => wanted(path),
    }
}

/// What stands behind a responder's place and a slash.
fn behind<'p>(place: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(place.trim_end_matches('/'))?;
    rest.strip_prefix('/')
}

fn responder(rest: &str) -> Wanted {
    match ocsp_request(rest) {
        Some(request) => Wanted::OcspRequest(request),
        None if rest.is_empty() => Wanted::Ocsp,
        None => Wanted::OcspRequest(Vec::new()),
    }
}

/// Where the responder is.
pub(crate) const OCSP: &str = "/ocsp";
/// Where the chain is.
pub(crate) const CHAIN: &str = "/chain.p7c";
/// Where programs ask whether all is well.
pub(crate) const HEALTH: &str = "/health";
/// What each OCSP request begins with.
const SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_that_is_told_leads_to_what_it_names() {
        assert_eq!(wanted(OCSP), Some(Wanted::Ocsp));
        assert_eq!(wanted("/ocsp/"), Some(Wanted::Ocsp));
        assert_eq!(wanted(CHAIN), Some(Wanted::Chain));
        assert_eq!(wanted(HEALTH), Some(Wanted::Health));
        for level in LEVELS {
            let list = Wanted::List(level, Form::Der);
            assert_eq!(wanted(&format!("/{}.crl", name(level))), Some(list));
            let certificate = Wanted::Certificate(level, Form::Der);
            assert_eq!(wanted(&format!("/{}.cer", name(level))), Some(certificate));
        }
        assert_eq!(
            wanted("/issuing.crl.pem"),
            Some(Wanted::List(Level::Issuing, Form::Pem))
        );
    }

    #[test]
    fn a_request_is_found_behind_the_responder_and_behind_the_bare_host() {
        let request = Wanted::OcspRequest(vec![0x30, 0x00]);
        assert_eq!(wanted("/ocsp/MAA="), Some(request.clone()));
        assert_eq!(wanted("/ocsp//MAA%3D"), Some(request.clone()));
        assert_eq!(wanted("/MAA="), Some(request));
        assert_eq!(wanted("/ocsp/?"), Some(Wanted::OcspRequest(Vec::new())));
    }

    #[test]
    fn a_request_is_found_behind_every_responder_that_certificates_name() {
        let named = ["/status", "/status/eu/", "/MA"].map(|place| (place.to_owned(), Wanted::Ocsp));
        let named = HashMap::from(named);
        let request = Some(Wanted::OcspRequest(vec![0x30, 0x00]));
        for path in [
            "/status/MAA=",
            "/status//MAA%3D",
            "/status/eu/MAA=",
            "/MA/MAA=",
            "/ocsp/MAA=",
            "/MAA=",
        ] {
            assert_eq!(found(path, &named), request, "{path}");
        }
        assert_eq!(found("/status", &named), Some(Wanted::Ocsp));
        assert_eq!(found("/status/", &named), Some(Wanted::Ocsp));
        assert_eq!(found("/statusMAA=", &named), None);
        assert_eq!(found("/status/MAA=", &HashMap::new()), None);
    }

    #[test]
    fn other_paths_hold_nothing() {
        for path in [
            "/root",
            "/root.crl/",
            "/ROOT.crl",
            "/x.cer",
            "//",
            "*",
            "/favicon.ico",
        ] {
            assert_eq!(wanted(path), None, "{path}");
        }
    }
}
