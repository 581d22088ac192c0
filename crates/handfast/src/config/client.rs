//! The client's config.

use crate::config::common::Common;
use crate::config::common_plan::CommonPlan;
use crate::config::credential::Credential;
use crate::config::fault::ConfigFault;
use crate::config::psk::PreSharedKey;
use crate::config::psk_form::{PskForm, check_identities, shares_classic_key, spoken_forms};
use crate::config::remembered::Remembered;
#[cfg(feature = "legacy")]
use crate::config::safe_primes::SafePrimes;
use crate::config::verification::{Judge, Trust, Verification};
use crate::near::Shared;
use crate::session::{KeyRules, ScopeBase, Session, SessionStats, SessionStore, StoredSession};
#[cfg(feature = "legacy")]
use crate::suite::find_suite;
use crate::suite::{find_group, group_name};
use crate::time::Now;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_wire::registry::{NamedGroup, ProtocolVersion};
use smallvec::SmallVec;
use std::sync::{Arc, OnceLock};

/// Shared keys that a client offers, at most: a server tries few.
const MOST_KEYS: usize = 8;

/// What a client does. Every field may be set; [`ClientConfig::new`] is the safe choice.
///
/// ```
/// use handfast::{ClientConfig, config::Trust};
///
/// let mut config = ClientConfig::new(Trust::System);
/// config.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
/// let client = config.check()?;
/// # Ok::<(), handfast::ConfigFault>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// What clients and servers configure alike.
    pub common: Common,
    /// How the server's certificate is judged.
    pub verification: Verification,
    /// Signatures of servers' chains that were found right before: they are not
    /// checked again. Every name, date and rule is. `None`: all are checked each time.
    pub signature_facts: Option<Arc<SignatureFacts>>,
    /// Groups to send a share of in the first ClientHello. `None`: the first
    /// group, and where that is a hybrid, its classical part with the same key;
    /// for a server that asked for another group last time, that one.
    pub key_shares: Option<Vec<NamedGroup>>,
    /// What may be shown to a server that asks, best first. Those below the
    /// authorities that the server names go before the others; where none suits
    /// what it asks for, none is shown.
    pub credentials: Vec<Credential>,
    /// Ask the caller for a credential (with [`crate::Ask::Credential`])
    /// instead of choosing from `credentials`.
    pub ask_for_credential: bool,
    /// Tell servers that they may ask for a certificate at any time after the handshake (TLS 1.3,
    /// RFC 8446 section 4.6.2). What they are shown then is chosen as in the handshake: from
    /// `credentials`, or by [`crate::Ask::Credential`], while their data goes on coming; an answer
    /// that was given is told by [`crate::Event::Renewed`]. Without it a server that asks is refused.
    /// Default: false.
    pub post_handshake_auth: bool,
    /// Where sessions are kept to come back to; `None`: every handshake is full.
    pub sessions: Option<Arc<dyn SessionStore>>,
    /// Ask the caller for a session (with [`crate::Ask::LoadSession`], before
    /// anything is sent) and give it new ones (with
    /// [`crate::Event::StoreSession`]), instead of a store.
    pub ask_for_sessions: bool,
    /// Keys that the server may be known to share, best first: eight at most. TLS 1.3 offers them all,
    /// behind a session; the server takes one of those, or goes for certificates.
    ///
    /// Before TLS 1.3, which takes the feature `legacy`, the first that is not imported is used, whatever
    /// hint the server gives: suites that take it are offered beside those with certificates, behind
    /// them: ECDHE-PSK with an AEAD, others by a policy of `obsolete`; where `common.suites` names such
    /// suites, those alone.
    pub psks: Vec<PreSharedKey>,
    /// Ask the caller for a shared key (with [`crate::Ask::Psk`]) instead of taking `psks`: for TLS 1.3
    /// before anything is sent, for older versions given the server's hint. A session of TLS 1.3 that
    /// began by a key is offered where the answer is a key of that name.
    pub ask_for_psk: bool,
    /// Only go on with a server that knows a shared key: one that shows a certificate instead is
    /// refused, and older versions are spoken with suites of shared keys alone.
    pub require_psk: bool,
    /// Let the server use a shared key without a key exchange beside it (psk_ke, RFC 8446 section
    /// 4.2.9): whoever gets to know the key later reads everything that was ever sent. For peers that
    /// can do nothing else. A session never goes on so. Default: false.
    pub danger_psk_without_key_exchange: bool,
    /// Judge the server by `verification` also where a session goes on: by the
    /// certificates, and the staples, that it showed when the session began. Without
    /// it the verdict of then stands. With it no early data is offered, since the verdict
    /// would come too late ([`crate::connection::EarlyDataReason::JudgedAgain`]).
    pub reverify_on_resume: bool,
    /// Tell the server whom we want to reach (SNI). Addresses are never sent.
    pub send_server_name: bool,
    /// Ask for a stapled OCSP response.
    pub request_ocsp: bool,
    /// Ask for signed certificate timestamps.
    pub request_scts: bool,
    /// Continue with a server that answers no offered application protocol.
    pub alpn_optional: bool,
    /// Send application data in TLS 1.2 before the server's Finished has come, a round trip early
    /// ([`crate::Event::MaySend`], RFC 7918): only in full handshakes with ephemeral keys and an
    /// AEAD. Whoever sits in between may have changed the handshake until then, and gets to see
    /// that data as far as he could make both ends agree on something weaker than they would have.
    /// The blocking stream and the asynchronous one wait for the end all the same. Default: false.
    pub false_start: bool,
    /// Offer early data (0-RTT, RFC 8446 section 2.3) where a session allows it: what is given to
    /// [`crate::Connection::send_replayable`] goes right behind the ClientHello, and whoever
    /// records it may have it done twice. Default: false.
    pub early_data: bool,
}

