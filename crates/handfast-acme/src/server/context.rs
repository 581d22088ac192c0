//! What a request is answered with: the settings, the world, and what is to be done afterwards.

use crate::jws::{Jwk, encode, key_authorization};
use crate::message::{ChallengeKind, ErrorKind, Identifier};
use crate::server::authority::Authority;
use crate::server::exchange::Refusal;
use crate::server::kept::internal;
use crate::server::looks::Looks;
use crate::server::rates::{Counted, Rates};
use crate::server::records::Records;
use crate::server::settings::Settings;
use handfast_crypto::random::Random;

/// What a server needs from outside, lent for one request.
pub struct World<'a> {
    /// Where its state is kept.
    pub records: &'a dyn Records,
    /// What signs.
    pub authority: &'a mut dyn Authority,
    /// Where names and tokens come from.
    pub random: &'a mut dyn Random,
    /// Now, in Unix time.
    pub now_unix: u64,
}

/// A challenge that is to be looked at: whoever carries the server does it, and calls
/// [`Server::validated`](crate::server::Server::validated) with what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// Which authorization it is for.
    pub authorization: String,
    /// Whose it is: who carries the server looks at few at a time for one account, so that it does
    /// not stall the others.
    pub account: String,
    /// What is to be looked at.
    pub kind: ChallengeKind,
    /// The name or address that is to be proven.
    pub identifier: Identifier,
    /// The challenge's token.
    pub token: String,
    /// What must be found (RFC 8555 section 8.1).
    pub key_authorization: String,
}

impl Validation {
    pub(crate) fn new(
        (authorization, account): (&str, &str),
        identifier: &Identifier,
        (kind, token): (&ChallengeKind, &str),
        key: &Jwk,
    ) -> Self {
        Self {
            authorization: authorization.to_owned(),
            account: account.to_owned(),
            kind: kind.clone(),
            identifier: identifier.clone(),
            key_authorization: key_authorization(token, key),
            token: token.to_owned(),
        }
    }
}

pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) rates: &'a mut Rates,
    pub(crate) looks: &'a mut Looks,
    pub(crate) records: &'a dyn Records,
    pub(crate) authority: &'a mut dyn Authority,
    pub(crate) random: &'a mut dyn Random,
    pub(crate) now_unix: u64,
    /// What is to be done once the reply is on its way.
    pub(crate) validations: &'a mut Vec<Validation>,
}

impl Context<'_> {
    /// A URL of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base)
    }

    /// A name that nobody can guess: 128 bits.
    pub(crate) fn name(&mut self) -> Result<String, Refusal> {
        self.drawn::<16>()
    }

    /// RFC 8555 section 8.3: a token has at least 128 bits; this has 256.
    pub(crate) fn token(&mut self) -> Result<String, Refusal> {
        self.drawn::<32>()
    }

    fn drawn<const BYTES: usize>(&mut self) -> Result<String, Refusal> {
        let mut bytes = [0; BYTES];
        match self.random.fill(&mut bytes) {
            Ok(()) => Ok(encode(&bytes)),
            Err(fault) => Err(internal(&fault.to_string())),
        }
    }

    /// Refuses one more where there were too many within the hour.
    pub(crate) fn limit(&self, what: Counted, whom: &str, limit: u32) -> Result<(), Refusal> {
        let checked = self.rates.check(what, whom, limit, self.now_unix);
        checked.map_err(|seconds| {
            let things = match what {
                Counted::Accounts => "new accounts from this address",
                Counted::Bound => "new accounts bound to this external one",
                Counted::Orders => "new orders of this account",
                Counted::Names => "names ordered by this account",
                Counted::Looks => "challenges of this account",
                Counted::Failures => "failed proofs of this name",
            };
            let detail = format!("more than {limit} {things} within an hour: wait {seconds} s");
            Refusal::new(ErrorKind::RateLimited, detail).with("retry-after", seconds.to_string())
        })
    }

    /// Refuses to look at one more challenge where too many wait for it.
    pub(crate) fn limit_looks(&mut self, account: &str) -> Result<(), Refusal> {
        let limits = self.settings.limits;
        let (of_account, all) = self.looks.count(account, self.now_unix);
        let detail = if of_account >= limits.looks_waiting {
            "too many challenges of this account wait to be looked at: try again"
        } else if all >= limits.looks_waiting_of_all {
            "too many challenges wait to be looked at: try again"
        } else {
            return Ok(());
        };
        Err(Refusal::new(ErrorKind::RateLimited, detail).with("retry-after", "10"))
    }
}
