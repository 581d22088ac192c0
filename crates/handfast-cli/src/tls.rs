//! The client's TLS settings as flags.

use crate::failure::Failure;
use crate::heard::{Heard, Limits, OwnLeaf};
use crate::judged::{Judged, Keeper};
use crate::judging::Asking;
use crate::key_log::{KeyLogFile, key_log_path};
use crate::load;
use crate::own::Own;
use crate::session_file::{Bound, fingerprint};
use crate::talk::Talk;
use crate::trace::Trace;
use crate::versions::Versions;
use clap::{ArgMatches, Args};
use handfast::config::{Common, Trust, Verification};
use handfast::connection::Question;
use handfast::observe::Observer;
use handfast::session::SessionStore;
use handfast::stream::now;
use handfast::{
    Answer, CipherSuite, ClientConfig, ConfigFault, NamedGroup, Roots, ServerName, SignatureScheme,
};
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_tokio::{Answering, Connector};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How the server is judged and what it is offered.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "TLS")]
pub(crate) struct Tls {
    /// Trust the certificates in FILE (PEM or DER) instead of the system's; may be repeated
    #[arg(long, value_name = "FILE")]
    cacert: Vec<PathBuf>,
    #[command(flatten)]
    asking: Asking,
    /// Connect even to a server that is not verified, and say what is wrong with it
    #[arg(long, short = 'k')]
    insecure: bool,
    #[command(flatten)]
    own: Own,
    /// Ask for this host, and verify that the server is it, whatever is connected to
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
    #[command(flatten)]
    versions: Versions,
    /// Cipher suites, best first, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    suites: Vec<String>,
    /// Groups for the key exchange, best first
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    groups: Vec<String>,
    /// Signature schemes that the server may sign with, best first
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    sigalgs: Vec<String>,
}

/// The settings, ready to connect by.
pub(crate) struct Ready {
    pub(crate) connector: Connector,
    /// What was found out about the last server.
    keeper: Arc<Keeper>,
    name: Option<ServerName>,
    heard: Arc<Heard>,
    own: Vec<OwnLeaf>,
    limits: Limits,
    bound: Bound,
}

impl Tls {
    /// Reads the files and checks all settings. `matches` tell in which order they were given.
    pub(crate) fn ready(
        &self,
        matches: &ArgMatches,
        talk: &Talk,
        alpn: &[&str],
        timeout: Duration,
        sessions: Option<Arc<dyn SessionStore>>,
    ) -> Result<Ready, Failure> {
        let name = self.sni.as_deref().map(server_name).transpose()?;
        let judging = self.asking.judging(self.insecure, timeout)?;
        let mut config = if self.insecure {
            talk.warn("-k: the server may be anyone");
            ClientConfig::with_verification(Verification::ask())
        } else if let Some(judging) = &judging {
            let mut config = ClientConfig::with_verification(Verification::ask());
            // What is asked is asked again where a session goes on.
            config.reverify_on_resume = true;
            config.common.session_scope = Some(judging.label());
            config
        } else {
            ClientConfig::new(self.trust()?)
        };
        config.common.alpn = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        self.versions.limit(&mut config.common)?;
        self.offers(&mut config.common)?;
        let heard = self.watch(talk, &mut config.common)?;
        config.sessions = sessions;
        let own;
        (config.credentials, own) = self.own.credentials(matches)?;
        let bound = Bound {
            name: String::new(),
            client: fingerprint(own.iter().map(|one| &*one.der)),
            trust: self.fingerprint_of_trust()?,
            versions: config.common.versions.clone(),
            suites: config.common.suites.clone(),
        };
        let client = config.check().map_err(|fault| nothing_left(&fault))?;
        let mut connector = Connector::new(client)
            .map_err(|missing| no_roots(&missing))?
            .with_timeout(timeout);
        let keeper = Arc::<Keeper>::default();
        if self.insecure {
            let roots = match self.trust() {
                Ok(Trust::Roots(roots)) => roots,
                _ => handfast_trust::system().unwrap_or_default(),
            };
            connector = connector.with_answerer(lenient(roots, Arc::clone(&keeper)));
        } else if let Some(judging) = judging {
            let roots = match self.trust()? {
                Trust::Roots(roots) => roots,
                _ => handfast_trust::system().map_err(|missing| no_roots(&missing))?,
            };
            let verifier = judging.verifier(roots, talk, Arc::clone(&keeper));
            connector = connector.with_answerer(verifier);
        }
        Ok(Ready {
            connector,
            keeper,
            name,
            heard,
            own,
            limits: self.limits(),
            bound,
        })
    }

