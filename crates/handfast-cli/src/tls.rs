//! The client's TLS settings as flags.

use crate::a_label::a_label;
use crate::delegated;
use crate::dial::authority;
use crate::ech::Hiding;
use crate::exceptions::ExceptionOptions;
use crate::failure::Failure;
use crate::given::{Given, Verb};
use crate::heard::{Heard, OwnLeaf};
use crate::judge::Judge;
use crate::judged::{Judged, Keeper};
use crate::judging::{Asking, Judging};
use crate::key_log::{KeyLogFile, key_log_path};
use crate::own::Own;
use crate::peer_policy::PeerPolicy;
use crate::proving::{self, Proving};
use crate::psk::SharedKeys;
use crate::raw_keys;
use crate::refused_config;
use crate::session_file::{Bound, fingerprint};
use crate::summary;
use crate::talk::Talk;
use crate::trace::Trace;
use crate::trust::{TrustOptions, Trusted};
use crate::versions::Versions;
use crate::wanted::Wanted;
use clap::{ArgMatches, Args};
use handfast::config::{
    CertificateCompression, Common, Exception, Renegotiation, Trust, Verification,
};
use handfast::connection::Question;
use handfast::observe::Observer;
use handfast::report::Report;
use handfast::session::SessionStore;
use handfast::stream::now;
use handfast::{Answer, CipherSuite, ClientConfig, Negotiated, Roots, ServerName};
use handfast_pki::pin::Pins;
use handfast_pki::verify::combined::rule::Combination;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_tokio::{Answering, Connector, Handshake};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// How the server is judged and what it is offered.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub(crate) struct Tls {
    #[command(flatten)]
    trust: TrustOptions,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    proving: Proving,
    /// Believe the server by its raw public key (RFC 7250), without any certificate; may be repeated
    ///
    /// PIN is the key's, sha256/BASE64, FILE holds the key or a certificate of it. No authority, name
    /// or date is asked about then, and no certificate is taken, unless --cacert or --trust is given,
    /// too: then the server may show either.
    #[arg(long, value_name = "PIN|FILE")]
    server_raw_key: Vec<String>,
    /// Connect even to a server that is not verified, and say what is wrong with it
    #[arg(long, short = 'k')]
    insecure: bool,
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    keys: SharedKeys,
    /// Ask for this host, and verify that the server is it, whatever is connected to
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
    #[command(flatten)]
    versions: Versions,
    #[command(flatten)]
    policy: PeerPolicy,
    #[command(flatten)]
    exceptions: ExceptionOptions,
    #[command(flatten)]
    wanted: Wanted,
    /// Hide the host that is asked for: by the list in FILE, in BASE64 as it stands
    /// behind ech= in the host's HTTPS record, or in the whole record as dig prints it (`handfast ech` makes
    /// one). A server that cannot open it
    /// ends the connection, and tells by what list to come back. With "grease" nothing is hidden, and
    /// it looks as if it were
    #[arg(long, value_name = "FILE|BASE64|RECORD|grease")]
    ech: Option<Hiding>,
}

/// The settings, ready to connect by.
pub(crate) struct Ready {
    connector: Connector,
    /// Who judges beside the config.
    judge: Option<Arc<Judge>>,
    /// What was found out about the last server.
    keeper: Arc<Keeper>,
    name: Option<ServerName>,
    heard: Arc<Heard>,
    own: Vec<OwnLeaf>,
    given: Given,
    /// Of the last handshake, by which is told what failed.
    last: Mutex<Last>,
    bound: Bound,
}

/// A handshake that was begun.
#[derive(Default)]
struct Last {
    /// With whom.
    name: Option<String>,
    /// What it agreed on, where it came to its end.
    agreed: Option<Negotiated>,
}

