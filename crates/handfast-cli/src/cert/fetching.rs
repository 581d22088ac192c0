//! What certificates say is published elsewhere, fetched where that is asked for.

use crate::talk::Talk;
use clap::Args;
use handfast::Roots;
use handfast_fetch::{Fetcher, Outcome, Reach, Wanted};
use handfast_pki::verify::Purpose;
use handfast_pki::verify::revocation::Mode;
use rustls_pki_types::CertificateDer;

/// The flags.
#[derive(Args, Clone, Debug)]
pub(crate) struct Fetching {
    /// Fetch what is missing from where the certificates say that it is published (http:// only)
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Fetch from private addresses and from any port too, which certificates may then choose
    #[arg(long, requires = "fetch")]
    fetch_private: bool,
}

impl Fetching {
    /// Who fetches, as if it were `at`.
    pub(crate) fn fetcher(&self, at: i64) -> Fetcher {
        let mut reach = Reach::default();
        if self.fetch_private {
            reach = reach.danger_private_addresses().danger_any_port();
        }
        Fetcher::builder().reach(reach).clock(move || at).build()
    }

    /// The issuers that a chain lacks, as far as they can be had; what was tried is told.
    pub(crate) async fn issuers(
        &self,
        chain: &[CertificateDer<'_>],
        roots: Roots,
        at: i64,
        talk: &Talk,
    ) -> Vec<CertificateDer<'static>> {
        let wanted = Wanted {
            purpose: Purpose::Any,
            key_usage: None,
            mode: Mode::Off,
            staple_asked: false,
            ..Wanted::server(roots)
        };
        let outcome = self.fetcher(at).verify(&wanted, chain, None).await;
        tell(&outcome, talk);
        outcome.chain.into_iter().skip(outcome.sent).collect()
    }
}

/// Tells what was fetched, or why it was not.
pub(crate) fn tell(outcome: &Outcome, talk: &Talk) {
    for one in &outcome.tried {
        talk.tell(&format!("fetched: {one}"));
    }
}
