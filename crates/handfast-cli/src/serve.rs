//! `handfast serve [DIR]`: an HTTPS file server.
//!
//! ```text
//! TCP --task--> handshake (deadline) --ALPN--> HTTP/1.1 | HTTP/2 --> site --> file | listing
//!                  └-- plain HTTP: 400 in words
//! ```
//! Each connection lives in a task of its own, so a slow client holds up nobody.

mod acme;
mod allowed;
pub(crate) mod answer;
mod asking;
pub(crate) mod body;
mod changing;
mod client;
pub(crate) mod conditions;
mod connection;
mod delegating;
pub(crate) mod delivery;
mod development;
mod early;
mod entrance;
mod excepted;
mod files;
mod hosts;
mod keeping;
pub(crate) mod lingering;
pub(crate) mod listing;
pub(crate) mod log;
pub(crate) mod options;
mod paths;
mod plain;
mod private;
mod protected;
mod restapled;
mod revoked;
mod site;
mod stapled;
#[cfg(test)]
mod tests;
mod unread;

use crate::columns::hang;
use crate::delegated;
use crate::ech;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_log::{KeyLogFile, key_log_path};
use crate::listening::{GRACE, accept as next, listen, stop};
use crate::load;
use crate::raw_keys;
use crate::serve::acme::Acme;
use crate::serve::acme::fresh::keep_fresh;
use crate::serve::allowed::Allowed;
use crate::serve::connection::Connections;
use crate::serve::entrance::{Entrance, Watch, unknown_name};
use crate::serve::excepted::Excepted;
use crate::serve::hosts::{Before, Hosts};
use crate::serve::keeping::{Keeping, draws_root};
use crate::serve::log::Log;
use crate::serve::options::Options;
use crate::serve::protected::Protected;
use crate::serve::revoked::Revoked;
use crate::serve::site::Sites;
use crate::talk::{Talk, note};
use crate::trace::Trace;
use clap::ArgMatches;
use handfast::ServerConfig;
use handfast::config::{
    CertificateCompression, CertificateType, ClientAuth, Common, Renegotiation, Trust, Verification,
};
use handfast_pki::certificate::Certificate;
use handfast_pki::distinguished_name::DistinguishedName;
use handfast_pki::verify::Purpose;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Runs the server until it is told to stop.
pub(crate) async fn run(options: &Options, matches: &ArgMatches, talk: &Talk) -> Exit {
    let target = options.listen.to_string();
    match serve(options, matches, talk).await {
        Ok(()) => Exit::Done,
        Err(failure) => talk.end("serve", &target, Err::<Value, _>(failure)),
    }
}