/// What a client does beside a plain handshake.
#[derive(Default)]
pub(crate) struct Visit {
    pub(crate) sessions: Option<Arc<dyn SessionStore>>,
    /// What is said before the handshake is done may be said.
    pub(crate) early_data: bool,
    /// It may want new keys before TLS 1.3, too.
    pub(crate) renews_keys: bool,
    /// Whose flags these are.
    pub(crate) verb: Verb,
}

impl Tls {
    /// Reads the files and checks all settings. `matches` tell in which order they were given.
    pub(crate) fn ready(
        &self,
        matches: &ArgMatches,
        talk: &Talk,
        alpn: &[&str],
        timeout: Duration,
        visit: Visit,
    ) -> Result<Ready, Failure> {
        let name = self.sni.as_deref().map(server_name).transpose()?;
        let judging = self.asking.judging(self.insecure, timeout)?;
        self.check_first_use(judging.is_some())?;
        let raw_keys = raw_keys::known("--server-raw-key", &self.server_raw_key)?;
        self.check_raw_keys(raw_keys.as_ref(), judging.is_some())?;
        let by_keys = raw_keys.is_some() && !self.trust.is_given();
        // By keys alone no authority is needed.
        let trusted = self.trust.read(self.insecure || by_keys, talk)?;
        let rule = self.proving.read(self.insecure, talk)?;
        let label = label(rule.as_ref(), raw_keys.as_ref());
        if self.insecure {
            talk.warn(self.proving.warning());
        }
        let mut config = match &raw_keys {
            Some(keys) => verified_by_keys(keys, (!by_keys).then_some(&trusted))?,
            None => self.verified_by(judging.as_ref(), rule.as_ref(), &trusted),
        };
        config.common.certificate_compression = CertificateCompression::all();
        config.common.alpn = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        self.policy.apply(&mut config.common, talk);
        self.versions.limit(&mut config.common)?;
        let shares = self.wanted.apply(&mut config.common, talk)?;
        delegated::take(&mut config.common);
        config.key_shares = shares.or(config.key_shares);
        self.accept_anyone(rule.is_none(), &mut config);
        let asks = judging.is_some() || judges(&trusted, rule.as_ref());
        let excepted = self.except(&mut config, asks, talk)?;
        let heard = self.watch(talk, &mut config.common)?;
        config.ech = Hiding::of(self.ech.as_ref())?;
        config.sessions = visit.sessions;
        config.early_data = visit.early_data;
        config.psks = self.keys.read()?;
        self.keys.warn_of_readers(talk);
        config.require_psk = self.keys.are_given();
        let (credentials, own) = self.own.credentials(matches)?;
        config.credentials = credentials;
        renew(&mut config, visit.renews_keys, !own.is_empty());
        self.policy.hold_client(&mut config, self.insecure)?;
        let bound = bound(&config.common, &own, trusted.fingerprint() + &label);
        let given = self.given(visit.verb, !own.is_empty());
        let client = config
            .check()
            .map_err(|fault| refused_config::of_client(&fault, self.needs_key()))?;
        if client.needs_system_roots() {
            // They were read above, once.
            client.set_system_roots(trusted.anchors.roots.clone());
        }
        let mut connector = Connector::new(client)
            .map_err(|missing| Failure::usage(missing.to_string()))?
            .with_timeout(timeout);
        let keeper = Arc::<Keeper>::default();
        let mut judge = None;
        if self.insecure {
            connector = connector.with_answerer(lenient(trusted.all()?, Arc::clone(&keeper)));
        } else if let Some(judging) = judging {
            let (roots, rule) = (trusted.all()?, rule.unwrap_or_default());
            let verifier = judging.verifier(roots, rule, excepted, talk, Arc::clone(&keeper));
            connector = connector.with_answerer(verifier);
        } else if judges(&trusted, rule.as_ref()) {
            judge = Some(Arc::new(Judge {
                anchors: trusted.anchors,
                rule: rule.unwrap_or_default(),
                peers: trusted.peers,
                exceptions: excepted,
                keeper: Arc::clone(&keeper),
            }));
        }
        Ok(Ready {
            connector,
            judge,
            keeper,
            name,
            heard,
            own,
            given,
            last: Mutex::default(),
            bound,
        })
    }

