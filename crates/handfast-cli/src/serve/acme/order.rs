//! One order: what the client says is done.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::serve::acme::folder::Certified;
use crate::serve::acme::{Acme, dns};
use handfast::stream::now;
use handfast_acme::client::{
    Action, Client, ClientFault, FaultKind, Input, Kept, Obtained, Proof, Settings,
};
use handfast_acme::message::{ChallengeKind, ErrorKind};
use handfast_ca::error::CaError;
use handfast_ca::profile::{AlternativeName, Purpose};
use handfast_ca::request::RequestProfile;
use handfast_ca::subject::Subject;
use handfast_pki::load::SystemRandom;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::sleep;

/// Why there is no certificate.
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// When the authority said to come back, in Unix time.
    pub(super) retry_at_unix_ms: Option<u64>,
    /// The authority looked, and said no: public ones count that.
    pub(super) is_refused: bool,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self {
            message: failure.message.clone(),
            hint: failure.advice(),
            retry_at_unix_ms: None,
            is_refused: false,
        }
    }
}

impl From<ClientFault> for Trouble {
    fn from(fault: ClientFault) -> Self {
        let is_refused = match &fault.kind {
            FaultKind::Refused(kind) => {
                !matches!(kind, ErrorKind::ServerInternal | ErrorKind::BadNonce)
            }
            _ => false,
        };
        Self {
            is_refused,
            message: fault.message,
            hint: fault.hint,
            retry_at_unix_ms: fault.retry_at_unix_ms,
        }
    }
}

impl From<CaError> for Trouble {
    fn from(error: CaError) -> Self {
        Self {
            message: error.to_string(),
            hint: None,
            retry_at_unix_ms: None,
            is_refused: false,
        }
    }
}

impl Acme {
    /// Gets a certificate for these names, and keeps it. One at a time.
    pub(super) async fn order(&self, names: &[String]) -> Result<Certified, Trouble> {
        let _turn = self.turn.lock().await;
        let before = self.folder.certificate(names).ok().flatten();
        let replaces = before.and_then(|before| Some(before.credential.chain().first()?.to_vec()));
        let key = self.folder.next_key(names)?;
        let csr = RequestProfile {
            subject: Subject::empty(),
            names: names.iter().map(|name| alternative(name)).collect(),
            purposes: vec![Purpose::ServerAuth],
            must_staple: false,
        };
        let account_key = self.folder.account_key()?;
        let settings = Settings {
            account: self.folder.account(&account_key),
            order: self.folder.order(names),
            replaces,
            ..self.settings.clone()
        };
        let mut client = Client::new(settings, account_key.clone(), csr.sign(&key)?)?;
        let mut input = Input::Start;
        loop {
            input = match client.advance(input, now().unix_ms, &mut SystemRandom) {
                Action::Send(request) => {
                    self.whisper(&format!("{} {}", request.method.name(), request.url));
                    match self.sender.send(&request).await {
                        Ok(response) => Input::Response(response),
                        Err(why) => Input::Unanswered(why),
                    }
                }
                Action::Wait(ms) => {
                    sleep(Duration::from_millis(ms)).await;
                    Input::Done
                }
                Action::Keep(kept) => {
                    let written = match &kept {
                        Kept::Account(url) => self.folder.keep_account(url, &account_key),
                        Kept::Order(url) => self.folder.keep_order(names, url),
                    };
                    // The next run asks once more than it must.
                    written.unwrap_or_else(|failure| self.talk.warn(&failure.message));
                    Input::Done
                }
                Action::Prepare(proof) => match self.prepare(&proof).await {
                    Ok(()) => Input::Done,
                    Err(why) => Input::Failed(why),
                },
                Action::TakeAway(proof) => {
                    if let Err(why) = self.take_away(&proof).await {
                        self.talk.warn(&why);
                    }
                    Input::Done
                }
                Action::Obtained(Obtained { chain }) => {
                    return Ok(self.folder.keep_certificate(names, &chain, &key)?);
                }
                Action::Failed(fault) => {
                    // What only took too long may be done the next time.
                    if !matches!(fault.kind, FaultKind::Unreachable | FaultKind::TooLong) {
                        self.folder.end_order(names);
                    }
                    return Err(fault.into());
                }
                other => {
                    let message = format!("{other:?} is not known here");
                    return Err(Failure::new(Exit::Bad, "own", "acme", message).into());
                }
            };
        }
    }

    async fn prepare(&self, proof: &Proof) -> Result<(), String> {
        self.whisper(&format!("proving {} by {}", proof.name, proof.kind.name()));
        match &proof.kind {
            ChallengeKind::TlsAlpn01 => self
                .challenges
                .show_certificate(proof)
                .map_err(|failure| failure.message.clone()),
            ChallengeKind::Http01 => {
                self.challenges.show_file(proof);
                Ok(())
            }
            _ => self.hook("set", proof).await,
        }
    }

    async fn take_away(&self, proof: &Proof) -> Result<(), String> {
        match &proof.kind {
            ChallengeKind::TlsAlpn01 => self.challenges.hide_certificate(proof),
            ChallengeKind::Http01 => self.challenges.hide_file(proof),
            _ => return self.hook("remove", proof).await,
        }
        Ok(())
    }

    async fn hook(&self, action: &str, proof: &Proof) -> Result<(), String> {
        match &self.hook {
            Some(hook) => dns::run(hook, action, proof).await,
            None => Err("there is no --acme-dns-hook".to_owned()),
        }
    }

    pub(super) fn whisper(&self, line: &str) {
        if self.talk.verbose > 0 {
            self.talk.tell(&format!("acme: {line}"));
        }
    }
}

fn alternative(name: &str) -> AlternativeName {
    match name.parse::<IpAddr>() {
        Ok(address) => AlternativeName::ip(address),
        Err(_) => AlternativeName::dns(name),
    }
}
