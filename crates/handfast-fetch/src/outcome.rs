//! What came of a verification.

use crate::tried::Tried;
use handfast::config::Exception;
use handfast_pki::verify::Verdict;
use handfast_pki::verify::rejection::Rejection;
use rustls_pki_types::CertificateDer;

/// What came of a verification, and what was fetched for it.
#[derive(Debug)]
pub struct Outcome<V = Verdict> {
    /// The verdict, or why there is none. Its indices are those of [`Outcome::chain`].
    pub result: Result<V, Box<Rejection>>,
    /// Every fetch, in the order in which they ended.
    pub tried: Vec<Tried>,
    /// What the peer sent, and behind that the issuers that were fetched.
    pub chain: Vec<CertificateDer<'static>>,
    /// How many of them the peer sent.
    pub sent: usize,
    /// The exceptions that the verdict needed ([`crate::Fetcher::verify_excepted`]).
    pub exceptions: Vec<Exception>,
}
