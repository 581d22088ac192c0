//! The client's config.

use crate::config::common::Common;
use crate::config::common_plan::{CommonPlan, group_belongs};
use crate::config::credential::Credential;
use crate::config::excepted::{Excepted, check_exceptions, relax, unfit};
use crate::config::exception::{Exception, Relaxed};
use crate::config::fault::ConfigFault;
use crate::config::psk::PreSharedKey;
use crate::config::psk_form::{PskForm, check_identities, shares_classic_key, spoken_forms};
use crate::config::remembered::Remembered;
#[cfg(feature = "legacy")]
use crate::config::safe_primes::SafePrimes;
use crate::config::verification::{Judge, Trust, Verification, check_type_list};
use crate::ech::{EchConfigList, EchTarget};
use crate::near::Shared;
use crate::session::{
    Judged, KeyRules, ScopeBase, Session, SessionStats, SessionStore, StoredSession,
};
#[cfg(feature = "legacy")]
use crate::suite::find_suite;
use crate::suite::{Family, find_group, group_name};
use crate::time::Now;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_wire::extension::TicketRequest;
use handfast_wire::registry::{CertificateType, NamedGroup, ProtocolVersion};
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
    /// What a server may show of itself, best first: X.509 certificates, raw public keys (RFC 7250), or
    /// both. Whatever stands here, `verification` must have something to judge it by.
    pub server_certificate_types: Vec<CertificateType>,
    /// Signatures of servers' chains that were found right before: they are not
    /// checked again. Every name, date and rule is. `None`: all are checked each time.
    pub signature_facts: Option<Arc<SignatureFacts>>,
    /// Groups to send a share of in the first ClientHello. `None`: the first
    /// group, and where that is a hybrid, its classical part with the same key;
    /// for a server that asked for another group last time, that one.
    pub key_shares: Option<Vec<NamedGroup>>,
    /// Groups that the server is known to take, as by a record of its in DNS
    /// (draft-ietf-tls-key-share-prediction): the first ClientHello has a share of the best group of this
    /// client's that is among them, and no other, whatever stands in `key_shares`. Where none is, it is as if
    /// nothing were known. Nobody has vouched for a hint: which groups are offered stays the same.
    pub known_server_groups: Vec<NamedGroup>,
    /// What may be shown to a server that asks, best first. Those below the
    /// authorities that the server names go before the others; where none suits
    /// what it asks for, none is shown.
    pub credentials: Vec<Credential>,
    /// Ask the caller for a credential (with [`crate::Ask::Credential`])
    /// instead of choosing from `credentials`.
    pub ask_for_credential: bool,
    /// Give the handshake up where the server asks who this client is and none of `credentials` suits what it
    /// takes, by the fault that says why, instead of showing nothing (RFC 8446 section 4.4.2) and leaving it to the
    /// server: for a client that is nobody without its certificate. Where there are no `credentials` it
    /// changes nothing; who is asked (`ask_for_credential`) decides alone. Default: false.
    pub insist_on_credential: bool,
    /// What a server is told that this client can show, best first: it chooses one of them before it
    /// asks. `None`: the types of `credentials`, in their order; X.509 where there are none, as for a
    /// caller who is asked.
    pub client_certificate_types: Option<Vec<CertificateType>>,
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
    /// would come too late ([`crate::connection::EarlyDataReason::JudgedAgain`]), unless it comes before.
    pub reverify_on_resume: bool,
    /// With `reverify_on_resume` and `early_data`: judge the server before anything is said, where early data
    /// may go to it, so that it does. Where the caller judges it is asked ([`crate::Ask::VerifyPeer`]) before
    /// the ClientHello. A server that is refused then is asked to show a certificate of today, without the
    /// session. One whose early data was not taken is judged once more, as without this. Default: false.
    pub judge_before_early_data: bool,
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
    /// Encrypted ClientHello (RFC 9849): whether whom the client asks for is hidden. Needs TLS 1.3.
    /// Default: off.
    pub ech: Ech,
    /// Show the application protocols in the ClientHello around an encrypted one too, as browsers do, and as
    /// a ClientHello by [`Ech::Grease`] does. Without it they are hidden, and that a ClientHello means
    /// what it has sealed shows. Default: true.
    pub ech_shows_alpn: bool,
    /// Say numbers that mean nothing beside those that are meant (GREASE, RFC 8701), so that servers
    /// stay tolerant of what is new: a cipher suite, a group with a share, a version, a signature
    /// scheme, a way to use shared keys, a protocol where any is offered, and two extensions; drawn
    /// anew for each connection. A server that chooses one of them is refused. Default: false.
    pub grease: bool,
    /// Say the extensions of each first ClientHello in another order, drawn from
    /// [`Common::entropy`], so that servers do not come to rely on one (RFC 8446 section 4.2 leaves it
    /// free). A second ClientHello keeps to the order of the first. Default: false.
    pub permute_extensions: bool,
    /// Refuse servers before TLS 1.3 that do not bind second handshakes to the first (RFC 5746 section
    /// 4.1): whoever sits in between could put words of its own before the client's. None is begun with
    /// them anyhow. Default: false.
    pub require_secure_renegotiation: bool,
    /// Say that an older version is tried because a newer one failed (TLS_FALLBACK_SCSV, RFC 7507), so
    /// that a server which knows a newer one refuses. For callers who try so; better is not to.
    /// Default: false.
    pub fallback: bool,
    /// How many tickets to ask a TLS 1.3 server for (RFC 9149). `None`: it is not asked, and gives as
    /// many as it likes. What it answers is [`crate::Negotiated::expected_tickets`].
    pub ticket_request: Option<TicketRequest>,
    /// Names among which sessions of TLS 1.3 may go on. Where the store has none for the name that is
    /// meant, and it stands here, one that began with another of these is offered: where its server has
    /// said that it may be ([`crate::session::Session::is_resumable_across_names`]), and the certificates
    /// that it showed then hold for the name that is meant now, by `verification`. Early data is not
    /// offered with it. The server learns by it that both connections come from one client. Sessions of
    /// a caller ([`ClientConfig::ask_for_sessions`], or who judges by [`Verification::ask`]) are for
    /// their name alone. Default: none.
    pub resume_across_names: Vec<ServerName>,
    /// Rules that are relaxed, each for one peer, for a reason, until a day. What a client offers under
    /// one, the other servers are not offered; a connection that needed one about certificates leaves no session.
    /// Which a connection needed is told by [`crate::Negotiated::exceptions`].
    pub exceptions: Vec<Exception>,
}

