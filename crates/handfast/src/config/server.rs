//! The server's config.

use crate::config::across_names::AcrossNames;
use crate::config::client_auth::ClientAuth;
use crate::config::common::Common;
use crate::config::common_plan::CommonPlan;
use crate::config::credential::Credential;
use crate::config::excepted::check_exceptions;
use crate::config::exception::Exception;
use crate::config::fault::ConfigFault;
use crate::config::psk::PreSharedKey;
use crate::config::psk_form::{PskForm, check_identities, shares_classic_key, spoken_forms};
use crate::config::verification::{Verification, check_type_list};
use crate::ech::EchKey;
use crate::near::Shared;
#[cfg(feature = "legacy")]
use crate::obsolete::DhGroup;
use crate::session::{Scope, ScopeBase, SessionCache, SessionStats, StrikeStore, TicketKeys};
use crate::suite::resists_quantum;
use crate::suite::{Suite, find_suite};
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_wire::registry::{CertificateType, ProtocolVersion};
use std::sync::{Arc, OnceLock};

/// Bytes of a hint, at most: so many every client takes (RFC 4279 section 5.2).
#[cfg(feature = "legacy")]
const MOST_HINT: usize = 128;

/// How well a client's clock and ours agree on how long ago something was: within this many
/// milliseconds, round trips included (RFC 8446 section 8.3 speaks of ten seconds).
const EARLY_DATA_AGE_MS: u32 = 10_000;

/// What happens when no credential carries the name that a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownName {
    /// Refused with unrecognized_name.
    #[default]
    Refuse,
    /// Served with the first credential, which is thereby named as the default.
    UseFirst,
}

/// Keys for Encrypted ClientHello, at most: each of the same id that a client names costs a key agreement.
const MOST_ECH_KEYS: usize = 16;