    /// The config of whoever judges: the rule where it stands alone, else who answers.
    fn verified_by(
        &self,
        judging: Option<&Judging>,
        rule: Option<&Combination>,
        trusted: &Trusted,
    ) -> ClientConfig {
        let label = rule.map(proving::label).unwrap_or_default();
        let asking = |scope: String| {
            let mut config = ClientConfig::with_verification(Verification::ask());
            // What is asked is asked again where a session goes on.
            config.reverify_on_resume = true;
            config.common.session_scope = Some(scope.into_bytes());
            config.request_scts = rule.is_some_and(Combination::asks_for_scts);
            config
        };
        let trust = if self.insecure {
            if rule.is_none() {
                return ClientConfig::with_verification(Verification::ask());
            }
            // No authority is asked, so none is needed.
            Trust::Roots(Roots::new())
        } else if let Some(judging) = judging {
            return asking(judging.label() + &label);
        } else if judges(trusted, rule) {
            return asking(trusted.fingerprint() + &label);
        } else if trusted.is_system {
            Trust::System
        } else {
            Trust::Roots(trusted.anchors.roots.clone())
        };
        let verification = Verification::chain(trust);
        ClientConfig::with_verification(match rule {
            Some(rule) => verification.with_rule(rule.clone()),
            None => verification,
        })
    }

    /// Whoever is believed by a key is asked for nothing else.
    fn check_raw_keys(&self, known: Option<&Pins>, judging: bool) -> Result<(), Failure> {
        let other = match (self.insecure, self.trust.is_first_use(), judging) {
            _ if known.is_none() => return Ok(()),
            (true, _, _) => "-k accepts every server",
            (_, true, _) => "--tofu asks for a key that was seen before",
            (_, _, true) => "--revocation and --fetch-issuers ask authorities",
            _ => match self.proving.given() {
                Some(given) => &format!("{given} asks about certificates"),
                None => return Ok(()),
            },
        };
        Err(Failure::usage(format!(
            "{other}, and --server-raw-key for a key that is known"
        ))
        .hint("give one of them"))
    }

    /// Puts exceptions into the config, but those about certificates where somebody else judges
    /// (`asks`): they are given back.
    fn except(
        &self,
        config: &mut ClientConfig,
        asks: bool,
        talk: &Talk,
    ) -> Result<Vec<Exception>, Failure> {
        let all = self.exceptions.read(self.versions, talk)?;
        let by_keys = !self.server_raw_key.is_empty() && !self.trust.is_given();
        let why = match (self.insecure, by_keys) {
            (true, _) => Some("-k accepts every server, whatever is wrong with its certificate"),
            (_, true) => Some("--server-raw-key takes no certificates"),
            _ => None,
        };
        let idle = all.iter().find(|one| !one.relaxed().is_offered());
        if let (Some(why), Some(idle)) = (why, idle) {
            return Err(Failure::usage(format!(
                "{why}, so the exception \"{idle}\" would do nothing"
            ))
            .hint("leave one of them out"));
        }
        if !asks {
            config.exceptions = all;
            return Ok(Vec::new());
        }
        // One about small keys is of both kinds.
        let judged = all.iter().filter(|one| one.relaxed().is_judged());
        let judged = judged.cloned().collect();
        config.exceptions = all;
        config.exceptions.retain(|one| one.relaxed().is_offered());
        Ok(judged)
    }

