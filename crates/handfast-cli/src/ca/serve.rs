//! `handfast ca serve`: what clients and servers ask an authority for, over plain HTTP.
//!
//! ```text
//! TCP --> place (bounded) --> HTTP/1.1 --> office --> desk: certificates, lists, kept responses
//!                                                       | question        ^ lists, signers
//!                                                       v                 |
//!                                                     keeper (a thread) --+-- records, keys
//! ```
//! Plain HTTP by design: everything here is signed by the authority, and whoever asks whether a
//! certificate is revoked must not need another certificate's status first (RFC 5280 section 8).

mod asked;
mod connection;
mod desk;
mod document;
mod keeper;
mod kept;
mod lists;
mod log;
mod office;
mod opening;
pub(crate) mod options;
mod paced;
mod page;
pub(crate) mod signing;
pub(crate) mod wanted;

use crate::ca::acme::Acme;
use crate::ca::serve::connection::Connections;
use crate::ca::serve::desk::Desk;
use crate::ca::serve::log::Log;
use crate::ca::serve::office::Office;
use crate::ca::serve::opening::open;
use crate::ca::serve::options::Options;
use crate::columns::hang;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listening::{GRACE, accept, listen, stop};
use crate::talk::{Talk, note, print_line};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs the server until it is told to stop.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.signing.place.name();
    match serve(options, talk).await {
        Ok(()) => Exit::Done,
        Err(failure) => talk.end("ca.serve", &target, Err::<Value, _>(failure)),
    }
}

async fn serve(options: &Options, talk: &Talk) -> Result<(), Failure> {
    // Whether the port is free is told before anything is issued.
    let (listener, address) = listen(options.listen).await?;
    let log = Log::new(talk);
    let (desk, keeper) = open(options, talk, log)?;
    let acme = match options.acme.acme {
        true => Some(Acme::open(&options.acme, &options.signing, talk).await?),
        false => None,
    };
    greet(options, &desk, address, talk);
    if let Some(acme) = &acme {
        acme.greet();
    }
    let office = Arc::new(Office::new(desk));
    let most = usize::try_from(options.connections).unwrap_or(usize::MAX);
    let connections = Connections::new(office, log, most);
    // In a task, so that it runs where the connections do.
    let accepting = tokio::spawn(async move {
        let stopped = tokio::select! {
            stopped = stop() => stopped,
            () = clients(&listener, &connections) => Ok(()),
            () = with_acme(acme.as_ref()) => Ok(()),
            _ = keeper => Err(dead()),
        };
        stopped.map(|()| connections)
    });
    let connections = accepting
        .await
        .map_err(|error| Failure::new(Exit::Bad, "accept", "start", error.to_string()))??;
    tokio::select! {
        () = connections.finish() => {}
        _ = stop() => {}
        () = tokio::time::sleep(GRACE) => talk.warn("some connections were cut off"),
    }
    Ok(())
}

/// Whoever starts the server again is told, rather than clients for ever after.
fn dead() -> Failure {
    let message = "the thread that has the records has ended";
    Failure::new(Exit::Bad, "thread", "serve", message)
        .hint("start the server again, and report what it said before")
}

/// Serves ACME, if it is asked for.
async fn with_acme(acme: Option<&Acme>) {
    match acme {
        Some(acme) => acme.run().await,
        None => std::future::pending().await,
    }
}

/// Takes clients for as long as there are places.
async fn clients(listener: &TcpListener, connections: &Connections<Office>) {
    while let Some(seat) = connections.seat().await {
        let (tcp, peer) = accept(listener).await;
        connections.take(tcp, peer, seat);
    }
}

fn greet(options: &Options, desk: &Desk, address: SocketAddr, talk: &Talk) {
    let url = format!("http://{address}");
    let folder = options.signing.place.name();
    if talk.json {
        let authorities = desk.authorities.iter();
        let authorities = authorities.map(|held| {
            json!({
                "level": held.name,
                "subject": held.subject,
                "certificate": format!("{url}/{}.cer", held.name),
                "list": format!("{url}/{}.crl", held.name),
            })
        });
        let start = json!({
            "schema": "handfast.ca.start/1",
            "listen": address.to_string(),
            "ca_dir": folder,
            "ocsp": format!("{url}{}", wanted::OCSP),
            "chain": format!("{url}{}", wanted::CHAIN),
            "authorities": authorities.collect::<Vec<_>>(),
            "pointed_to": desk.is_pointed_to,
        });
        print_line(&start.to_string());
        return;
    }
    if talk.quiet {
        return;
    }
    note(&format!("{url}/  the authority in {folder}"));
    for held in &desk.authorities {
        let (name, subject) = (held.name, held.subject.escape_debug());
        note(&hang(&format!("  /{name}.cer, /{name}.crl  {subject}"), 2));
    }
    note(&format!("  {}  OCSP by POST and GET", wanted::OCSP));
    if !desk.is_pointed_to {
        let line = format!(
            "the certificates of this authority name no URL, so nobody comes by itself: make one \
             whose certificates do with handfast ca init --url {url}"
        );
        talk.warn(&line);
    }
}
