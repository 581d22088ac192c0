//! What the authority may ask for, as long as it may.

use crate::failure::Failure;
use arc_swap::ArcSwap;
use handfast::connection::{ClientHelloView, Question};
use handfast::stream::now;
use handfast::{Answer, Credential, Fault, Server, ServerConfig};
use handfast_acme::client::{ALPN_PROTOCOL, Proof};
use handfast_tokio::Answering;
use std::collections::HashMap;
use std::sync::Arc;

/// Answers that are ready.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    /// By the server's name that the authority asks for.
    by_name: ArcSwap<HashMap<String, Server>>,
    /// By the path that it asks for.
    by_path: ArcSwap<HashMap<String, String>>,
}

impl Challenges {
    /// Whether a handshake may be one of the authority's.
    pub(crate) fn awaits_handshakes(&self) -> bool {
        !self.by_name.load().is_empty()
    }

    pub(super) fn show_certificate(&self, proof: &Proof) -> Result<(), Failure> {
        let failed = |why: &dyn std::fmt::Display| {
            let message = format!("the answer for {}: {why}", proof.name);
            Failure::new(crate::exit::Exit::Bad, "challenge", "acme", message)
        };
        let issued = proof
            .certificate(now().unix_s())
            .map_err(|fault| failed(&fault))?;
        let (chain, key) = issued.into_parts();
        let credential = Credential::new(chain, key).map_err(|fault| failed(&fault))?;
        let mut config = ServerConfig::new(credential);
        // RFC 8737 section 3: this protocol and no other, and nobody comes back by a ticket.
        config.common.alpn = vec![ALPN_PROTOCOL.to_vec()];
        config.tickets = 0;
        let server = config.check().map_err(|fault| failed(&fault))?;
        self.by_name.rcu(|shown| {
            let mut shown = HashMap::clone(shown);
            shown.insert(proof.server_name(), server.clone());
            shown
        });
        Ok(())
    }

    pub(super) fn hide_certificate(&self, proof: &Proof) {
        self.by_name.rcu(|shown| {
            let mut shown = HashMap::clone(shown);
            shown.remove(&proof.server_name());
            shown
        });
    }

    pub(super) fn show_file(&self, proof: &Proof) {
        self.by_path.rcu(|shown| {
            let mut shown = HashMap::clone(shown);
            shown.insert(proof.http_path(), proof.key_authorization.clone());
            shown
        });
    }

    pub(super) fn hide_file(&self, proof: &Proof) {
        self.by_path.rcu(|shown| {
            let mut shown = HashMap::clone(shown);
            shown.remove(&proof.http_path());
            shown
        });
    }

    /// What lies at a path.
    pub(super) fn file(&self, path: &str) -> Option<String> {
        self.by_path.load().get(path).cloned()
    }

    /// The answer to the authority's handshake, if it is one.
    fn server(&self, hello: &ClientHelloView<'_>) -> Option<Server> {
        // RFC 8737 section 4: that protocol alone.
        let mut offered = hello.alpn();
        if offered.next() != Some(ALPN_PROTOCOL) || offered.next().is_some() {
            return None;
        }
        let name = hello.server_name()?.to_ascii_lowercase();
        self.by_name.load().get(&name).cloned()
    }
}

/// Chooses by what a client offers: the authority gets its answer, everybody else `server`, and
/// while there is none a refusal.
pub(crate) fn choosing(
    challenges: Arc<Challenges>,
    server: Option<Server>,
) -> impl Fn(Question<'_>) -> Answering + Send + Sync {
    move |question| {
        let answer = match question {
            Question::Config { client_hello } => {
                let chosen = challenges.server(&client_hello).or_else(|| server.clone());
                chosen.map_or(Answer::Refused(Fault::ServerNameUnknown), Answer::Config)
            }
            _ => Answer::Failed,
        };
        Box::pin(std::future::ready(answer))
    }
}
