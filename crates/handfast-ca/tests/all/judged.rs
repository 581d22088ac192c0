//! What Handfast's verifier says of a chain.

use crate::NOW;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, Verdict, verify};
use rustls_pki_types::CertificateDer;

/// Whom to believe, what was sent and how it is judged.
pub(crate) struct Judge<'a> {
    pub(crate) root: &'a CertificateDer<'static>,
    pub(crate) chain: &'a [CertificateDer<'static>],
    pub(crate) purpose: Purpose,
    pub(crate) policy: Policy,
    pub(crate) revocation: Revocation<'a>,
    pub(crate) at_unix: u64,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        root: &'a CertificateDer<'static>,
        chain: &'a [CertificateDer<'static>],
    ) -> Self {
        Self {
            root,
            chain,
            purpose: Purpose::ServerAuth,
            policy: Policy::RFC5280,
            revocation: Revocation::default(),
            at_unix: NOW,
        }
    }

    pub(crate) fn verdict(&self, name: Option<&str>) -> Result<Verdict, Box<Rejection>> {
        let mut roots = Roots::new();
        roots.add(self.root.clone()).unwrap();
        let chain: Vec<&[u8]> = self.chain.iter().map(AsRef::as_ref).collect();
        let name = name.map(|name| ServerName::parse(name).unwrap());
        verify(&Request {
            chain: &chain,
            roots: &roots,
            purpose: self.purpose,
            key_usage: None,
            name: name.as_ref(),
            at_unix_s: i64::try_from(self.at_unix).unwrap(),
            policy: &self.policy,
            leaf_key: None,
            facts: None,
            revocation: self.revocation,
        })
    }
}
