//! Authorizations and challenges (RFC 8555 section 7.5).

use crate::message::{
    AuthorizationStatus, AuthorizationUpdate, ChallengeStatus, Identifier, Problem,
};
use crate::server::context::{Context, Validation};
use crate::server::exchange::{Refusal, Reply, not_yours};
use crate::server::kept::{Account, Authorization, Proven, load};
use crate::server::ledger;
use crate::server::rates::Counted;
use crate::server::signed::{Signed, malformed};
use crate::server::view::{authorization_document, challenge_document, own_authorization, settle};

/// An authorization's own URL: reads it, or ends it (section 7.5.2).
pub(crate) fn authorization(
    context: &Context<'_>,
    signed: &Signed,
    name: &str,
) -> Result<Reply, Refusal> {
    let mut authorization = own_authorization(context, signed, name)?;
    if !signed.is_read_only() {
        let update: AuthorizationUpdate = signed.read()?;
        match (update.status, authorization.value.status) {
            (None, _) => {}
            (
                Some(AuthorizationStatus::Deactivated),
                AuthorizationStatus::Pending | AuthorizationStatus::Valid,
            ) => {
                authorization.value.status = AuthorizationStatus::Deactivated;
                authorization.save(context.records)?;
                ledger::unprove(context, &authorization.value.account, name)?;
            }
            (Some(AuthorizationStatus::Deactivated), _) => {
                return Err(malformed("the authorization is over already"));
            }
            _ => {
                let detail = "an authorization's status can only become \"deactivated\"";
                return Err(malformed(detail));
            }
        }
    }
    let reply = Reply::json(200, &authorization_document(context, &authorization));
    Ok(match authorization.value.status {
        AuthorizationStatus::Pending => reply.with("retry-after", "1"),
        _ => reply,
    })
}

/// A challenge's own URL: reads it, or says that it is ready to be looked at (section 7.5.1).
pub(crate) fn challenge(
    context: &mut Context<'_>,
    signed: &Signed,
    (name, kind): (&str, &str),
) -> Result<Reply, Refusal> {
    let mut authorization = own_authorization(context, signed, name)?;
    let is_open = authorization.value.status == AuthorizationStatus::Pending;
    let identifier = authorization.value.identifier.clone();
    let challenges = &mut authorization.value.challenges;
    // One look at a time: what proves the name must be what the client meant.
    let is_idle = challenges
        .iter()
        .all(|known| known.status == ChallengeStatus::Pending);
    let mut named = challenges.iter_mut();
    let challenge = named.find(|known| known.kind.name() == kind);
    let challenge = challenge.ok_or_else(|| not_yours("challenge"))?;
    let mut document = challenge_document(context, name, challenge);
    if !signed.is_read_only() {
        // Nothing in it matters, but it must be an object.
        signed.read::<serde_json::Map<String, serde_json::Value>>()?;
        if is_open && is_idle {
            let account = signed.account()?;
            let limit = context.settings.limits.looks_an_hour;
            context.limit(Counted::Looks, &account.key, limit)?;
            context.limit_looks(&account.key)?;
            let whom = failing(&account.key, &identifier);
            let limit = context.settings.limits.failures_an_hour;
            context.limit(Counted::Failures, &whom, limit)?;
            challenge.status = ChallengeStatus::Processing;
            challenge.since_unix = Some(context.now_unix);
            document = challenge_document(context, name, challenge);
            let what = (&challenge.kind, challenge.token.as_str());
            let validation =
                Validation::new((name, &account.key), &identifier, what, &account.value.key);
            authorization.save(context.records)?;
            let now = context.now_unix;
            context.rates.count(Counted::Looks, &account.key, now);
            context.looks.begin(name, &account.key, now);
            context.validations.push(validation);
        }
    }
    let up = context.url(&format!("/acme/authorization/{name}"));
    let reply = Reply::json(200, &document).with("link", format!("<{up}>;rel=\"up\""));
    Ok(match document.status {
        ChallengeStatus::Processing => reply.with("retry-after", "1"),
        _ => reply,
    })
}

/// What came out of a look at a challenge. It is believed only while the very challenge waits for
/// it: not when its time is over, nor when the authorization or the account is at an end.
pub(crate) fn validated(
    context: &mut Context<'_>,
    validation: &Validation,
    found: Result<(), Problem>,
) -> Result<(), Refusal> {
    let name = &validation.authorization;
    let Some(mut stored) = load::<Authorization>(context.records, name)? else {
        return Ok(());
    };
    settle(context, name, &mut stored.value);
    let account = stored.value.account.clone();
    let owner = load::<Account>(context.records, &account)?;
    let is_owned = owner.is_some_and(|owner| {
        owner.value.status == crate::message::AccountStatus::Valid
            // Of a key that was changed meanwhile, the old one's proof is nobody's.
            && crate::jws::key_authorization(&validation.token, &owner.value.key)
                == validation.key_authorization
    });
    let is_open = stored.value.status == AuthorizationStatus::Pending;
    let mut challenges = stored.value.challenges.iter_mut();
    let waiting = challenges.find(|challenge| {
        challenge.kind == validation.kind
            && challenge.token == validation.token
            && challenge.status == ChallengeStatus::Processing
    });
    let (Some(challenge), true, true) = (waiting, is_open, is_owned) else {
        return Ok(());
    };
    match found {
        Ok(()) => {
            challenge.status = ChallengeStatus::Valid;
            challenge.validated_unix = Some(context.now_unix);
            stored.value.status = AuthorizationStatus::Valid;
            let lasts_s = context.settings.lifetimes.authorization_s;
            stored.value.expires_unix = context.now_unix.saturating_add(lasts_s);
            stored.save(context.records)?;
            let proven = Proven {
                identifier: ordered(&stored.value),
                authorization: name.clone(),
                expires_unix: stored.value.expires_unix,
            };
            ledger::prove(context, &account, proven)
        }
        Err(problem) => {
            challenge.status = ChallengeStatus::Invalid;
            challenge.error = Some(problem);
            stored.value.status = AuthorizationStatus::Invalid;
            stored.save(context.records)?;
            ledger::unprove(context, &account, name)?;
            let whom = failing(&account, &stored.value.identifier);
            context
                .rates
                .count(Counted::Failures, &whom, context.now_unix);
            Ok(())
        }
    }
}

/// The name as an order has it.
fn ordered(authorization: &Authorization) -> Identifier {
    match (&authorization.identifier, authorization.is_wildcard) {
        (Identifier::Dns(name), true) => Identifier::Dns(format!("*.{name}")),
        (name, _) => name.clone(),
    }
}

fn failing(account: &str, name: &Identifier) -> String {
    format!("{account} {name}")
}
