//! Who sent a request: RFC 8555 sections 6.2 to 6.5.

use crate::jws::{Jwk, Jws, JwsAlgorithm, JwsFault, Unverified};
use crate::message::{AccountStatus, ErrorKind, Problem};
use crate::server::context::Context;
use crate::server::exchange::{MAX_BODY_BYTES, Refusal, Request};
use crate::server::kept::{Account, Stored, load};
use crate::server::nonces::Nonces;
use serde::de::DeserializeOwned;

/// By what a request may say who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The key itself: newAccount.
    Key,
    /// The account's URL.
    Account,
    /// Either: revokeCert.
    Either,
}

/// A request whose signature, URL and nonce are right.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    /// Whose signature it bears.
    pub(crate) key: Jwk,
    /// The account, which is valid, where the request names one.
    pub(crate) account: Option<Stored<Account>>,
    /// The URL that it was sent to.
    pub(crate) url: String,
    pub(crate) payload: Vec<u8>,
}

impl Signed {
    /// The account; every request but newAccount and revokeCert has one.
    pub(crate) fn account(&self) -> Result<&Stored<Account>, Refusal> {
        let missing = || malformed("the header must name the account by kid");
        self.account.as_ref().ok_or_else(missing)
    }

    /// The payload's JSON.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.payload)
            .map_err(|error| malformed(format!("the payload: {error}")))
    }

    /// RFC 8555 section 6.3: what only reads has an empty payload.
    pub(crate) fn is_read_only(&self) -> bool {
        self.payload.is_empty()
    }

    pub(crate) fn must_be_read_only(&self) -> Result<(), Refusal> {
        match self.is_read_only() {
            true => Ok(()),
            false => Err(malformed(
                "this URL is only read: POST-as-GET has an empty payload (RFC 8555 section 6.3)",
            )),
        }
    }
}

/// Checks everything about a request but what it says. The nonce is looked at last, so that only
/// who could sign uses it up.
pub(crate) fn authenticate(
    context: &Context<'_>,
    nonces: &mut Nonces,
    request: &Request<'_>,
    by: By,
) -> Result<Signed, Refusal> {
    let kind = request.content_type.unwrap_or_default();
    // RFC 9110 section 8.3.1: parameters may follow.
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/jose+json") {
        let detail = "Content-Type must be application/jose+json (RFC 8555 section 6.2)";
        return Err(malformed(detail).status(415));
    }
    if request.body.len() > MAX_BODY_BYTES {
        let detail = format!("the body has more than {MAX_BODY_BYTES} bytes");
        return Err(malformed(detail).status(413));
    }
    let unverified = Jws::read(request.body).and_then(|jws| jws.open());
    let unverified = unverified.map_err(refused)?;
    let (key, account) = known_key(context, &unverified, by)?;
    let verified = unverified.verify(&key).map_err(refused)?;
    let url = context.url(request.path);
    if verified.header.url != url {
        // RFC 8555 section 6.4.
        let detail = format!("the header's url must be {url}, to which the request was sent");
        return Err(Refusal::new(ErrorKind::Unauthorized, detail));
    }
    if account
        .as_ref()
        .is_some_and(|account| account.value.status != AccountStatus::Valid)
    {
        // RFC 8555 section 7.3.6.
        let detail = "the account is deactivated: make another one, with another key";
        return Err(Refusal::new(ErrorKind::Unauthorized, detail).status(401));
    }
    if let Some(account) = &account {
        still_bound(context, &account.value)?;
    }
    take_nonce(nonces, verified.header.nonce.as_deref())?;
    Ok(Signed {
        key,
        account,
        url,
        payload: verified.payload,
    })
}

fn known_key(
    context: &Context<'_>,
    unverified: &Unverified,
    by: By,
) -> Result<(Jwk, Option<Stored<Account>>), Refusal> {
    let header = unverified.header();
    match (&header.jwk, &header.kid) {
        (Some(_), Some(_)) => Err(malformed(
            "the header holds both jwk and kid: exactly one belongs there",
        )),
        (None, None) => Err(malformed("the header holds neither jwk nor kid")),
        (Some(_), None) if by == By::Account => Err(malformed(
            "the header holds a jwk: requests to this URL name their account by kid",
        )),
        (Some(key), None) => Ok((key.clone(), None)),
        (None, Some(_)) if by == By::Key => Err(malformed(
            "the header holds a kid: requests to this URL bring their key as jwk",
        )),
        (None, Some(url)) => {
            let unknown = || {
                let detail =
                    "the header's kid is no account of this server: make one by newAccount";
                Refusal::new(ErrorKind::AccountDoesNotExist, detail)
            };
            let name = url.strip_prefix(&context.url(ACCOUNT_PATH));
            let account = load::<Account>(context.records, name.ok_or_else(unknown)?)?;
            let account = account.ok_or_else(unknown)?;
            Ok((account.value.key.clone(), Some(account)))
        }
    }
}

/// RFC 8555 section 7.3.4: where accounts must be bound to external ones, they end with those.
fn still_bound(context: &Context<'_>, account: &Account) -> Result<(), Refusal> {
    let external = &context.settings.external;
    let opened = account.binding.as_ref().map(Jws::open);
    let bound = opened.and_then(Result::ok);
    let kid = bound
        .as_ref()
        .and_then(|bound| bound.header().kid.as_deref());
    if !external.is_required || kid.is_some_and(|kid| external.secrets.contains_key(kid)) {
        return Ok(());
    }
    let detail = "the account is bound to no external account that is known here: ask the \
                  server's operator for a key identifier and a secret, and make another account \
                  with another key";
    Err(Refusal::new(ErrorKind::Unauthorized, detail).status(401))
}

fn take_nonce(nonces: &mut Nonces, nonce: Option<&str>) -> Result<(), Refusal> {
    match nonce {
        Some(nonce) if nonces.take(nonce) => Ok(()),
        Some(_) => Err(Refusal::new(
            ErrorKind::BadNonce,
            "the nonce was used before, is too old, or is not of this server: try again with the \
             one of this answer",
        )),
        None => Err(Refusal::new(
            ErrorKind::BadNonce,
            "the header holds no nonce: take the one of this answer",
        )),
    }
}

/// What is wrong with a JWS, as a problem.
pub(crate) fn refused(fault: JwsFault) -> Refusal {
    let kind = match &fault {
        JwsFault::Algorithm { .. } => ErrorKind::BadSignatureAlgorithm,
        JwsFault::Key => ErrorKind::BadPublicKey,
        JwsFault::Signature | JwsFault::Binding { .. } => ErrorKind::Unauthorized,
        JwsFault::Own => ErrorKind::ServerInternal,
        _ => ErrorKind::Malformed,
    };
    let mut problem = Problem::new(kind, fault.to_string());
    if matches!(fault, JwsFault::Algorithm { .. }) {
        let known = JwsAlgorithm::ALL.iter();
        problem.algorithms = known.map(|known| known.name().to_owned()).collect();
    }
    problem.into()
}

pub(crate) fn malformed(detail: impl Into<String>) -> Refusal {
    Refusal::new(ErrorKind::Malformed, detail)
}

/// Before the name of an account.
pub(crate) const ACCOUNT_PATH: &str = "/acme/account/";
