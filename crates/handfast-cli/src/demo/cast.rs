//! The cast: authorities, certificates and configs, all made in memory.

use crate::demo::side::Side;
use handfast::config::{ClientAuth, Common, SystemEntropy, Trust};
use handfast::obsolete::Policy;
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{
    CipherSuite, Client, ClientConfig, Credential, ProtocolVersion, Server, ServerConfig, stream,
};
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
use handfast_pki::roots::Roots;
use std::sync::Arc;

/// The authority that the demo's clients and servers trust.
pub(super) const ROOT: &str = "Demo root";
/// One that nobody trusts.
pub(super) const STRANGER: &str = "Mallory’s root";
/// The host that all certificates of servers name.
pub(super) const HOST: &str = "localhost";
/// The client with a certificate.
pub(super) const CLIENT: &str = "Ada";

/// On what terms the two meet.
#[derive(Default)]
pub(super) struct Terms {
    /// The client knows nothing newer than TLS 1.2.
    pub(super) is_older: bool,
    /// The server lets in only clients of the root, and the client can show that it is one.
    pub(super) mutual: bool,
    /// What the two keep to come back by.
    pub(super) kept: Option<Kept>,
    /// The two speak this and nothing else, and show how their keys come about.
    pub(super) lesson: Option<Lesson>,
}

/// What is named beyond what is current.
#[derive(Clone, Copy)]
pub(super) struct Lesson {
    pub(super) version: ProtocolVersion,
    pub(super) suite: CipherSuite,
    pub(super) policy: &'static Policy,
}

impl Lesson {
    fn teach(self, common: &mut Common, side: &Arc<Side>) {
        common.allow_obsolete(self.policy);
        common.versions = vec![self.version];
        common.suites = vec![self.suite];
        common.danger_key_calculation = Some(side.clone());
        if self.version == ProtocolVersion::SSL_3_0 {
            // There are no extensions to speak of it by.
            common.alpn.clear();
        }
    }
}

/// What the two keep from one connection to the next.
pub(super) struct Kept {
    sessions: Arc<MemoryStore>,
    tickets: Option<Arc<TicketKeys>>,
    cache: Option<Arc<SessionCache>>,
}

impl Kept {
    /// The client keeps what the server has sealed.
    ///
    /// # Errors
    /// In words, why there are no keys to seal with.
    pub(super) fn tickets() -> Result<Self, String> {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), stream::now()).map_err(words)?;
        Ok(Self {
            sessions: Arc::default(),
            tickets: Some(Arc::new(keys)),
            cache: None,
        })
    }

    /// The server remembers.
    pub(super) fn session_ids() -> Self {
        Self {
            sessions: Arc::default(),
            tickets: None,
            cache: Some(Arc::default()),
        }
    }
}

/// Who plays.
pub(super) struct Cast {
    authority: Authority,
    root: Roots,
    root_name: Vec<Vec<u8>>,
    server: Credential,
    impostor: Credential,
    client: Credential,
}

impl Cast {
    /// Makes two authorities and what they issue.
    ///
    /// # Errors
    /// In words, what could not be made.
    pub(super) fn make() -> Result<Self, String> {
        let (validity, kind, names) = (validity(), KeyKind::EcP256, names());
        let authority = |name| Authority::new(name, validity, kind).map_err(words);
        let (root, stranger) = (authority(ROOT)?, authority(STRANGER)?);
        let server = root.issue_server(&names, validity, kind).map_err(words)?;
        let impostor = stranger
            .issue_server(&names, validity, kind)
            .map_err(words)?;
        let client = root
            .issue_client(CLIENT, None, validity, kind)
            .map_err(words)?;
        let mut roots = Roots::new();
        roots.add(root.root_der().clone()).map_err(words)?;
        Ok(Self {
            root_name: roots.subjects().map(<[u8]>::to_vec).collect(),
            authority: root,
            root: roots,
            server: credential(server)?,
            impostor: credential(impostor)?,
            client: credential(client)?,
        })
    }

    /// A client that trusts the root.
    pub(super) fn client(&self, side: &Arc<Side>, terms: &Terms) -> Result<Client, String> {
        let mut config = ClientConfig::new(Trust::Roots(self.root.clone()));
        set_common(&mut config.common, side);
        if terms.is_older {
            config.common.versions = vec![ProtocolVersion::TLS_1_2];
        }
        if terms.mutual {
            config.credentials.push(self.client.clone());
        }
        if let Some(kept) = &terms.kept {
            config.sessions = Some(kept.sessions.clone());
        }
        if let Some(lesson) = terms.lesson {
            lesson.teach(&mut config.common, side);
        }
        config.check().map_err(words)
    }

    /// The server, which speaks all versions.
    pub(super) fn server(&self, side: &Arc<Side>, terms: &Terms) -> Result<Server, String> {
        let credential = match terms.lesson {
            None => self.server.clone(),
            Some(_) => self.rsa_server()?,
        };
        let mut config = ServerConfig::new(credential);
        set_common(&mut config.common, side);
        if let Some(lesson) = terms.lesson {
            lesson.teach(&mut config.common, side);
        }
        if let Some(kept) = &terms.kept {
            config.ticket_keys.clone_from(&kept.tickets);
            config.session_cache.clone_from(&kept.cache);
        }
        if terms.mutual {
            config.client_auth = ClientAuth::require(Trust::Roots(self.root.clone()));
            config.client_authorities.clone_from(&self.root_name);
        }
        config.check().map_err(words)
    }

    /// A certificate with a key that can be encrypted to. It takes a moment to make.
    fn rsa_server(&self) -> Result<Credential, String> {
        let kind = KeyKind::Rsa { bits: 2048 };
        let issued = self.authority.issue_server(&names(), validity(), kind);
        credential(issued.map_err(words)?)
    }

    /// A server with a certificate from the authority that nobody trusts.
    pub(super) fn impostor(&self, side: &Arc<Side>) -> Result<Server, String> {
        let mut config = ServerConfig::new(self.impostor.clone());
        set_common(&mut config.common, side);
        config.check().map_err(words)
    }
}

fn validity() -> Validity {
    Validity::days(stream::now().unix_s(), 30)
}

fn names() -> [AlternativeName; 2] {
    [
        AlternativeName::dns(HOST),
        AlternativeName::ip([127, 0, 0, 1]),
    ]
}

fn set_common(common: &mut Common, side: &Arc<Side>) {
    common.alpn = vec![b"http/1.1".to_vec()];
    // The default suites, the strongest first, so that a middleman has something to strike.
    common
        .suites
        .sort_by_key(|suite| *suite != CipherSuite::TLS_AES_256_GCM_SHA384);
    common.observer = Some(side.clone());
    common.key_log = Some(side.clone());
}

fn credential(issued: Issued) -> Result<Credential, String> {
    let (chain, key) = issued.into_parts();
    Credential::new(chain, key).map_err(words)
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
