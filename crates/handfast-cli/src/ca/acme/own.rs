//! The server's own certificate: of the authority that it serves, made at the start, kept in
//! memory, and replaced before it ends.

use crate::ca::acme::kept::Own;
use crate::ca::acme::worker::Worker;
use crate::talk::Talk;
use arc_swap::ArcSwap;
use handfast::ServerConfig;
use handfast::stream::now;
use handfast_ca::profile::AlternativeName;
use handfast_tokio::{Acceptor, HandshakeFailed, TlsStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// Where clients come in.
pub(super) struct Door {
    acceptor: ArcSwap<Acceptor>,
    renew_unix: AtomicU64,
    worker: Worker,
}

impl Door {
    /// Makes the first certificate.
    pub(super) async fn open(worker: Worker, names: &[AlternativeName]) -> Result<Self, String> {
        let own = worker.credential(names.to_vec()).await?;
        let renew_unix = AtomicU64::new(own.renew_unix);
        Ok(Self {
            acceptor: ArcSwap::from_pointee(acceptor(own)?),
            renew_unix,
            worker,
        })
    }

    /// Shakes hands.
    pub(super) async fn accept(
        &self,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, HandshakeFailed> {
        let handshake = self.acceptor.load().accept(tcp);
        handshake.await
    }

    /// Replaces the certificate whenever it is time; where that fails, again and again.
    pub(super) async fn renew(&self, names: &[AlternativeName], talk: &Talk) {
        loop {
            sleep(LOOK).await;
            if now().unix_s() < self.renew_unix.load(Ordering::Relaxed) {
                continue;
            }
            let made = self.worker.credential(names.to_vec()).await;
            let made = made.and_then(|own| Ok((own.renew_unix, acceptor(own)?)));
            match made {
                Ok((renew_unix, acceptor)) => {
                    self.acceptor.store(Arc::new(acceptor));
                    self.renew_unix.store(renew_unix, Ordering::Relaxed);
                }
                Err(why) => talk.warn(&format!("acme: the server's own certificate: {why}")),
            }
        }
    }
}

fn acceptor(own: Own) -> Result<Acceptor, String> {
    let mut config = ServerConfig::new(own.credential);
    config.common.alpn = vec![b"http/1.1".to_vec()];
    let server = config.check().map_err(|fault| fault.to_string())?;
    let acceptor = Acceptor::new(server).map_err(|missing| missing.to_string())?;
    Ok(acceptor.with_timeout(HANDSHAKE))
}

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the clock is looked at: a machine that slept is late by no more.
const LOOK: Duration = Duration::from_secs(60);