/// What a server does.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What clients and servers configure alike.
    pub common: Common,
    /// What to show, best first. Those that carry the name asked for go before
    /// the others.
    pub credentials: Vec<Credential>,
    /// What to do about names that no credential carries.
    pub unknown_name: UnknownName,
    /// Show the caller each ClientHello (with [`crate::Ask::Config`]) before anything is made of it:
    /// the answer is another config, the same one ([`crate::Answer::SameConfig`]), or no. The same as
    /// [`crate::Connection::accept_any`] for a server that has a config to go on with. Once a
    /// connection; the setting of the other config does not ask again. Default: false.
    pub ask_for_config: bool,
    /// Ask the caller for a credential (with [`crate::Ask::Credential`])
    /// instead of choosing from `credentials`.
    pub ask_for_credential: bool,
    /// Whether clients are asked who they are.
    pub client_auth: ClientAuth,
    /// How clients are judged that are asked who they are while the connection lasts
    /// ([`crate::connection::Renewal::ClientCertificate`]).
    pub later_client_auth: ClientAuth,
    /// Rules about clients' certificates that are relaxed, each for one client, for a reason, until a
    /// day. A connection that needed one leaves no session: the client is judged anew. Which a connection needed is told by
    /// [`crate::Negotiated::exceptions`].
    pub exceptions: Vec<Exception>,
    /// What clients may show of themselves, best first: X.509 certificates, raw public keys (RFC 7250),
    /// or both; the best that the client names is agreed on. Whatever stands here, `client_auth` and
    /// `later_client_auth` must have something to judge it by. Of no meaning where neither asks.
    pub client_certificate_types: Vec<CertificateType>,
    /// Signatures of clients' chains that were found right before: they are not
    /// checked again. Every name, date and rule is. `None`: all are checked each time.
    pub signature_facts: Option<Arc<SignatureFacts>>,
    /// Keep of clients' certificates no more than SHA-256 of the leaf ([`crate::connection::PeerChain::digest`]) once
    /// the handshake is done, on connections and in their sessions: less memory, smaller tickets, and a
    /// short thing to look a client up by. The chain is judged before, as ever. A session goes on only
    /// among configs that are alike in this, and not at all where `client_auth` has a word about revocation or
    /// there are `exceptions`, which want the certificates again. Raw public keys are kept. Default: false.
    pub keep_only_digests_of_clients: bool,
    /// DER names of authorities, told to clients that are asked for a certificate.
    pub client_authorities: Vec<Vec<u8>>,
    /// What tickets are sealed with, so that clients keep their sessions. Share
    /// one set among the configs of a server: a ticket is good only for the
    /// host and the rules that it was made under.
    pub ticket_keys: Option<Arc<TicketKeys>>,
    /// Where this server keeps sessions itself: those of TLS 1.2 clients that take
    /// no ticket and, where there are no ticket keys, those behind TLS 1.3's
    /// tickets, each good for one use. Share it as the ticket keys. With neither,
    /// no client can come back.
    pub session_cache: Option<Arc<SessionCache>>,
    /// Ask the caller for sessions (with [`crate::Ask::LoadSession`]) and give it
    /// new ones (with [`crate::Event::StoreSession`]), instead of a cache.
    pub ask_for_sessions: bool,
    /// Ask the caller for the keys of tickets (with [`crate::Ask::TicketKeys`])
    /// instead of taking `ticket_keys`.
    pub ask_for_ticket_keys: bool,
    /// Tickets that a client is given after each TLS 1.3 handshake: 0 to 8.
    pub tickets: u8,
    /// Bytes of early data (0-RTT, RFC 8446 section 2.3) that a client may send which comes back,
    /// before the handshake is done: 0, the default, for none. Whoever records that data can send
    /// it again, here or to any machine that knows the session; each time but one it is refused,
    /// as far as `strikes` remembers. It comes as [`crate::Event::EarlyData`]: take from it only
    /// what does no harm when it is done twice. Tickets say how much they allow: of those that allow
    /// more than this by now, early data is refused.
    pub max_early_data: u32,
    /// Where first flights are marked, so that their early data is taken once. All machines that
    /// share ticket keys or sessions must share it.
    pub strikes: Option<Arc<dyn StrikeStore>>,
    /// Ask the caller whether a flight was seen before (with [`crate::Ask::StrikeInsert`])
    /// instead of a store.
    pub ask_for_strikes: bool,
    /// By how many milliseconds the age that a client gives its session may differ from that on
    /// this machine's clock, for early data to be taken (RFC 8446 section 8.3): 10,000 by default.
    pub early_data_age_ms: u32,
    /// Send a cookie in HelloRetryRequest and insist on getting it back.
    pub cookie: bool,
    /// Continue when no application protocol is in common.
    pub alpn_optional: bool,
    /// Keys that clients are known to share, best first. Where a client must show a certificate
    /// ([`ClientAuth::Require`]), none is taken that would go without.
    ///
    /// In TLS 1.3 a key that the client names goes before certificates, and a server needs none then.
    /// Before it, which takes the feature `legacy`, suites that take a key are taken beside those with
    /// certificates, which go before: ECDHE-PSK with an AEAD, others by a policy of `obsolete`; where
    /// `common.suites` names such suites, those alone. Imported keys are for TLS 1.3 alone.
    pub psks: Vec<PreSharedKey>,
    /// Ask the caller for each client's key (with [`crate::Ask::Psk`]) instead of looking among `psks`;
    /// in TLS 1.3 for each identity that the client names, four at most, until one is known (with
    /// `hide_unknown_psks`, each time for all of them).
    ///
    /// Sessions that began by a key are kept under a [`Common::session_scope`] alone. One goes on while
    /// the caller has the very key: where it was not asked for that identity in this handshake, it is
    /// asked once more before the session goes on (by the key's own name, also of an imported key), and
    /// without the key, or where the caller fails, the session is over and the handshake a full one.
    pub ask_for_psk: bool,
    /// Take clients that want to use a shared key without a key exchange beside it and nothing else
    /// (psk_ke, RFC 8446 section 4.2.9): whoever gets to know the key later reads everything that was
    /// ever sent. No session comes of it. Default: false.
    pub danger_psk_without_key_exchange: bool,
    /// What is said to clients that have several keys: 128 bytes at most.
    #[cfg(feature = "legacy")]
    pub psk_hint: Option<Vec<u8>>,
    /// Go on with a client whose identity is not known as with one whose key is wrong, up to its first
    /// protected record, so that nobody learns which identities there are (RFC 4279 section 2); so too
    /// where the caller answers that it failed. Give all keys one length, of 32 bytes where the caller
    /// keeps them: others take another time. Default: false, it is told by unknown_psk_identity.
    ///
    /// In TLS 1.3 a key that the client names and does not know is treated as a name that is not known:
    /// both go on with a certificate; where there is none, both are told by decrypt_error. Without this,
    /// the first is always told so, and tells that the name is known (RFC 8446 appendix E.6). The binder
    /// in the first ClientHello decides before anything is chosen: suite, retry and alert go by a key
    /// only where it is right. Each name that the client gives costs as much as a known one, and the
    /// caller is asked for all of them, four at most.
    ///
    /// What this cannot hide: who sends again what somebody said who knows the key learns whether this
    /// server knows it, too; how long the caller takes to answer; and, by time, keys that differ in
    /// length, in hash, or in being imported, from the first of `psks` or, where the caller keeps them,
    /// from keys that are taken as they are, with the hash of the best suite in common.
    pub hide_unknown_psks: bool,
    /// The group for Diffie-Hellman in a finite field, which a policy of [`crate::obsolete`] allows, for
    /// clients that name no group of RFC 7919. `None`: the first of those among the groups of the
    /// config; where they have none, ffdhe2048.
    #[cfg(feature = "legacy")]
    pub dh_group: Option<DhGroup>,
    /// Only groups that resist quantum computers; others are asked to retry. TLS 1.2
    /// has none, so it is not spoken then.
    pub require_post_quantum: bool,
    /// Keys that open encrypted ClientHellos (RFC 9849), 16 at most, in the order in which clients are
    /// told of them whose ClientHello did not open. A ClientHello that opens is answered as if the inner one
    /// had come; every other one as it is. `credentials` want one for the keys' public name. Needs TLS 1.3.
    pub ech_keys: Vec<EchKey>,
    /// Say numbers that mean nothing beside those that are meant (GREASE, RFC 8701 section 4), so that
    /// clients stay tolerant of what is new: in TLS 1.3's CertificateRequest an extension and a
    /// signature scheme, in each NewSessionTicket an extension. Default: false.
    pub grease: bool,
    /// Tell clients that their server_name was used (RFC 6066 section 3). Default: true.
    pub confirm_server_name: bool,
    /// Serve clients of the first releases of JDK 11, as far as they are told by their ClientHello, by
    /// TLS 1.2: their TLS 1.3 is broken. Newer releases that look the same lose TLS 1.3 by it. Whether
    /// somebody on the way made a client look so, only clients can see that know BoringSSL's mark for
    /// it, as those of this crate. Default: false.
    pub spare_java11: bool,
    /// Among which hosts TLS 1.3's sessions go on: a client that was here for one of them may come back
    /// for another, where it has learnt that the certificate is good for both
    /// (draft-ietf-tls-cross-sni-resumption). Tickets say so by a flag. A host that a client's session
    /// comes to must be served by this config, or by one that names the same hosts, and judge clients
    /// alike. Default: each session is for its host alone.
    pub resume_across_names: AcrossNames,
    /// Tickets that a client is given after a TLS 1.3 handshake, at most, where it asks for a number of
    /// its own (RFC 9149): 0 to 8, 4 by default. Whoever does not ask gets `tickets`; where that is 0,
    /// nobody gets any.
    pub most_tickets: u8,
}