    /// A key that was seen before says nothing about revocation, and with `-k` nothing at all.
    fn check_first_use(&self, judging: bool) -> Result<(), Failure> {
        let given = self.proving.given();
        let other = match (self.insecure, judging, given) {
            (true, _, _) => "-k accepts every server",
            (_, true, _) => "--revocation and --fetch-issuers ask authorities",
            (_, _, Some(given)) => &format!("{given} asks for more than a key"),
            _ => return Ok(()),
        };
        if !self.trust.is_first_use() {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{other}, and --tofu asks for a key that was seen before"
        ))
        .hint("give one of them"))
    }

    /// The flags, by which remedies are told.
    fn given(&self, verb: Verb, has_own: bool) -> Given {
        let by_keys = !self.server_raw_key.is_empty() && !self.trust.is_given();
        Given {
            verb,
            preset: self.policy.preset(),
            min: self.versions.min(),
            max: self.versions.max(),
            lists: self.wanted.given(),
            has_own,
            takes_exceptions: !self.insecure && !by_keys,
            peer: None,
        }
    }

    /// Of a server that shows nothing there is nothing to be told apart.
    fn accept_anyone(&self, by_no_rule: bool, config: &mut ClientConfig) {
        if self.insecure && by_no_rule && config.common.suites.iter().all(is_anonymous) {
            config.verification = Verification::danger_accept_anyone();
        }
    }

    /// A suite was named that wants a shared key, and none was given.
    fn needs_key(&self) -> bool {
        !self.keys.are_given() && refused_config::is_of_shared_keys(self.wanted.suites())
    }

    /// Whether anyone will do, so that no session may go on.
    pub(crate) fn is_insecure(&self) -> bool {
        self.insecure
    }

    fn watch(&self, talk: &Talk, common: &mut Common) -> Result<Arc<Heard>, Failure> {
        let heard = Arc::new(Heard::new((talk.verbose > 0).then(Trace::default)));
        common.observer = Some(Arc::clone(&heard) as Arc<dyn Observer>);
        if let Some(path) = key_log_path(talk) {
            common.key_log = Some(Arc::new(KeyLogFile::open(&path)?));
        }
        Ok(heard)
    }
}

impl Ready {
    /// Begins a handshake with the server `name`, which listens on `port`.
    pub(crate) fn connect<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        name: ServerName,
        port: u16,
        transport: T,
    ) -> Handshake<T> {
        *self.last() = Last {
            name: Some(name.to_string()),
            agreed: None,
        };
        let Some(judge) = self.judge.clone() else {
            return self.connector.connect(name, transport);
        };
        let place = authority(&name.to_string(), port);
        let answerer = move |question: Question<'_>| -> Answering {
            let answer = judge.answer(&place, &question);
            Box::pin(async { answer })
        };
        let connector = self.connector.clone().with_answerer(answerer);
        connector.connect(name, transport)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom to ask for and to verify when `host` is connected to.
    pub(crate) fn name_for(&self, host: &str) -> Result<ServerName, Failure> {
        match &self.name {
            Some(name) => Ok(name.clone()),
            None => server_name(host),
        }
    }

    /// What the sessions of a server belong to, and which of them are offered.
    pub(crate) fn bound(&self, name: &ServerName) -> Bound {
        Bound {
            name: name.to_string(),
            ..self.bound.clone()
        }
    }

    /// A failure of the last connection, with what is known of its cause.
    pub(crate) fn explain(&self, mut failure: Failure) -> Failure {
        let judged = self.keeper.take();
        if let Some(failed) = judged.failed {
            return failed;
        }
        if failure.report.is_some() {
            failure.hint = failure.hint.take().or(judged.remedy);
        }
        let last = self.last();
        if let (None, Some(error), Some(agreed)) = (&failure.report, failure.tls, &last.agreed) {
            failure.report = Some(Report::of_connected(error, true, agreed));
        }
        let mut failure = failure.given(Given {
            peer: last.name.clone(),
            ..self.given.clone()
        });
        let fetches = judged.tried.into_iter();
        failure
            .causes
            .extend(fetches.map(|one| format!("fetch: {one}")));
        let scts = judged.scts.iter();
        failure.causes.extend(scts.map(|one| format!("SCT: {one}")));
        self.heard.explain(failure, &self.own)
    }

    /// What was found out about the last server. Takes it.
    pub(crate) fn take_judged(&self, negotiated: Option<&Negotiated>) -> Judged {
        let mut judged = self.keeper.take();
        self.last().agreed = negotiated.cloned();
        if let Some(unknown) = negotiated.and_then(summary::unknown) {
            judged.objection = Some(unknown.to_owned());
        }
        judged
    }
}

