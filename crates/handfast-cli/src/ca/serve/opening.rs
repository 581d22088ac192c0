//! The folder opened, and all that is ready before the first request comes.

use crate::ca::opened::failure;
use crate::ca::serve::desk::{Desk, Held};
use crate::ca::serve::document::Document;
use crate::ca::serve::keeper::{Keeper, appoint};
use crate::ca::serve::kept::Kept;
use crate::ca::serve::lists::Publisher;
use crate::ca::serve::log::Log;
use crate::ca::serve::options::Options;
use crate::ca::serve::signing::{Delegates, Signers};
use crate::ca::serve::wanted::{Form, Wanted, wanted as find};
use crate::exit::Exit;
use crate::failure::{Failure, words};
use crate::talk::Talk;
use arc_swap::{ArcSwap, ArcSwapOption};
use handfast::stream::now;
use handfast_ca::profile::Pointers;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::row::Level;
use handfast_pki::certificate::Certificate;
use handfast_pki::load::{to_pem, to_pkcs7};
use rustls_pki_types::CertificateDer;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc;
use tokio::sync::oneshot;
use url::Url;

/// Opens the folder, makes what is missing, and starts the thread that has the records. What comes
/// with the desk is closed when that thread ends.
pub(super) fn open(
    options: &Options,
    talk: &Talk,
    log: Log,
) -> Result<(Arc<Desk>, oneshot::Receiver<()>), Failure> {
    let mut directory = options.signing.open()?;
    let now_unix = now().unix_s();
    let pointers = directory.pointers().map_err(|fault| failure(&fault))?;
    let (questions, asked) = mpsc::channel();
    let desk = Arc::new(Desk {
        authorities: authorities(&directory),
        chain: chain(&directory, now_unix),
        signers: ArcSwap::from_pointee(Signers::default()),
        kept: Kept::new(KEPT),
        questions,
        is_well: AtomicBool::new(true),
        state: AtomicU64::new(0),
        is_pointed_to: !(pointers.crl.is_empty() && pointers.ocsp.is_empty()),
        paths: paths(&pointers),
    });
    let mut publisher = Publisher::new(options.crl_life);
    let mut delegates = Delegates::new(options.ocsp_signer, options.ocsp_life);
    // What is there when the server starts is told by how it starts.
    let silent = Log::silent();
    let first = publisher
        .publish(&mut directory, &desk, now_unix, silent)
        .and_then(|()| appoint(&mut delegates, &mut directory, &desk, (now_unix, silent)));
    first.map_err(|why| Failure::new(Exit::Bad, "authority", "start", why))?;
    let keeper = Keeper::new(directory, Arc::clone(&desk), (publisher, delegates), talk);
    let keeper = keeper.map_err(|fault| failure(&fault))?;
    let (alive, ended) = oneshot::channel();
    std::thread::Builder::new()
        .name("keeper".to_owned())
        .spawn(move || {
            // Dropped however the thread ends.
            let _alive: oneshot::Sender<()> = alive;
            keeper.run(&asked, log);
        })
        .map_err(|error| Failure::new(Exit::Bad, "thread", "start", words(&error)))?;
    Ok((desk, ended))
}

/// What lies at the paths that certificates name. A proxy may stand before this server, so hosts
/// are not compared.
fn paths(pointers: &Pointers) -> HashMap<String, Wanted> {
    let lists = pointers.crl.iter();
    let lists = lists.map(|url| (url, Wanted::List(Level::Issuing, Form::Der)));
    let responders = pointers.ocsp.iter().map(|url| (url, Wanted::Ocsp));
    let issuers = pointers.issuers.iter();
    let issuers = issuers.map(|url| (url, Wanted::Certificate(Level::Issuing, Form::Der)));
    let named = lists.chain(responders).chain(issuers);
    let named = named.filter_map(|(url, wanted)| Some((Url::parse(url).ok()?, wanted)));
    // Those that are known lead to the right authority by themselves.
    let other = named.filter(|(url, _)| find(url.path()).is_none());
    other
        .map(|(url, wanted)| (url.path().to_owned(), wanted))
        .collect()
}

/// The authorities of a folder, the root first.
fn authorities(directory: &CaDirectory) -> Vec<Held> {
    let mut chain = directory.issuer_chain();
    chain.reverse();
    let last = chain.len().saturating_sub(1);
    let held = chain.iter().enumerate().map(|(at, der)| {
        let level = if at == last {
            Level::Issuing
        } else {
            Level::Root
        };
        held(der, level, if at == 0 { "root" } else { "issuing" })
    });
    held.collect()
}

fn held(der: &CertificateDer<'_>, level: Level, name: &'static str) -> Held {
    let view = Certificate::parse(der).ok();
    let subject = view.as_ref().map(|view| view.subject().to_string());
    // As long as the certificate is the same, so are the documents.
    let made = view.and_then(|view| u64::try_from(view.validity().not_before.0).ok());
    let made = made.unwrap_or(0);
    let pem = to_pem("CERTIFICATE", der).to_string();
    Held {
        level,
        name,
        subject: subject.unwrap_or_default(),
        // RFC 5280 section 4.2.2.1.
        der: Document::new(der.to_vec(), "application/pkix-cert", made),
        pem: Document::new(pem.into_bytes(), "application/x-pem-file", made),
        list: ArcSwapOption::empty(),
    }
}

fn chain(directory: &CaDirectory, now_unix: u64) -> Document {
    let chain = directory.issuer_chain();
    let bundle = to_pkcs7(chain.iter().map(AsRef::as_ref), []);
    // RFC 5280 section 4.2.2.1: certs-only, in BER or DER.
    Document::new(bundle, "application/pkcs7-mime", now_unix)
}

/// Responses that are kept ready, twice so many at most, some 1 KB each.
const KEPT: usize = 8192;