impl ServerConfig {
    /// TLS 1.3 and TLS 1.2 with the default suites and groups and one credential, which
    /// also serves clients that name no host or another one.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self {
            credentials: vec![credential],
            unknown_name: UnknownName::UseFirst,
            ..Self::without_credential()
        }
    }

    /// A config whose credentials are still to be set.
    #[must_use]
    pub fn without_credential() -> Self {
        Self {
            common: Common::default(),
            credentials: Vec::new(),
            unknown_name: UnknownName::Refuse,
            ask_for_config: false,
            ask_for_credential: false,
            client_auth: ClientAuth::None,
            later_client_auth: ClientAuth::None,
            exceptions: Vec::new(),
            client_certificate_types: vec![CertificateType::X509],
            signature_facts: Some(Arc::default()),
            keep_only_digests_of_clients: false,
            client_authorities: Vec::new(),
            ticket_keys: None,
            session_cache: None,
            ask_for_sessions: false,
            ask_for_ticket_keys: false,
            tickets: 2,
            max_early_data: 0,
            strikes: None,
            ask_for_strikes: false,
            early_data_age_ms: EARLY_DATA_AGE_MS,
            cookie: true,
            alpn_optional: false,
            psks: Vec::new(),
            ask_for_psk: false,
            danger_psk_without_key_exchange: false,
            #[cfg(feature = "legacy")]
            psk_hint: None,
            hide_unknown_psks: false,
            #[cfg(feature = "legacy")]
            dh_group: None,
            require_post_quantum: false,
            ech_keys: Vec::new(),
            grease: false,
            confirm_server_name: true,
            spare_java11: false,
            resume_across_names: AcrossNames::Never,
            most_tickets: 4,
        }
    }

    /// Checks and seals the config.
    ///
    /// # Errors
    /// A [`ConfigFault`] that names what cannot work.
    pub fn check(self) -> Result<Server, ConfigFault> {
        let common = Shared::new(CommonPlan::check(
            self.spoken()?,
            false,
            shares_classic_key(&self.psks, self.ask_for_psk),
        )?);
        let forms = spoken_forms(&common, &self.psks);
        let types = &self.client_certificate_types;
        check_type_list(types, "certificate types of clients")?;
        for auth in [&self.client_auth, &self.later_client_auth] {
            if let Some(verification) = auth.verification() {
                verification.check()?;
                verification.check_types(types)?;
            }
        }
        let auths = [&self.client_auth, &self.later_client_auth];
        let verifications: Vec<_> = auths
            .into_iter()
            .filter_map(ClientAuth::verification)
            .collect();
        check_exceptions(&self.exceptions, false, &verifications)?;
        let has_key = self.shares_key() && common.speaks(ProtocolVersion::TLS_1_3);
        if self.shows_nothing() && !has_key && !common.does_without_certificate() {
            return Err(ConfigFault::CredentialMissing);
        }
        self.check_keys(&common.set)?;
        #[cfg(feature = "legacy")]
        self.check_obsolete(&common.set)?;
        if self.ask_for_sessions && self.session_cache.is_some() {
            return Err(ConfigFault::TwoSources("sessions"));
        }
        if self.ask_for_ticket_keys && self.ticket_keys.is_some() {
            return Err(ConfigFault::TwoSources("ticket keys"));
        }
        self.check_early_data()?;
        self.check_ech(&common)?;
        if self.tickets > 8 || self.most_tickets > 8 {
            return Err(ConfigFault::ListTooLong("tickets"));
        }
        if self.client_authorities.iter().any(Vec::is_empty) {
            return Err(ConfigFault::ListEmpty("bytes of a client authority's name"));
        }
        let named: usize = self
            .client_authorities
            .iter()
            .map(|name| name.len().saturating_add(2))
            .sum();
        if named > 60_000 {
            return Err(ConfigFault::ListTooLong("client authorities"));
        }
        let mut encoded_authorities = Vec::with_capacity(named);
        for name in &self.client_authorities {
            let length = u16::try_from(name.len())
                .map_err(|_| ConfigFault::ListTooLong("client authorities"))?;
            encoded_authorities.extend_from_slice(&length.to_be_bytes());
            encoded_authorities.extend_from_slice(name);
        }
        let plan = ServerPlan {
            common,
            encoded_authorities,
            scope: self.scope(),
            across: self.resume_across_names.label()?,
            takes_keys: self.shares_key() && !matches!(self.client_auth, ClientAuth::Require(_)),
            forms,
            session_cache: self.session_cache.clone().map(Shared::new),
            config: self,
            system_roots: OnceLock::new(),
        };
        Ok(Server(Arc::new(Shared::new(plan))))
    }

    /// Where its sessions are good.
    fn scope(&self) -> Option<ScopeBase> {
        let (auth, types) = (&self.client_auth, &self.client_certificate_types);
        let base = ScopeBase::of_server(auth, types, &self.common)?;
        let asks = !matches!(auth, ClientAuth::None);
        Some(match self.keep_only_digests_of_clients && asks {
            true => base.of_digests(),
            false => base,
        })
    }

    /// What is for Encrypted ClientHello.
    fn check_ech(&self, common: &CommonPlan) -> Result<(), ConfigFault> {
        let keys = &self.ech_keys;
        if !keys.is_empty() && !common.speaks(ProtocolVersion::TLS_1_3) {
            return Err(ConfigFault::Useless {
                set: "ech_keys",
                needs: "TLS 1.3",
            });
        }
        let same = |at: usize, key: &EchKey| {
            let mut before = keys.iter().take(at);
            before.any(|one| one.config() == key.config())
        };
        if keys.len() > MOST_ECH_KEYS || keys.iter().enumerate().any(|(at, key)| same(at, key)) {
            return Err(ConfigFault::EchKeys);
        }
        Ok(())
    }

    /// Early data without a memory of flights would be done as often as anybody likes.
    fn check_early_data(&self) -> Result<(), ConfigFault> {
        if self.ask_for_strikes && self.strikes.is_some() {
            return Err(ConfigFault::TwoSources("strikes"));
        }
        if self.max_early_data > 0 && !self.ask_for_strikes && self.strikes.is_none() {
            return Err(ConfigFault::EarlyDataUnmarked);
        }
        Ok(())
    }

    /// What is for shared keys.
    fn check_keys(&self, set: &Common) -> Result<(), ConfigFault> {
        if self.ask_for_psk && !self.psks.is_empty() {
            return Err(ConfigFault::TwoSources("shared keys"));
        }
        check_identities(&self.psks)?;
        let without = self.danger_psk_without_key_exchange;
        for (is_set, set) in [
            (self.hide_unknown_psks, "hide_unknown_psks"),
            (without, "danger_psk_without_key_exchange"),
        ] {
            if is_set && !self.shares_key() {
                let needs = "shared keys";
                return Err(ConfigFault::Useless { set, needs });
            }
        }
        let mut suites = set.suites.iter().filter_map(|suite| find_suite(*suite));
        let must_show = matches!(self.client_auth, ClientAuth::Require(_));
        if must_show && (self.shows_nothing() || !suites.any(Suite::shows_certificate)) {
            return Err(ConfigFault::ClientAuthUnasked);
        }
        Ok(())
    }

    /// What is for hints, finite fields and suites without certificates.
    #[cfg(feature = "legacy")]
    fn check_obsolete(&self, set: &Common) -> Result<(), ConfigFault> {
        let hint = self.psk_hint.as_ref().map(Vec::len);
        if let Some(bytes) = hint.filter(|bytes| *bytes > MOST_HINT) {
            return Err(ConfigFault::PskHintLength(bytes));
        }
        let mut suites = set.suites.iter().filter_map(|suite| find_suite(*suite));
        let keys = (self.shares_key(), "shared keys");
        let field = suites.any(Suite::has_field);
        let field = (field, "a suite with Diffie-Hellman in finite fields");
        for (is_set, set, (is_there, needs)) in [
            (hint.is_some(), "psk_hint", keys),
            (self.dh_group.is_some(), "dh_group", field),
        ] {
            if is_set && !is_there {
                return Err(ConfigFault::Useless { set, needs });
            }
        }
        Ok(())
    }

    /// True where there is no certificate to show.
    pub(crate) fn shows_nothing(&self) -> bool {
        self.credentials.is_empty() && !self.ask_for_credential
    }

    /// True where there are shared keys, or the caller may have some.
    fn shares_key(&self) -> bool {
        !self.psks.is_empty() || self.ask_for_psk
    }

    /// Where no certificate can be shown, only what does without one is spoken.
    fn keep_without_certificate(&self, common: &mut Common) -> Result<(), ConfigFault> {
        let is_spoken = |form: &PskForm| common.has_hash(form.hash);
        let mut forms = self.psks.iter().flat_map(PskForm::all);
        let modern = self.ask_for_psk || forms.any(|form| is_spoken(&form));
        let classic = shares_classic_key(&self.psks, self.ask_for_psk) || common.names_anonymous();
        let classic = classic && cfg!(feature = "legacy");
        let named = common.versions.clone();
        common.versions.retain(|version| match *version {
            ProtocolVersion::TLS_1_3 => modern,
            _ => classic,
        });
        if !common.versions.is_empty() || named.is_empty() {
            return Ok(());
        }
        Err(if named.contains(&ProtocolVersion::TLS_1_3) {
            ConfigFault::PskHashUnspoken
        } else {
            ConfigFault::CredentialMissing
        })
    }

    /// The common part without what the server's own settings rule out.
    fn spoken(&self) -> Result<Common, ConfigFault> {
        let mut common = self.common.clone();
        if self.shows_nothing() && (self.shares_key() || common.names_anonymous()) {
            self.keep_without_certificate(&mut common)?;
        }
        if self.require_post_quantum {
            let has_group = common.groups.iter().any(|group| resists_quantum(*group));
            let has_version = common.versions.contains(&ProtocolVersion::TLS_1_3);
            if !has_group || !has_version {
                return Err(ConfigFault::ListEmpty(
                    "groups of TLS 1.3 that resist quantum computers",
                ));
            }
            common
                .versions
                .retain(|version| *version == ProtocolVersion::TLS_1_3);
        }
        Ok(common)
    }
}