/// Lets either side renew what it needs to.
fn renew(config: &mut ClientConfig, keys: bool, has_own: bool) {
    if keys {
        config.common.renegotiation = Renegotiation::Own;
    }
    if has_own {
        // Whoever has something to show may be asked for it when it asks for a page.
        config.post_handshake_auth = true;
        config.common.renegotiation = Renegotiation::ALLOW;
    }
}

/// What the sessions of any server belong to.
fn bound(common: &Common, own: &[OwnLeaf], trust: String) -> Bound {
    Bound {
        name: String::new(),
        client: fingerprint(own.iter().map(|one| &*one.der)),
        trust,
        versions: common.versions.clone(),
        suites: common.suites.clone(),
    }
}

/// What sessions are bound to beside the trust.
fn label(rule: Option<&Combination>, raw_keys: Option<&Pins>) -> String {
    let label = rule.map(proving::label).unwrap_or_default();
    label + &raw_keys.map(raw_keys::label).unwrap_or_default()
}

/// The config that believes a server by its raw key; beside certificates where somebody is trusted.
fn verified_by_keys(known: &Pins, trusted: Option<&Trusted>) -> Result<ClientConfig, Failure> {
    let Some(trusted) = trusted else {
        return Ok(ClientConfig::with_verification(Verification::raw_keys(
            known,
        )));
    };
    if trusted.asks() {
        let message = "--server-raw-key beside a directory of authorities";
        return Err(Failure::usage(message).hint("name them by --cacert FILE"));
    }
    let trust = match trusted.is_system {
        true => Trust::System,
        false => Trust::Roots(trusted.anchors.roots.clone()),
    };
    let verification = Verification::chain(trust).with_raw_keys(known);
    Ok(ClientConfig::with_verification(verification))
}

/// Whether the verdict is the command's own: whom to believe is looked up once the chain is seen,
/// or it is told what became of each SCT.
fn judges(trusted: &Trusted, rule: Option<&Combination>) -> bool {
    trusted.asks() || rule.is_some_and(Combination::asks_for_scts)
}

/// True for a suite under which nobody shows who they are.
fn is_anonymous(suite: &CipherSuite) -> bool {
    let exchange = suite.parts().and_then(|parts| parts.key_exchange);
    exchange.is_some_and(|exchange| exchange.ends_with("_anon"))
}

/// A host's name, in its own letters too, or address.
pub(crate) fn server_name(host: &str) -> Result<ServerName, Failure> {
    let host = a_label(host)?;
    ServerName::parse(&host).map_err(|fault| Failure::usage(format!("{host}: {fault}")))
}

/// Accepts every server, and keeps what speaks against it.
fn lenient(roots: Roots, keeper: Arc<Keeper>) -> impl Fn(Question<'_>) -> Answering + Send + Sync {
    move |question| {
        let Question::VerifyPeer { chain, name, .. } = question else {
            return Box::pin(async { Answer::Failed });
        };
        let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        let request = Request {
            chain: &chain,
            roots: &roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name,
            at_unix_s: i64::try_from(now().unix_s()).unwrap_or(i64::MAX),
            policy: &Policy::MODERN,
            leaf_key: None,
            facts: None,
            revocation: Revocation::default(),
        };
        let found = verify(&request)
            .err()
            .map(|rejection| format!("{}: {}", rejection.place(), rejection.reason()));
        keeper.keep_objection(found);
        Box::pin(async { Answer::PeerAccepted })
    }
}