    fn fingerprint_of_trust(&self) -> Result<String, Failure> {
        let Trust::Roots(roots) = self.trust()? else {
            return Ok("system".to_owned());
        };
        let mut anchors: Vec<&[u8]> = roots.encodings().collect();
        anchors.sort_unstable();
        Ok(fingerprint(anchors.into_iter()))
    }

    /// The flags that leave something out.
    fn limits(&self) -> Limits {
        let offers = [
            ("--suites", &self.suites),
            ("--groups", &self.groups),
            ("--sigalgs", &self.sigalgs),
        ];
        let given = offers.into_iter().filter(|(_, list)| !list.is_empty());
        Limits {
            versions: self.versions.given(),
            offers: given.map(|(flag, _)| flag).collect(),
        }
    }

    /// Whether anyone will do, so that no session may go on.
    pub(crate) fn is_insecure(&self) -> bool {
        self.insecure
    }

    fn trust(&self) -> Result<Trust, Failure> {
        if self.cacert.is_empty() {
            return Ok(Trust::System);
        }
        load::roots(&self.cacert).map(Trust::Roots)
    }

    fn offers(&self, common: &mut Common) -> Result<(), Failure> {
        replace(
            &mut common.suites,
            &self.suites,
            "cipher suite",
            CipherSuite::ALL,
            CipherSuite::name,
        )?;
        replace(
            &mut common.groups,
            &self.groups,
            "group",
            NamedGroup::ALL,
            NamedGroup::name,
        )?;
        replace(
            &mut common.schemes,
            &self.sigalgs,
            "signature scheme",
            SignatureScheme::ALL,
            SignatureScheme::name,
        )
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
        let fetches = self.keeper.take().tried.into_iter();
        failure
            .causes
            .extend(fetches.map(|one| format!("fetch: {one}")));
        self.heard.explain(failure, &self.own, &self.limits)
    }

    /// What was found out about the last server. Takes it.
    pub(crate) fn take_judged(&self) -> Judged {
        self.keeper.take()
    }
}

/// Where the system's roots are not.
fn no_roots(missing: &handfast_trust::RootsMissing) -> Failure {
    Failure::usage(missing.to_string()).hint("name the roots with --cacert FILE")
}

/// What is wrong with the settings taken together.
fn nothing_left(fault: &ConfigFault) -> Failure {
    let failure = Failure::usage(fault.to_string());
    match fault {
        ConfigFault::ListEmpty(_) => failure.hint(
            "--suites and --groups name nothing that the versions from --min to --max have: \
             leave one of them out",
        ),
        _ => failure,
    }
}

/// A host's name or address.
pub(crate) fn server_name(host: &str) -> Result<ServerName, Failure> {
    ServerName::parse(host).map_err(|fault| Failure::usage(format!("{host}: {fault}")))
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

/// Replaces a list by the one that was named, if one was.
fn replace<T: Copy>(
    list: &mut Vec<T>,
    names: &[String],
    what: &str,
    all: &[T],
    name: fn(T) -> Option<&'static str>,
) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    // What is offered unasked is what works.
    let usual: Vec<_> = list.iter().filter_map(|one| name(*one)).collect();
    *list = names
        .iter()
        .map(|wanted| {
            let found = all
                .iter()
                .find(|one| name(**one).is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
            found.copied().ok_or_else(|| {
                Failure::usage(format!("{wanted} is no {what}"))
                    .hint(format!("the names are {}", usual.join(", ")))
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(())
}