async fn serve(options: &Options, matches: &ArgMatches, talk: &Talk) -> Result<(), Failure> {
    if draws_root(&options.keeping, talk)? {
        return Ok(());
    }
    // What is wrong with the flags is told before anything is written.
    check_keys(options)?;
    options.keys.warn_of_readers(talk);
    let common = common(options, talk)?;
    let keeping = Arc::new(Keeping::open(&options.keeping, talk)?);
    let (listener, address) = listen(options.listen).await?;
    let acme = Acme::open(options, talk).await?;
    let before = acme
        .as_ref()
        .map(|acme| |names: &[String]| acme.before(names));
    let before = before.as_ref().map(|before| before as Before<'_>);
    let mut hosts = Hosts::new(options, matches, before)?;
    hosts.hide(talk.keylog.as_deref());
    let hosts = Arc::new(hosts);
    hosts.doubts().iter().for_each(|doubt| talk.warn(doubt));
    doubt_authorities(options, talk)?;
    let revoked = Revoked::open(options, talk)?;
    let excepted = Excepted::open(options)?;
    let mut config = config(options, &hosts, common, &keeping, &revoked)?;
    config.exceptions.clone_from(&excepted.exceptions);
    let watch: Watch = |peer| Arc::new(Trace::of(peer));
    let authorities: Vec<_> = config
        .client_authorities
        .iter()
        .map(|der| subject(der))
        .collect();
    for name in revoked.without_list(config.client_authorities.iter().map(Vec::as_slice)) {
        talk.warn(&format!(
            "no --crl is of {name}: with --revocation hard nobody is let in whom it vouches for"
        ));
    }
    let challenges = acme.as_ref().map(|acme| acme.challenges());
    let watch = (talk.verbose > 0).then_some(watch);
    let entrance = Entrance::new(config, watch, challenges, keeping.sessions().cloned())?;
    let entrance = Arc::new(entrance);
    let allowed = Allowed::new(&options.allow);
    let protected = Protected::new(&options.protect, hosts.dirs(), &authorities);
    for path in protected.missing() {
        talk.warn(&format!(
            "--protect {path}: nothing is there to be protected"
        ));
    }
    let directory = acme.as_ref().map(|acme| acme.directory());
    let told = (directory, keeping.place());
    let whom = (&allowed, &protected, &*authorities);
    greet(&hosts, whom, told, address, talk);
    excepted.tell(talk);
    let sites = Arc::new(Sites::new(&hosts, options.hidden, protected));
    tokio::spawn(revoked.watch(talk.clone()));
    tokio::spawn(Arc::clone(&keeping).watch(talk.clone()));
    let shown = (Arc::clone(&hosts), Arc::clone(&entrance));
    tokio::spawn(restapled::watch(shown.0, shown.1, talk.clone()));
    tokio::spawn(delegating::watch(Arc::clone(&hosts), talk.clone()));
    tokio::spawn(excepted.watch(Arc::clone(&entrance), talk.clone()));
    if let Some(acme) = &acme {
        keep_fresh(acme, &hosts, &entrance);
    }
    let log = Log::new(talk);
    let mut connections = Connections::new(entrance, sites, allowed, log, address.port());
    connections.go_by(options);
    // In a task, so that it runs where the connections do.
    let accepting = tokio::spawn(accept(listener, connections));
    let connections = accepting
        .await
        .map_err(|error| Failure::new(Exit::Bad, "accept", "start", error.to_string()))??;
    talk.tell(&format!(
        "stopping: no new connections; those that are open have {} seconds to finish (Ctrl-C \
         again ends them at once)",
        GRACE.as_secs()
    ));
    tokio::select! {
        () = connections.finish() => {}
        _ = stop() => {}
        () = tokio::time::sleep(GRACE) => talk.warn("some connections were cut off"),
    }
    keeping.settle().await;
    Ok(())
}

/// Accepts until the user or the system wants the server to stop.
async fn accept(listener: TcpListener, connections: Connections) -> Result<Connections, Failure> {
    let stop = stop();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            (tcp, peer) = next(&listener) => connections.take(tcp, peer),
            stopped = &mut stop => return stopped.map(|()| connections),
        }
    }
}

/// What is spoken, and who watches.
fn common(options: &Options, talk: &Talk) -> Result<Common, Failure> {
    let mut common = Common {
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        certificate_compression: CertificateCompression::all(),
        ..Common::default()
    };
    if !options.protect.is_empty() {
        // RFC 9113 section 9.2.1, RFC 8740 section 4: in HTTP/2 nobody is asked later.
        common.alpn.remove(0);
        common.renegotiation = Renegotiation::Own;
    }
    options.policy.apply(&mut common, talk);
    options.versions.limit(&mut common)?;
    options.wanted.apply(&mut common, talk)?;
    if !options.client_ca.is_empty() {
        delegated::take(&mut common);
    }
    if let Some(path) = key_log_path(talk) {
        common.key_log = Some(Arc::new(KeyLogFile::open(&path)?));
    }
    Ok(common)
}

fn config(
    options: &Options,
    hosts: &Hosts,
    common: Common,
    keeping: &Keeping,
    revoked: &Revoked,
) -> Result<ServerConfig, Failure> {
    let mut config = ServerConfig::without_credential();
    config.common = common;
    config.credentials = hosts.credentials();
    config.unknown_name = unknown_name(hosts);
    let raw_keys = raw_keys::known("--client-raw-key", &options.client_raw_key)?;
    if let (Some(known), true) = (&raw_keys, options.client_ca.is_empty()) {
        config.client_auth = ClientAuth::Require(Verification::raw_keys(known));
        config.client_certificate_types = vec![CertificateType::RAW_PUBLIC_KEY];
    }
    if !options.client_ca.is_empty() {
        let roots = load::roots(&options.client_ca, Purpose::ClientAuth)?;
        config.client_authorities = roots.subjects().map(<[u8]>::to_vec).collect();
        let mut judged = Verification::chain(Trust::Roots(roots)).with_revocation(revoked.rules());
        if let Some(known) = &raw_keys {
            judged = judged.with_raw_keys(known);
            let both = [CertificateType::RAW_PUBLIC_KEY, CertificateType::X509];
            config.client_certificate_types = both.to_vec();
        }
        if options.protect.is_empty() {
            config.client_auth = ClientAuth::Require(judged);
        } else {
            config.later_client_auth = ClientAuth::Request(judged);
        }
    }
    config.psks = options.keys.read()?;
    config.ech_keys = ech::keys(&options.ech_key)?;
    keeping.apply(&mut config);
    config.max_early_data = options.early_data;
    if options.early_data > 0 && config.strikes.is_none() && !config.ask_for_strikes {
        return Err(unmarked());
    }
    options.policy.hold(&mut config)?;
    Ok(config)
}

