//! What is kept, as it stands now: time passes without anybody writing.

use crate::message::{
    Authorization as AuthorizationDocument, AuthorizationStatus, Challenge as ChallengeDocument,
    ChallengeStatus, ErrorKind, Order as OrderDocument, OrderStatus, Problem, Timestamp,
};
use crate::server::context::Context;
use crate::server::exchange::{Refusal, not_yours};
use crate::server::kept::{Authorization, Challenge, Order, Stored, load};
use crate::server::signed::Signed;

/// The order of that name, if it is the account's.
pub(crate) fn own_order(
    context: &Context<'_>,
    signed: &Signed,
    name: &str,
) -> Result<Stored<Order>, Refusal> {
    let account = signed.account()?;
    let order = load::<Order>(context.records, name)?;
    let own = order.filter(|order| order.value.account == account.key);
    own.ok_or_else(|| not_yours("order"))
}

/// The authorization of that name, if it is the account's.
pub(crate) fn own_authorization(
    context: &Context<'_>,
    signed: &Signed,
    name: &str,
) -> Result<Stored<Authorization>, Refusal> {
    let account = signed.account()?;
    let found = load::<Authorization>(context.records, name)?;
    let own = found.filter(|authorization| authorization.value.account == account.key);
    let mut own = own.ok_or_else(|| not_yours("authorization"))?;
    settle(context, name, &mut own.value);
    Ok(own)
}

/// Lets time take its effect: a look at a challenge that was never finished has failed, and what
/// is too old is over.
pub(crate) fn settle(context: &Context<'_>, name: &str, authorization: &mut Authorization) {
    let now = context.now_unix;
    // It may wait for its turn as long as this process means to tell what came of it.
    let is_awaited = context.looks.holds(name, now);
    let limit_s = context.settings.lifetimes.validation_s;
    for challenge in &mut authorization.challenges {
        let is_late = |since: u64| since.saturating_add(limit_s) < now;
        let is_processing = challenge.status == ChallengeStatus::Processing;
        if is_processing && !is_awaited && challenge.since_unix.is_none_or(is_late) {
            challenge.status = ChallengeStatus::Invalid;
            challenge.error = Some(Problem::new(
                ErrorKind::ServerInternal,
                "the server was stopped while it looked: order anew",
            ));
            authorization.status = AuthorizationStatus::Invalid;
        }
    }
    if authorization.expires_unix <= now {
        authorization.status = match authorization.status {
            AuthorizationStatus::Valid => AuthorizationStatus::Expired,
            // RFC 8555 section 7.1.6: what is pending becomes invalid.
            AuthorizationStatus::Pending => AuthorizationStatus::Invalid,
            other => other,
        };
    }
}

/// How far an order is, and why it is no further.
pub(crate) fn standing(
    context: &Context<'_>,
    order: &Order,
) -> Result<(OrderStatus, Option<Problem>), Refusal> {
    let now = context.now_unix;
    let gone = |detail: &str| {
        let problem = Problem::new(ErrorKind::Malformed, detail);
        Ok((OrderStatus::Invalid, Some(problem)))
    };
    match order.status {
        OrderStatus::Pending => {}
        OrderStatus::Processing => {
            let since = order.processing_unix.unwrap_or(0);
            if since.saturating_add(PROCESSING_S) < now {
                return gone("the server was stopped while it signed: order anew");
            }
            return Ok((OrderStatus::Processing, None));
        }
        settled => return Ok((settled, order.error.clone())),
    }
    if order.expires_unix <= now {
        return gone("the order was not finalized in time: order anew");
    }
    let mut is_ready = true;
    for name in &order.authorizations {
        let Some(mut authorization) = load::<Authorization>(context.records, name)? else {
            return gone("an authorization of it is over: order anew");
        };
        settle(context, name, &mut authorization.value);
        match authorization.value.status {
            AuthorizationStatus::Valid => {}
            AuthorizationStatus::Pending => is_ready = false,
            _ => return Ok((OrderStatus::Invalid, Some(unproven(&authorization.value)))),
        }
    }
    let status = match is_ready {
        true => OrderStatus::Ready,
        false => OrderStatus::Pending,
    };
    Ok((status, None))
}

fn unproven(authorization: &Authorization) -> Problem {
    let mut challenges = authorization.challenges.iter();
    let told = challenges.find_map(|challenge| challenge.error.clone());
    told.unwrap_or_else(|| {
        let name = &authorization.identifier;
        let detail = format!("the authorization for {name} is over: order anew");
        Problem::new(ErrorKind::Unauthorized, detail)
    })
}

/// The document that tells of an order.
pub(crate) fn order_document(
    context: &Context<'_>,
    order: &Stored<Order>,
) -> Result<OrderDocument, Refusal> {
    let (status, error) = standing(context, &order.value)?;
    let url = context.url(&format!("/acme/order/{}", order.key));
    let order = &order.value;
    let authorization = |name: &String| context.url(&format!("/acme/authorization/{name}"));
    let certificate = |name: &String| context.url(&format!("/acme/certificate/{name}"));
    Ok(OrderDocument {
        status,
        expires: Some(Timestamp::unix(order.expires_unix)),
        identifiers: order.identifiers.clone(),
        not_before: order.not_before_unix.map(Timestamp::unix),
        not_after: order.not_after_unix.map(Timestamp::unix),
        error,
        authorizations: order.authorizations.iter().map(authorization).collect(),
        finalize: format!("{url}/finalize"),
        certificate: order.certificate.as_ref().map(certificate),
        replaces: order.replaces.clone(),
    })
}

/// The document that tells of an authorization.
pub(crate) fn authorization_document(
    context: &Context<'_>,
    authorization: &Stored<Authorization>,
) -> AuthorizationDocument {
    let name = &authorization.key;
    let authorization = &authorization.value;
    // RFC 8555 section 7.1.4: once it is valid, what proved it; once it is invalid, what failed.
    let is_told = |challenge: &&Challenge| match authorization.status {
        AuthorizationStatus::Pending => true,
        AuthorizationStatus::Invalid => challenge.status != ChallengeStatus::Pending,
        _ => challenge.status == ChallengeStatus::Valid,
    };
    let challenges = authorization.challenges.iter().filter(is_told);
    AuthorizationDocument {
        identifier: authorization.identifier.clone(),
        status: authorization.status,
        expires: Some(Timestamp::unix(authorization.expires_unix)),
        challenges: challenges
            .map(|challenge| challenge_document(context, name, challenge))
            .collect(),
        wildcard: authorization.is_wildcard,
    }
}

/// The document that tells of a challenge.
pub(crate) fn challenge_document(
    context: &Context<'_>,
    authorization: &str,
    challenge: &Challenge,
) -> ChallengeDocument {
    let path = format!("/acme/challenge/{authorization}/{}", challenge.kind.name());
    ChallengeDocument {
        kind: challenge.kind.clone(),
        url: context.url(&path),
        status: challenge.status,
        validated: challenge.validated_unix.map(Timestamp::unix),
        error: challenge.error.clone(),
        token: challenge.token.clone(),
    }
}

/// How long signing may take before it counts as never done.
const PROCESSING_S: u64 = 120;
