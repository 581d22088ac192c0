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
///
/// A ClientHello that is encrypted (RFC 9849) is seen by what stands around it first, in which browsers offer
/// other protocols than the authority's; `server` opens it, and is then chosen again by what was in it. The authority's
/// own connections have no list to encrypt by, and no need to (RFC 8737 section 3).
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

#[cfg(test)]
mod tests {
    use super::*;
    use handfast::config::{Ech, Verification};
    use handfast::ech::{EchConfigList, EchKey, EchParameters, EchStatus};
    use handfast::{ClientConfig, ServerName};
    use handfast_acme::message::{ChallengeKind, Identifier};
    use handfast_ca::authority::Authority;
    use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
    use handfast_pki::certificate::Certificate;
    use handfast_tokio::{Acceptor, Connector};

    /// The protocol and the certificate's issuer that a client gets, or why it gets none.
    async fn shown(
        challenges: &Arc<Challenges>,
        server: Option<&Server>,
        name: &str,
        alpn: &[&[u8]],
    ) -> Result<(String, String), String> {
        let seen = hidden(challenges, server, name, alpn, Ech::Off).await;
        seen.map(|(alpn, issuer, _)| (alpn, issuer))
    }

    /// The same of a client that hides the name, and whether it was opened.
    async fn hidden(
        challenges: &Arc<Challenges>,
        server: Option<&Server>,
        name: &str,
        alpn: &[&[u8]],
        ech: Ech,
    ) -> Result<(String, String, EchStatus), String> {
        let mut config = ClientConfig::with_verification(Verification::danger_accept_anyone());
        config.common.alpn = alpn.iter().map(|name| name.to_vec()).collect();
        config.ech = ech;
        let connector = Connector::new(config.check().unwrap()).unwrap();
        let (client, host) = tokio::io::duplex(64 * 1024);
        let chooser = choosing(Arc::clone(challenges), server.cloned());
        let accepting = tokio::spawn(Acceptor::by_client_hello(chooser).accept(host));
        let name = ServerName::parse(name).unwrap();
        let connected = connector.connect(name, client).await;
        let _ = accepting.await.unwrap();
        let stream = connected.map_err(|failed| failed.to_string())?;
        let agreed = stream.negotiated().unwrap();
        let leaf = Certificate::parse(&agreed.peer_chain[0]).unwrap();
        let alpn = agreed.alpn.as_deref().unwrap_or_default();
        let alpn = String::from_utf8_lossy(alpn).into_owned();
        Ok((alpn, leaf.issuer().to_string(), agreed.ech))
    }

    fn usual() -> Server {
        usual_for(&["host.test"], Vec::new())
    }

    fn usual_for(names: &[&str], ech_keys: Vec<EchKey>) -> Server {
        let year = Validity::days(now().unix_s(), 365);
        let root = Authority::new("Root", year, KeyKind::EcP256).unwrap();
        let names: Vec<_> = names
            .iter()
            .map(|name| AlternativeName::dns(name))
            .collect();
        let issued = root.issue_server(&names, year, KeyKind::EcP256).unwrap();
        let (chain, key) = issued.into_parts();
        let mut config = ServerConfig::new(Credential::new(chain, key).unwrap());
        config.ech_keys = ech_keys;
        config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.check().unwrap()
    }

    #[tokio::test]
    async fn the_authority_alone_sees_the_answer_and_only_while_it_is_ready() {
        let challenges = Arc::<Challenges>::default();
        let proof = Proof {
            name: Identifier::Dns("host.test".to_owned()),
            kind: ChallengeKind::TlsAlpn01,
            token: "token".to_owned(),
            key_authorization: "token.thumb".to_owned(),
        };
        let usual = usual();
        let own = Some(&usual);
        let acme: &[&[u8]] = &[ALPN_PROTOCOL];
        assert!(shown(&challenges, own, "host.test", acme).await.is_err());
        challenges.show_certificate(&proof).unwrap();
        assert!(challenges.awaits_handshakes());
        let answer = ("acme-tls/1".to_owned(), "CN=ACME challenge".to_owned());
        assert_eq!(
            shown(&challenges, own, "HOST.test", acme).await,
            Ok(answer.clone())
        );
        assert_eq!(
            shown(&challenges, None, "host.test", acme).await,
            Ok(answer)
        );
        let page = ("h2".to_owned(), "CN=Root".to_owned());
        for offers in [
            &[b"h2".as_slice()][..],
            &[ALPN_PROTOCOL, b"h2"],
            &[b"h2", ALPN_PROTOCOL],
        ] {
            let seen = shown(&challenges, own, "host.test", offers).await;
            assert_eq!(seen, Ok(page.clone()), "{offers:?}");
        }
        assert!(shown(&challenges, own, "other.test", acme).await.is_err());
        let none = shown(&challenges, None, "host.test", &[b"h2"])
            .await
            .unwrap_err();
        assert!(none.contains("unrecognized_name"), "{none}");
        challenges.hide_certificate(&proof);
        assert!(!challenges.awaits_handshakes());
        assert!(shown(&challenges, own, "host.test", acme).await.is_err());
    }

    #[tokio::test]
    async fn while_an_answer_is_ready_what_clients_hide_is_opened_as_ever() {
        let challenges = Arc::<Challenges>::default();
        // For the very name that everybody sees.
        let proof = Proof {
            name: Identifier::Dns("public.test".to_owned()),
            kind: ChallengeKind::TlsAlpn01,
            token: "token".to_owned(),
            key_authorization: "token.thumb".to_owned(),
        };
        challenges.show_certificate(&proof).unwrap();
        let [key, other] =
            [1, 2].map(|id| EchKey::generate(&EchParameters::new(id, "public.test")).unwrap());
        let server = usual_for(&["host.test", "public.test"], vec![key.clone()]);
        let offers: &[&[u8]] = &[b"h2"];
        let list = |key: &EchKey| Ech::Configs(EchConfigList::of_keys([key]).unwrap());
        for (offers, issuer) in [(offers, "CN=Root"), (&[ALPN_PROTOCOL], "none")] {
            let seen = hidden(&challenges, Some(&server), "host.test", offers, list(&key)).await;
            match seen {
                Ok((_, from, ech)) => assert_eq!((&*from, ech), (issuer, EchStatus::Accepted)),
                Err(why) => assert_eq!(issuer, "none", "{why}"),
            }
        }
        // The control: what the server cannot open is not accepted.
        let seen = hidden(
            &challenges,
            Some(&server),
            "host.test",
            offers,
            list(&other),
        )
        .await;
        let why = seen.unwrap_err();
        assert!(
            why.contains("did not open the encrypted ClientHello"),
            "{why}"
        );
        let acme: &[&[u8]] = &[ALPN_PROTOCOL];
        let answer = ("acme-tls/1".to_owned(), "CN=ACME challenge".to_owned());
        let own = Some(&server);
        assert_eq!(
            shown(&challenges, own, "public.test", acme).await,
            Ok(answer)
        );
    }
}
