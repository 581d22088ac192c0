//! `handfast ca serve --acme`: certificates for whoever proves their names (RFC 8555).
//!
//! ```text
//! TCP --> place (bounded) --> TLS, a certificate of our own --> HTTP/1.1 --> worker (a thread)
//!                                                                             | reply   ^ findings
//!                                                                             v         |
//!                                                               validations --> look (bounded)
//! ```
//! The protocol is `handfast_acme::server`; here are sockets, the folder, and the connections that
//! strangers want made (`networks` says which are).

mod constraints;
mod guests;
mod kept;
mod look;
mod networks;
pub(crate) mod options;
mod own;
mod requests;
mod worker;

use crate::ca::acme::constraints::constraints;
use crate::ca::acme::guests::Guests;
use crate::ca::acme::kept::{KeptRecords, Signer};
use crate::ca::acme::look::Looker;
use crate::ca::acme::look::reach::Reach;
use crate::ca::acme::networks::Network;
use crate::ca::acme::options::AcmeOptions;
use crate::ca::acme::own::Door;
use crate::ca::acme::requests::Requests;
use crate::ca::acme::worker::Worker;
use crate::ca::names::alternatives;
use crate::ca::opened::Signing;
use crate::exit::Exit;
use crate::failure::{Failure, words};
use crate::listening::{accept, listen};
use crate::talk::{Talk, note, print_line};
use handfast_acme::SystemRandom;
use handfast_acme::server::Server;
use handfast_ca::profile::AlternativeName;
use handfast_ca_store::directory::CaDirectory;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// A server that is ready.
pub(crate) struct Acme {
    listener: TcpListener,
    door: Arc<Door>,
    requests: Requests,
    names: Vec<AlternativeName>,
    url: String,
    address: SocketAddr,
    root_file: String,
    talk: Talk,
}

impl Acme {
    /// Opens the folder, makes the server's own certificate, and listens.
    pub(crate) async fn open(
        options: &AcmeOptions,
        signing: &Signing,
        talk: &Talk,
    ) -> Result<Self, Failure> {
        if signing
            .pass_file
            .as_deref()
            .is_some_and(|file| file.as_os_str() == "-")
        {
            return Err(Failure::usage(
                "--pass-file - can be read once, and --acme reads it again",
            )
            .hint("put the pass phrase into a file that you alone can read"));
        }
        let (listener, address) = listen(options.acme_listen).await?;
        let names = own_names(options, address)?;
        let base = format!("https://{}", authority(&names, address));
        let mut settings = options.settings(&base)?;
        // Two connections to the database: what signs must not wait for what remembers.
        let directory = signing.open()?;
        let records = signing.open_locked()?;
        settings.names.authorities = constraints(&directory.issuer_chain());
        let failed = |why: String| Failure::new(Exit::Bad, "acme", "start", why);
        let server = Server::new(settings, &mut SystemRandom);
        let server = server.map_err(|fault| failed(fault.to_string()))?;
        let url = server.directory_url();
        let root_file = directory.root_file().display().to_string();
        warn(options, &directory, talk);
        let worker = Worker::start(
            server,
            KeptRecords::new(records, talk),
            Signer::new(directory, talk),
            talk,
        );
        let worker = worker.map_err(|error| failed(words(&error)))?;
        let door = Door::open(worker.clone(), &names).await.map_err(|why| {
            failed(format!("no certificate for the ACME server itself: {why}"))
                .hint("name it by a name that the authority may vouch for, with --acme-name NAME")
        })?;
        let looker = Looker::new(Reach {
            networks: options.acme_connect.clone(),
            http_port: options.acme_http_port,
            tls_port: options.acme_tls_port,
            dns_hook: options.acme_dns_hook.clone(),
        });
        Ok(Self {
            listener,
            door: Arc::new(door),
            requests: Requests::new(worker, looker, talk),
            names,
            url,
            address,
            root_file,
            talk: talk.clone(),
        })
    }

    /// Says where it is, and whom its clients have to trust.
    pub(crate) fn greet(&self) {
        let Self { url, root_file, .. } = self;
        if self.talk.json {
            let start = json!({
                "schema": "handfast.ca.acme.start/1",
                "listen": self.address.to_string(),
                "directory": url,
                "root_file": root_file,
            });
            print_line(&start.to_string());
        } else if !self.talk.quiet {
            note(&format!("{url}  ACME; clients have to trust {root_file}"));
        }
    }

    /// Serves until it is dropped.
    pub(crate) async fn run(&self) {
        tokio::select! {
            () = self.clients() => {}
            () = self.door.renew(&self.names, &self.talk) => {}
        }
    }

    async fn clients(&self) {
        let places = Arc::new(Semaphore::new(PLACES));
        let guests = Guests::default();
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let (tcp, peer) = accept(&self.listener).await;
            let Some(guest) = guests.enter(peer.ip()) else {
                continue;
            };
            // Whoever has nothing to ask gives its place to who has.
            let may_stay = places.available_permits() >= ROOM;
            let (door, requests) = (Arc::clone(&self.door), self.requests.clone());
            tokio::spawn(async move {
                // Small writes must not wait for acknowledgements.
                let _ = tcp.set_nodelay(true);
                if let Ok(tls) = door.accept(tcp).await {
                    requests.serve(tls, peer, may_stay).await;
                }
                drop((guest, place));
            });
        }
    }
}

/// By which names the server is reached.
fn own_names(options: &AcmeOptions, address: SocketAddr) -> Result<Vec<AlternativeName>, Failure> {
    if !options.acme_name.is_empty() {
        return alternatives(&options.acme_name);
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".into(), "::1".into()];
    if !address.ip().is_unspecified() && !address.ip().is_loopback() {
        names.insert(0, address.ip().to_string());
    }
    alternatives(&names)
}

/// Host and port of its URLs. RFC 9110 section 4.2.3: https's own port is left out, as clients'
/// URL parsers leave it out, and RFC 8555 section 6.4 compares what they sign with what stands here.
fn authority(names: &[AlternativeName], address: SocketAddr) -> String {
    let host = names.first().map(ToString::to_string).unwrap_or_default();
    let host = match host.contains(':') {
        true => format!("[{host}]"),
        false => host,
    };
    match address.port() {
        443 => host,
        port => format!("{host}:{port}"),
    }
}

/// An authority for names of this house, and a server that does not look there.
fn warn(options: &AcmeOptions, directory: &CaDirectory, talk: &Talk) {
    let is_limited = constraints(&directory.issuer_chain())
        .iter()
        .any(|one| !one.permitted.is_empty());
    if is_limited && options.acme_connect == [Network::Public] {
        talk.warn(
            "this authority vouches for certain names alone; if those are of this machine or \
             network, challenges can be looked at only with --acme-connect loopback or private",
        );
    }
}

/// Clients at a time; more wait.
const PLACES: usize = 500;
/// Fewer places free: clients go after each request.
const ROOM: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_leave_out_the_port_that_https_has_anyway() {
        let name = alternatives(&["ca.test".to_owned()]).unwrap();
        let at = |port: u16| authority(&name, SocketAddr::from(([127, 0, 0, 1], port)));
        assert_eq!(at(443), "ca.test");
        assert_eq!(at(14000), "ca.test:14000");
    }
}
