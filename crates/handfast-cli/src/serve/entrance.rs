//! Where clients come in. With `-v` each connection has an observer of its own, since what is told
//! of a message depends on those before it.

use crate::failure::Failure;
use crate::refused_config;
use crate::serve::acme::challenges::{Challenges, choosing};
use crate::serve::hosts::Hosts;
use arc_swap::ArcSwap;
use handfast::config::{Exception, UnknownName};
use handfast::observe::Observer;
use handfast::{Server, ServerConfig};
use handfast_store::Sessions;
use handfast_tokio::{Acceptor, Handshake};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// Accepts clients by one config, until there is another.
pub(super) struct Entrance {
    current: ArcSwap<Current>,
    /// Held while another config is made: the last one shown is made of the last certificates.
    turn: Mutex<()>,
    watch: Option<Watch>,
    /// Where certificates come from an authority: what it may ask for.
    challenges: Option<Arc<Challenges>>,
    /// Where sessions are kept outside of the process.
    sessions: Option<Sessions>,
}

struct Current {
    /// Nothing: no certificate has come yet.
    ready: Option<Ready>,
    config: ServerConfig,
}

struct Ready {
    server: Server,
    acceptor: Acceptor,
}

/// Makes the observer of one connection, from this address.
pub(super) type Watch = fn(SocketAddr) -> Arc<dyn Observer>;

impl Entrance {
    /// Accepts by `config`; each connection is watched by what `watch` makes. With `challenges`
    /// the config may have no certificate yet: then only the authority is answered.
    pub(super) fn new(
        config: ServerConfig,
        watch: Option<Watch>,
        challenges: Option<Arc<Challenges>>,
        sessions: Option<Sessions>,
    ) -> Result<Self, Failure> {
        let current = Current::new(config, challenges.is_some(), sessions.as_ref())?;
        Ok(Self {
            current: ArcSwap::from_pointee(current),
            turn: Mutex::default(),
            watch,
            challenges,
            sessions,
        })
    }

    /// Shows the hosts' certificates from now on; connections that are open are not touched. Gives
    /// which staples could not be read: what was stapled before goes on.
    pub(super) fn show(&self, hosts: &Hosts) -> Result<Vec<Failure>, Failure> {
        // What is behind it is whole even where somebody panicked.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut config = self.current.load().config.clone();
        let (credentials, unread) = hosts.renewed();
        config.credentials = credentials;
        config.unknown_name = unknown_name(hosts);
        self.replace(config)?;
        Ok(unread)
    }

    /// Judges clients under these exceptions from now on.
    pub(super) fn except(&self, exceptions: Vec<Exception>) -> Result<(), Failure> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut config = self.current.load().config.clone();
        config.exceptions = exceptions;
        self.replace(config)
    }

    fn replace(&self, config: ServerConfig) -> Result<(), Failure> {
        let sessions = self.sessions.as_ref();
        let current = Current::new(config, self.challenges.is_some(), sessions)?;
        self.current.store(Arc::new(current));
        Ok(())
    }

    /// Whether there is a certificate to show.
    pub(super) fn is_open(&self) -> bool {
        self.current.load().ready.is_some()
    }

    /// Begins a connection.
    pub(super) fn accept<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        transport: T,
        peer: SocketAddr,
    ) -> Handshake<T> {
        let current = self.current.load();
        let watched = self.watching(&current, peer);
        match watched.as_ref().or(current.ready.as_ref()) {
            Some(ready) if !self.awaits_authority() => ready.acceptor.accept(transport),
            // What a client offers is looked at only while it may be the authority.
            ready => {
                let server = ready.map(|ready| ready.server.clone());
                let challenges = self.challenges.clone().unwrap_or_default();
                let chooser = choosing(challenges, server);
                let acceptor = match &self.sessions {
                    Some(sessions) => Acceptor::by_client_hello(sessions.clone().beside(chooser)),
                    None => Acceptor::by_client_hello(chooser),
                };
                acceptor.with_timeout(HANDSHAKE).accept(transport)
            }
        }
    }

    fn awaits_authority(&self) -> bool {
        let challenges = self.challenges.as_ref();
        challenges.is_some_and(|challenges| challenges.awaits_handshakes())
    }

    fn watching(&self, current: &Current, peer: SocketAddr) -> Option<Ready> {
        let watch = self.watch?;
        let mut config = current.config.clone();
        config.common.observer = Some(watch(peer));
        // It was good before, and an observer changes nothing.
        Ready::new(config, self.sessions.as_ref()).ok()
    }
}

impl Current {
    /// Only where certificates come later may there be none.
    fn new(
        config: ServerConfig,
        may_be_empty: bool,
        sessions: Option<&Sessions>,
    ) -> Result<Self, Failure> {
        let shows_nothing = config.credentials.is_empty() && config.psks.is_empty();
        let ready = match shows_nothing && may_be_empty {
            true => None,
            false => Some(Ready::new(config.clone(), sessions)?),
        };
        Ok(Self { ready, config })
    }
}

