//! A verification that may fetch: the path first, then what its certificates' revocation needs.

use crate::content::Body;
use crate::fetcher::Fetcher;
use crate::http::Ask;
use crate::kind::Kind;
use crate::link::{Link, Spot};
use crate::outcome::Outcome;
use crate::round::Round;
use crate::wanted::Wanted;
use handfast::config::{Exception, Leniency};
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::kept::KeptCrl;
use handfast_pki::roots::Roots;
use handfast_pki::verify::combined::evaluation::{anchors, verify_combined};
use handfast_pki::verify::combined::outcome::CombinedVerdict;
use handfast_pki::verify::combined::rule::{Combination, Evidence};
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::{Place, Rejection};
use handfast_pki::verify::revocation::{Mode, OcspAnswer, Revocation, Status};
use handfast_pki::verify::{Request, Verdict, verify};
use rustls_pki_types::CertificateDer;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;

type Judged = Result<Verdict, Box<Rejection>>;
type Combined = Result<CombinedVerdict, Box<Rejection>>;

impl Fetcher {
    /// Judges a peer's certificates, and fetches what that takes: issuers that are missing, then
    /// an OCSP response or a CRL for each certificate of the path whose status is not known from
    /// the staple and the CRLs at hand. It ends within [`crate::Limits::total`], with what is
    /// known by then.
    ///
    /// ```no_run
    /// use handfast_fetch::{Fetcher, Wanted};
    /// # async fn example(roots: handfast::Roots, chain: Vec<rustls_pki_types::CertificateDer<'static>>) {
    /// let fetcher = Fetcher::new();
    /// let outcome = fetcher.verify(&Wanted::server(roots), &chain, None).await;
    /// for tried in &outcome.tried {
    ///     println!("{tried}");
    /// }
    /// # }
    /// ```
    pub async fn verify(
        &self,
        wanted: &Wanted,
        chain: &[CertificateDer<'_>],
        staple: Option<&[u8]>,
    ) -> Outcome {
        let mut case = Case::new(self, wanted, chain, staple);
        let result = case.run(&mut Vec::new()).await;
        case.ended(result, chain.len())
    }

    /// As [`Fetcher::verify`], by a combination of rules instead of the chain alone. Everything
    /// is fetched that its paths need, and nothing where it holds without. `sct_list` is what came
    /// in the handshake, as in [`Evidence`].
    pub async fn verify_combined(
        &self,
        wanted: &Wanted,
        rule: &Combination,
        chain: &[CertificateDer<'_>],
        staple: Option<&[u8]>,
        sct_list: Option<&[u8]>,
    ) -> Outcome<CombinedVerdict> {
        self.verify_excepted(wanted, &[], rule, chain, staple, sct_list)
            .await
    }

    /// As [`Fetcher::verify_combined`]; what is refused is judged again under those of the exceptions
    /// that are for this peer and answer why, within the same limits. [`Wanted::name`] is by which they
    /// know a server. Those that were needed are in [`Outcome::exceptions`].
    pub async fn verify_excepted(
        &self,
        wanted: &Wanted,
        exceptions: &[Exception],
        rule: &Combination,
        chain: &[CertificateDer<'_>],
        staple: Option<&[u8]>,
        sct_list: Option<&[u8]>,
    ) -> Outcome<CombinedVerdict> {
        let mut case = Case::new(self, wanted, chain, staple);
        let mut result = case.run_combined(rule, sct_list).await;
        let leaf = chain.first().map(AsRef::as_ref);
        let now = handfast::Now {
            unix_ms: u64::try_from(case.at_unix_s).unwrap_or_default() * 1000,
            ..handfast::Now::default()
        };
        let mut leniency = Leniency::new(exceptions, wanted.name.as_ref(), leaf, now);
        while let Err(refused) = &result
            && let Some(loosened) = leniency.after(refused)
        {
            case.wanted = Cow::Owned(wanted.under(&loosened));
            case.roots = case.wanted.roots.clone();
            // What is not known now was asked for before.
            let was_asked = matches!(refused.reason(), Reason::RevocationUnknown { .. });
            let mode = case.wanted.mode;
            result = match was_asked {
                true => case.judge_combined(rule, sct_list, mode, &case.came),
                false => case.run_combined(rule, sct_list).await,
            };
        }
        let needed = match &result {
            Ok(_) => leniency.needed(),
            Err(_) => Vec::new(),
        };
        Outcome {
            exceptions: needed,
            ..case.ended(result, chain.len())
        }
    }
}

/// One verification.
struct Case<'c> {
    fetcher: &'c Fetcher,
    wanted: Cow<'c, Wanted>,
    /// Whom the path that is sought ends at.
    roots: Roots,
    staple: Option<&'c [u8]>,
    at_unix_s: i64,
    round: Arc<Round>,
    chain: Vec<Vec<u8>>,
    /// What came about the certificates of all paths.
    came: Vec<Link>,
}

impl<'c> Case<'c> {
    fn new(
        fetcher: &'c Fetcher,
        wanted: &'c Wanted,
        chain: &[CertificateDer<'_>],
        staple: Option<&'c [u8]>,
    ) -> Self {
        Self {
            fetcher,
            wanted: Cow::Borrowed(wanted),
            roots: wanted.roots.clone(),
            staple,
            at_unix_s: fetcher.now(),
            round: Arc::new(Round::new(fetcher.limits())),
            chain: chain.iter().map(|one| one.to_vec()).collect(),
            came: Vec::new(),
        }
    }

    fn ended<V>(self, result: Result<V, Box<Rejection>>, sent: usize) -> Outcome<V> {
        Outcome {
            result,
            tried: self.round.tried(),
            chain: self.chain.into_iter().map(CertificateDer::from).collect(),
            sent,
            exceptions: Vec::new(),
        }
    }

    /// Leaves in `links` what came about the certificates of the path.
    async fn run(&mut self, links: &mut Vec<Link>) -> Judged {
        let verdict = self.find_path().await?;
        if self.wanted.mode == Mode::Off {
            return Ok(verdict);
        }
        loop {
            let (judged, open) = self.judge_all(links);
            for spot in open.iter().copied() {
                self.add_link(links, spot);
            }
            let (going_on, rest): (Vec<_>, Vec<_>) = std::mem::take(links)
                .into_iter()
                .partition(|link| open.contains(&link.spot) && link.can_go_on());
            *links = rest;
            if going_on.is_empty() {
                return judged;
            }
            links.extend(self.go_on(going_on).await);
        }
    }

    /// Each path that the rule may seek is looked for and asked about as if it stood alone; the
    /// rule judges at the end, with everything that came.
    async fn run_combined(&mut self, rule: &Combination, sct_list: Option<&[u8]>) -> Combined {
        let mode = self.wanted.mode;
        let strictly = match mode {
            Mode::Off => Mode::Off,
            _ => Mode::HardFail,
        };
        if let Ok(verdict) = self.judge_combined(rule, sct_list, strictly, &[]) {
            return Ok(verdict);
        }
        // An issuer that was fetched may be the one that a record of the zone's means.
        for _ in 0..2 {
            let before = self.chain.len();
            for roots in self.with_request(mode, &[], |request| anchors(rule, request)) {
                self.roots = roots;
                let mut own = Vec::new();
                // Whether this path holds is for the rule to say.
                let _ = self.run(&mut own).await;
                self.came.extend(own);
            }
            self.roots = self.wanted.roots.clone();
            if self.chain.len() == before {
                break;
            }
        }
        let judged = self.judge_combined(rule, sct_list, mode, &self.came);
        match &judged {
            // It names what is not known first; that something is revoked is worse.
            Err(rejection) if matches!(rejection.reason(), Reason::RevocationUnknown { .. }) => {
                let softly = self.judge_combined(rule, sct_list, Mode::SoftFail, &self.came);
                softly.and(judged)
            }
            _ => judged,
        }
    }

    /// A path, with issuers fetched where some are missing.
    async fn find_path(&mut self) -> Judged {
        let mut asked = HashSet::new();
        for _ in 0..self.round.limits.issuer_depth {
            let rejection = match self.judge(Mode::Off, &[]) {
                Ok(verdict) => return Ok(verdict),
                Err(rejection) => rejection,
            };
            if !self.wanted.fetch_issuers || !self.add_issuers(&rejection, &mut asked).await {
                return Err(rejection);
            }
        }
        self.judge(Mode::Off, &[])
    }

    /// Fetches the issuer that the rejection lacks; whether there is anything new.
    async fn add_issuers(&mut self, rejection: &Rejection, asked: &mut HashSet<String>) -> bool {
        for url in self.issuer_urls(rejection) {
            if !asked.insert(url.clone()) {
                continue;
            }
            let ask = Ask::by_get(Kind::Issuer, url);
            let place = rejection.place();
            let (outcome, _) = self.fetcher.get(&self.round, place, ask, |_| Ok(())).await;
            let before = self.chain.len();
            let content = outcome.as_ref().map(|content| &content.body);
            if let Ok(Body::Issuers { certificates, .. }) = content {
                for one in certificates.iter().take(ISSUERS) {
                    if !self.chain.iter().any(|known| **known == **one) {
                        self.chain.push(one.to_vec());
                    }
                }
            }
            if self.chain.len() > before {
                return true;
            }
        }
        false
    }

    /// Where the rejection says that issuers are published; else whatever stands there, so that
    /// it is told why that is not fetched.
    fn issuer_urls(&self, rejection: &Rejection) -> Vec<String> {
        let mut urls = rejection.missing_issuer_urls();
        if let (true, Place::Sent(index), Reason::UnknownIssuer { .. }) =
            (urls.is_empty(), rejection.place(), rejection.reason())
        {
            let certificate = self.chain.get(index);
            let certificate = certificate.and_then(|der| Certificate::parse(der).ok());
            let others = certificate.and_then(|one| one.ca_issuer_urls().ok());
            urls.extend(others.unwrap_or_default().into_iter().map(str::to_owned));
        }
        urls.truncate(ISSUER_URLS);
        urls
    }

    /// Whom to ask about the certificate at a spot, once. The anchor is believed as it is.
    fn add_link(&self, links: &mut Vec<Link>, spot: Spot) {
        let sent = |index: usize| self.chain.get(index).cloned();
        let issuer = match spot.issuer {
            Place::Sent(index) => sent(index),
            Place::Anchor(index) => self.roots.anchor(index).map(|one| one.to_vec()),
        };
        let known = links.iter().any(|link| link.spot == spot);
        if let Some(certificate) = sent(spot.own).filter(|_| !known) {
            let nonce = self.wanted.nonce;
            links.push(Link::new(spot, certificate, issuer, nonce));
        }
    }

    /// The judgement as asked for, and the certificates for which more should be fetched. Which
    /// path is judged may change with what is known: past a revoked one another is sought.
    fn judge_all(&self, links: &[Link]) -> (Judged, Vec<Spot>) {
        let judged = self.judge(self.wanted.mode, links);
        let open = match &judged {
            Ok(verdict) => unknown(verdict, None),
            Err(rejection) if matches!(rejection.reason(), Reason::RevocationUnknown { .. }) => {
                // It names the first; leniently judged, all are named.
                match self.judge(Mode::SoftFail, links) {
                    Ok(verdict) => unknown(&verdict, Some(rejection.place())),
                    Err(revoked) => return (Err(revoked), Vec::new()),
                }
            }
            Err(_) => Vec::new(),
        };
        (judged, open)
    }

    /// Each link's next question, all at the same time.
    async fn go_on(&self, links: Vec<Link>) -> Vec<Link> {
        let mut asking = JoinSet::new();
        for link in links {
            let (fetcher, round) = (self.fetcher.clone(), Arc::clone(&self.round));
            asking.spawn(async move { link.go_on(&fetcher, &round).await });
        }
        asking.join_all().await
    }

    fn judge(&self, mode: Mode, links: &[Link]) -> Judged {
        self.with_request(mode, links, verify)
    }

    fn judge_combined(
        &self,
        rule: &Combination,
        sct_list: Option<&[u8]>,
        mode: Mode,
        links: &[Link],
    ) -> Combined {
        self.with_request(mode, links, |request| {
            let request = *request;
            let judged = verify_combined(rule, &Evidence { request, sct_list });
            judged.map_err(|refusal| refusal.into_rejection())
        })
    }

    /// What is to be judged, with everything that came for these links.
    fn with_request<T>(
        &self,
        mode: Mode,
        links: &[Link],
        judge: impl FnOnce(&Request<'_>) -> T,
    ) -> T {
        let chain: Vec<&[u8]> = self.chain.iter().map(Vec::as_slice).collect();
        let known = self.wanted.known.as_ref().map(|known| known.snapshot());
        let (mut crls, mut responses, mut crl_issuers) = Default::default();
        if let Some(known) = known.as_ref().filter(|_| mode != Mode::Off) {
            crls = known.crls_about(&chain);
            responses = known.responses_about(&chain);
            crl_issuers = known.crl_issuers();
        }
        for link in links {
            let nonce = link.nonce.as_deref();
            for came in &link.came {
                match &came.body {
                    Body::Response(der) => responses.push(OcspAnswer { der, nonce }),
                    // What cannot be read was refused when it came.
                    Body::Crls(lists) => crls.extend(lists.iter().flat_map(KeptCrl::view)),
                    Body::Issuers { .. } => {}
                }
            }
        }
        let wanted = &*self.wanted;
        judge(&Request {
            chain: &chain,
            roots: &self.roots,
            purpose: wanted.purpose,
            key_usage: wanted.key_usage,
            name: wanted.name.as_ref(),
            at_unix_s: self.at_unix_s,
            policy: &wanted.policy,
            leaf_key: None,
            facts: wanted.facts.as_deref(),
            revocation: Revocation {
                mode,
                staple: self.staple,
                staple_asked: wanted.staple_asked,
                responses: &responses,
                crls: &crls,
                crl_issuers: &crl_issuers,
            },
        })
    }
}

/// The certificates of the verdict's path whose status is not known, and the one at `also`.
fn unknown(verdict: &Verdict, also: Option<Place>) -> Vec<Spot> {
    let path = verdict.path();
    let findings = verdict.revocation().iter();
    let places: Vec<Place> = findings
        .filter(|finding| finding.status == Status::Unknown)
        .map(|finding| finding.place)
        .chain(also)
        .collect();
    let mut spots = Vec::new();
    for (depth, own) in path.iter().copied().enumerate() {
        let issuer = match path.get(depth + 1) {
            Some(next) => Place::Sent(*next),
            None => Place::Anchor(verdict.anchor()),
        };
        if places.contains(&Place::Sent(own)) {
            spots.push(Spot { own, issuer });
        }
    }
    spots
}

/// Of the URLs of a missing issuer, and of the certificates behind one, so many are looked at.
const ISSUER_URLS: usize = 4;
const ISSUERS: usize = 8;
