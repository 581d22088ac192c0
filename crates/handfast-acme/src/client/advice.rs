//! Asking the authority when a certificate had best be renewed (RFC 9773 section 4).

use crate::client::exchange::{Call, Exchange, How, Turn};
use crate::client::fault::ClientFault;
use crate::client::http::{HttpRequest, HttpResponse};
use crate::client::limits::Limits;
use crate::client::origin::{Link, Origin};
use crate::client::problem::shown;
use crate::client::renewal::{Window, certificate_id};
use crate::message::{Directory, RenewalInfo};
use handfast_crypto::random::Random;

/// Asks when to renew: two requests, without an account.
#[derive(Debug)]
pub struct Adviser {
    origin: Origin,
    exchange: Exchange,
    limits: Limits,
    id: String,
    asked_for_window: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdviceAction {
    /// Send it. Then [`Adviser::heard`] or [`Adviser::unanswered`].
    Send(HttpRequest),
    /// Wait so many milliseconds. Then [`Adviser::waited`].
    Wait(u64),
    /// The end. Nothing: the authority gives no such advice.
    Given(Option<Advice>),
}

/// What an authority advises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// When to renew.
    pub window: Window,
    /// Where to read why: escaped, so that it may be shown.
    pub explanation: Option<String>,
    /// Ask again after so many milliseconds: a minute to a day (RFC 9773 section 4.3.2).
    pub ask_again_ms: u64,
}

impl Adviser {
    /// Asks the authority of `directory` about a certificate (DER). Nothing: the certificate does
    /// not name its issuer's key, so it cannot be asked about.
    ///
    /// # Errors
    /// A [`ClientFault`], if that is no directory to ask.
    pub fn new(directory: &str, leaf: &[u8], limits: Limits) -> Result<Option<Self>, ClientFault> {
        let origin = Origin::of(directory)?;
        Ok(certificate_id(leaf).map(|id| Self {
            origin,
            exchange: Exchange::new(limits, None),
            limits,
            id,
            asked_for_window: false,
        }))
    }

    /// The first question.
    ///
    /// # Errors
    /// As for all of them: a [`ClientFault`] says what is wrong with what came.
    pub fn begin(&mut self) -> Result<AdviceAction, ClientFault> {
        let call = self.call("the directory", self.origin.directory());
        let turn = self.exchange.begin(call)?;
        self.act(turn, 0)
    }

    /// What came back.
    ///
    /// # Errors
    /// As [`Adviser::begin`].
    pub fn heard(
        &mut self,
        response: HttpResponse,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<AdviceAction, ClientFault> {
        let turn = self.exchange.heard(response, now_unix_ms, random)?;
        self.act(turn, now_unix_ms)
    }

    /// No answer came: why, in words.
    ///
    /// # Errors
    /// As [`Adviser::begin`].
    pub fn unanswered(
        &mut self,
        why: &str,
        random: &mut dyn Random,
    ) -> Result<AdviceAction, ClientFault> {
        let turn = self.exchange.unanswered(why, random)?;
        self.act(turn, 0)
    }

    /// The wait is over.
    ///
    /// # Errors
    /// As [`Adviser::begin`].
    pub fn waited(&mut self) -> Result<AdviceAction, ClientFault> {
        let turn = self.exchange.resume()?;
        self.act(turn, 0)
    }

    fn act(&mut self, turn: Turn, now_unix_ms: u64) -> Result<AdviceAction, ClientFault> {
        match turn {
            Turn::Send(request) => Ok(AdviceAction::Send(request)),
            Turn::Wait(ms) => Ok(AdviceAction::Wait(ms)),
            Turn::Answer(response) if self.asked_for_window => {
                let info: RenewalInfo = read(&response, "the time of renewal")?;
                let again = response.retry_after_ms(now_unix_ms);
                Ok(AdviceAction::Given(Some(Advice {
                    window: Window {
                        start_unix: info.suggested_window.start.unix,
                        end_unix: info.suggested_window.end.unix,
                    },
                    explanation: info.explanation_url.as_deref().map(shown),
                    ask_again_ms: again.unwrap_or(USUAL_MS).clamp(MINUTE_MS, DAY_MS),
                })))
            }
            Turn::Answer(response) => {
                let directory: Directory = read(&response, "the directory")?;
                let Some(base) = directory.renewal_info else {
                    return Ok(AdviceAction::Given(None));
                };
                let url = format!("{}/{}", base.trim_end_matches('/'), self.id);
                let url = self.origin.url(&url, "renewalInfo")?;
                self.asked_for_window = true;
                let call = self.call("the time of renewal", url);
                let turn = self.exchange.begin(call)?;
                match turn {
                    Turn::Send(request) => Ok(AdviceAction::Send(request)),
                    Turn::Wait(ms) => Ok(AdviceAction::Wait(ms)),
                    Turn::Answer(_) => Err(ClientFault::own("an answer without a question")),
                }
            }
        }
    }

    fn call(&self, about: &'static str, url: Link) -> Call {
        Call {
            about,
            url,
            how: How::Get,
            accept: "application/json",
            limit_bytes: self.limits.json_bytes,
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(
    response: &HttpResponse,
    about: &str,
) -> Result<T, ClientFault> {
    serde_json::from_slice(&response.body).map_err(|error| {
        let error = shown(&error.to_string());
        ClientFault::protocol(format!(
            "{about}: the answer is not the JSON of RFC 9773: {error}"
        ))
    })
}

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// RFC 9773 section 4.3.3: where the server says nothing.
const USUAL_MS: u64 = 6 * 60 * MINUTE_MS;
