//! An order finalized: the certificate is signed (RFC 8555 section 7.4).

use crate::message::{ErrorKind, Identifier, OrderStatus, Problem};
use crate::server::accounts::account_of;
use crate::server::authority::{Certified, Issuance};
use crate::server::context::Context;
use crate::server::csr::{Checked, account_key, bad, check};
use crate::server::exchange::{Refusal, Reply};
use crate::server::kept::{Certificate, Order, Renewal, Stored, create, internal};
use crate::server::names::Name;
use crate::server::renewal::name_of;
use crate::server::signed::Signed;
use crate::server::view::{order_document, own_order, standing};
use handfast_ca::issued::certificate_pem;
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_pki::certificate::Certificate as View;

/// Finalizes an order.
pub(crate) fn finalize(
    context: &mut Context<'_>,
    signed: &Signed,
    name: &str,
) -> Result<Reply, Refusal> {
    let mut order = own_order(context, signed, name)?;
    let (status, error) = standing(context, &order.value)?;
    if status != OrderStatus::Ready {
        return Err(not_ready(status, error));
    }
    let checked = check(signed, &order.value.identifiers)?;
    let is_account_key = match account_key(&checked.spki) {
        Some(key) => key == signed.key || account_of(context, &key)?.is_some(),
        None => false,
    };
    if is_account_key {
        let detail = "the request's key is an account's key (RFC 8555 section 11.1): make another";
        return Err(bad(detail));
    }
    // Of two requests at once one is told of a conflict here, before anything is signed.
    order.value.status = OrderStatus::Processing;
    order.value.processing_unix = Some(context.now_unix);
    order.save(context.records)?;
    let done = certify(context, &order.value, &checked);
    let refusal = settle(context, &mut order, done)?;
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let url = context.url(&format!("/acme/order/{name}"));
    Ok(Reply::json(200, &order_document(context, &order)?).with("location", url))
}

/// Writes down what came of it. Nothing is done twice from here on: what was signed stays signed.
fn settle(
    context: &mut Context<'_>,
    order: &mut Stored<Order>,
    done: Result<Certified, Problem>,
) -> Result<Option<Refusal>, Refusal> {
    let once = |refusal: Refusal| Refusal {
        is_conflict: false,
        ..refusal
    };
    let refusal = match done {
        Ok(certified) => {
            let certificate = keep(context, &order.value, &certified).map_err(once)?;
            order.value.status = OrderStatus::Valid;
            order.value.certificate = Some(certificate);
            None
        }
        Err(problem) => {
            order.value.status = OrderStatus::Invalid;
            order.value.error = Some(problem.clone());
            Some(problem.into())
        }
    };
    order.save(context.records).map_err(once)?;
    Ok(refusal)
}

fn certify(
    context: &mut Context<'_>,
    order: &Order,
    checked: &Checked,
) -> Result<Certified, Problem> {
    let lifetimes = context.settings.lifetimes;
    let now = context.now_unix;
    // An hour early where nobody says, for peers whose clocks are behind.
    let not_before_unix = order.not_before_unix.unwrap_or(now.saturating_sub(3600));
    let from = not_before_unix.max(now);
    let until = from.saturating_add(lifetimes.certificate_s);
    let not_after_unix = order.not_after_unix.unwrap_or(until);
    let named = order.identifiers.iter().map(|identifier| {
        let name = Name::read(identifier);
        name.map(|name| name.alternative())
    });
    let names: Vec<AlternativeName> = named
        .collect::<Result<_, _>>()
        .map_err(|wrong| Problem::new(wrong.kind, wrong.detail))?;
    context.authority.certify(&Issuance {
        spki: &checked.spki,
        names: &names,
        validity: Validity {
            not_before_unix,
            not_after_unix,
        },
        account: &order.account,
        now_unix: now,
    })
}

/// Keeps the certificate for its download, and under the name by which its renewal is asked for.
fn keep(
    context: &mut Context<'_>,
    order: &Order,
    certified: &Certified,
) -> Result<String, Refusal> {
    let leaf = certified.chain.first();
    let leaf = leaf.ok_or_else(|| internal("the authority gave no certificate"))?;
    let view = View::parse(leaf).map_err(|fault| internal(&fault.to_string()))?;
    let seconds = |time: i64| u64::try_from(time).unwrap_or(0);
    let not_after_unix = seconds(view.validity().not_after.0);
    let key = context.name()?;
    let certificate = Certificate {
        account: order.account.clone(),
        chain: certified.chain.iter().map(certificate_pem).collect(),
        root: certificate_pem(&certified.root),
        not_after_unix,
    };
    create(context.records, &key, certificate)?;
    if let Some(name) = name_of(&view) {
        let renewal = Renewal {
            account: order.account.clone(),
            identifiers: order.identifiers.clone(),
            leaf: crate::jws::encode(leaf),
            not_before_unix: seconds(view.validity().not_before.0),
            not_after_unix,
            replaced_by: None,
        };
        create(context.records, &name, renewal)?;
    }
    Ok(key)
}

/// Section 7.4: whatever the order is, if it is not ready.
fn not_ready(status: OrderStatus, error: Option<Problem>) -> Refusal {
    let detail = match (status, error) {
        (OrderStatus::Pending, _) => "names of it are still to be proven".to_owned(),
        (OrderStatus::Processing, _) => "its certificate is being made".to_owned(),
        (OrderStatus::Valid, _) => "it has its certificate already".to_owned(),
        (_, Some(problem)) => format!("it has failed: {problem}"),
        _ => "it has failed".to_owned(),
    };
    Refusal::new(
        ErrorKind::OrderNotReady,
        format!("the order is not ready: {detail}"),
    )
}

/// The names that a certificate vouches for; nothing where one is of a kind that ACME has not.
pub(crate) fn identifiers_of(view: &View<'_>) -> Option<Vec<Identifier>> {
    use handfast_pki::general_name::GeneralName;
    let names = view.subject_alt_names().map(|name| match name {
        GeneralName::Dns(name) => Some(Identifier::Dns(name.to_ascii_lowercase())),
        other => other.ip().map(Identifier::Ip),
    });
    names.collect()
}
