//! One question to the server until it is answered: nonces, signatures, and asking again where
//! that is right.
//!
//! ```text
//! begin --> nonce at hand? --no--> HEAD newNonce --+
//!              |yes                                v
//!              +------------> signed POST --> answer | badNonce: again | trouble: wait, again
//! ```

use crate::client::fault::{ClientFault, FaultKind};
use crate::client::http::{HttpMethod, HttpRequest, HttpResponse};
use crate::client::limits::Limits;
use crate::client::origin::Link;
use crate::client::problem::{refused, shown};
use crate::client::wait::again_ms;
use crate::jws::{Identity, sign};
use crate::message::{ErrorKind, Problem};
use handfast_crypto::random::Random;
use handfast_crypto::signature::PrivateKey;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// In words, for faults: "the new order".
    pub(crate) about: &'static str,
    pub(crate) url: Link,
    pub(crate) how: How,
    pub(crate) accept: &'static str,
    /// The longest answer.
    pub(crate) limit_bytes: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum How {
    /// Unsigned.
    Get,
    /// Signed; by the key itself where there is no account yet. An empty one is a POST-as-GET.
    Post { payload: Vec<u8>, by_key: bool },
}

/// What is to be done now.
#[derive(Debug)]
pub(crate) enum Turn {
    Send(HttpRequest),
    /// Then [`Exchange::resume`].
    Wait(u64),
    Answer(HttpResponse),
}

/// The talk with a server.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    limits: Limits,
    key: Option<PrivateKey>,
    pub(crate) account: Option<String>,
    pub(crate) new_nonce: Option<Link>,
    nonce: Option<String>,
    call: Option<Call>,
    fetches_nonce: bool,
    /// Of the call at hand.
    bad_nonces: u32,
    troubles: u32,
    /// Of all calls together.
    requests: u32,
}

impl Exchange {
    pub(crate) fn new(limits: Limits, key: Option<PrivateKey>) -> Self {
        Self {
            limits,
            key,
            ..Self::default()
        }
    }

    /// Asks.
    pub(crate) fn begin(&mut self, call: Call) -> Result<Turn, ClientFault> {
        self.later(call);
        self.resume()
    }

    /// To be asked by [`Exchange::resume`].
    pub(crate) fn later(&mut self, call: Call) {
        self.call = Some(call);
        self.bad_nonces = 0;
        self.troubles = 0;
    }

    /// Asks what is at hand, once more where it was asked before.
    pub(crate) fn resume(&mut self) -> Result<Turn, ClientFault> {
        self.requests = self.requests.saturating_add(1);
        if self.requests > self.limits.requests {
            return Err(ClientFault::new(
                FaultKind::TooLong,
                format!("no end after {} requests", self.limits.requests),
            ));
        }
        let call = self.call.clone().ok_or_else(out_of_turn)?;
        let request = match &call.how {
            How::Get => HttpRequest {
                method: HttpMethod::Get,
                url: call.url.url.into(),
                headers: vec![("accept", call.accept), LANGUAGE],
                body: Vec::new(),
                limit_bytes: call.limit_bytes,
            },
            How::Post { payload, by_key } => match self.nonce.take() {
                Some(nonce) => self.signed(&call, payload, *by_key, &nonce)?,
                None => self.nonce_wanted()?,
            },
        };
        Ok(Turn::Send(request))
    }

    fn nonce_wanted(&mut self) -> Result<HttpRequest, ClientFault> {
        self.fetches_nonce = true;
        Ok(HttpRequest {
            method: HttpMethod::Head,
            url: self.new_nonce.clone().ok_or_else(out_of_turn)?.url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            limit_bytes: 0,
        })
    }

    fn signed(
        &self,
        call: &Call,
        payload: &[u8],
        by_key: bool,
        nonce: &str,
    ) -> Result<HttpRequest, ClientFault> {
        let key = self.key.as_ref().ok_or_else(out_of_turn)?;
        let identity = match &self.account {
            Some(url) if !by_key => Identity::Account(url),
            _ => Identity::Key,
        };
        let jws = sign(key, identity, Some(nonce), &call.url.text, payload)
            .map_err(|fault| ClientFault::settings(format!("the account's key: {fault}")))?;
        Ok(HttpRequest {
            method: HttpMethod::Post,
            url: call.url.url.as_str().to_owned(),
            headers: vec![
                ("content-type", "application/jose+json"),
                ("accept", call.accept),
                LANGUAGE,
            ],
            body: jws.to_json().into_bytes(),
            limit_bytes: call.limit_bytes,
        })
    }