/// A checked server config. Cheap to clone; never changes.
#[derive(Clone, Debug)]
pub struct Server(pub(crate) Arc<Shared<ServerPlan>>);

#[derive(Debug)]
pub(crate) struct ServerPlan {
    pub(crate) common: Shared<CommonPlan>,
    pub(crate) encoded_authorities: Vec<u8>,
    /// Nothing: no session goes on under this config.
    pub(crate) scope: Option<ScopeBase>,
    /// What stands for the hosts among which sessions go on.
    pub(crate) across: Option<Vec<u8>>,
    /// Shared keys are taken in TLS 1.3.
    pub(crate) takes_keys: bool,
    /// Those of the config, as clients name them.
    pub(crate) forms: Vec<PskForm>,
    /// That of the config.
    pub(crate) session_cache: Option<Shared<Arc<SessionCache>>>,
    pub(crate) config: ServerConfig,
    pub(crate) system_roots: OnceLock<Roots>,
}

impl ServerPlan {
    /// True where the sessions of this host are those of others, too.
    pub(crate) fn is_across(&self, host: Option<&str>) -> bool {
        self.across.is_some() && self.config.resume_across_names.covers(host)
    }

    /// What sessions of TLS 1.3 with this host are bound to.
    pub(crate) fn scope_of(&self, host: Option<&str>) -> Option<Scope> {
        let base = self.scope.as_ref()?;
        match &self.across {
            Some(label) if self.config.resume_across_names.covers(host) => {
                Some(base.across_names(label))
            }
            _ => Some(base.of_host(host)),
        }
    }

