//! What is asked of a peer.

use handfast::config::Loosened;
use handfast_pki::extension::KeyUsage;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::Purpose;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::RevocationStore;
use std::sync::Arc;

/// What is asked of a peer, and what may be fetched to find it out. Every field may be set;
/// [`Wanted::server`] is the usual choice.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whom to believe.
    pub roots: Roots,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// What the handshake does with the key.
    pub key_usage: Option<KeyUsage>,
    /// The name that the peer must prove.
    pub name: Option<ServerName>,
    /// What is accepted.
    pub policy: Policy,
    /// Signatures that were found right before.
    pub facts: Option<Arc<SignatureFacts>>,
    /// How much must be known about revocation. [`Mode::Off`] looks at the staple alone, and
    /// fetches neither CRLs nor OCSP responses.
    pub mode: Mode,
    /// Whether the peer was asked to staple: then it must, if its certificate binds it to
    /// (RFC 7633).
    pub staple_asked: bool,
    /// What is at hand: what it answers is not asked elsewhere.
    pub known: Option<Arc<RevocationStore>>,
    /// Fetch issuers that the peer did not send.
    pub fetch_issuers: bool,
    /// Send a nonce to OCSP responders, and take no answer without it. Few of those of the public
    /// web bear that: they sign their answers ahead.
    pub nonce: bool,
}

impl Wanted {
    /// A server below these roots, by the default policy; missing issuers and what revocation
    /// needs are fetched, and a status that stays unknown passes.
    #[must_use]
    pub fn server(roots: Roots) -> Self {
        Self {
            roots,
            purpose: Purpose::ServerAuth,
            key_usage: Some(KeyUsage::DIGITAL_SIGNATURE),
            name: None,
            policy: Policy::default(),
            facts: None,
            mode: Mode::SoftFail,
            staple_asked: true,
            known: None,
            fetch_issuers: true,
            nonce: false,
        }
    }

    /// The same, less strictly.
    pub(crate) fn under(&self, loosened: &Loosened<'_>) -> Self {
        Self {
            roots: loosened.roots().unwrap_or(&self.roots).clone(),
            name: loosened.name().or(self.name.as_ref()).cloned(),
            policy: loosened.policy(&self.policy).into_owned(),
            mode: loosened.mode(self.mode),
            ..self.clone()
        }
    }
}