impl ClientConfig {
    /// TLS 1.3 and TLS 1.2 with the default suites and groups, the peer verified against `trust`.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self::with_verification(Verification::chain(trust))
    }

    /// As [`ClientConfig::new`], the peer judged by `verification`.
    #[must_use]
    pub fn with_verification(verification: Verification) -> Self {
        Self {
            common: Common::default(),
            verification,
            signature_facts: Some(Arc::default()),
            key_shares: None,
            credentials: Vec::new(),
            ask_for_credential: false,
            post_handshake_auth: false,
            sessions: None,
            ask_for_sessions: false,
            psks: Vec::new(),
            ask_for_psk: false,
            require_psk: false,
            danger_psk_without_key_exchange: false,
            reverify_on_resume: false,
            send_server_name: true,
            request_ocsp: true,
            request_scts: false,
            alpn_optional: true,
            false_start: false,
            early_data: false,
        }
    }

    /// What is for shared keys.
    fn check_keys(&self, common: &CommonPlan, forms: &[PskForm]) -> Result<(), ConfigFault> {
        if self.ask_for_psk && !self.psks.is_empty() {
            return Err(ConfigFault::TwoSources("shared keys"));
        }
        if self.psks.len() > MOST_KEYS {
            return Err(ConfigFault::ListTooLong("shared keys"));
        }
        check_identities(&self.psks)?;
        let is_there = self.ask_for_psk || !self.psks.is_empty();
        let without = self.danger_psk_without_key_exchange;
        for (is_set, set) in [
            (self.require_psk, "require_psk"),
            (without, "danger_psk_without_key_exchange"),
        ] {
            if is_set && !is_there {
                let needs = "shared keys";
                return Err(ConfigFault::Useless { set, needs });
            }
        }
        // Nothing could come of it: TLS 1.3 has no suite for any of the keys.
        let none = self.require_psk && !self.ask_for_psk && forms.is_empty();
        if none && common.speaks(ProtocolVersion::TLS_1_3) {
            return Err(ConfigFault::PskHashUnspoken);
        }
        Ok(())
    }

    /// A server chooses the suite, and nothing proves that it is the one that was meant: anonymous suites
    /// stand alone, and where nobody is to be known.
    #[cfg(feature = "legacy")]
    fn check_anonymous(&self, set: &Common) -> Result<(), ConfigFault> {
        let known = set.suites.iter().filter_map(|suite| find_suite(*suite));
        let Some(first) = known.clone().find(|suite| suite.is_anonymous()) else {
            return Ok(());
        };
        if known.clone().any(|suite| !suite.is_anonymous()) {
            return Err(ConfigFault::SuiteUnjudgedBeside(first.code));
        }
        if !self.verification.takes_anyone() {
            return Err(ConfigFault::SuiteUnjudged(first.code));
        }
        Ok(())
    }

    /// What sessions are bound to. A caller who chooses the credential chooses anew each time.
    fn scope(&self) -> Option<ScopeBase> {
        let label = self.common.session_scope.as_deref();
        if self.ask_for_credential && label.is_none() {
            return None;
        }
        let keys = KeyRules {
            required: self.require_psk,
            danger_alone: self.danger_psk_without_key_exchange,
        };
        ScopeBase::of_client(&self.verification, &self.credentials, &self.common, keys)
    }

    /// Checks and seals the config.
    ///
    /// # Errors
    /// A [`ConfigFault`] that names what cannot work.
    pub fn check(mut self) -> Result<Client, ConfigFault> {
        self.verification.check()?;
        self.request_scts |= self.verification.asks_for_scts();
        let common = Shared::new(CommonPlan::check(
            self.common.clone(),
            self.require_psk,
            shares_classic_key(&self.psks, self.ask_for_psk),
        )?);
        if self.ask_for_sessions && self.sessions.is_some() {
            return Err(ConfigFault::TwoSources("sessions"));
        }
        let forms = spoken_forms(&common, &self.psks);
        self.check_keys(&common, &forms)?;
        #[cfg(feature = "legacy")]
        self.check_anonymous(&common.set)?;
        let mut key_shares = match &self.key_shares {
            Some(groups) => groups.clone(),
            None => default_shares(&self.common.groups),
        };
        if let Some(stray) = key_shares
            .iter()
            .find(|group| !self.common.groups.contains(group))
        {
            return Err(ConfigFault::KeyShareNotInGroups(*stray));
        }
        if key_shares
            .iter()
            .enumerate()
            .any(|(at, group)| key_shares.iter().take(at).any(|one| one == group))
        {
            return Err(ConfigFault::ListedTwice("key shares"));
        }
        // RFC 8446 s4.2.8: in the order of supported_groups.
        key_shares.sort_by_key(|group| self.common.groups.iter().position(|one| one == group));
        let system_roots = OnceLock::new();
        Ok(Client(Arc::new(Shared::new(ClientPlan {
            common,
            key_shares,
            remembered: Remembered::default(),
            #[cfg(feature = "legacy")]
            safe_primes: SafePrimes::default(),
            scope: self.scope(),
            forms,
            config: self,
            system_roots,
        }))))
    }
}

