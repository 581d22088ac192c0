//! What an account has: its orders, and the names that it has proven.

use crate::message::{AuthorizationStatus, ErrorKind, Identifier};
use crate::server::context::Context;
use crate::server::exchange::Refusal;
use crate::server::kept::{Authorization, Ledger, Listed, Pending, Proven, create, load};

/// Refuses more names while too many of the account's wait for their proofs.
pub(crate) fn limit_pending(
    context: &Context<'_>,
    account: &str,
    more: usize,
) -> Result<(), Refusal> {
    let ledger = load::<Ledger>(context.records, account)?;
    let pending = ledger
        .map(|ledger| ledger.value.pending)
        .unwrap_or_default();
    let current = pending
        .iter()
        .filter(|known| known.expires_unix > context.now_unix);
    let most = context.settings.limits.pending_names;
    if current.count().saturating_add(more) <= most {
        return Ok(());
    }
    let detail = format!(
        "more than {most} names of this account wait for their proofs: prove them, or deactivate \
         their authorizations"
    );
    Err(Refusal::new(ErrorKind::RateLimited, detail).with("retry-after", "3600"))
}

/// Adds an order, and what it waits for.
pub(crate) fn list(
    context: &Context<'_>,
    account: &str,
    order: Listed,
    authorizations: &[String],
) -> Result<(), Refusal> {
    let pending = authorizations.iter().map(|authorization| Pending {
        authorization: authorization.clone(),
        expires_unix: order.expires_unix,
    });
    change(context, account, |ledger| {
        ledger.pending.extend(pending.clone());
        ledger.orders.push(order.clone());
        let over = ledger.orders.len().saturating_sub(MOST);
        ledger.orders.drain(..over);
    })
}

/// Adds a name that was proven.
pub(crate) fn prove(context: &Context<'_>, account: &str, proven: Proven) -> Result<(), Refusal> {
    change(context, account, |ledger| {
        ledger
            .pending
            .retain(|known| known.authorization != proven.authorization);
        ledger
            .proven
            .retain(|known| known.identifier != proven.identifier);
        ledger.proven.push(proven.clone());
        let over = ledger.proven.len().saturating_sub(MOST);
        ledger.proven.drain(..over);
    })
}

/// Takes a proof back, or gives up the wait for it.
pub(crate) fn unprove(
    context: &Context<'_>,
    account: &str,
    authorization: &str,
) -> Result<(), Refusal> {
    change(context, account, |ledger| {
        ledger
            .pending
            .retain(|known| known.authorization != authorization);
        ledger
            .proven
            .retain(|known| known.authorization != authorization);
    })
}

/// Whether the account has proven all of these names.
pub(crate) fn has_proven(
    context: &Context<'_>,
    account: &str,
    names: &[Identifier],
) -> Result<bool, Refusal> {
    let ledger = load::<Ledger>(context.records, account)?;
    let proven = ledger.map(|ledger| ledger.value.proven).unwrap_or_default();
    for name in names {
        let mut known = proven.iter();
        let known =
            known.find(|known| known.identifier == *name && known.expires_unix > context.now_unix);
        let Some(known) = known else {
            return Ok(false);
        };
        // The authorization has the last word: it is written before the ledger, and a process may
        // end in between.
        let authorization = load::<Authorization>(context.records, &known.authorization)?;
        let is_valid = authorization.is_some_and(|authorization| {
            authorization.value.status == AuthorizationStatus::Valid
                && authorization.value.account == account
        });
        if !is_valid {
            return Ok(false);
        }
    }
    Ok(!names.is_empty())
}

/// Writes the ledger anew, again where somebody else did in between.
fn change(
    context: &Context<'_>,
    account: &str,
    change: impl Fn(&mut Ledger),
) -> Result<(), Refusal> {
    let mut tries = 0;
    loop {
        let saved = match load::<Ledger>(context.records, account)? {
            Some(mut ledger) => {
                let now = context.now_unix;
                ledger
                    .value
                    .orders
                    .retain(|listed| listed.expires_unix > now);
                ledger.value.proven.retain(|known| known.expires_unix > now);
                ledger
                    .value
                    .pending
                    .retain(|known| known.expires_unix > now);
                change(&mut ledger.value);
                ledger.save(context.records)
            }
            None => {
                let mut ledger = Ledger::default();
                change(&mut ledger);
                create(context.records, account, ledger).map(drop)
            }
        };
        tries += 1;
        match saved {
            Err(refusal) if refusal.is_conflict && tries < TRIES => {}
            done => return done,
        }
    }
}

/// Orders and names that are remembered of one account: the latest.
const MOST: usize = 1_000;
const TRIES: u32 = 8;
