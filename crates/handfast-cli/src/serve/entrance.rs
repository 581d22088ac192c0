//! Where clients come in. With `-v` each connection has an observer of its own, since what is told
//! of a message depends on those before it.

use crate::failure::Failure;
use arc_swap::ArcSwap;
use handfast::observe::Observer;
use handfast::{Credential, ServerConfig};
use handfast_tokio::{Acceptor, Handshake};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// Accepts clients by one config, until there is another.
pub(super) struct Entrance {
    current: ArcSwap<Current>,
    watch: Option<Watch>,
}

struct Current {
    acceptor: Acceptor,
    config: ServerConfig,
}

/// Makes the observer of one connection, from this address.
pub(super) type Watch = fn(SocketAddr) -> Arc<dyn Observer>;

impl Entrance {
    /// Accepts by `config`; each connection is watched by what `watch` makes.
    pub(super) fn new(config: ServerConfig, watch: Option<Watch>) -> Result<Self, Failure> {
        let current = Current::new(config)?;
        Ok(Self {
            current: ArcSwap::from_pointee(current),
            watch,
        })
    }

    /// Shows these certificates from now on; connections that are open are not touched.
    pub(super) fn show(&self, credentials: Vec<Credential>) -> Result<(), Failure> {
        let mut config = self.current.load().config.clone();
        config.credentials = credentials;
        self.current.store(Arc::new(Current::new(config)?));
        Ok(())
    }

    /// Begins a connection.
    pub(super) fn accept<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        transport: T,
        peer: SocketAddr,
    ) -> Handshake<T> {
        match self.watching(peer) {
            Some(acceptor) => acceptor.accept(transport),
            None => self.current.load().acceptor.accept(transport),
        }
    }

    fn watching(&self, peer: SocketAddr) -> Option<Acceptor> {
        let watch = self.watch?;
        let mut config = self.current.load().config.clone();
        config.common.observer = Some(watch(peer));
        // It was good before, and an observer changes nothing.
        acceptor(config).ok()
    }
}

impl Current {
    fn new(config: ServerConfig) -> Result<Self, Failure> {
        Ok(Self {
            acceptor: acceptor(config.clone())?,
            config,
        })
    }
}

fn acceptor(config: ServerConfig) -> Result<Acceptor, Failure> {
    let server = config
        .check()
        .map_err(|fault| Failure::usage(fault.to_string()))?;
    let acceptor = Acceptor::new(server).map_err(|missing| Failure::usage(missing.to_string()))?;
    Ok(acceptor.with_timeout(HANDSHAKE))
}

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Trace;
    use handfast::stream::now;
    use handfast_ca::authority::Authority;
    use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
    use std::sync::atomic::{AtomicUsize, Ordering};

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
            let entrance = Entrance::new(config.clone(), watch).unwrap();
            let begin = || entrance.accept(tokio::io::duplex(64).0, ([127, 0, 0, 1], 1).into());
            let _both = [begin(), begin()];
            assert_eq!(MADE.load(Ordering::Relaxed), made);
        }
    }
}
