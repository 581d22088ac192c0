//! `serve --acme`: certificates from an authority, got and kept fresh while the server runs.
//!
//! ```text
//! folder --> due? --> order (handfast_acme::client) --> folder --> hosts --> entrance
//!             ^                |  challenges: entrance | port 80 | hook        |
//!             +----------------+----------------------------------------------+
//! ```
//! Whatever fails is told with what to do and when it is tried again; what is served goes on.

pub(super) mod challenges;
mod dns;
mod folder;
pub(super) mod fresh;
mod http;
mod http01;
pub(super) mod options;
mod order;

use crate::failure::Failure;
use crate::listening::listen;
use crate::serve::acme::challenges::Challenges;
use crate::serve::acme::folder::Folder;
use crate::serve::acme::http::Sender;
use crate::serve::acme::options::Kind;
use crate::serve::options::Options;
use crate::talk::Talk;
use handfast::Credential;
use handfast_acme::client::Settings;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What getting certificates takes.
pub(super) struct Acme {
    settings: Settings,
    folder: Folder,
    sender: Sender,
    challenges: Arc<Challenges>,
    hook: Option<PathBuf>,
    talk: Talk,
    /// One order at a time.
    turn: Mutex<()>,
}

impl Acme {
    /// Reads the flags and opens the folder; nothing without `--acme`. What is wrong with the
    /// flags ends the command; nothing that comes later does.
    pub(super) async fn open(options: &Options, talk: &Talk) -> Result<Option<Arc<Self>>, Failure> {
        let own = &options.acme;
        let Some(directory) = &own.acme else {
            return Ok(None);
        };
        own.check()?;
        let mut settings = Settings::new(directory);
        settings.challenge = own.acme_challenge.into();
        settings.contact = own.contact();
        settings.agrees_to_terms = own.agrees_to_terms();
        settings.binding = own.binding()?;
        settings.check().map_err(|fault| {
            let failure = Failure::usage(format!("--acme {}", fault.message));
            failure.hint(fault.hint.unwrap_or_default())
        })?;
        let sender = Sender::new(own.roots()?)?;
        let folder = Folder::open(&own.acme_dir, directory)?;
        let challenges = Arc::<Challenges>::default();
        if own.acme_challenge == Kind::Http01 {
            let address = own.acme_http_listen;
            let address = address.unwrap_or_else(|| SocketAddr::new(options.listen.ip(), 80));
            let (listener, address) = listen(address).await.map_err(|failure| {
                failure.hint("choose where http-01 is answered with --acme-http-listen")
            })?;
            talk.tell(&format!("http-01 is answered on {address}"));
            tokio::spawn(http01::answer(listener, Arc::clone(&challenges)));
        }
        Ok(Some(Arc::new(Self {
            settings,
            folder,
            sender,
            challenges,
            hook: own.acme_dns_hook.clone(),
            talk: talk.clone(),
            turn: Mutex::default(),
        })))
    }

    /// Where answers to challenges are.
    pub(super) fn challenges(&self) -> Arc<Challenges> {
        Arc::clone(&self.challenges)
    }

    /// The directory's URL.
    pub(super) fn directory(&self) -> &str {
        &self.settings.directory
    }

    /// The certificate from before. One that cannot be read is told of, and another is got.
    pub(super) fn before(&self, names: &[String]) -> Option<Credential> {
        let certified = self.folder.certificate(names).unwrap_or_else(|failure| {
            self.talk.warn(&failure.message);
            None
        });
        certified.map(|certified| certified.credential)
    }
}