/// Whether whom the client asks for is hidden (RFC 9849).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ech {
    /// It is not.
    #[default]
    Off,
    /// It is not, and every ClientHello looks as if it were (RFC 9849 section 6.2): so that those in which
    /// it is do not stand out.
    Grease,
    /// It is, by the first of these configs that is usable. Who cannot open the ClientHello shows a
    /// certificate for the config's public name instead: then no data and no certificate is sent, the
    /// connection ends by [`crate::Fault::EchRejected`], and
    /// [`crate::Connection::ech_retry_configs`] tells what to try next.
    Configs(EchConfigList),
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
            server_certificate_types: verification.certificate_types(),
            verification,
            signature_facts: Some(Arc::default()),
            key_shares: None,
            credentials: Vec::new(),
            known_server_groups: Vec::new(),
            ask_for_credential: false,
            insist_on_credential: false,
            client_certificate_types: None,
            post_handshake_auth: false,
            sessions: None,
            ask_for_sessions: false,
            psks: Vec::new(),
            ask_for_psk: false,
            require_psk: false,
            danger_psk_without_key_exchange: false,
            reverify_on_resume: false,
            judge_before_early_data: false,
            send_server_name: true,
            request_ocsp: true,
            request_scts: false,
            alpn_optional: true,
            false_start: false,
            early_data: false,
            ech: Ech::Off,
            ech_shows_alpn: true,
            grease: false,
            permute_extensions: false,
            require_secure_renegotiation: false,
            fallback: false,
            ticket_request: None,
            resume_across_names: Vec::new(),
            exceptions: Vec::new(),
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

    /// What a server may show, and what it is told of what this client can show.
    fn check_types(&self) -> Result<Vec<CertificateType>, ConfigFault> {
        let accepted = &self.server_certificate_types;
        check_type_list(accepted, "certificate types of servers")?;
        self.verification.check_types(accepted)?;
        if let Some(own) = &self.client_certificate_types {
            check_type_list(own, "certificate types of clients")?;
            return Ok(own.clone());
        }
        let mut own = Vec::new();
        for one in self.credentials.iter().map(Credential::certificate_type) {
            if !own.contains(&one) {
                own.push(one);
            }
        }
        if own.is_empty() {
            own.push(CertificateType::X509);
        }
        Ok(own)
    }

    /// What is for Encrypted ClientHello.
    fn check_ech(&self, common: &CommonPlan) -> Result<Option<Arc<EchTarget>>, ConfigFault> {
        if self.ech != Ech::Off && !common.speaks(ProtocolVersion::TLS_1_3) {
            return Err(ConfigFault::Useless {
                set: "ech",
                needs: "TLS 1.3",
            });
        }
        let Ech::Configs(list) = &self.ech else {
            return Ok(None);
        };
        let target = list.target().cloned();
        target.map(Some).ok_or(ConfigFault::EchUnusable)
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
        let judged = Judged {
            verification: &self.verification,
            types: &self.server_certificate_types,
        };
        ScopeBase::of_client(&judged, &self.credentials, &self.common, keys)
    }

    /// Checks and seals the config.
    ///
    /// # Errors
    /// A [`ConfigFault`] that names what cannot work.
    pub fn check(self) -> Result<Client, ConfigFault> {
        check_exceptions(&self.exceptions, true, &[&self.verification])?;
        self.check_none_shows_beside_ech()?;
        let excepted = Excepted::of(&self.exceptions, |offered| self.sealed_under(offered))?;
        self.seal(Vec::new(), excepted)
    }

    /// What is offered to one server alone would stand in the outer ClientHello too, where it tells who is
    /// meant, and the public name would be proved by it.
    fn check_none_shows_beside_ech(&self) -> Result<(), ConfigFault> {
        let mut exceptions = self.exceptions.iter();
        let offered = exceptions.find(|exception| exception.relaxed().is_offered());
        match (&self.ech, offered) {
            (Ech::Configs(_), Some(exception)) => Err(unfit(
                exception,
                "beside an encrypted ClientHello it would show in the outer one which server is meant: use \
                 another config for that server, without ech",
            )),
            _ => Ok(()),
        }
    }

    /// The same config for a server for which these exceptions hold.
    fn sealed_under(&self, offered: &[Exception]) -> Result<Client, ConfigFault> {
        let mut config = self.clone();
        for exception in offered {
            relax(&mut config.common, exception)?;
        }
        let client = config.seal(offered.to_vec(), Excepted::default())?;
        for exception in offered {
            if let Relaxed::Version(version) = exception.relaxed()
                && !client.0.common.speaks(*version)
            {
                let why = "no suite or no group of the config belongs to it: relax one too";
                return Err(unfit(exception, why));
            }
        }
        Ok(client)
    }

    /// Checks and seals all but exceptions. `offered`: under which of them more is offered than
    /// the config's own lists; `excepted`: the plans of peers who have some.
    fn seal(
        mut self,
        offered: Vec<Exception>,
        excepted: Excepted<Client>,
    ) -> Result<Client, ConfigFault> {
        self.verification.check()?;
        let own_certificate_types = self.check_types()?;
        self.request_scts |= self.verification.asks_for_scts();
        let mut common = CommonPlan::check(
            self.common.clone(),
            self.require_psk,
            shares_classic_key(&self.psks, self.ask_for_psk),
        )?;
        common.excepted = offered;
        let common = Shared::new(common);
        if common.encoded_schemes.is_empty() {
            return Err(ConfigFault::ListEmpty("signature schemes for servers"));
        }
        if self.ask_for_sessions && self.sessions.is_some() {
            return Err(ConfigFault::TwoSources("sessions"));
        }
        let forms = spoken_forms(&common, &self.psks);
        self.check_keys(&common, &forms)?;
        let ech = self.check_ech(&common)?;
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
            own_certificate_types,
            ech,
            config: self,
            excepted,
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
        let known = &self.config.known_server_groups;
        let mut offered = self.common.set.groups.iter();
        let is_known =
            |group: &&NamedGroup| known.contains(group) && group_belongs(**group, Family::Tls13);
        if let Some(best) = offered.find(is_known) {
            return SmallVec::from_slice(&[*best]);
        }
        let mut groups = SmallVec::from_slice(&self.key_shares);
        if let (ServerName::Dns(host), None) = (self.seen(name), &self.config.key_shares)
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

    /// The name under which others see this server: what is remembered for one that is hidden would show
    /// in the outer ClientHello which one it is (RFC 9849 section 10.1).
    fn seen<'n>(&'n self, name: &'n ServerName) -> &'n ServerName {
        self.ech.as_ref().map_or(name, |ech| &ech.public_name)
    }

    /// A handshake that needed a HelloRetryRequest is done.
    pub(crate) fn remember_retry(&self, name: &ServerName, group: NamedGroup) {
        if let ServerName::Dns(host) = self.seen(name) {
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
    /// What this client can show, best first.
    pub(crate) own_certificate_types: Vec<CertificateType>,
    /// By what ClientHellos are encrypted.
    pub(crate) ech: Option<Arc<EchTarget>>,
    pub(crate) config: ClientConfig,
    /// The plans of servers that exceptions name.
    excepted: Excepted<Client>,
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
        for client in self.0.excepted.plans() {
            client.set_system_roots(roots.clone());
        }
        // A second driver may have been faster: both read the same store.
        let _ = self.0.system_roots.set(roots);
    }

    /// The plan for this server now: its own where an exception names it.
    pub(crate) fn for_server(&self, name: &ServerName, now: Now) -> &Self {
        self.0.excepted.plan(name, now).unwrap_or(self)
    }
}

impl Verification {
    pub(crate) fn wants_system(&self) -> bool {
        matches!(&self.judge, Judge::Chain(rules) if matches!(rules.trust, Trust::System))
    }
}
