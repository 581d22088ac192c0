//! Chains that mean harm, and what a verifier made of one.

use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::rejection::Searched;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};

/// When all is judged: 2030-01-01.
pub(crate) const NOW: i64 = 1_893_456_000;

/// What a peer sent, its own certificate first, and whom we believe.
pub(crate) struct Chain {
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) name: Option<String>,
}

/// What came of it.
pub(crate) struct Judged {
    pub(crate) accepted: bool,
    /// The refusal's reason.
    pub(crate) reason: String,
    /// The refusal, as people see it.
    pub(crate) told: String,
    pub(crate) searched: Searched,
}

/// A verifier of chains.
pub(crate) type Verifier = fn(&Chain) -> Judged;

/// Ours.
pub(crate) fn ours(chain: &Chain) -> Judged {
    under(chain, &Policy::MODERN)
}

/// Ours with another policy.
pub(crate) fn under(chain: &Chain, policy: &Policy) -> Judged {
    let mut roots = Roots::new();
    for root in &chain.roots {
        roots.add(root.clone().into()).unwrap();
    }
    let sent: Vec<_> = chain.sent.iter().map(Vec::as_slice).collect();
    let name = chain
        .name
        .as_ref()
        .map(|name| ServerName::parse(name).unwrap());
    let answer = verify(&Request {
        chain: &sent,
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: name.as_ref(),
        at_unix_s: NOW,
        policy,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    });
    match answer {
        Ok(_) => Judged {
            accepted: true,
            reason: String::new(),
            told: String::new(),
            searched: Searched::default(),
        },
        Err(refused) => Judged {
            accepted: false,
            reason: refused.reason().to_string(),
            told: refused.to_string(),
            searched: refused.searched(),
        },
    }
}

/// A verifier that follows names and signatures, and looks at nothing else.
pub(crate) fn signatures_alone(chain: &Chain) -> Judged {
    use handfast_crypto::signature::SignatureAlgorithm;
    use handfast_pki::certificate::Certificate;
    let all = chain.sent.iter().chain(&chain.roots);
    let all: Vec<_> = all.filter_map(|der| Certificate::parse(der).ok()).collect();
    let signed = all.windows(2).all(|pair| {
        let [child, issuer] = pair else { return false };
        let algorithm = SignatureAlgorithm::EcdsaSha256;
        let key = issuer.public_key();
        key.is_ok_and(|key| {
            key.verify(algorithm, child.tbs(), child.signature())
                .is_ok()
        })
    });
    Judged {
        accepted: signed,
        reason: "a signature".to_owned(),
        told: String::new(),
        searched: Searched::default(),
    }
}