impl Ready {
    fn new(config: ServerConfig, sessions: Option<&Sessions>) -> Result<Self, Failure> {
        let answers_early = config.max_early_data > 0;
        let server = config
            .check()
            .map_err(|fault| refused_config::of_server(&fault))?;
        let acceptor = Acceptor::new(server.clone());
        let acceptor = acceptor.map_err(|missing| Failure::usage(missing.to_string()))?;
        let mut acceptor = match sessions {
            Some(sessions) => acceptor.with_answerer(sessions.clone()),
            None => acceptor,
        };
        if answers_early {
            acceptor = acceptor.answering_early();
        }
        Ok(Self {
            acceptor: acceptor.with_timeout(HANDSHAKE),
            server,
        })
    }
}

/// A folder without a name is served to whoever asks for a name that nobody bears.
pub(super) fn unknown_name(hosts: &Hosts) -> UnknownName {
    if hosts.has_default() {
        UnknownName::UseFirst
    } else {
        UnknownName::Refuse
    }
}

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::options::Options;
    use crate::trace::Trace;
    use clap::{Args, Command, FromArgMatches};
    use handfast::Credential;
    use handfast::stream::now;
    use handfast_ca::authority::Authority;
    use handfast_ca::issued::Issued;
    use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
    use handfast_testkit::peer::Folder;
    use handfast_testkit::revocation::world::World;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn issued(authority: &Authority, name: &str) -> Issued {
        let year = Validity::days(now().unix_s(), 365);
        let names = [AlternativeName::dns(name)];
        let issued = authority.issue_server(&names, year, KeyKind::EcP256);
        issued.unwrap()
    }

    fn hosts(flags: &[&str]) -> Hosts {
        let serve = Options::augment_args(Command::new("serve"));
        let matches = serve.get_matches_from([&["serve"], flags].concat());
        let options = Options::from_arg_matches(&matches).unwrap();
        Hosts::new(&options, &matches, Some(&|_| None)).unwrap()
    }

    #[test]
    fn one_staple_that_cannot_be_read_keeps_no_other_certificate_back() {
        let folder = Folder::new().unwrap();
        let year = Validity::days(now().unix_s(), 365);
        let authority = Authority::new("Root", year, KeyKind::EcP256).unwrap();
        let given = issued(&authority, "a.test");
        let cert = folder.write("a.pem", given.chain_pem()).unwrap();
        let key = folder.write("a.key", given.key_pem().unwrap()).unwrap();
        let world = World::new();
        let answer = world.answer().signed_by(&world.issuer_key);
        let staple = folder.write("a.ocsp", &answer).unwrap();
        let dir = folder.path().to_str().unwrap();
        let [a, b] = ["a.test", "b.test"].map(|name| format!("{name}={dir}"));
        let flags = ["--acme", "https://ca.test/directory", "--acme-dir", dir];
        let own = ["--host", &a, "--cert", &cert, "--key", &key];
        let more = ["--staple", &staple, "--host", &b];
        let hosts = hosts(&[&own[..], &more, &flags].concat());
        let mut config = ServerConfig::new(hosts.credentials().remove(0));
        config.unknown_name = unknown_name(&hosts);
        let entrance = Entrance::new(config, None, Some(Arc::default()), None).unwrap();
        let shown = |entrance: &Entrance| entrance.current.load().config.credentials.len();
        assert_eq!(shown(&entrance), 1);
        std::fs::write(&staple, "half an answ").unwrap();
        let (at, _) = hosts.by_acme().next().unwrap();
        let (chain, key) = issued(&authority, "b.test").into_parts();
        hosts.put(at, Credential::new(chain, key).unwrap());
        let unread = entrance.show(&hosts).unwrap();
        assert_eq!(unread.len(), 1);
        assert!(
            unread[0].message.contains("a.ocsp"),
            "{}",
            unread[0].message
        );
        assert_eq!(shown(&entrance), 2);
        // The control.
        std::fs::write(&staple, answer).unwrap();
        assert!(entrance.show(&hosts).unwrap().is_empty());
    }

    static MADE: AtomicUsize = AtomicUsize::new(0);

    fn counted(_: SocketAddr) -> Arc<dyn Observer> {
        MADE.fetch_add(1, Ordering::Relaxed);
        Arc::<Trace>::default()
    }

    #[tokio::test]
    async fn each_connection_has_an_observer_of_its_own() {
        let year = Validity::days(now().unix_s(), 365);
        let authority = Authority::new("Root", year, KeyKind::EcP256).unwrap();
        let names = [AlternativeName::dns("localhost")];
        let issued = authority.issue_server(&names, year, KeyKind::EcP256);
        let (chain, key) = issued.unwrap().into_parts();
        let config = ServerConfig::new(Credential::new(chain, key).unwrap());
        for (watch, made) in [(None, 0), (Some(counted as Watch), 2)] {
            let entrance = Entrance::new(config.clone(), watch, None, None).unwrap();
            let begin = || entrance.accept(tokio::io::duplex(64).0, ([127, 0, 0, 1], 1).into());
            let _both = [begin(), begin()];
            assert_eq!(MADE.load(Ordering::Relaxed), made);
        }
    }
}
