//! Orders: placed and read (RFC 8555 section 7.4).

use crate::message::{
    AuthorizationStatus, ChallengeKind, ChallengeStatus, ErrorKind, Identifier, NewOrder,
    OrderStatus, Problem, Subproblem,
};
use crate::server::context::Context;
use crate::server::exchange::{Refusal, Reply};
use crate::server::kept::{Authorization, Challenge, Listed, Order, Renewal, create, load};
use crate::server::ledger;
use crate::server::names::Name;
use crate::server::rates::Counted;
use crate::server::signed::{Signed, malformed};
use crate::server::view::{order_document, own_order};

/// newOrder.
pub(crate) fn new_order(context: &mut Context<'_>, signed: &Signed) -> Result<Reply, Refusal> {
    let account = signed.account()?.key.clone();
    context.limit(
        Counted::Orders,
        &account,
        context.settings.limits.orders_an_hour,
    )?;
    context.limit(
        Counted::Names,
        &account,
        context.settings.limits.names_an_hour,
    )?;
    let asked: NewOrder = signed.read()?;
    let names = checked(context, &asked.identifiers)?;
    ledger::limit_pending(context, &account, names.len())?;
    let (not_before_unix, not_after_unix) = times(context, &asked)?;
    let mut replaced = replaced(context, &asked, &account, &names)?;

    let expires_unix = context
        .now_unix
        .saturating_add(context.settings.lifetimes.order_s);
    let mut authorizations = Vec::with_capacity(names.len());
    for name in &names {
        let key = context.name()?;
        let authorization = authorization(context, &account, name, expires_unix)?;
        create(context.records, &key, authorization)?;
        authorizations.push(key);
    }
    let key = context.name()?;
    if let Some(renewal) = &mut replaced {
        renewal.value.replaced_by = Some(key.clone());
        renewal.save(context.records)?;
    }
    let order = Order {
        account: account.clone(),
        status: OrderStatus::Pending,
        identifiers: names.into_iter().map(|name| name.identifier).collect(),
        authorizations,
        not_before_unix,
        not_after_unix,
        expires_unix,
        processing_unix: None,
        certificate: None,
        replaces: asked.replaces,
        error: None,
    };
    let order = create(context.records, &key, order)?;
    let listed = Listed {
        order: key,
        expires_unix,
    };
    ledger::list(context, &account, listed, &order.value.authorizations)?;
    let now = context.now_unix;
    context.rates.count(Counted::Orders, &account, now);
    for _ in &order.value.authorizations {
        context.rates.count(Counted::Names, &account, now);
    }
    let url = context.url(&format!("/acme/order/{}", order.key));
    Ok(Reply::json(201, &order_document(context, &order)?).with("location", url))
}

/// An order's own URL.
pub(crate) fn order(context: &Context<'_>, signed: &Signed, name: &str) -> Result<Reply, Refusal> {
    signed.must_be_read_only()?;
    let order = own_order(context, signed, name)?;
    let url = context.url(&format!("/acme/order/{name}"));
    let document = order_document(context, &order)?;
    let reply = Reply::json(200, &document).with("location", url);
    Ok(match document.status {
        OrderStatus::Pending | OrderStatus::Processing => reply.with("retry-after", "1"),
        _ => reply,
    })
}

/// The names, each once, all of which may be had; or what is wrong, name by name.
fn checked(context: &Context<'_>, asked: &[Identifier]) -> Result<Vec<Name>, Refusal> {
    let most = context.settings.limits.identifiers;
    if asked.is_empty() || asked.len() > most {
        let detail = format!("an order has 1 to {most} identifiers, not {}", asked.len());
        return Err(malformed(detail));
    }
    let mut names: Vec<Name> = Vec::with_capacity(asked.len());
    let mut wrong = Vec::new();
    for identifier in asked {
        match Name::read(identifier).and_then(|name| may_be_had(context, name)) {
            Ok(name) if names.contains(&name) => {}
            Ok(name) => names.push(name),
            Err(subproblem) => wrong.push(subproblem),
        }
    }
    match wrong.as_slice() {
        [] => Ok(names),
        [first, rest @ ..] => {
            let is_one_kind = rest.iter().all(|other| other.kind == first.kind);
            let kind = match is_one_kind {
                true => first.kind.clone(),
                false => ErrorKind::Compound,
            };
            let told = |part: &Subproblem| {
                let name = part.identifier.as_ref().map(ToString::to_string);
                format!("{}: {}", name.unwrap_or_default(), part.detail)
            };
            let details: Vec<String> = wrong.iter().take(3).map(told).collect();
            let mut problem = Problem::new(kind, details.join("; "));
            problem.subproblems = wrong;
            Err(problem.into())
        }
    }
}