/// Who insists on clients' certificates meets nobody by a key.
fn check_keys(options: &Options) -> Result<(), Failure> {
    if options.keys.are_given() && !options.client_ca.is_empty() {
        return Err(Failure::usage(
            "--psk lets in clients without a certificate, and --client-ca lets in none of them",
        )
        .hint("give one of them"));
    }
    options.keys.read().map(drop)
}

/// Others may take the same tickets, and each would take a replay once.
fn unmarked() -> Failure {
    let message = "--early-data with --ticket-root: nothing tells these servers of first flights that \
                   others have taken";
    Failure::usage(message).hint("add a --session-store that all of them reach, or leave out one")
}

/// Warns of a --client-ca that vouches for nobody.
fn doubt_authorities(options: &Options, talk: &Talk) -> Result<(), Failure> {
    for path in &options.client_ca {
        for der in load::certificates(Exit::Usage, path)? {
            let is_authority = Certificate::parse(&der).map_or(true, |certificate| {
                // RFC 5280 section 4.2.1.9: version 1 cannot say.
                certificate.version() < 3
                    || certificate
                        .basic_constraints()
                        .is_some_and(|constraints| constraints.ca)
            });
            if !is_authority {
                talk.warn(&format!(
                    "--client-ca {}: the certificate is no authority's: it lets in nobody but, at \
                     most, itself",
                    path.display()
                ));
            }
        }
    }
    Ok(())
}

fn greet(
    hosts: &Hosts,
    (allowed, protected, authorities): (&Allowed, &Protected, &[String]),
    (acme, store): (Option<&str>, Option<&str>),
    address: SocketAddr,
    talk: &Talk,
) {
    let port = if address.port() == 443 {
        String::new()
    } else {
        format!(":{}", address.port())
    };
    let sites: Vec<_> = hosts
        .all(address.ip())
        .map(|(name, dir)| (format!("https://{name}{port}/"), dir))
        .collect();
    if talk.json {
        let sites: Vec<_> = sites
            .iter()
            .map(|(url, dir)| json!({ "url": url, "dir": dir }))
            .collect();
        let start = json!({
            "schema": "handfast.serve.start/1",
            "listen": address.to_string(),
            "sites": sites,
            "allow": allowed.names(),
            "protect": protected.paths(),
            "development_root": hosts.development_root(),
            "acme": acme,
            "session_store": store,
            "psk": hosts.by_keys_alone(),
        });
        crate::talk::print_line(&start.to_string());
        return;
    }
    if talk.quiet {
        return;
    }
    for (url, dir) in &sites {
        note(&format!("{url}  {}", dir.display()));
    }
    if address.ip().is_unspecified() {
        note(&format!(
            "on every address of this machine, port {}",
            address.port()
        ));
        if hosts.development_root().is_some() {
            let line = "the certificate is for this machine alone: add names and addresses with \
                        --name";
            note(&hang(line, 0));
        }
    }
    let what = match protected.paths() {
        [] => String::new(),
        paths => format!("{}: ", paths.join(", ").escape_debug()),
    };
    if allowed.names().is_empty() && !authorities.is_empty() {
        let names = authorities.join("; ").escape_debug().to_string();
        let line = format!("{what}only for clients with a certificate by {names}");
        note(&hang(&line, 0));
    }
    if !allowed.names().is_empty() {
        let names = allowed.names().join(", ").escape_debug().to_string();
        let line = format!("{what}only for {names}, by the client's certificate");
        note(&hang(&line, 0));
    }
    if hosts.by_keys_alone() {
        let line = "only for clients that know a key of --psk: nobody is shown a certificate";
        note(&hang(line, 0));
    }
    if let Some(directory) = acme {
        let lines = hosts.by_acme().map(|(at, names)| match hosts.is_ready(at) {
            true => format!("certificate for {} by {directory}", names.join(", ")),
            false => format!(
                "the certificate for {} is still to come from {directory}: until then handshakes \
                 are refused",
                names.join(", ")
            ),
        });
        lines.for_each(|line| note(&hang(&line, 0)));
    }
    if let (Some(root), Some((url, _))) = (hosts.development_root(), sites.first()) {
        let root = root.display();
        let line = format!("development authority {root}, in no trust store; clients may name it:");
        note(&hang(&line, 0));
        // A command is typed in one line, however long.
        note(&format!("  curl --cacert {root} {url}"));
    }
}

/// A distinguished name in words.
fn subject(der: &[u8]) -> String {
    DistinguishedName::parse(der)
        .map_or_else(|_| "(unreadable)".to_owned(), |name| name.to_string())
}