/// The first group and, where it is a hybrid whose classical part is offered
/// too, that part: it costs no second key.
fn default_shares(groups: &[NamedGroup]) -> Vec<NamedGroup> {
    let Some(first) = groups.first().copied() else {
        return Vec::new();
    };
    let classical = find_group(first)
        .and_then(handfast_crypto::agreement::Group::classical_part)
        .and_then(group_name)
        .filter(|part| groups.contains(part));
    core::iter::once(first).chain(classical).collect()
}

impl ClientPlan {
    /// True when sessions are kept, here or by the caller, and may be come back to.
    pub(crate) fn keeps_sessions(&self) -> bool {
        let kept = self.config.sessions.is_some() || self.config.ask_for_sessions;
        kept && self.scope.is_some()
    }

    /// Keeps a session in the store; without one, the caller is to keep it.
    pub(crate) fn keep(&self, server: &str, session: Session, now: Now) -> Option<StoredSession> {
        if let Some(store) = &self.config.sessions {
            store.put(server, session);
            return None;
        }
        let value = session.to_bytes().ok()?;
        Some(StoredSession {
            key: server.as_bytes().to_vec(),
            value: value.into(),
            lifetime_s: session.left_s(now),
        })
    }

    /// The groups of the first ClientHello's shares: the usual ones, and what
    /// this server asked for last time, unless the config names them. The usual
    /// ones stay, so that a server that has learnt a better group can take it.
    pub(crate) fn shares_for(&self, name: &ServerName) -> SmallVec<[NamedGroup; 4]> {
        let mut groups = SmallVec::from_slice(&self.key_shares);
        if let (ServerName::Dns(host), None) = (name, &self.config.key_shares)
            && let Some(asked) = self.remembered.group(host.as_str())
            && !groups.contains(&asked)
        {
            groups.push(asked);
        }
        // RFC 8446 s4.2.8: in the order of supported_groups.
        let order = &self.common.set.groups;
        groups.sort_by_key(|group| order.iter().position(|one| one == group));
        groups
    }

    /// A handshake that needed a HelloRetryRequest is done.
    pub(crate) fn remember_retry(&self, name: &ServerName, group: NamedGroup) {
        if let ServerName::Dns(host) = name {
            self.remembered.remember(host.as_str(), group);
        }
    }
}

/// A checked client config. Cheap to clone; never changes.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) Arc<Shared<ClientPlan>>);

#[derive(Debug)]
pub(crate) struct ClientPlan {
    pub(crate) common: Shared<CommonPlan>,
    pub(crate) key_shares: Vec<NamedGroup>,
    pub(crate) remembered: Remembered,
    /// Primes of servers that were found to be safe.
    #[cfg(feature = "legacy")]
    pub(crate) safe_primes: SafePrimes,
    /// Nothing: no session goes on under this config.
    pub(crate) scope: Option<ScopeBase>,
    /// The shared keys, as they are offered.
    pub(crate) forms: Vec<PskForm>,
    pub(crate) config: ClientConfig,
    pub(crate) system_roots: OnceLock<Roots>,
}

impl Client {
    /// What was counted ([`Common::counters`]): the numbers of Python's `session_stats()`.
    #[must_use]
    pub fn session_stats(&self) -> SessionStats {
        self.0.config.common.session_stats()
    }

    /// True while the config names the system's trust store and nobody has loaded it.
    #[must_use]
    pub fn needs_system_roots(&self) -> bool {
        self.0.config.verification.wants_system() && self.0.system_roots.get().is_none()
    }

    /// Hands over the system's trust store, once; a driver does this.
    pub fn set_system_roots(&self, roots: Roots) {
        // A second driver may have been faster: both read the same store.
        let _ = self.0.system_roots.set(roots);
    }
}

impl Verification {
    pub(crate) fn wants_system(&self) -> bool {
        matches!(&self.judge, Judge::Chain(rules) if matches!(rules.trust, Trust::System))
    }
}