fn may_be_had(context: &Context<'_>, name: Name) -> Result<Name, Subproblem> {
    let rejected = |detail: String| Subproblem {
        kind: ErrorKind::RejectedIdentifier,
        detail,
        identifier: Some(name.identifier.clone()),
    };
    context.settings.names.check(&name).map_err(rejected)?;
    if ways(context, &name).is_empty() {
        return Err(rejected(match name.is_wildcard {
            true => "wildcards are proven by dns-01, which this server does not offer \
                     (--acme-dns-hook)"
                .to_owned(),
            false => "this server offers no challenge that proves it".to_owned(),
        }));
    }
    Ok(name)
}

/// How a name may be proven: a wildcard by dns-01 alone (RFC 8555 section 7.1.3), an address never
/// by it (RFC 8738 section 7).
fn ways(context: &Context<'_>, name: &Name) -> Vec<ChallengeKind> {
    let offered = context.settings.challenges.iter();
    let proves = |kind: &&ChallengeKind| {
        let is_dns = **kind == ChallengeKind::Dns01;
        match &name.identifier {
            Identifier::Ip(_) => !is_dns,
            _ => is_dns || !name.is_wildcard,
        }
    };
    offered.filter(proves).cloned().collect()
}

fn authorization(
    context: &mut Context<'_>,
    account: &str,
    name: &Name,
    expires_unix: u64,
) -> Result<Authorization, Refusal> {
    let mut challenges = Vec::new();
    for kind in ways(context, name) {
        challenges.push(Challenge {
            kind,
            token: context.token()?,
            status: ChallengeStatus::Pending,
            since_unix: None,
            validated_unix: None,
            error: None,
        });
    }
    Ok(Authorization {
        account: account.to_owned(),
        identifier: name.base.clone(),
        is_wildcard: name.is_wildcard,
        status: AuthorizationStatus::Pending,
        expires_unix,
        challenges,
    })
}

fn times(context: &Context<'_>, asked: &NewOrder) -> Result<(Option<u64>, Option<u64>), Refusal> {
    let now = context.now_unix;
    let most = context.settings.lifetimes.certificate_max_s;
    let before = asked.not_before.map(|time| time.unix);
    let after = asked.not_after.map(|time| time.unix);
    let from = before.unwrap_or(now);
    if from < now.saturating_sub(SKEW_S) || from > now.saturating_add(AHEAD_S) {
        return Err(malformed(
            "notBefore must be now or within the next 30 days",
        ));
    }
    if let Some(until) = after {
        if until <= from || until <= now {
            return Err(malformed(
                "notAfter must be after notBefore, and not yet over",
            ));
        }
        if until.saturating_sub(from) > most {
            let days = most / 86_400;
            let detail = format!("a certificate is valid for {days} days at most: ask for less");
            return Err(malformed(detail));
        }
    }
    Ok((before, after))
}

/// RFC 9773 section 5: the certificate that this one is to take the place of.
fn replaced(
    context: &Context<'_>,
    asked: &NewOrder,
    account: &str,
    names: &[Name],
) -> Result<Option<crate::server::kept::Stored<Renewal>>, Refusal> {
    let Some(name) = &asked.replaces else {
        return Ok(None);
    };
    let known = load::<Renewal>(context.records, name)?;
    let own = known.filter(|renewal| renewal.value.account == account);
    let renewal = own.ok_or_else(|| malformed("replaces: no certificate of this account"))?;
    let shared = |name: &Name| renewal.value.identifiers.contains(&name.identifier);
    if !names.iter().any(shared) {
        return Err(malformed(
            "replaces: that certificate has none of these names",
        ));
    }
    if let Some(order) = &renewal.value.replaced_by {
        // An order that came to nothing leaves the certificate to another one.
        let earlier = load::<Order>(context.records, order)?;
        let standing = earlier
            .map(|order| crate::server::view::standing(context, &order.value))
            .transpose()?;
        if standing.is_some_and(|(status, _)| status != OrderStatus::Invalid) {
            let detail = "replaces: another order takes the place of that certificate already";
            return Err(Refusal::new(ErrorKind::AlreadyReplaced, detail));
        }
    }
    Ok(Some(renewal))
}

/// How far a client's clock may be behind.
const SKEW_S: u64 = 3600;
/// How far ahead a certificate may begin.
const AHEAD_S: u64 = 30 * 86_400;
