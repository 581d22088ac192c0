//! One certificate of a path, and whom to ask about it.

use crate::content::{Body, Content, unreadable};
use crate::failed::Failed;
use crate::fetcher::Fetcher;
use crate::http::Ask;
use crate::kind::Kind;
use crate::round::Round;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast::config::{Entropy, SystemEntropy};
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use handfast_pki::verify::rejection::Place;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::VecDeque;
use std::sync::Arc;

/// Where a certificate stands: its index in the chain, and who issued it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) own: usize,
    pub(crate) issuer: Place,
}

/// A certificate of the path, the one that issued it, and whom to ask.
pub(crate) struct Link {
    pub(crate) spot: Spot,
    certificate: Vec<u8>,
    /// `None` where only its name and key are known: then no responder can be asked.
    issuer: Option<Vec<u8>>,
    /// Whom to ask, the best first.
    asks: VecDeque<Ask>,
    /// Where deltas are published, for when a complete CRL has come.
    deltas: Vec<Ask>,
    /// The nonce that goes along with OCSP requests.
    pub(crate) nonce: Option<Vec<u8>>,
    /// What came, from the first to the last.
    pub(crate) came: Vec<Arc<Content>>,
    /// What came from the cache, so that it may be asked for again.
    old: Vec<Ask>,
    /// Whether that was done.
    renewed: bool,
}

impl Link {
    pub(crate) fn new(
        spot: Spot,
        certificate: Vec<u8>,
        issuer: Option<Vec<u8>>,
        nonce: bool,
    ) -> Self {
        let drawn = nonce.then(fresh_nonce);
        // Without the nonce that was wanted no responder is asked: its answer could be any.
        let asked_of = issuer.clone().filter(|_| drawn != Some(None));
        let mut link = Self {
            spot,
            certificate,
            issuer,
            asks: VecDeque::new(),
            deltas: Vec::new(),
            nonce: drawn.flatten(),
            came: Vec::new(),
            old: Vec::new(),
            renewed: false,
        };
        link.deltas = deltas(&link.certificate);
        link.asks = asks(
            &link.certificate,
            asked_of.as_deref(),
            link.nonce.as_deref(),
        );
        link
    }

    /// Whether there is anything left to do.
    pub(crate) fn can_go_on(&self) -> bool {
        !self.asks.is_empty() || !self.old.is_empty() && !self.renewed
    }

    /// Asks one after the other until something comes. When all were asked and what the cache had
    /// was not enough, that is forgotten and fetched anew: whatever got into the cache, it does
    /// not stay in the way.
    pub(crate) async fn go_on(mut self, fetcher: &Fetcher, round: &Round) -> Self {
        if self.asks.is_empty() {
            self.renewed = true;
            for ask in core::mem::take(&mut self.old) {
                fetcher.forget(&ask).await;
                self.asks.push_back(ask);
            }
        }
        let place = Place::Sent(self.spot.own);
        while let Some(ask) = self.asks.pop_front() {
            let check = |content: &Content| match &content.body {
                Body::Response(bytes) => {
                    check_about(bytes, &self.certificate, self.issuer.as_deref())
                }
                _ => Ok(()),
            };
            let (outcome, origin) = fetcher.get(round, place, ask.clone(), check).await;
            match outcome {
                Ok(content) => {
                    let is_list = matches!(content.body, Body::Crls(_));
                    self.came.push(content);
                    if is_list {
                        self.ask_for_deltas(fetcher, round).await;
                    }
                    if origin.is_cache() {
                        self.old.push(ask);
                    }
                    break;
                }
                Err(failed) => {
                    let other = ask.otherwise.filter(|_| may_be_otherwise(&failed));
                    if let Some(other) = other {
                        self.asks.push_front(*other);
                    }
                }
            }
        }
        self
    }

    /// A complete CRL stands without its deltas too, so it does not matter if none comes.
    async fn ask_for_deltas(&mut self, fetcher: &Fetcher, round: &Round) {
        let place = Place::Sent(self.spot.own);
        for ask in core::mem::take(&mut self.deltas) {
            let (outcome, _) = fetcher.get(round, place, ask, |_| Ok(())).await;
            self.came.extend(outcome);
        }
    }
}

