//! The machine: what has happened goes in, what is to be done comes out.

use crate::client::exchange::{Exchange, Turn};
use crate::client::fault::{ClientFault, FaultKind};
use crate::client::http::{HttpRequest, HttpResponse};
use crate::client::kept::Kept;
use crate::client::ordering::{Next, Ordering};
use crate::client::proof::Proof;
use crate::client::settings::Settings;
use handfast_crypto::random::Random;
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;

/// Gets one certificate.
#[derive(Debug)]
pub struct Client {
    ordering: Ordering,
    exchange: Exchange,
    awaits: Awaits,
    patience_ms: u64,
    deadline_ms: u64,
    /// What has been made ready and not taken away.
    ready: Option<Proof>,
    /// Why it fails, told once nothing is ready any more.
    fault: Option<ClientFault>,
}

/// What has happened. Each [`Action`] says what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// It may begin.
    Start,
    /// The answer to a request.
    Response(HttpResponse),
    /// A request was not answered: why, in words.
    Unanswered(String),
    /// What was asked for is done.
    Done,
    /// What was asked for could not be done: why, in words.
    Failed(String),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Send it. Then [`Input::Response`], whatever its status is, or [`Input::Unanswered`].
    Send(HttpRequest),
    /// Wait so many milliseconds. Then [`Input::Done`].
    Wait(u64),
    /// Write it down for the next time. Then [`Input::Done`].
    Keep(Kept),
    /// Make it ready, so that the authority finds it at once. Then [`Input::Done`] or
    /// [`Input::Failed`].
    Prepare(Proof),
    /// It is of no more use. Then [`Input::Done`], also where that failed.
    TakeAway(Proof),
    /// The end: here it is.
    Obtained(Obtained),
    /// The end: there is none.
    Failed(ClientFault),
}

/// A certificate for the request's key and names, valid now, and those above it, each signed by
/// the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obtained {
    /// Leaf first.
    pub chain: Vec<CertificateDer<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    Start,
    Response,
    Waited,
    Kept,
    Prepared,
    TakenAway,
    Nothing,
}

impl Client {
    /// A client that gets a certificate for the names and the key of `csr`, a request (PKCS#10) in
    /// DER.
    ///
    /// # Errors
    /// A [`ClientFault`] says which of the settings cannot work.
    pub fn new(
        settings: Settings,
        account_key: PrivateKey,
        csr: Vec<u8>,
    ) -> Result<Self, ClientFault> {
        Ok(Self {
            exchange: Exchange::new(settings.limits, Some(account_key.clone())),
            patience_ms: settings.limits.patience_ms,
            ordering: Ordering::new(settings, &account_key, csr)?,
            awaits: Awaits::Start,
            deadline_ms: u64::MAX,
            ready: None,
            fault: None,
        })
    }

    /// Takes what has happened at `now_unix_ms`, and says what is to be done. Whatever comes out of
    /// turn, after the end too, ends in a fault of our own.
    pub fn advance(&mut self, input: Input, now_unix_ms: u64, random: &mut dyn Random) -> Action {
        let action = self
            .step(input, now_unix_ms, random)
            .unwrap_or_else(|fault| self.give_up(fault));
        self.awaits = match &action {
            Action::Send(_) => Awaits::Response,
            Action::Wait(_) => Awaits::Waited,
            Action::Keep(_) => Awaits::Kept,
            Action::Prepare(_) => Awaits::Prepared,
            Action::TakeAway(_) => Awaits::TakenAway,
            Action::Obtained(_) | Action::Failed(_) => Awaits::Nothing,
        };
        action
    }

    fn step(
        &mut self,
        input: Input,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Action, ClientFault> {
        if self.awaits == Awaits::Start {
            self.deadline_ms = now_unix_ms.saturating_add(self.patience_ms);
        }
        if now_unix_ms > self.deadline_ms && self.fault.is_none() {
            return Err(self.too_long());
        }
        let turn = match (self.awaits, input) {
            (Awaits::Start, Input::Start) => {
                let call = self.ordering.directory();
                self.exchange.begin(call)?
            }
            (Awaits::Response, Input::Response(response)) => {
                let turn = self.exchange.heard(response, now_unix_ms, random);
                turn.or_else(|fault| self.excused(fault, now_unix_ms, random))?
            }
            (Awaits::Response, Input::Unanswered(why)) => self.exchange.unanswered(&why, random)?,
            (Awaits::Waited, Input::Done) => self.exchange.resume()?,
            (Awaits::Kept, Input::Done) => {
                let next = self.ordering.kept(random)?;
                return self.act(next);
            }
            (Awaits::Prepared, Input::Done) => {
                let next = self.ordering.prepared()?;
                return self.act(next);
            }
            (Awaits::Prepared, Input::Failed(why)) => {
                return Err(ClientFault::new(FaultKind::NotPrepared, why));
            }
            (Awaits::TakenAway, Input::Done | Input::Failed(_)) => {
                self.ready = None;
                if let Some(fault) = self.fault.take() {
                    return Err(fault);
                }
                let next = self.ordering.taken_away()?;
                return self.act(next);
            }
            _ => return Err(ClientFault::own("the client was driven out of turn")),
        };
        match turn {
            Turn::Send(request) => Ok(Action::Send(request)),
            Turn::Wait(ms) => Ok(Action::Wait(ms)),
            Turn::Answer(response) => {
                let next =
                    self.ordering
                        .heard(&response, &mut self.exchange, now_unix_ms, random)?;
                self.act(next)
            }
        }
    }

    /// A refusal that has a way around it.
    fn excused(
        &mut self,
        fault: ClientFault,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Turn, ClientFault> {
        let exchange = &mut self.exchange;
        match self
            .ordering
            .excuse(&fault, exchange, now_unix_ms, random)?
        {
            Some(Next::Ask(call)) => exchange.begin(call),
            Some(Next::AskLater(call, ms)) => {
                exchange.later(call);
                Ok(Turn::Wait(ms))
            }
            _ => Err(fault),
        }
    }

    fn act(&mut self, next: Next) -> Result<Action, ClientFault> {
        Ok(match next {
            Next::Ask(call) => match self.exchange.begin(call)? {
                Turn::Send(request) => Action::Send(request),
                Turn::Wait(ms) => Action::Wait(ms),
                Turn::Answer(_) => return Err(ClientFault::own("an answer without a question")),
            },
            Next::AskLater(call, ms) => {
                self.exchange.later(call);
                Action::Wait(ms)
            }
            Next::Keep(kept) => Action::Keep(kept),
            Next::Prepare(proof) => {
                self.ready = Some(proof.clone());
                Action::Prepare(proof)
            }
            Next::TakeAway => match self.ready.clone() {
                Some(proof) => Action::TakeAway(proof),
                None => return Err(ClientFault::own("nothing was made ready")),
            },
            Next::Obtained(chain) => Action::Obtained(Obtained { chain }),
        })
    }

    /// Nothing is left ready behind a failure.
    fn give_up(&mut self, fault: ClientFault) -> Action {
        match &self.ready {
            Some(proof) => {
                let action = Action::TakeAway(proof.clone());
                self.fault = Some(fault);
                action
            }
            None => Action::Failed(fault),
        }
    }

    fn too_long(&self) -> ClientFault {
        let minutes = self.patience_ms / 60_000;
        let message = format!(
            "{}: the authority has come to no end within {minutes} minutes",
            self.ordering.about()
        );
        ClientFault::new(FaultKind::TooLong, message)
            .hint("it is tried again; if it stays so, tell whoever runs the authority")
    }
}