    /// Whether clients are asked who they are: in the first handshake, or later on.
    pub(crate) fn client_auth(&self, later: bool) -> &ClientAuth {
        if later {
            &self.config.later_client_auth
        } else {
            &self.config.client_auth
        }
    }
}

impl Server {
    /// What was counted ([`Common::counters`]), with what the config's cache holds: the eleven numbers
    /// of Python's `session_stats()`.
    #[must_use]
    pub fn session_stats(&self) -> SessionStats {
        let config = &self.0.config;
        let mut stats = config.common.session_stats();
        if let Some(cache) = &config.session_cache {
            stats.number = u64::try_from(cache.len()).unwrap_or(u64::MAX);
            stats.cache_full = cache.dropped();
        }
        stats
    }

    /// True while the config names the system's trust store for clients and
    /// nobody has loaded it.
    #[must_use]
    pub fn needs_system_roots(&self) -> bool {
        let config = &self.0.config;
        let wanted =
            |auth: &ClientAuth| auth.verification().is_some_and(Verification::wants_system);
        (wanted(&config.client_auth) || wanted(&config.later_client_auth))
            && self.0.system_roots.get().is_none()
    }

    /// Hands over the system's trust store, once; a driver does this.
    pub fn set_system_roots(&self, roots: Roots) {
        // A second driver may have been faster: both read the same store.
        let _ = self.0.system_roots.set(roots);
    }
}
