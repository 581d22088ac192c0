//! An authority, and servers below it whose certificates say where to ask.

use handfast_crypto::signature::PrivateKey;
use handfast_fetch::{Failed, Fetcher, FetcherBuilder, Limits, Outcome, Reach, Wanted};
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::revocation::Mode;
use handfast_testkit::made::certificate::{
    self, Draft, alternative_names, authority, dns, key, signs_all,
};
use handfast_testkit::made::der::{extension, extension_of, sequence};
use handfast_testkit::made::{crl, ocsp};
use rustls_pki_types::CertificateDer;
use std::time::Duration;

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const DAY: i64 = 24 * 3600;

/// Where a certificate says that there is more.
#[derive(Clone, Default)]
pub(crate) struct Where {
    pub(crate) ocsp: Vec<String>,
    pub(crate) issuer: Vec<String>,
    pub(crate) crl: Vec<String>,
    /// freshestCRL
    pub(crate) delta: Vec<String>,
}

impl Where {
    pub(crate) fn crl(url: impl Into<String>) -> Self {
        let crl = vec![url.into()];
        Self {
            crl,
            ..Self::default()
        }
    }

    pub(crate) fn ocsp(url: impl Into<String>) -> Self {
        let ocsp = vec![url.into()];
        Self {
            ocsp,
            ..Self::default()
        }
    }

    pub(crate) fn issuer(url: impl Into<String>) -> Self {
        let issuer = vec![url.into()];
        Self {
            issuer,
            ..Self::default()
        }
    }

    fn write(&self, mut draft: Draft) -> Draft {
        let access = |urls: &[String], last: u8| -> Vec<u8> {
            let method = [6, 8, 0x2b, 6, 1, 5, 5, 7, 48, last];
            let ways = urls
                .iter()
                .map(|url| sequence(&[&method, &certificate::uri(url)]));
            ways.collect::<Vec<_>>().concat()
        };
        if !self.ocsp.is_empty() || !self.issuer.is_empty() {
            let value = sequence(&[&access(&self.ocsp, 1), &access(&self.issuer, 2)]);
            draft = draft.with(extension_of(&[0x2b, 6, 1, 5, 5, 7, 1, 1], false, &value));
        }
        for (urls, arc) in [(&self.crl, 31), (&self.delta, 46)] {
            if !urls.is_empty() {
                let points = urls.iter().map(|url| sequence(&[&crl::full_name(url)]));
                let points = points.collect::<Vec<_>>().concat();
                draft = draft.with(extension(arc, false, &sequence(&[&points])));
            }
        }
        draft
    }
}

/// The root, with its key.
pub(crate) struct World {
    pub(crate) key: PrivateKey,
    pub(crate) root: Vec<u8>,
}

impl World {
    pub(crate) fn new() -> Self {
        let key = key();
        let root = Draft::new("root", "root", key.public_spki())
            .with(authority(None))
            .with(signs_all())
            .signed_by(&key);
        Self { key, root }
    }

    /// A server for localhost, of serial number 1.
    pub(crate) fn leaf(&self, there: &Where) -> Vec<u8> {
        leaf_by("root", &self.key, there)
    }

    pub(crate) fn roots(&self) -> Roots {
        let mut roots = Roots::new();
        roots.add(self.root.clone().into()).unwrap();
        roots
    }

    pub(crate) fn wanted(&self, mode: Mode) -> Wanted {
        Wanted {
            name: Some(ServerName::parse("localhost").unwrap()),
            mode,
            ..Wanted::server(self.roots())
        }
    }

    /// An empty CRL of today.
    pub(crate) fn list(&self) -> crl::Draft {
        crl::Draft::new("root", NOW - DAY, NOW + DAY)
    }

    pub(crate) fn good_list(&self) -> Vec<u8> {
        self.list().signed_by(&self.key)
    }

    pub(crate) fn revoking_list(&self) -> Vec<u8> {
        let entry = crl::entry(&[1], NOW - DAY, &[crl::reason(1)]);
        self.list().and(entry).signed_by(&self.key)
    }

    /// "good" of serial number 1, today.
    pub(crate) fn response(&self) -> ocsp::Draft {
        ocsp::Draft::new(&self.root, "root", &[1], NOW - DAY, NOW + DAY)
    }

    pub(crate) fn good_response(&self) -> Vec<u8> {
        self.response().signed_by(&self.key)
    }

    pub(crate) fn revoking_response(&self) -> Vec<u8> {
        let revoked = ocsp::revoked(NOW - DAY, 1);
        self.response().saying(&revoked).signed_by(&self.key)
    }

    /// The verification of one leaf alone.
    pub(crate) async fn verify(&self, fetcher: &Fetcher, mode: Mode, leaf: &[u8]) -> Outcome {
        let chain = [CertificateDer::from(leaf.to_vec())];
        fetcher.verify(&self.wanted(mode), &chain, None).await
    }

    /// The verification, under hard-fail, of a leaf whose CRL is at `url`.
    pub(crate) async fn hard(&self, fetcher: &Fetcher, url: impl Into<String>) -> Outcome {
        let leaf = self.leaf(&Where::crl(url));
        self.verify(fetcher, Mode::HardFail, &leaf).await
    }
}

/// An authority below another.
pub(crate) fn intermediate(
    name: &str,
    own: &PrivateKey,
    issuer: (&str, &PrivateKey),
    there: &Where,
) -> Vec<u8> {
    let draft = Draft::new(name, issuer.0, own.public_spki())
        .numbered(&[2])
        .with(authority(None))
        .with(signs_all());
    there.write(draft).signed_by(issuer.1)
}

pub(crate) fn leaf_by(issuer: &str, signer: &PrivateKey, there: &Where) -> Vec<u8> {
    let draft = Draft::new("leaf", issuer, key().public_spki())
        .with(alternative_names(&[dns("localhost")]))
        .with(certificate::purpose(1));
    there.write(draft).signed_by(signer)
}

/// Limits that a test can wait for.
pub(crate) fn short() -> Limits {
    Limits {
        request: Duration::from_millis(1_500),
        total: Duration::from_secs(4),
        crl_bytes: 100_000,
        ..Limits::default()
    }
}

/// A fetcher that may ask the tests' servers.
pub(crate) fn builder() -> FetcherBuilder {
    Fetcher::builder()
        .limits(short())
        .reach(
            Reach::default()
                .danger_private_addresses()
                .danger_any_port(),
        )
        .clock(|| NOW)
}

pub(crate) fn fetcher() -> Fetcher {
    builder().build()
}

/// What came of each fetch: a word for a failure, else `ok`.
pub(crate) fn words(outcome: &Outcome) -> Vec<&'static str> {
    let tried = outcome.tried.iter();
    tried
        .map(|one| one.outcome.as_ref().map_or_else(Failed::word, |_| "ok"))
        .collect()
}

/// Where each was found.
pub(crate) fn origins(outcome: &Outcome) -> Vec<&'static str> {
    outcome.tried.iter().map(|one| one.origin.word()).collect()
}

/// The refusal in words; `good` if there is none.
pub(crate) fn said(outcome: &Outcome) -> String {
    match &outcome.result {
        Ok(_) => "good".to_owned(),
        Err(rejection) => rejection.reason().to_string(),
    }
}

/// What a status that stays unknown begins with.
pub(crate) const UNKNOWN: &str = "whether it is revoked cannot be said";
/// What a revoked certificate begins with.
pub(crate) const REVOKED: &str = "revoked on 2027-01-14T08:00:00Z (keyCompromise)";