/// Where what has changed since the last complete CRL is published (RFC 5280 s4.2.1.15).
fn deltas(certificate: &[u8]) -> Vec<Ask> {
    let points = Certificate::parse(certificate).and_then(|view| view.freshest_crl());
    let points = points.unwrap_or_default();
    let urls = points.iter().flat_map(|point| {
        point.full_names().filter_map(|name| match name {
            GeneralName::Uri(url) => Some(url.to_owned()),
            _ => None,
        })
    });
    let asks = urls.map(|url| Ask::by_get(Kind::Crl, url));
    asks.take(DELTAS).collect()
}

/// Whether another way of asking may help.
fn may_be_otherwise(failed: &Failed) -> bool {
    matches!(
        failed,
        Failed::Status(_) | Failed::Unreadable { .. } | Failed::Responder(_)
    )
}

fn asks(certificate: &[u8], issuer: Option<&[u8]>, nonce: Option<&[u8]>) -> VecDeque<Ask> {
    let mut asks = VecDeque::new();
    let Ok(view) = Certificate::parse(certificate) else {
        return asks;
    };
    // URLs that cannot be read are none.
    let responders = view.ocsp_urls().unwrap_or_default();
    if let Some(request) = request(certificate, issuer, nonce) {
        let responders = responders.into_iter().take(RESPONDERS);
        asks.extend(responders.map(|url| ocsp(url, &request, nonce.is_none())));
    }
    let lists = view.crl_urls().unwrap_or_default();
    asks.extend(
        lists
            .into_iter()
            .take(LISTS)
            .map(|url| Ask::by_get(Kind::Crl, url)),
    );
    asks
}

fn request(certificate: &[u8], issuer: Option<&[u8]>, nonce: Option<&[u8]>) -> Option<Vec<u8>> {
    let certificate = Certificate::parse(certificate).ok()?;
    let issuer = Certificate::parse(issuer?).ok()?;
    Some(ocsp_request(&certificate, &issuer, IdHash::Sha1, nonce))
}

/// RFC 5019 s5: by GET where it is short, so that answers can be kept on the way; a nonce wants
/// an answer of its own, so it goes by POST.
fn ocsp(url: &str, request: &[u8], keep: bool) -> Ask {
    let text = STANDARD.encode(request);
    let text = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    let short = text.len() <= GET_BYTES && !url.contains(['?', '#']);
    let by_post = Ask {
        kind: Kind::Ocsp,
        url: url.to_owned(),
        body: Some(request.to_vec()),
        keep,
        otherwise: None,
    };
    if !(short && keep) {
        return by_post;
    }
    let url = format!("{}/{text}", url.trim_end_matches('/'));
    Ask {
        // Not every responder takes a GET (RFC 6960 appendix A.1).
        otherwise: Some(Box::new(by_post)),
        ..Ask::by_get(Kind::Ocsp, url)
    }
}

/// A response about another certificate is no answer.
fn check_about(bytes: &[u8], certificate: &[u8], issuer: Option<&[u8]>) -> Result<(), Failed> {
    let basic = match OcspResponse::parse(bytes).map_err(unreadable)? {
        OcspResponse::Basic(basic) => basic,
        OcspResponse::Refused(status) => return Err(Failed::Responder(status)),
    };
    let certificate = Certificate::parse(certificate).map_err(unreadable)?;
    let issuer = Certificate::parse(issuer.unwrap_or_default()).map_err(unreadable)?;
    if basic
        .responses()
        .any(|one| one.id.is(&certificate, &issuer))
    {
        Ok(())
    } else {
        Err(unreadable("it is about other certificates"))
    }
}

/// RFC 9654 s2.1: 32 bytes. Without randomness there is no nonce, and with that no answer to it.
fn fresh_nonce() -> Option<Vec<u8>> {
    let mut nonce = vec![0; 32];
    SystemEntropy.fill(&mut nonce).ok()?;
    Some(nonce)
}

/// RFC 5019 s5: longer requests go by POST.
const GET_BYTES: usize = 255;
/// Of a certificate's responders and lists, so many are asked.
const RESPONDERS: usize = 2;
const LISTS: usize = 4;
const DELTAS: usize = 2;