    /// What came back.
    pub(crate) fn heard(
        &mut self,
        response: HttpResponse,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Turn, ClientFault> {
        let limit = self.call.as_ref().ok_or_else(out_of_turn)?.limit_bytes;
        // RFC 8555 section 6.5.1: a nonce that is no base64url is not taken.
        if let Some(nonce) = response.header("replay-nonce") {
            self.nonce = is_nonce(nonce).then(|| nonce.to_owned());
        }
        if core::mem::take(&mut self.fetches_nonce) {
            return self.nonce_heard(&response, now_unix_ms, random);
        }
        if response.body.len() > limit {
            return Err(self.wrong(format!("the answer is longer than {limit} bytes")));
        }
        match response.status {
            200..=299 => Ok(Turn::Answer(response)),
            300..=399 => Err(self.wrong(format!(
                "the server sends elsewhere (HTTP {}), which ACME does not do",
                response.status
            ))),
            _ => self.trouble(&response, now_unix_ms, random),
        }
    }

    fn nonce_heard(
        &mut self,
        response: &HttpResponse,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Turn, ClientFault> {
        match (response.status, &self.nonce) {
            (200..=299, Some(_)) => self.resume(),
            (200..=399, _) => Err(ClientFault::protocol(
                "the answer to newNonce holds no Replay-Nonce in base64url",
            )),
            _ => self.trouble(response, now_unix_ms, random),
        }
    }

    /// A status of 400 or above, or what is no status.
    fn trouble(
        &mut self,
        response: &HttpResponse,
        now_unix_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Turn, ClientFault> {
        let problem = problem_of(response);
        let kind = problem.as_ref().map(|problem| &problem.kind);
        if kind == Some(&ErrorKind::BadNonce) && self.bad_nonces < self.limits.bad_nonces {
            // RFC 8555 section 6.5: again, with the nonce that came with the error.
            self.bad_nonces = self.bad_nonces.saturating_add(1);
            return self.resume();
        }
        let retry_after = response.retry_after_ms(now_unix_ms);
        let is_passing = response.status >= 500 && kind != Some(&ErrorKind::RateLimited);
        if is_passing && self.troubles < self.limits.troubles {
            let wait = again_ms(self.troubles, random).max(retry_after.unwrap_or(0));
            if wait <= self.limits.longest_wait_ms {
                self.troubles = self.troubles.saturating_add(1);
                return Ok(Turn::Wait(wait));
            }
        }
        let about = self.about();
        let mut fault = match problem {
            Some(problem) => refused(about, &problem),
            None => self.wrong(format!("the server answers HTTP {}", response.status)),
        };
        if let Some(ms) = retry_after {
            fault.retry_at_unix_ms = Some(now_unix_ms.saturating_add(ms));
        }
        Err(fault)
    }

    /// No answer came.
    pub(crate) fn unanswered(
        &mut self,
        why: &str,
        random: &mut dyn Random,
    ) -> Result<Turn, ClientFault> {
        self.fetches_nonce = false;
        if self.troubles < self.limits.troubles {
            let wait = again_ms(self.troubles, random);
            self.troubles = self.troubles.saturating_add(1);
            return Ok(Turn::Wait(wait));
        }
        let message = format!(
            "{}: the authority does not answer: {}",
            self.about(),
            shown(why)
        );
        Err(ClientFault::new(FaultKind::Unreachable, message).hint(
            "look whether the authority runs and the URL is right; for an authority of your own, \
             whether its root is named by --acme-ca",
        ))
    }

    fn about(&self) -> &'static str {
        self.call.as_ref().map_or("the request", |call| call.about)
    }

    fn wrong(&self, what: String) -> ClientFault {
        ClientFault::protocol(format!("{}: {what}", self.about()))
    }
}

/// The problem document of an answer, if it is one.
fn problem_of(response: &HttpResponse) -> Option<Problem> {
    let kind = response.header("content-type")?;
    let kind = kind.split(';').next()?.trim();
    if !kind.eq_ignore_ascii_case("application/problem+json") {
        return None;
    }
    serde_json::from_slice(&response.body).ok()
}

fn is_nonce(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=NONCE_BYTES).contains(&text.len()) && text.bytes().all(is_letter)
}

fn out_of_turn() -> ClientFault {
    ClientFault::own("the client was driven out of turn")
}

/// RFC 8555 section 6.1: clients should say in which language they want problems told.
const LANGUAGE: (&str, &str) = ("accept-language", "en");
/// The longest nonce that is taken.
const NONCE_BYTES: usize = 512;
