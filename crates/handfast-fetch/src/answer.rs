//! A driver's answers: the verification of a handshake, with fetching.

use crate::fetcher::Fetcher;
use crate::outcome::Outcome;
use crate::wanted::Wanted;
use handfast::Answer;
use handfast::config::Exception;
use handfast::connection::Question;
use handfast_pki::verify::combined::outcome::CombinedVerdict;
use handfast_pki::verify::combined::rule::Combination;
use handfast_tokio::{Answerer, Answering};
use rustls_pki_types::CertificateDer;
use std::fmt;
use std::sync::Arc;

type Seen = Arc<dyn Fn(Outcome<CombinedVerdict>) + Send + Sync>;

/// Judges peers of a [`handfast_tokio::Connector`] whose config leaves that open
/// ([`handfast::config::Verification::ask`]). The handshake's deadline bounds the fetching too:
/// give it a little more time than [`crate::Limits::total`].
///
/// ```no_run
/// use handfast::{ClientConfig, config::Verification};
/// use handfast_fetch::{Fetcher, Verifier, Wanted};
/// use handfast_tokio::Connector;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let wanted = Wanted::server(handfast_trust::system()?);
/// let client = ClientConfig::with_verification(Verification::ask()).check()?;
/// let connector = Connector::new(client)?
///     .with_answerer(Verifier::new(Fetcher::new(), wanted));
/// # let _ = connector;
/// # Ok(()) }
/// ```
pub struct Verifier {
    fetcher: Fetcher,
    wanted: Arc<Wanted>,
    rule: Arc<Combination>,
    exceptions: Arc<[Exception]>,
    seen: Option<Seen>,
}

impl Verifier {
    /// One that asks this of every peer; servers must prove the name that was connected to, unless
    /// `wanted` names another.
    #[must_use]
    pub fn new(fetcher: Fetcher, wanted: Wanted) -> Self {
        Self {
            fetcher,
            wanted: Arc::new(wanted),
            rule: Arc::default(),
            exceptions: Arc::default(),
            seen: None,
        }
    }

    /// Judges by this rule instead of the chain alone. Where it asks for SCTs
    /// ([`Combination::asks_for_scts`]), the config must, too
    /// ([`handfast::ClientConfig::request_scts`]).
    #[must_use]
    pub fn with_rule(mut self, rule: Combination) -> Self {
        self.rule = Arc::new(rule);
        self
    }

    /// Lets peers in under these exceptions about certificates ([`handfast::config::Relaxed::is_judged`]),
    /// each of which is for one peer; the others belong into the config.
    #[must_use]
    pub fn with_exceptions(mut self, exceptions: impl Into<Arc<[Exception]>>) -> Self {
        self.exceptions = exceptions.into();
        self
    }

    /// Shows each outcome before the handshake hears of it.
    #[must_use]
    pub fn with_outcomes(
        mut self,
        seen: impl Fn(Outcome<CombinedVerdict>) + Send + Sync + 'static,
    ) -> Self {
        self.seen = Some(Arc::new(seen));
        self
    }
}

impl Answerer for Verifier {
    fn answer(&self, question: Question<'_>) -> Answering {
        let Question::VerifyPeer {
            chain,
            name,
            ocsp_response,
            sct_list,
            ..
        } = question
        else {
            return Box::pin(async { Answer::Failed });
        };
        let chain: Vec<CertificateDer<'static>> = chain.to_vec();
        let (name, staple) = (name.cloned(), ocsp_response.map(<[u8]>::to_vec));
        let sct_list = sct_list.map(<[u8]>::to_vec);
        let (fetcher, seen) = (self.fetcher.clone(), self.seen.clone());
        let (rule, exceptions) = (Arc::clone(&self.rule), Arc::clone(&self.exceptions));
        let mut wanted = Arc::clone(&self.wanted);
        Box::pin(async move {
            if wanted.name.is_none() {
                Arc::make_mut(&mut wanted).name = name;
            }
            let (staple, sct_list) = (staple.as_deref(), sct_list.as_deref());
            let outcome = fetcher
                .verify_excepted(&wanted, &exceptions, &rule, &chain, staple, sct_list)
                .await;
            let answer = match &outcome.result {
                Ok(combined) if !outcome.exceptions.is_empty() => Answer::PeerExcepted {
                    verdict: combined.verdict().cloned().map(Box::new),
                    exceptions: outcome.exceptions.clone(),
                },
                Ok(combined) => match combined.verdict() {
                    Some(verdict) => Answer::PeerVerified(Box::new(verdict.clone())),
                    // The rule holds by something else than a path.
                    None => Answer::PeerAccepted,
                },
                Err(rejection) => Answer::PeerRejected(rejection.clone()),
            };
            if let Some(seen) = seen {
                seen(outcome);
            }
            answer
        })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("fetcher", &self.fetcher)
            .field("mode", &self.wanted.mode)
            .finish_non_exhaustive()
    }
}
